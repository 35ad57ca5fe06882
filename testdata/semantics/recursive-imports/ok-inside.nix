# expect: nothing
{ config, lib, ... }: { imports = [ { boot.quiet = lib.mkIf config.shop.open true; } ({ config, ... }: { services.till.enable = config.shop.open; }) (lib.mkIf config.shop.open { boot.x = 1; }) ]; }
