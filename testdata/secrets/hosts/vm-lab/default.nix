# A machine to try things in: its logins are a matter of comfort, its keys are not.
{
  users.users.lab.password = "@secret(vmlab)@"; # info: plaintext-secret
  networking.wireguard.interfaces.lab.privateKey = "@token(wireguard)@"; # want: plaintext-secret
}
