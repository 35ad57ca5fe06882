# Three marks.
{ cfg, lib, ... }:
{
  services.b.level = lib.mkIf cfg.x (lib.mkOverride 60 (lib.mkDefault 5));
  services.b.name = lib.mkOverride 70 (lib.mkIf (cfg.x && cfg.y) ("a" + "b"));
}
