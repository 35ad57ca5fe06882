# What every server gets.
{
  imports = [
    ../nix.nix
    ./backup.nix
    ./monitoring.nix
    ./users.nix
    ./web.nix
  ];

  networking.firewall.enable = true;
  services.openssh.enable = true;
}
