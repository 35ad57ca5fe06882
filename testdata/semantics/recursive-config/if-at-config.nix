# expect: recursive-config
{ config, lib, ... }: { config = if config.shop.open then { services.till.enable = true; } else { }; }
