{ config, lib, ... }:
let
  cfg = config.programs.git;
  signers = { name, ... }: {
    options = {
      key = lib.mkOption { type = lib.types.nullOr lib.types.str; default = name; };
      format = lib.mkOption { type = lib.types.enum [ "openpgp" "ssh" ]; default = "ssh"; };
    };
    config.key = lib.mkDefault null;
  };
in
{
  imports = lib.hm.renameAll [ "programs" "git" ] [ "programs" "git" "settings" ] [
    "userName"
    "userEmail"
  ] ++ [ ./browsers/shared.nix ];
  options.programs.git = {
    enable = lib.mkEnableOption "git";
    signing = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule signers); default = { }; };
    settings = lib.mkOption {
      type = lib.types.submodule {
        freeformType = lib.types.attrsOf lib.types.anything;
        options.user_name = lib.mkOption { type = lib.types.str; default = ""; };
      };
      default = { };
    };
    includes = lib.mkOption {
      type = lib.types.listOf (
        lib.types.submodule ({ config, ... }: {
          options.path = lib.mkOption { type = lib.types.path; };
          options.condition = lib.mkOption { type = lib.types.nullOr lib.types.str; default = null; };
        })
      );
      default = [ ];
    };
  };
  config = lib.mkIf cfg.enable { home.packages = [ ]; };
}
