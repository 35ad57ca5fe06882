{ lib, ... }: { options.services.off.enable = lib.mkEnableOption "nothing"; }
