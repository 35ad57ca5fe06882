# Metrics of the machine.
{ lib, ... }:
{
  options.homelab.monitoring.enable = lib.mkEnableOption "metrics";

  config = {
    services.prometheus.exporters.node = {
      enable = true;
      enabledCollectors = [ "systemd" ];
      openFirewall = false;
    };
  };
}
