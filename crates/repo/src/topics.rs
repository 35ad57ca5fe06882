//! Words that are asked of every file before it is looked at more closely: most files never speak of most subjects.
//!
//! Goal: a lint that concerns few files costs nothing in the others. The words are found in the one look at a text that
//! also finds tokens (see [`crate::secrets::tokens`]). Limit: a word stands anywhere in the text, in a comment too; it
//! says where to look, never what is there.

use serde::{Deserialize, Serialize};

/// What a text may speak of: a word, or the part of it that all its forms share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// `overlays`
    Overlays,
    /// `imports`
    Imports,
    /// `import`, `scopedImport`, `imports`
    Import,
    /// `scopedImport`
    ScopedImport,
    /// `fetchurl`, `fetchTarball` …
    Fetch,
    /// `specialArgs`, `extraSpecialArgs`
    SpecialArgs,
    /// `_module.args`
    ModuleArgs,
    /// `nixosConfigurations`, `darwinConfigurations`, `homeConfigurations`
    Configurations,
    /// `disko`
    Disko,
    /// `trusted-users`, `trustedUsers`
    TrustedUsers,
    /// `substituters`, `binaryCaches`, `require-sigs`, `requireSignedBinaryCaches`
    Caches,
    /// `stateVersion` and names that end so
    StateVersion,
    /// `allowUnfree`, `allowUnfreePredicate`
    Unfree,
    /// `allowBroken`, `allowInsecurePredicate`, `NIXPKGS_ALLOW_BROKEN` …
    Broken,
    /// `sops`
    Sops,
    /// `rekeyFile`
    Rekey,
    /// `age.secrets`
    AgeSecrets,
    /// `mkDerivation`, `buildGoModule` and what else takes the attributes of a package
    Packages,
}

/// Each with its spellings.
pub(crate) const TOPICS: &[(Topic, &[&str])] = &[
    (Topic::Overlays, &["overlays"]),
    (Topic::Imports, &["imports"]),
    (Topic::Import, &["import", "scopedImport"]),
    (Topic::ScopedImport, &["scopedImport"]),
    (Topic::Fetch, &["fetch"]),
    (Topic::SpecialArgs, &["pecialArgs"]),
    (Topic::ModuleArgs, &["_module.args"]),
    (Topic::Configurations, &["Configurations"]),
    (Topic::Disko, &["disko"]),
    (Topic::TrustedUsers, &["trusted-users", "trustedUsers"]),
    (
        Topic::Caches,
        &[
            "ubstituters",
            "inaryCaches",
            "require-sigs",
            "requireSigned",
        ],
    ),
    (Topic::StateVersion, &["tateVersion"]),
    (Topic::Unfree, &["llowUnfree"]),
    (
        Topic::Broken,
        &[
            "llowBroken",
            "llowUnsupportedSystem",
            "llowInsecure",
            "NIXPKGS_ALLOW_",
        ],
    ),
    (Topic::Sops, &["sops"]),
    (Topic::Rekey, &["rekeyFile"]),
    (Topic::AgeSecrets, &["age.secrets"]),
    (
        Topic::Packages,
        &[
            "mkDerivation",
            "buildRustPackage",
            "buildGoModule",
            "buildPython",
            "buildNpmPackage",
            "buildDotnetModule",
            "buildGradlePackage",
            "buildDartApplication",
            "runCommand",
            "overrideAttrs",
            "overridePythonAttrs",
        ],
    ),
];

/// What a text speaks of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topics(u32);

impl Topics {
    /// Whether the text has the word of this topic.
    #[must_use]
    pub fn has(self, topic: Topic) -> bool {
        self.0 & (1 << topic as u32) != 0
    }

    pub(crate) fn add(&mut self, topic: Topic) {
        self.0 |= 1 << topic as u32;
    }
}
