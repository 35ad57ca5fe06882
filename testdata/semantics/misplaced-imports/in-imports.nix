# expect: misplaced-imports
{ lib, ... }: { imports = [ (lib.mkIf true { imports = [ { } ]; services.till.enable = true; }) ]; }
