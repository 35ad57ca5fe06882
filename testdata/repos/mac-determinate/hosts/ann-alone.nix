{
  home.username = "ann";
  home.homeDirectory = "/Users/ann";
  home.stateVersion = "25.05";
  programs.fish.enable = true;
}
