# expect: recursive-config
{ config, lib, ... }: { services = lib.mkMerge [ (lib.optionalAttrs config.services.scale.enable { till.enable = true; }) ]; }
