# expect: priority-over-condition
{ lib, ... }: { shop.lines = lib.mkForce (lib.mkMerge [ "a" "b" ]); }
