# expect: lost-by-update
{ lib, ... }: { imports = [ { } ]; boot.flags = [ "a" ]; } // lib.mkIf true { services.till.enable = true; }
