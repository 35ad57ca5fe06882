# expect: nothing
{ config, lib, ... }: { services = if config.shop.open then { till.enable = true; } else { }; }
