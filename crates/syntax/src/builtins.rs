//! The builtins of all Nix implementations, and which of them are bound without a prefix.
//!
//! Goal: the union of Nix 2.18 to 2.36, Lix and Determinate Nix, so that a name is unknown only if nobody has it.
//! Limit: `since` is told for Nix only; a fork's own rows carry its name.

/// One builtin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name below `builtins`.
    pub name: &'static str,
    /// Whether it is bound as `name`; every other one is bound as `__name`.
    pub bare: bool,
    /// The first Nix 2.x that has it; 4 stands for 2.4 and all before. `None`: no release of Nix has it.
    pub since: Option<u8>,
    /// Who has it.
    pub owners: Owners,
    /// The experimental feature or setting that it needs.
    pub feature: Option<&'static str>,
    /// Whether it is not meant for users: known, never suggested.
    pub internal: bool,
    /// What to write instead, if Nix itself calls it deprecated.
    pub deprecated: Option<&'static str>,
}

/// Which implementations have a builtin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owners {
    /// Nix, Lix and Determinate Nix.
    All,
    /// Nix and Determinate Nix, not Lix.
    NotLix,
    /// Determinate Nix only.
    Determinate,
    /// Lix only.
    Lix,
}

impl Builtin {
    /// Whether every implementation and every version since 2.4 binds it, whatever the settings. A name of a row that
    /// is not firm may be looked up in an enclosing `with`.
    #[must_use]
    pub const fn firm(&self) -> bool {
        matches!(self.owners, Owners::All)
            && matches!(self.since, Some(4))
            && self.feature.is_none()
            && !self.internal
    }
}

/// The index of a builtin in [`TABLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row(u8);

impl Row {
    /// The builtin.
    #[must_use]
    pub fn builtin(self) -> &'static Builtin {
        &TABLE[usize::from(self.0)]
    }

    /// Its name below `builtins`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.builtin().name
    }
}

/// The names of the deprecated builtins, as they are written behind `builtins.` and alone.
pub const DEPRECATED: &[&str] = &["toPath", "__toPath"];

/// The builtin `builtins.<name>`.
#[must_use]
pub fn find(name: &str) -> Option<Row> {
    let index = TABLE
        .binary_search_by(|builtin| builtin.name.cmp(name))
        .ok()?;
    u8::try_from(index).ok().map(Row)
}

/// The builtin that `name` means without any prefix: `map`, `__attrNames`; not `attrNames`.
#[must_use]
pub fn find_bare(name: &str) -> Option<Row> {
    let row = match name.strip_prefix("__") {
        Some(rest) => find(rest).filter(|row| !row.builtin().bare),
        None => find(name).filter(|row| row.builtin().bare),
    };
    row.filter(|row| !row.builtin().internal)
}

/// A builtin of every implementation that is bound as `__name`.
const fn plain(name: &'static str) -> Builtin {
    Builtin {
        name,
        bare: false,
        since: Some(4),
        owners: Owners::All,
        feature: None,
        internal: false,
        deprecated: None,
    }
}

/// A builtin of every implementation that is bound as `name`.
const fn bare(name: &'static str) -> Builtin {
    Builtin {
        bare: true,
        ..plain(name)
    }
}

/// A builtin that came with Nix `2.since`.
const fn newer(name: &'static str, since: u8) -> Builtin {
    Builtin {
        since: Some(since),
        ..plain(name)
    }
}

/// A builtin behind a feature or setting.
const fn behind(name: &'static str, since: u8, feature: &'static str) -> Builtin {
    Builtin {
        feature: Some(feature),
        ..newer(name, since)
    }
}

/// A builtin that only Determinate Nix has.
const fn determinate(name: &'static str) -> Builtin {
    Builtin {
        since: None,
        owners: Owners::Determinate,
        ..plain(name)
    }
}

/// A builtin that Nix has and Lix has not.
const fn not_lix(builtin: Builtin) -> Builtin {
    Builtin {
        owners: Owners::NotLix,
        ..builtin
    }
}

/// A builtin that is no user's business.
const fn internal(builtin: Builtin) -> Builtin {
    Builtin {
        internal: true,
        ..builtin
    }
}

