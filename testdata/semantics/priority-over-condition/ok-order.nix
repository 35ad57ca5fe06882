# expect: nothing
{ lib, ... }: { boot.flags = lib.mkForce (lib.mkBefore [ "a" ]); shop.name = lib.mkIf true (lib.mkForce "b"); }
