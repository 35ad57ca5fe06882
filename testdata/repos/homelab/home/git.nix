# Git.
{
  programs.git = {
    enable = true;
    settings = {
      user.name = "Ines Example";
      user.email = "ines@example.org";
      init.defaultBranch = "main";
    };
  };
}
