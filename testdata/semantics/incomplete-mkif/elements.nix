# expect: incomplete-mkif
{ lib, ... }: { boot.flags = [ lib.mkIf true "b" ]; }
