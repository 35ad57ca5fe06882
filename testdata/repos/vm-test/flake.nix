{
  description = "A module with its test";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { self, nixpkgs, ... }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
    in
    {
      nixosModules.portal = ./modules/portal.nix;
      checks.x86_64-linux.portal = pkgs.testers.runNixOSTest (import ./tests/portal.nix { inherit self; });
    };
}
