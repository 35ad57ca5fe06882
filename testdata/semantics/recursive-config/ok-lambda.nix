# expect: nothing
{ config, lib, ... }: { services.till.hook = x: config.services.till.hook; }
