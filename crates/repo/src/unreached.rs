//! Modules that nothing imports.
//!
//! Goal: a module file is *unreached* when no path expression of the repository names it, no host or output has it, and
//! nothing in the repository can find it in another way. Everything that could is taken for doing it: a path whose end is
//! computed, a folder that is handed to a function, a scanner of folders, a name in a script. A scanner that reads what it
//! is given reads a folder that is written down somewhere, and each of these counts. Limits: where a framework decides, or
//! where the flake itself is handed to functions and something scans, there is no answer for any file.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use syntax::{SyntaxKind, TextRange, TextSize};

use crate::hosts::{ephemeral_path, is_template};
use crate::imports::{EdgeKind, Target};
use crate::outline::{Key, Node};
use crate::{File, FileId, Kind, Repo, RepoPath, Span, Why};

/// A module that nothing imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    /// The file.
    pub file: FileId,
    /// A comment that would import it.
    pub commented: Option<Span>,
}

/// Frameworks that decide by themselves which files they import, by the name of their repository or of the input.
const FRAMEWORKS: [&str; 24] = [
    "adios-flake",
    "autowire",
    "blueprint",
    "clan-core",
    "den",
    "digga",
    "easy-hosts",
    "ez-configs",
    "flake-utils-plus",
    "flakelight",
    "haumea",
    "import-tree",
    "nix-unit-flake",
    "nixos-unified",
    "nixos-flake",
    "paisano",
    "snowfall",
    "snowfall-lib",
    "std",
    "hive",
    "unify",
    "omnibus",
    "nilla",
    "namaka",
];

/// Functions that read the folder which they are given, and no other.
const SCANNERS: [&str; 7] = [
    "collectModules",
    "importTree",
    "listFilesRecursive",
    "mapModules",
    "readDir",
    "scanPaths",
    "umport",
];

/// Names of files that something outside a configuration reads.
const ENTRIES: [&str; 12] = [
    "flake.nix",
    "shell.nix",
    "default.nix",
    "release.nix",
    "overlay.nix",
    "overlays.nix",
    "hive.nix",
    "configuration.nix",
    "darwin-configuration.nix",
    "home.nix",
    "treefmt.nix",
    "flake-compat.nix",
];

impl Repo {
    /// The modules that nothing imports, in the order of their paths; none where nobody can tell.
    #[must_use]
    pub fn unreached(&self) -> Vec<Unreached> {
        // A function of an input that makes hosts, or the whole flake, may look for files as it likes.
        let foreign = self.hosts.open.iter().any(|why| match why {
            Why::Loader(_, word) => !SCANNERS.contains(&&**word),
            Why::Foreign(..) | Why::TooDeep | Why::Computed(_) => true,
            _ => false,
        });
        if self.hosts.all.is_empty() || foreign || self.has_framework() {
            return Vec::new();
        }
        let mut named: BTreeSet<FileId> = BTreeSet::new();
        let mut covered: BTreeSet<RepoPath> = BTreeSet::new();
        let mut scans = false;
        let nix = || self.files.iter().filter(|file| file.kind == Kind::Nix);
        for file in nix() {
            // What a file that does not parse imports is not known.
            if !file.facts.faults.is_empty() {
                return Vec::new();
            }
            for (word, at) in &file.facts.imports.loaders {
                match self.scanned(file, word, *at) {
                    Scan::None => {}
                    Scan::Folder(folder) => {
                        covered.insert(folder);
                    }
                    Scan::Given => scans = true,
                    Scan::Unknown if self.given.loaders.contains(&file.id) => {}
                    Scan::Unknown => return Vec::new(),
                }
            }
            self.names(file, &mut named, &mut covered);
        }
        // Where a scanner reads what it is given, that is some folder which is written down, or the flake itself.
        if scans && nix().any(|file| file.facts.imports.hands_self_on) {
            return Vec::new();
        }
        for host in &self.hosts.all {
            named.extend(host.surely.iter().chain(&host.perhaps).copied());
            named.insert(host.at.file);
            named.extend(host.call.iter().map(|call| call.at.file));
            named.extend(host.inline.iter().map(|(at, _)| at.file));
            for child in &host.children {
                named.extend(child.surely.iter().chain(&child.perhaps).copied());
            }
        }
        named.extend(self.hosts.modules.iter().map(|(file, _)| *file));
        named.extend(&self.given.entries);
        let covers = |path: &RepoPath| {
            let mut folder = path.parent();
            loop {
                if covered.contains(&folder) {
                    return true;
                }
                if folder.bytes().is_empty() {
                    return false;
                }
                folder = folder.parent();
            }
        };
        let left = nix().filter(|file| {
            !named.contains(&file.id) && self.may_be_dead(file) && !covers(&file.path)
        });
        self.unmentioned(&left.collect::<Vec<_>>())
    }

