# A chain of `//` below `config`.
{ config, lib, ... }:
{
  config = {
    boot.loader.timeout = 1;
  } // lib.optionalAttrs config.my.a {
    services.web.port = 80;
  } // lib.optionalAttrs config.my.b {
    environment.log.level = 2;
  };
}
