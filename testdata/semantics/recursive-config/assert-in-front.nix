# expect: recursive-config
{ config, lib, ... }: assert config.shop.open; { services.till.enable = true; }
