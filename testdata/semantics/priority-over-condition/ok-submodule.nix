# expect: nothing
{ lib, ... }: { users.users.a = lib.mkForce (lib.mkIf true { isNormalUser = true; }); }
