{ lib }:
rec {
  strings = import ./strings.nix { inherit lib; };
  types = import ./own-types.nix { inherit lib; };
  mkShell = name: lib.mkEnableOption "${name} integration" // { default = true; };
  mkBash = mkShell "bash";
  renameAll =
    from: to: names:
    map (
      name: lib.mkRenamedOptionModule (from ++ [ name ]) (to ++ [ (strings.toSnakeCase name) ])
    ) names;
}
