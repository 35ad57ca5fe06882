# expect: nothing
{ pkgs, lib ? pkgs.lib, ... }: { imports = lib.optional true { }; }
