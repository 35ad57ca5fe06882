# expect: lost-by-update
{ lib, ... }: { config = { boot.flags = [ "a" ]; } // lib.mkIf false { services.till.enable = true; }; }
