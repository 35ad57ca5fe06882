{
  writeShellApplication
  coreutils,
}:
writeShellApplication {
  name = "homelab-report";
  runtimeInputs = [ coreutils ];
  text = ''
    printf '%s: up since %s\n' "$HOSTNAME" "$(date)"
  '';
}
