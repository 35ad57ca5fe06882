{
  description = "A laptop that forgets all but what it is told to keep";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";
    impermanence.url = "github:nix-community/impermanence";
  };

  outputs =
    { nixpkgs, impermanence, ... }:
    {
      nixosConfigurations.ember = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          impermanence.nixosModules.impermanence
          ./hosts/ember
        ];
      };
    };
}
