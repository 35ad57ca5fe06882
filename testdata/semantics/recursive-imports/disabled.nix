# expect: recursive-imports
{ config, lib, ... }: { disabledModules = lib.optional config.shop.open "x.nix"; }
