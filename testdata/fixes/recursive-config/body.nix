# The body itself.
{ config, lib, ... }:
if config.my.enable then {
  services.web.enable = true;
  environment.variables.A = "a";
} else { }
