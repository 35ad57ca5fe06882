# expect: nothing
{ lib, ... }: { imports = lib.optional (lib.versionAtLeast "2" "1") { } ++ map (n: ./. + "/${n}") (lib.attrNames (builtins.readDir ./.)); }
