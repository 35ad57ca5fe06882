# The value of `config` is such a chain, with a `let` in it.
{ cfg, lib, ... }:
{
  config =
    lib.mkIf cfg.tls {
      services.web.port = 443;
    }
    // (
      let
        log = { level = 3; };
      in
      {
        hardware.log = log;
        programs.shell.enable = true;
      }
    );
}
