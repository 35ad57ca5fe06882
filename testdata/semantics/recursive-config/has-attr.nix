# expect: recursive-config
{ config, lib, ... }: { config = lib.optionalAttrs (config ? shop) { boot.quiet = true; }; }
