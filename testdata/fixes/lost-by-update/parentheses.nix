# Parentheses around the marked side, and none around a name.
{ cfg, lib, ... }:
let
  common = { rate = 10; };
in
{
  services.log = common // (lib.mkIf cfg.quiet { level = 1; });
  services.web = (lib.mkMerge [ { port = 80; } { root = "r"; } ]) // (lib.mkIf cfg.y { tls = true; });
}
