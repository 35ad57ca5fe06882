# expect: recursive-config
{ pkgs, lib, ... }: { config = lib.optionalAttrs pkgs.stdenv.isLinux { services.till.enable = true; }; }
