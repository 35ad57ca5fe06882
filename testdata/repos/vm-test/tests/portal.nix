{ self }:
{
  name = "portal";

  nodes = {
    server =
      { pkgs, ... }:
      {
        imports = [ self.nixosModules.portal ];
        services.portal = {
          enable = true;
          passwordFile = pkgs.writeText "password" "fake-fake-9";
        };
        services.openssh = {
          enable = true;
          settings.PermitRootLogin = "yes";
        };
        networking.firewall.enable = false;
        users.users.root.password = "fake-fake-9";
      };
    client.users.users.alice = {
      isNormalUser = true;
      password = "fake-fake-9";
    };
  };

  testScript = ''
    start_all()
    server.wait_for_unit("portal")
  '';
}
