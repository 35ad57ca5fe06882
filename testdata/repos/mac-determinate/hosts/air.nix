{
  nixpkgs.hostPlatform = "aarch64-darwin";
  system.primaryUser = "ann";

  # Determinate has its own daemon.
  nix = {
    enable = false;
    gc.automatic = true;
    settings = {
      trusted-users = [ "@admin" ];
      max-jobs = 6;
    };
  };
}
