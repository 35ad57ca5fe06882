# expect: nothing
{ config, lib, ... }: { services.till.enable = if config.shop.open then true else false; boot.flags = lib.optional config.shop.open "y"; }
