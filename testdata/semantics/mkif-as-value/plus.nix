# expect: mkif-as-value
{ lib, ... }: { shop.sign = "a" + lib.mkIf true "b"; }
