# expect: recursive-config
{ options, lib, ... }: { boot.quiet = true; } // lib.optionalAttrs (options ? shop) { services.till.enable = true; }
