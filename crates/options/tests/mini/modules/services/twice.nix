{ lib, ... }: {
  disabledModules = [ "services/disabled.nix" ];
  options.services.twice = lib.mkOption {
    type = lib.types.attrsOf (lib.types.submodule { options.a = lib.mkEnableOption "a"; });
    default = { };
  };
  imports = [ {
    options.services.twice = lib.mkOption {
      type = lib.types.attrsOf (lib.types.submodule { options.b = lib.mkEnableOption "b"; });
    };
  } ];
}
