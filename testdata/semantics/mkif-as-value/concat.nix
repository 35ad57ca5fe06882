# expect: mkif-as-value
{ lib, ... }: { boot.flags = lib.mkIf true [ "b" ] ++ [ "a" ]; }
