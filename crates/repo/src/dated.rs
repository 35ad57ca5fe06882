//! What was true of the world on a day: public keys of caches, kernels that zfs builds for, values of `stateVersion`.
//!
//! Each row says what its value was compared with. A row that has grown old makes a lint silent or softer, never wrong the other way
//! round: keys of a cache only gain in number, and series of kernels that are not listed are not judged.

use crate::flake::Release;

/// The month in which the rows were compared last.
pub const READ_ON: &str = "2026-11";

/// A day of that month, in seconds since 1970: 2026-11-21.
pub const READ_AT: i64 = 1_795_219_200;

/// The newest release whose end of support was announced. Of later ones nothing is said.
pub const NEWEST_RELEASE: Release = Release { year: 26, month: 5 };

/// Caches with the keys that they sign with: the name before the last `-N:` of the key, and the whole keys. Each is taken
/// from who runs the cache, or from who makes Nix trust it without being asked.
pub const CACHE_KEYS: [(&str, &[&str]); 2] = [
    // The default of `nix.settings.trusted-public-keys`: nix-darwin, `modules/nix/default.nix`, at a commit of 2026-06-18.
    (
        "cache.nixos.org",
        &["cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="],
    ),
    // The page of the cache: nix-community/infra, `docs/cache.md`, at a commit of 2026-08-21.
    (
        "nix-community.cachix.org",
        &["nix-community.cachix.org-1:mB9FSh9qf2dCimDSUo8Zy7bkq5CX+/rkCWyvRCYg3Fs="],
    ),
];

/// Variants of the kernel that follow upstream as soon as it moves, by the end of `pkgs.linuxPackages_<end>`; zfs
/// follows later. Source: the names in nixpkgs, `pkgs/top-level/linux-kernels.nix`; `mainline` and `cachyos` are names of
/// overlays. Not here: `xanmod` alone and `cachyos-lts`, which follow the series with long support, and `rt`, which is
/// made for old ones. Which series zfs builds for changes with every release of it and is not written down here.
pub const LEADING_KERNELS: [&str; 12] = [
    "latest",
    "testing",
    "zen",
    "lqx",
    "xanmod_latest",
    "xanmod_stable",
    "mainline",
    "cachyos",
    "cachyos-lto",
    "cachyos-hardened",
    "cachyos-server",
    "cachyos-rc",
];

/// The values that home-manager's `home.stateVersion` takes, oldest first. Source: `modules/misc/version.nix` of
/// home-manager, at a commit of 2026-08-22.
pub const HOME_STATE_VERSIONS: [(u32, u32); 18] = [
    (18, 9),
    (19, 3),
    (19, 9),
    (20, 3),
    (20, 9),
    (21, 3),
    (21, 5),
    (21, 11),
    (22, 5),
    (22, 11),
    (23, 5),
    (23, 11),
    (24, 5),
    (24, 11),
    (25, 5),
    (25, 11),
    (26, 5),
    (26, 11),
];

/// The least and the greatest `system.stateVersion` of nix-darwin. Source: `modules/system/version.nix` of nix-darwin,
/// at a commit of 2026-06-18.
pub const DARWIN_STATE_VERSIONS: (i64, i64) = (1, 7);

/// The newest release of nix-darwin when its table was read.
pub const DARWIN_RELEASE: Release = Release { year: 26, month: 5 };

/// The day of that commit, in seconds since 1970: 2026-06-18.
pub const DARWIN_READ: i64 = 1_781_740_800;
