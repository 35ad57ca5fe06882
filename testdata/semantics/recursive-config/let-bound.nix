# expect: recursive-config
{ config, lib, ... }: let more = if config.shop.open then { services.till.enable = true; } else { }; in { config = more; }
