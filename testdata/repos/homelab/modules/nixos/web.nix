# A web server with certificates.
{ config, lib, pkgs, ... }:
let
  cfg = config.homelab.web;
in
{
  options.homelab.web = {
    enable = lib.mkEnableOption "the web server";
    domain = lib.mkOption {
      type = lib.types.str;
      description = "The name that the certificate is for.";
    };
    extraSettings = lib.mkOption {
      type = lib.types.attrsOf lib.types.anything;
      default = { };
      description = "More settings of the virtual host.";
    };
  };

  config = if cfg.enable then {
    networking.firewall.allowedTCPPorts = [
      80
      443
    ];
    security.acme.acceptTerms = true;
    security.acme.defaults.email = "postmaster@example.org";
    services.nginx = {
      enable = true;
      virtualHosts.${cfg.domain} = lib.mkMerge [
        {
          forceSSL = true;
          enableACME = true;
          root = pkgs.runCommand "www" { nativeBuildInputs = [ pkgs.git ]; } ''
            git clone https://git.example.org/www $out
          '';
        }
        cfg.extraSettings
      ];
    };
  } else { };
}
