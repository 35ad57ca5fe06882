# expect: recursive-config
{ config, lib, ... }: { config = lib.mkMerge ([ { } ] ++ lib.optional config.shop.open { services.till.enable = true; }); }