    fn has_framework(&self) -> bool {
        self.flakes().any(|(_, _, facts)| {
            facts.inputs.iter().any(|input| {
                let repo = input
                    .reference
                    .as_ref()
                    .and_then(|it| it.attributes.get("repo"));
                FRAMEWORKS.contains(&&*input.name)
                    || repo.is_some_and(|it| FRAMEWORKS.contains(&it))
            })
        })
    }

    /// Whether a file is a module, and one of those that are imported from within the repository.
    fn may_be_dead(&self, file: &File) -> bool {
        let path = &file.path;
        let name = path.file_name();
        let entry = ENTRIES.contains(&&*name)
            && (name != "default.nix" || path.parent().bytes().is_empty());
        let aside = |it: std::borrow::Cow<'_, str>| {
            let it = it.trim_end_matches(".nix");
            it.starts_with('_')
                || matches!(
                    it,
                    "doc"
                        | "docs"
                        | "archive"
                        | "archived"
                        | "attic"
                        | "unused"
                        | "old"
                        | "wip"
                        | "legacy"
                )
                || ["disabled", "deprecated", "backup"]
                    .iter()
                    .any(|word| it.contains(word))
        };
        if entry || ephemeral_path(path) || is_template(path) || path.components().any(aside) {
            return false;
        }
        let votes = self.classes.of(file.id);
        let classes: Vec<_> = votes.certain_all().collect();
        let of_class = match classes.as_slice() {
            [] => votes.likely().map(crate::class::Class::is_module),
            all => Some(all.iter().all(|it| it.is_module())),
        };
        let shaped = || {
            let modules = &file.facts.modules.modules;
            modules.iter().any(|it| it.is_file && it.shaped)
        };
        of_class.unwrap_or_else(shaped) && !self.is_vendored(path)
    }

    /// Whether a folder around a path has a licence of its own.
    fn is_vendored(&self, path: &RepoPath) -> bool {
        let mut folder = path.parent();
        while !folder.bytes().is_empty() {
            let licence = ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "COPYING"];
            if licence
                .iter()
                .filter_map(|name| folder.join(name))
                .any(|it| self.paths.find(&it).is_some())
            {
                return true;
            }
            folder = folder.parent();
        }
        false
    }

    /// What the paths of a file name, and which folders they leave to something else.
    fn names(&self, file: &File, named: &mut BTreeSet<FileId>, covered: &mut BTreeSet<RepoPath>) {
        let imports = &file.facts.imports;
        let mut add = |path: &RepoPath| {
            let found = self.find(path).into_iter().chain(self.file_at(path));
            named.extend(found.map(|it| it.id).filter(|it| *it != file.id));
        };
        for edge in &imports.edges {
            let Target::Repo(path) = &edge.target else {
                continue;
            };
            add(path);
            if edge.kind == EdgeKind::Data
                && self.paths.is_folder(path)
                && !is_source(file, edge.at)
            {
                covered.insert(path.clone());
            }
        }
        for path in &imports.computed {
            add(path);
            covered.insert(if self.paths.is_folder(path) {
                path.clone()
            } else {
                path.parent()
            });
        }
    }

    /// What a scanner of folders reads.
    fn scanned(&self, file: &File, word: &str, at: TextRange) -> Scan {
        // flake-parts' own does not look for files.
        if word == "mkFlake" {
            let parts = self.flakes().any(|(_, _, facts)| {
                facts.inputs.iter().any(|input| {
                    let repo = input
                        .reference
                        .as_ref()
                        .and_then(|it| it.attributes.get("repo"));
                    &*input.name == "flake-parts" || repo == Some("flake-parts")
                })
            });
            return if parts { Scan::None } else { Scan::Unknown };
        }
        let text = file.text.contents();
        let Some(mut function) = file.facts.outline.covering(text, at) else {
            return Scan::Unknown;
        };
        let mut parent = function.parent();
        if let Some(path) = parent.filter(|it| it.is(SyntaxKind::NODE_ATTRPATH)) {
            match path.parent() {
                Some(select) if select.is(SyntaxKind::NODE_SELECT) => function = select,
                // `haumea.url = …;`, `readDir = …;`
                _ => return Scan::None,
            }
            parent = function.parent();
        }
        // A framework may look anywhere; a function of folders reads the folder that it is given.
        let unknown = if SCANNERS.contains(&word) {
            Scan::Given
        } else {
            Scan::Unknown
        };
        match parent.map(Node::kind) {
            Some(
                SyntaxKind::NODE_PAT_ENTRY
                | SyntaxKind::NODE_PAT_BIND
                | SyntaxKind::NODE_IDENT_PARAM
                | SyntaxKind::NODE_INHERIT,
            ) => Scan::None,
            Some(SyntaxKind::NODE_APPLY) => {
                let argument = parent
                    .and_then(|it| it.child(1))
                    .filter(|it| *it != function);
                let Some(argument) = argument.map(Node::bare) else {
                    return unknown;
                };
                let edges = &file.facts.imports.edges;
                let edge = edges.iter().find(|it| it.at == argument.range());
                match edge.map(|it| &it.target) {
                    Some(Target::Repo(path)) => Scan::Folder(path.clone()),
                    _ => unknown,
                }
            }
            _ => unknown,
        }
    }

    /// Looks for the names of files in all texts, and leaves those that something but a comment may mean.
    fn unmentioned(&self, files: &[&File]) -> Vec<Unreached> {
        let stems: Vec<String> = files.iter().map(|file| stem(&file.path)).collect();
        let Ok(search) = AhoCorasick::new(&stems) else {
            return Vec::new();
        };
        let mut found: Vec<Option<Unreached>> = files
            .iter()
            .map(|file| {
                Some(Unreached {
                    file: file.id,
                    commented: None,
                })
            })
            .collect();
        for other in self.files.iter().filter(|it| it.kind != Kind::Lock) {
            let text = other.text.contents();
            for hit in search.find_overlapping_iter(text) {
                let (at, end, index) = (hit.start(), hit.end(), hit.pattern().as_usize());
                let file = files[index];
                let Some(left) = found[index].as_mut().filter(|_| file.id != other.id) else {
                    continue;
                };
                if !is_word(text, at, end) {
                    continue;
                }
                match self.mention(other, at, end) {
                    Mention::Meant => found[index] = None,
                    Mention::Nothing => {}
                    Mention::Comment => {
                        if left.commented.is_none() {
                            left.commented = self.import_in(other, at, end, file);
                        }
                    }
                }
            }
        }
        found.into_iter().flatten().collect()
    }

    /// What a word in a text is.
    fn mention(&self, file: &File, at: usize, end: usize) -> Mention {
        if file.kind != Kind::Nix {
            return Mention::Meant;
        }
        let text = file.text.contents();
        let Some(node) = file
            .facts
            .outline
            .covering(text, crate::json::range(at, end))
        else {
            return Mention::Nothing;
        };
        match node.kind() {
            SyntaxKind::NODE_STRING
            | SyntaxKind::NODE_PATH_REL
            | SyntaxKind::NODE_PATH_ABS
            | SyntaxKind::NODE_PATH_HOME
            | SyntaxKind::NODE_PATH_SEARCH
            | SyntaxKind::NODE_LITERAL => {
                let path_like = text[end..].starts_with(".nix") || text[..at].ends_with('/');
                if path_like && !is_url(text, at) {
                    Mention::Meant
                } else {
                    Mention::Nothing
                }
            }
            SyntaxKind::NODE_IDENT => Mention::Nothing,
            _ => Mention::Comment,
        }
    }

    /// The path in a comment around a mention, when it leads to the file.
    fn import_in(&self, other: &File, at: usize, end: usize, file: &File) -> Option<Span> {
        let text = other.text.contents();
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-' | '+');
        let start = text[..at].rfind(|c: char| !part(c)).map_or(0, |it| {
            it + text[it..].chars().next().map_or(1, char::len_utf8)
        });
        let stop = text[end..]
            .find(|c: char| !part(c))
            .map_or(text.len(), |it| end + it);
        let written = &text[start..stop];
        if !written.starts_with("./") && !written.starts_with("../") {
            return None;
        }
        let path = other.path.parent().join(written)?;
        let found = self.file_at(&path)?;
        let size = |it: usize| u32::try_from(it).ok().map(TextSize::from);
        (found.id == file.id).then_some(Span {
            file: other.id,
            range: TextRange::new(size(start)?, size(stop)?),
        })
    }
}

