# expect: nothing
{ config, lib, ... }: { options.till = { z = lib.mkOption { type = lib.types.int; }; } // lib.optionalAttrs config.shop.open { y = lib.mkOption { type = lib.types.int; }; }; }
