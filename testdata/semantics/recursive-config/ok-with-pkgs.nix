# expect: nothing
{ pkgs, ... }: with pkgs; { environment.systemPackages = [ hello ]; }
