# expect: recursive-imports
{ config, lib, ... }: { imports = [ (./. + "/${config.shop.name}.nix") ]; }
