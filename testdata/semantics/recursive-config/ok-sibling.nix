# expect: nothing
{ config, lib, ... }: { services.till = if config.services.scale.enable then { enable = true; } else { }; }
