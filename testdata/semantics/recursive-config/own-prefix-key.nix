# expect: recursive-config
{ config, ... }: { services.${config.services.till.name}.enable = true; }
