{
  config,
  lib,
  options,
  pkgs,
  ...
}:
with lib;
{
  options = {
    home.username = mkOption { type = types.str; };
    home.homeDirectory = mkOption { type = types.path; default = "/home/${config.home.username}"; };
    home.stateVersion = mkOption {
      type = types.enum [
        "24.05"
        "24.11"
        "25.05"
      ];
      description = "Which release.";
    };
    home.packages = mkOption {
      type = with types; listOf package;
      default = [ ];
    };
    home.sessionVariables = mkOption {
      type = with types; lazyAttrsOf (oneOf [ str path int float ]);
      default = { };
      apply = mapAttrs (_: toString);
    };
    home.path = mkOption { internal = true; readOnly = true; };
    home.hidden = mkOption { type = types.bool; visible = false; default = false; };
    home.shallow = mkOption {
      visible = "shallow";
      default = { };
      type = types.submodule { options.inside = mkOption { type = types.int; default = 1; }; };
    };
    lib = mkOption { type = types.attrsOf types.attrs; default = { }; };
  };
  imports = [
    (mkRemovedOptionModule [ "home" "old" ] "It did nothing.")
    (mkRenamedOptionModule [ "home" "user" "name" ] [ "home" "username" ])
    (mkAliasOptionModule [ "home" "vars" ] [ "home" "sessionVariables" ])
    (mkChangedOptionModule [ "home" "release" ] [ "home" "stateVersion" ] (config: "24.05"))
    (mkRenamedOptionModuleWith {
      sinceRelease = 2411;
      from = [ "home" "dir" ];
      to = [ "home" "homeDirectory" ];
    })
    (mkMergedOptionModule [ [ "home" "a" ] [ "home" "b" ] ] [ "home" "username" ] (config: "x"))
    (doRename {
      from = [ "home" "quiet" ];
      to = [ "home" "hidden" ];
      visible = false;
      warn = false;
      use = id;
    })
  ];
}
