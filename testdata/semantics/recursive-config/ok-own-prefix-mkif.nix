# expect: nothing
{ config, lib, ... }: { services.till = lib.mkIf config.services.till.enable { settings.a = 1; }; }
