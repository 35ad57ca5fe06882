#!/usr/bin/env bash
# What a new machine needs before its first rebuild.
set -euo pipefail

sudo nix-channel --update
nix-env -iA nixpkgs.git nixpkgs.sops
git clone https://git.example.org/homelab "$HOME/homelab"
