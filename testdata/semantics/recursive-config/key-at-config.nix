# expect: recursive-config
{ config, ... }: { config.${config.shop.name} = { }; }
