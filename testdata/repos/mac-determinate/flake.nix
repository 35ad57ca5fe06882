{
  description = "Two macs, on which Determinate brings Nix";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
    nix-darwin = {
      url = "github:nix-darwin/nix-darwin/master";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    home-manager = {
      url = "github:nix-community/home-manager";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    determinate.url = "https://flakehub.com/f/DeterminateSystems/determinate/3";
  };

  outputs =
    {
      nixpkgs,
      nix-darwin,
      home-manager,
      determinate,
      ...
    }:
    {
      darwinConfigurations = {
        studio = nix-darwin.lib.darwinSystem {
          modules = [
            determinate.darwinModules.default
            home-manager.darwinModules.home-manager
            ./hosts/studio.nix
          ];
        };
        air = nix-darwin.lib.darwinSystem {
          modules = [ ./hosts/air.nix ];
        };
      };

      homeConfigurations."ann@studio" = home-manager.lib.homeManagerConfiguration {
        pkgs = nixpkgs.legacyPackages.aarch64-darwin;
        modules = [ ./hosts/ann-alone.nix ];
      };
    };
}
