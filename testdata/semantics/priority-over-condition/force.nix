# expect: priority-over-condition
{ lib, ... }: { shop.name = lib.mkForce (lib.mkIf true "b"); }
