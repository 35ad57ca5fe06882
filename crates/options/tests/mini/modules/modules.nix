# A module tree of the shape of home-manager's, with every construct that the extractor follows.
{
  pkgs,
  lib,
  check ? true,
  useNixpkgsModule ? true,
  minimal ? false,
}:
let
  modules = builtins.concatLists [
    [
      ./base.nix
      ./types.nix
      (pkgs.path + "/nixos/modules/misc/assertions.nix")
      (pkgs.path + "/nixos/modules/misc/meta.nix")
    ]
    (lib.optional useNixpkgsModule ./packages.nix)
    (lib.optional (!useNixpkgsModule) ./absent.nix)
    (
      if minimal then
        [ ]
      else
        lib.concatMap
          (
            dir:
            lib.pipe (builtins.readDir dir) [
              (lib.filterAttrs (
                path: kind: kind == "directory" || (kind == "regular" && lib.hasSuffix ".nix" path)
              ))
              (lib.mapAttrsToList (path: _kind: lib.path.append dir path))
            ]
          )
          [
            ./programs
            ./services
          ]
    )
  ];
in
modules ++ [ { config._module.check = check; } ]
