# Who may log in.
{ config, ... }:
{
  sops.secrets."users/ines".neededForUsers = true;

  users.mutableUsers = false;
  users.users.ines = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    hashedPasswordFile = config.sops.secrets."users/ines".path;
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExa ines@ember"
    ];
  };
}
