{ lib, pkgs, ... }:
{
  options.packages = {
    plain = lib.mkPackageOption pkgs "hello" { };
    nullable = lib.mkPackageOption pkgs "hello" { nullable = true; };
    none = lib.mkPackageOption pkgs "hello" { default = null; };
  };
}
