# expect: recursive-imports
{ pkgs, ... }: { imports = [ "${pkgs.path}/x.nix" ]; }
