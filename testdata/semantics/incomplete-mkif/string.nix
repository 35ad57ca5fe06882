# expect: incomplete-mkif
{ lib, ... }: { shop.name = lib.mkIf "x" "b"; }
