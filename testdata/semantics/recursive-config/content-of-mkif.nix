# expect: recursive-config
{ config, lib, ... }: { config = lib.mkIf true (lib.optionalAttrs config.shop.open { services.till.enable = true; }); }
