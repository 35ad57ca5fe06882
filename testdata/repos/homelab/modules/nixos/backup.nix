# Nightly backups with restic.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.homelab.backup;
in
{
  options.homelab.backup = {
    enable = lib.mkEnableOption "nightly backups";
    repository = lib.mkOption {
      type = lib.types.str;
      description = "Where the backups go.";
    };
    quiet = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether only failures are logged.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.restic.backups.nightly = {
      inherit (cfg) repository;
      initialize = true;
      paths = [
        "/home"
        "/srv"
      ];
      passwordFile = config.sops.secrets."backup/password".path;
      timerConfig = {
        OnCalendar = "03:15";
      }
      // lib.mkIf cfg.quiet { AccuracySec = "10min"; };
    };

    systemd.services.backup-report = {
      description = "Say how old the newest backup is";
      startAt = "weekly";
      path = [ pkgs.restic ];
      script = ''
        restic snapshots --latest 1 --json > /run/backup-report.json
      '';
    };
  };
}
