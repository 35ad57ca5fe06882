# The body of a module without imports.
{ cfg, lib, ... }:
with lib;
{
  services.web.enable = true;
} // mkIf cfg.tls {
  programs.tls.enable = true;
} // mkIf cfg.y {
  nixpkgs.config.allowUnfree = true;
}
