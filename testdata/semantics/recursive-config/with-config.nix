# expect: recursive-config
{ config, lib, ... }: with config.shop; { config = lib.optionalAttrs open { services.till.enable = true; }; }
