# expect: nothing
{ config, lib, ... }: { services = lib.optionalAttrs (config.services ? till) { till.enable = true; }; }
