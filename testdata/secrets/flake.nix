{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";
    home-manager.url = "github:nix-community/home-manager/release-25.11";
    sops-nix.url = "github:Mic92/sops-nix";
    agenix.url = "github:ryantm/agenix";
  };

  nixConfig.extra-trusted-public-keys = [ "@token(nix-public)@" ]; # clean

  outputs = { nixpkgs, home-manager, sops-nix, agenix, ... }: {
    nixosConfigurations = {
      web = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          sops-nix.nixosModules.sops
          home-manager.nixosModules.home-manager
          ./hosts/web
          { home-manager.users.ann = ./home/ann.nix; }
        ];
      };
      mail = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [ agenix.nixosModules.default ./hosts/mail ];
      };
    };
  };
}
