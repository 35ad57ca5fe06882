//! What was true of the world on a day: public keys of caches, kernels that zfs builds for.
//!
//! Each row names where it was read. A row that has grown old makes a lint silent or softer, never wrong the other way
//! round: keys of a cache only gain in number, and series of kernels that are not listed are not judged.

/// The day on which the tables were read last.
pub const READ_ON: &str = "2026-01";

/// Caches with the keys that they sign with: the name before the last `-N:` of the key, and the whole keys.
pub const CACHE_KEYS: [(&str, &[&str]); 2] = [
    // The NixOS manual, option `nix.settings.trusted-public-keys`.
    (
        "cache.nixos.org",
        &["cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="],
    ),
    // The page of nix-community.cachix.org.
    (
        "nix-community.cachix.org",
        &["nix-community.cachix.org-1:mB9FSh9qf2dCimDSUo8Zy7bkq5CX+/rkCWyvRCYg3Fs="],
    ),
];

/// Variants of the kernel that follow upstream as soon as it moves, by the end of `pkgs.linuxPackages_<end>`; zfs
/// follows later. From the list of kernels in `pkgs/top-level/linux-kernels.nix` of nixpkgs.
pub const LEADING_KERNELS: [&str; 5] = ["latest", "testing", "zen", "lqx", "mainline"];
