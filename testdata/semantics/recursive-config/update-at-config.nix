# expect: recursive-config
{ config, lib, ... }: { config = { boot.quiet = true; } // (if config.shop.open then { services.till.enable = true; } else { }); }
