# expect: nothing
{ config, lib, ... }: { config = lib.mkIf config.shop.open { services.till.enable = true; }; }
