# What every Mac of this house gets.
{
  imports = [ ../nix.nix ];

  homebrew = {
    enable = true;
    onActivation.cleanup = "zap";
    casks = [ "keepassxc" ];
  };

  system.defaults.dock.autohide = true;
}
