# expect: recursive-config
{ config, lib, ... }: let cfg = config.services.till; in { config = lib.mkIf cfg.enable { services.till.enable = lib.mkDefault true; }; }
