# Options of computed names.
{ lib, ... }:
let
  shells = [ "bash" "zsh" ];
in
{
  options.programs = lib.genAttrs shells (shell: {
    enable = lib.mkEnableOption shell;
    "${shell}Extra" = lib.mkOption { type = lib.types.lines; default = ""; };
  }) // lib.optionalAttrs (lib.versionAtLeast "2" "1") {
    direnv.enable = lib.hm.mkBash;
  } // lib.setAttrByPath [ "deep" "er" ] (lib.mkOption { type = lib.types.int; default = 0; });
}
