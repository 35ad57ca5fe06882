# expect: nothing
{ config, lib, ... }: { users.users = lib.genAttrs config.shop.clerks (n: { isNormalUser = true; }); }
