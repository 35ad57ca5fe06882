# Units, containers and command lines.
{ config, pkgs, ... }:
{
  systemd.services.report = {
    environment.MAIL_TOKEN = "@secret(mailtoken)@"; # want: secret-in-environment
    environment.MAIL_TOKEN_FILE = "/run/secrets/mail"; # clean
    serviceConfig.Environment = [ "LANG=C" "SMTP_PASSWORD=@secret(smtp)@" ]; # want: secret-in-environment
    serviceConfig.EnvironmentFile = "/run/secrets/report.env"; # clean
    serviceConfig.LoadCredential = "token:/run/secrets/token"; # clean
    # want +2: secret-in-environment
    script = ''
      export API_TOKEN=@secret(export)@
      exec report
    '';
    preStart = "PGPASSWORD=@secret(pg)@ psql -c 'select 1'"; # want: secret-in-environment
  };
  systemd.services.backup = {
    script = "backup --passphrase @secret(phrase)@"; # want: secret-on-command-line
    serviceConfig.ExecStart = "/bin/agent --token=@secret(agent)@"; # want: secret-on-command-line
    serviceConfig.ExecStop = "/bin/agent --token-file=/run/secrets/agent"; # clean
  };
  systemd.services.sync.script = "sshpass -p @secret(sshpass)@ rsync -a /srv backup:/srv"; # want: secret-on-command-line
  systemd.services.check.script = ''
    token=$(cat /run/secrets/check)
    curl -H "Authorization: Bearer $token" https://example.org # clean
    test "$PASSWORD" = "" # clean
  '';
  fileSystems."/nas" = {
    device = "//nas/share";
    fsType = "cifs";
    options = [ "username=ann,password=@secret(nas)@" ]; # want: secret-on-command-line
  };
  fileSystems."/nas2" = {
    device = "//nas/other";
    fsType = "cifs";
    options = [ "credentials=/run/secrets/nas" ]; # clean
  };
  services.broker.url = "amqp://mq:@secret(amqp)@@mq.example.org"; # want: secret-on-command-line
  services.broker.mirror = "postgres://app@db.example.org/app"; # clean
  services.broker.forge = "git@forge.example.org:fleet/broker"; # clean
  virtualisation.oci-containers.containers.db = {
    image = "postgres:16";
    environment = {
      POSTGRES_PASSWORD = "@secret(postgres)@"; # want: secret-in-environment
      POSTGRES_PASSWORD_FILE = "/run/secrets/postgres"; # clean
      POSTGRES_USER = "app"; # clean
      OIDC_CLIENT_ID = "portal9client1"; # clean
    };
    environmentFiles = [ "/run/secrets/db.env" ]; # clean
  };
  environment.sessionVariables.GH_TOKEN = "@secret(ghtoken)@"; # want: secret-in-environment
  environment.variables.SSH_ASKPASS = "${pkgs.ksshaskpass}/bin/ksshaskpass"; # clean
  environment.variables.AWS_SECRET_ACCESS_KEY = "op://fleet/aws/key"; # clean
  environment.shellAliases.login = "login --password ask9!"; # clean
}
