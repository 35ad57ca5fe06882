# expect: misplaced-imports
{ lib, ... }: lib.mkMerge [ { imports = [ ]; services.till.enable = true; } ]
