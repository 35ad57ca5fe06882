# expect: recursive-config
{ config, lib, ... }: { config = lib.optionalAttrs config.shop.open { services.till.enable = true; }; }
