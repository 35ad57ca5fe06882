{ name, path }:
{ lib, config, ... }:
{
  options = lib.setAttrByPath path {
    enable = lib.mkEnableOption name;
    profiles = lib.mkOption {
      default = { };
      type = lib.types.attrsOf (lib.types.submodule [
        { options.id = lib.mkOption { type = lib.types.ints.unsigned; default = 0; }; }
        ({ name, ... }: { options.name = lib.mkOption { type = lib.types.str; default = name; }; })
        ./profile.nix
      ]);
    };
  };
  imports = [ (lib.mkRenamedOptionModule (path ++ [ "user" ]) (path ++ [ "profiles" ])) ];
}
