# expect: nothing
{ config, lib, ... }: { options.tills = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule { imports = [ config.shop.module ]; }); }; }
