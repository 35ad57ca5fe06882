# A condition that must be put in parentheses.
{ config, lib, ... }:
with lib;
{
  config = optionalAttrs (config.my.level == 1 && config.my.b) {
    services.web.name = config.my.name;
  };
}
