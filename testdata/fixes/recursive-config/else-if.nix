# Two branches, in an element of `mkMerge`.
{ config, lib, ... }:
let
  cfg = config.my;
in
{
  config = lib.mkMerge [
    { boot.quiet = true; }
    (if cfg.a then { services.web.enable = true; } else { services.web.enable = false; })
  ];
}
