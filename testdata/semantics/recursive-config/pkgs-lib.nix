# expect: recursive-config
{ pkgs, config, ... }: { config = pkgs.lib.mkIf true { services.till.enable = true; }; }
