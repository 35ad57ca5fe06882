# expect: recursive-imports
{ config, lib, ... }: { options = lib.optionalAttrs config.shop.open { y = lib.mkOption { type = lib.types.int; }; }; }
