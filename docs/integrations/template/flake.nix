# flake.nix: `nix flake check` fails when nivis finds something.
{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    nivis.url = "github:OWNER/nivis";
    nivis.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    {
      self,
      nixpkgs,
      nivis,
    }:
    let
      system = "x86_64-linux";
    in
    {
      checks.${system}.nivis = nivis.lib.mkCheck {
        pkgs = nixpkgs.legacyPackages.${system};
        nivis = nivis.packages.${system}.default;
        src = self;
      };
    };
}
