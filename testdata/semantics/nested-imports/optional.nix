# expect: nested-imports
{ lib, ... }: { imports = lib.optional true [ { } ]; }
