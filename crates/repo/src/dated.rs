//! What was true of the world on a day: public keys of caches, kernels that zfs builds for.
//!
//! Each row says what its value was compared with. A row that has grown old makes a lint silent or softer, never wrong the other way
//! round: keys of a cache only gain in number, and series of kernels that are not listed are not judged.

/// The month in which the rows were compared last.
pub const READ_ON: &str = "2026-11";

/// Caches with the keys that they sign with: the name before the last `-N:` of the key, and the whole keys.
pub const CACHE_KEYS: [(&str, &[&str]); 2] = [
    // Equal in all four places of public configurations that list it; not compared with the manual.
    (
        "cache.nixos.org",
        &["cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="],
    ),
    // Equal in all five places of public configurations that list it; not compared with the page of the cache.
    (
        "nix-community.cachix.org",
        &["nix-community.cachix.org-1:mB9FSh9qf2dCimDSUo8Zy7bkq5CX+/rkCWyvRCYg3Fs="],
    ),
];

/// Variants of the kernel that follow upstream as soon as it moves, by the end of `pkgs.linuxPackages_<end>`; zfs
/// follows later. Names as configurations write them; not generated from nixpkgs.
pub const LEADING_KERNELS: [&str; 5] = ["latest", "testing", "zen", "lqx", "mainline"];
