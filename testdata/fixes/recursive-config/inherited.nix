# The value comes through `inherit`.
{ config, lib, ... }:
let
  inherit (config.my) web;
in
{
  config = lib.mkIf config.my.b (lib.optionalAttrs web.enable {
    services.web.enable = true;
  });
}
