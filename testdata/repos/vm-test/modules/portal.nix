{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.portal;
in
{
  options.services.portal = {
    enable = lib.mkEnableOption "the portal";
    passwordFile = lib.mkOption {
      type = lib.types.path;
      description = "A file with the password of the administrator.";
      example = "/run/secrets/portal";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.portal = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        ExecStart = "${lib.getExe pkgs.hello} --greeting portal";
        LoadCredential = "password:${cfg.passwordFile}";
      };
    };
  };
}
