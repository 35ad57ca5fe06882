# expect: nothing
{ lib, ... }: let config = { open = true; }; in { config = lib.optionalAttrs config.open { boot.quiet = true; }; }
