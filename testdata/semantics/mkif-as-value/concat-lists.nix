# expect: mkif-as-value
{ lib, ... }: { boot.flags = lib.concatLists [ [ "a" ] (lib.mkIf true [ "b" ]) ]; }
