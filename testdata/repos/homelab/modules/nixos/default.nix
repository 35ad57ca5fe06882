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

  environment.etc."nix/signing-key".text = "homelab-cache-1:dGhpcy1pcy1ub3QtYS1yZWFsLXNpZ25pbmcta2V5LWl0LW9ubHktbG9va3MtbGlrZS1vbmUtZm9yLWEtdGVzdA==";
}
