# expect: incomplete-mkif
{ lib, ... }: { config = lib.mkMerge { shop.name = "x"; }; }
