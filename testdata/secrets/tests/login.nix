# A test with its throw-away machines.
{ pkgs, ... }:
pkgs.testers.runNixOSTest {
  name = "login";
  nodes.machine = {
    users.users.alice.password = "@secret(testalice)@"; # clean
    services.postgresql.initialScript = pkgs.writeText "init" "create user app password '@secret(testpg)@'"; # clean
    environment.variables.API_TOKEN = "@secret(testenv)@"; # clean
    sops.secrets.a.sopsFile = ./plain.yaml; # clean
  };
  testScript = "machine.succeed('login')";
}