/// All builtins, sorted by name.
pub const TABLE: &[Builtin] = &[
    bare("abort"),
    plain("add"),
    newer("addDrvOutputDependencies", 20),
    plain("addErrorContext"),
    plain("all"),
    plain("any"),
    plain("appendContext"),
    plain("attrNames"),
    plain("attrValues"),
    bare("baseNameOf"),
    plain("bitAnd"),
    plain("bitOr"),
    plain("bitXor"),
    Builtin {
        bare: true,
        ..newer("break", 9)
    },
    bare("builtins"),
    plain("catAttrs"),
    plain("ceil"),
    plain("compareVersions"),
    plain("concatLists"),
    plain("concatMap"),
    plain("concatStringsSep"),
    not_lix(newer("convertHash", 19)),
    plain("currentSystem"),
    plain("currentTime"),
    plain("deepSeq"),
    bare("derivation"),
    bare("derivationStrict"),
    internal(determinate("derivationStrictWithMeta")),
    bare("dirOf"),
    plain("div"),
    plain("elem"),
    plain("elemAt"),
    behind("exec", 4, "allow-unsafe-native-code-during-evaluation"),
    bare("false"),
    behind("fetchClosure", 8, "fetch-closure"),
    internal(not_lix(newer("fetchFinalTree", 24))),
    bare("fetchGit"),
    bare("fetchMercurial"),
    bare("fetchTarball"),
    Builtin {
        bare: true,
        ..behind("fetchTree", 4, "fetch-tree")
    },
    plain("fetchurl"),
    plain("filter"),
    determinate("filterAttrs"),
    plain("filterSource"),
    plain("findFile"),
    behind("flakeRefToString", 19, "flakes"),
    plain("floor"),
    plain("foldl'"),
    internal(not_lix(newer("forceLazyFetcherAttr", 36))),
    plain("fromJSON"),
    bare("fromTOML"),
    plain("functionArgs"),
    plain("genList"),
    plain("genericClosure"),
    plain("getAttr"),
    plain("getContext"),
    plain("getEnv"),
    behind("getFlake", 4, "flakes"),
    newer("groupBy", 5),
    plain("hasAttr"),
    plain("hasContext"),
    plain("hashFile"),
    plain("hashString"),
    plain("head"),
    bare("import"),
    behind(
        "importNative",
        4,
        "allow-unsafe-native-code-during-evaluation",
    ),
    plain("intersectAttrs"),
    plain("isAttrs"),
    plain("isBool"),
    plain("isFloat"),
    plain("isFunction"),
    plain("isInt"),
    plain("isList"),
    bare("isNull"),
    plain("isPath"),
    plain("isString"),
    plain("langVersion"),
    plain("length"),
    plain("lessThan"),
    plain("listToAttrs"),
    bare("map"),
    plain("mapAttrs"),
    plain("match"),
    plain("mul"),
    plain("nixPath"),
    plain("nixVersion"),
    bare("null"),
    behind("outputOf", 16, "dynamic-derivations"),
    determinate("parallel"),
    plain("parseDrvName"),
    behind("parseFlakeRef", 19, "flakes"),
    plain("partition"),
    plain("path"),
    plain("pathExists"),
    bare("placeholder"),
    plain("readDir"),
    plain("readFile"),
    newer("readFileType", 14),
    bare("removeAttrs"),
    plain("replaceStrings"),
    bare("scopedImport"),
    plain("seq"),
    plain("sort"),
    plain("split"),
    plain("splitVersion"),
    plain("storeDir"),
    plain("storePath"),
    plain("stringLength"),
    plain("sub"),
    plain("substring"),
    plain("tail"),
    bare("throw"),
    plain("toFile"),
    plain("toJSON"),
    Builtin {
        deprecated: Some("`/. + p`, or leave it a string"),
        ..plain("toPath")
    },
    bare("toString"),
    plain("toXML"),
    plain("trace"),
    behind("traceVerbose", 10, "trace-verbose"),
    bare("true"),
    plain("tryEval"),
    plain("typeOf"),
    plain("unsafeDiscardOutputDependency"),
    plain("unsafeDiscardStringContext"),
    plain("unsafeGetAttrPos"),
    newer("warn", 23),
    determinate("wasm"),
    newer("zipAttrsWith", 6),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(TABLE.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(TABLE.len() < 256);
    }

    #[test]
    fn deprecated_names() {
        let deprecated: Vec<&str> = TABLE
            .iter()
            .filter(|builtin| builtin.deprecated.is_some())
            .map(|builtin| builtin.name)
            .collect();
        let written: Vec<String> = deprecated
            .iter()
            .flat_map(|name| [(*name).to_owned(), format!("__{name}")])
            .collect();
        assert_eq!(written, DEPRECATED);
    }

    /// The lists were read from the sources of each implementation; constants are not in all of them.
    #[test]
    fn every_implementation_is_known() {
        let lists = [
            (Owners::All, include_str!("../tests/builtins/nix-2.8.txt")),
            (
                Owners::NotLix,
                include_str!("../tests/builtins/nix-2.36.txt"),
            ),
            (
                Owners::Determinate,
                include_str!("../tests/builtins/determinate-3.22.txt"),
            ),
            (Owners::Lix, include_str!("../tests/builtins/lix-2.96.txt")),
        ];
        for (owner, list) in lists {
            for name in list.lines() {
                let row = find(name).unwrap_or_else(|| panic!("{name} is missing"));
                let fits = match row.builtin().owners {
                    Owners::All => true,
                    Owners::NotLix => owner != Owners::Lix,
                    other => other == owner,
                };
                assert!(fits, "{owner:?} has {name} too");
            }
        }
        // And nobody but Determinate Nix has what is said to be its own.
        for builtin in TABLE {
            let nix = include_str!("../tests/builtins/nix-2.36.txt");
            let known = nix.lines().any(|name| name == builtin.name);
            assert!(builtin.since.is_some() || !known, "{}", builtin.name);
        }
    }

    #[test]
    fn bare_names() {
        let bare: Vec<&str> = TABLE.iter().filter(|b| b.bare).map(|b| b.name).collect();
        assert_eq!(
            bare.join(" "),
            "abort baseNameOf break builtins derivation derivationStrict dirOf false fetchGit fetchMercurial \
             fetchTarball fetchTree fromTOML import isNull map null placeholder removeAttrs scopedImport throw \
             toString true"
        );
        assert!(find_bare("__attrNames").is_some());
        assert!(find_bare("attrNames").is_none());
        assert!(find_bare("__map").is_none());
        assert!(find_bare("__fetchFinalTree").is_none());
    }
}
