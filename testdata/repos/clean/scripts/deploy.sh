#!/usr/bin/env bash
# Deploy one host: scripts/deploy.sh atlas
set -euo pipefail

host=${1:?which host?}
nixos-rebuild switch --flake ".#$host" --target-host "$host" --sudo
