# expect: nothing
{ lib, ... }: { boot.flags = [ "a" (lib.mkIf true "b") ]; boot.more = lib.mkIf true ([ "b" ] ++ [ "a" ]); }
