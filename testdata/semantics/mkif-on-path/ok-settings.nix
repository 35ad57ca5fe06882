# expect: nothing
{ config, lib, ... }: { imports = [ (lib.mkIf config.shop.open { services.till.enable = true; }) (lib.mkForce { shop.name = "forced"; }) ]; }
