# Who may log in.
{
  users.mutableUsers = false;
  users.users.ines = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    hashedPassword = "$6$notarealsalt$thisIsNoRealHashItOnlyLooksLikeOneForTheTests";
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExa ines@ember"
    ];
  };
}
