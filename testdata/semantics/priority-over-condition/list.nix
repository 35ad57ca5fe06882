# expect: priority-over-condition
{ lib, ... }: { boot.flags = lib.mkForce (lib.mkIf true [ "b" ]); }
