#!/usr/bin/env bash
# Update nixpkgs alone, and see that the servers still build.
set -euo pipefail

nix flake lock --update-input nixpkgs
nixos-rebuild build --flake .#atlas
nixos-rebuild build --flake .#boreals
