let
  ann = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"; # clean
  mail = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPt9Vb3Zk0sYc1r7mQh2wXn4uJ6eLd8oTgKiRfB5aSyC"; # clean
  old = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYfake"; # want: sops-wiring
in
{
  "dkim.age".publicKeys = [ ann mail old ];
  "bare.age".publicKeys = [ ann ];
  "new.age".publicKeys = [ ann mail ]; # clean
  "nobody.age".publicKeys = [ ]; # want: sops-wiring
}
