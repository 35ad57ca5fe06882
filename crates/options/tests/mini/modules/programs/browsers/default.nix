# Two programs from one function.
{ lib, ... }:
{
  imports = map
    (name: import ./make.nix { inherit name; path = [ "programs" name ]; })
    [ "fox" "bird" ];
}
