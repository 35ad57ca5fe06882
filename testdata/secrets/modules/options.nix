# Options are declared here, not set.
{ lib, config, pkgs, ... }:
{
  options.fleet = {
    password = lib.mkOption { example = "fake9-fake9-fake9"; default = ""; type = lib.types.str; }; # clean
    token = lib.mkOption {
      default = null;
      type = lib.types.nullOr lib.types.str;
      description = "The token, such as `api_key = \"fake9Fake9\"`."; # clean
    };
  };
  config = {
    fleet.check = pkgs.writeShellScript "check" ''
      grep -qx -e "-----BEGIN PRIVATE KEY-----" "$1" # clean
      case $1 in glpat-*) echo token ;; esac # clean
    '';
    fleet.tests = pkgs.nixosTest {
      name = "login";
      nodes.m.users.users.a.password = "@secret(nixostest)@"; # clean
      testScript = "";
    };
    virtualisation.vmVariant.services.getty.autologinUser = "ann"; # clean
  };
}
