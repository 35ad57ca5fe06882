# Metrics of the machine.
{ config, lib, ... }:
{
  options.homelab.monitoring.enable = lib.mkEnableOption "metrics";

  config = lib.mkIf config.homelab.monitoring.enable {
    services.prometheus.exporters.node = {
      enable = true;
      enabledCollectors = [ "systemd" ];
      openFirewall = false;
    };
  };
}
