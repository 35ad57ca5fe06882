# expect: misplaced-imports
{ lib, ... }: { config = lib.mkIf true { imports = [ ]; }; }
