{ pkgs, ... }:
{
  users.mutableUsers = false;

  users.users.ops = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    shell = pkgs.bashInteractive;
    hashedPassword = "!";
  };
  users.users.deploy = {
    isSystemUser = true;
    home = "/srv/deploy";
  };
}
