# The shell and its helpers.
{ lib, pkgs, ... }:
{
  programs.bash = {
    enable = true;
    shellAliases = {
      ll = "ls -l";
      rebuild = "nixos-rebuild switch --flake ~/homelab";
      upgrade = "nixos-rebuild switch --upgrade --flake ~/homelab";
      home = "home-manager switch";
    };
  };

  programs.direnv.enable = lib.mkDefault true;

  home.file.".local/bin/clip".source = pkgs.writeShellScript "clip" ''
    exec ${lib.getExe' pkgs.wl-clipboard "wl-copy"} "$@"
  '';
}
