# expect: misplaced-imports
{ lib, ... }: { config = { imports = [ ]; }; }
