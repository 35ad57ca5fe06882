# A home.
{ config, ... }:
{
  home.stateVersion = "24.05";
  home.sessionVariables.API_TOKEN = "@secret(hometoken)@"; # want: secret-in-environment
  home.sessionVariables.GITHUB_TOKEN = "bw:item/github"; # clean
  programs.msmtp.accounts.default.password = "@secret(msmtp)@"; # want: plaintext-secret
  programs.msmtp.accounts.work.passwordeval = "pass mail/work"; # clean
  programs.rclone.remotes.box.config.pass = "@secret(rclone)@"; # want: plaintext-secret
  programs.ssh.matchBlocks.web.identityFile = "~/.ssh/id_ed25519"; # clean
  home.file.".netrc".text = "default login ann password @secret(homenetrc)@"; # want: secret-in-text
  programs.git.signing.key = "0x9F8A7B6C5D4E3F2A"; # clean
  programs.gpg.publicKeys = [ { source = ../keys/ann.pub; } ]; # clean
  accounts.email.accounts.ann.passwordCommand = "secret-tool lookup mail ann"; # clean
}