/// The name that others call a file by.
fn stem(path: &RepoPath) -> String {
    let name = path.file_name();
    match &*name {
        "default.nix" => path.parent().file_name().into_owned(),
        _ => name.trim_end_matches(".nix").to_owned(),
    }
}

/// What a word in a text is.
enum Mention {
    /// It may mean the file.
    Meant,
    /// It means something else.
    Nothing,
    /// It stands in a comment.
    Comment,
}

/// What a scanner reads.
enum Scan {
    /// The word is no call.
    None,
    /// This folder.
    Folder(RepoPath),
    /// What it is given elsewhere.
    Given,
    /// Nobody can tell.
    Unknown,
}

/// Whether a folder is only copied: `src = ./.;`, `builtins.path { path = ./.; }`.
fn is_source(file: &File, at: TextRange) -> bool {
    let text = file.text.contents();
    let Some(node) = file.facts.outline.covering(text, at) else {
        return false;
    };
    for parent in node.ancestors().take(20) {
        match parent.kind() {
            SyntaxKind::NODE_PAREN | SyntaxKind::NODE_STRING | SyntaxKind::NODE_INTERPOL => {}
            SyntaxKind::NODE_APPLY => {
                let (head, _) = parent.call();
                let name = head.last_name();
                if !matches!(
                    name.as_deref(),
                    Some("cleanSource" | "toString" | "mkOutOfStoreSymlink" | "gitignoreSource")
                ) {
                    return false;
                }
            }
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let Some(set) = parent
                    .parent()
                    .filter(|it| it.is(SyntaxKind::NODE_ATTR_SET))
                else {
                    return false;
                };
                let keys = parent.child(0).map(Node::keys).unwrap_or_default();
                let call = || set.parent().filter(|it| it.is(SyntaxKind::NODE_APPLY));
                return match keys.last().and_then(Key::name) {
                    Some(
                        "src" | "source" | "projectRoot" | "sourceRoot" | "cargoRoot"
                        | "packageRoot",
                    ) => true,
                    Some("path" | "root") => call().is_some_and(|it| {
                        matches!(
                            it.call().0.last_name().as_deref(),
                            Some("path" | "toSource" | "cleanSourceWith")
                        )
                    }),
                    _ => false,
                };
            }
            _ => return false,
        }
    }
    false
}

/// Whether a place is not part of a longer word.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    !text[..start].chars().next_back().is_some_and(inner)
        && !text[end..].chars().next().is_some_and(inner)
}

/// Whether a place is part of an address: `https://host/name`.
fn is_url(text: &str, at: usize) -> bool {
    let start = text[..at]
        .rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '(' | '<'))
        .map_or(0, |it| it + 1);
    text[start..at].contains("://")
}
