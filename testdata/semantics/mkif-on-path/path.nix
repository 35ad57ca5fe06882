# expect: mkif-on-path
{ lib, ... }: { imports = [ (lib.mkIf true ./x.nix) ]; }
