//! What a lint is, what a finding is, and what a report of findings is. The one crate that a lint imports.

pub mod context;
pub mod finding;
pub mod options;
pub mod pattern;
pub mod report;

use std::fmt;

pub use context::{FileCx, RepoCx};
pub use finding::{Edit, Finding, Fix, Label, Safety};
pub use options::{JudgeTests, MergeInherits, NamePattern, Options};
pub use pattern::Pattern;
pub use report::Report;
pub use syntax::{Green, SyntaxNode};
/// What lint authors may use of the floors below.
pub use {repo, syntax};

/// Everything that most lints name.
pub mod prelude {
    pub use repo::topics::Topic;
    pub use repo::{File, FileId, Kind, Repo, RepoPath, Span, Tree};
    pub use syntax::live::Live;
    pub use syntax::prec::{self, Slot};
    pub use syntax::scopes::{self, NameId, NameKind, To};
    pub use syntax::{
        AstNode, Green, HasEntry, Scopes, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize,
        ast, attrpath, comments, expr, merge, remove,
    };

    pub use crate::{
        Check, Edit, FileCx, Finding, Fix, FixKind, Group, JudgeTests, Level, Lint, MergeInherits,
        NamePattern, Options, RepoCx, Safety,
    };
}

/// One lint: how it is called, what it says, and the function that finds it.
pub struct Lint {
    /// Kebab case, names the fault, reads well after "allow". Equals the name of its file.
    pub name: &'static str,
    /// Its subject; equals the name of its folder.
    pub group: Group,
    /// The level without any configuration.
    pub level: Level,
    /// The best fix it ever offers.
    pub fix: FixKind,
    /// One line, for lists and machines.
    pub summary: &'static str,
    /// Its page: documentation, `nivis explain` text and test in one.
    pub page: &'static str,
    /// Its settings under `[lints.<name>]`.
    pub options: Options,
    /// How it finds.
    pub check: Check,
}

/// Where the pages of the lints are published, without a `/` at the end; empty while they are not.
pub const PAGE_BASE: &str = "";

impl Lint {
    /// The address of its page; `None` while pages are not published.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let file = self.name.replace('-', "_");
        (!PAGE_BASE.is_empty()).then(|| format!("{PAGE_BASE}/{}/{file}.md", self.group))
    }
}

impl fmt::Debug for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lint({})", self.name)
    }
}

impl PartialEq for Lint {
    fn eq(&self, other: &Lint) -> bool {
        self.name == other.name
    }
}

impl Eq for Lint {}

/// What a lint wants to see. The engine calls it there, and only there.
pub enum Check {
    /// Each node of these kinds, in the one walk over a file. Only for files whose text parses around the node.
    Node(&'static [SyntaxKind], fn(&SyntaxNode, &mut FileCx<'_>)),
    /// As `Node`, but only those nodes of which the first function says yes: a look at the green tree, which costs a
    /// tenth of a [`SyntaxNode`]. For kinds that are frequent.
    NodeIf(
        &'static [SyntaxKind],
        fn(Green<'_>) -> bool,
        fn(&SyntaxNode, &mut FileCx<'_>),
    ),
    /// Each file once: its text, its tree, its scopes, its facts. Also called for files that do not parse.
    File(fn(&mut FileCx<'_>)),
    /// The repository once, when all files are read and linked.
    Repo(fn(&mut RepoCx<'_>)),
    /// A user's rule, made at run time.
    Pattern(Pattern),
    /// The engine itself reports it, where it notices it.
    Engine,
}

pub use syntax::SyntaxKind;

/// How much a finding matters. Ordered: `Off < Info < Warn < Error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Not reported.
    Off,
    /// Shown, never fails a run unless asked for.
    Info,
    /// Fails a run (exit code 1) unless `--fail-on` says otherwise.
    Warn,
    /// As `Warn`; what will not work, or hurts.
    Error,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Level; 4] = [Level::Off, Level::Info, Level::Warn, Level::Error];

    /// The word used in settings and machine output: `off`, `info`, `warn`, `error`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Off => "off",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }

    /// The level of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.as_str() == word)
    }

    /// Moved by `steps` (positive: more severe), never above `Error`; below `Info` it is `Off`. `Off` stays `Off`.
    #[must_use]
    pub fn shift(self, steps: i8) -> Level {
        if self == Level::Off {
            return Level::Off;
        }
        let index = (self as i8).saturating_add(steps).clamp(0, 3);
        Level::ALL[usize::try_from(index).unwrap_or(0)]
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The best fix that a lint ever offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FixKind {
    /// Keeps the meaning.
    Safe,
    /// Rests on a guess of what was meant.
    Unsafe,
    /// None.
    Never,
}

impl FixKind {
    /// The word used in lists: `safe`, `unsafe`, `never`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FixKind::Safe => "safe",
            FixKind::Unsafe => "unsafe",
            FixKind::Never => "never",
        }
    }
}

macro_rules! groups {
    ($($variant:ident $name:literal $about:literal,)*) => {
        /// The subject of a lint; a folder of `lints/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Group {
            $(#[doc = $about] $variant,)*
        }

        impl Group {
            /// All groups, in the order of documentation.
            pub const ALL: &'static [Group] = &[$(Group::$variant,)*];

            /// The name in settings, and of the folder.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Group::$variant => $name,)* }
            }

            /// What it is about, one line.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Group::$variant => $about,)* }
            }
        }
    };
}

groups! {
    Syntax "syntax" "Text that Nix refuses or reads differently than it looks",
    Dead "dead" "Code that nothing uses",
    Tidy "tidy" "Code that says the same in fewer words",
    Modules "modules" "The module system: what silently vanishes, what recurses, what never applies",
    Overlays "overlays" "Overlays that recurse, replace or have no effect",
    Flakes "flakes" "Flakes, inputs and locks",
    Files "files" "Files that are missing, untracked or unused",
    Secrets "secrets" "Secrets that end up in the world-readable store",
    State "state" "State versions and garbage collection",
    Hosts "hosts" "What breaks or opens a machine",
    Home "home" "home-manager and nix-darwin",
    Commands "commands" "Commands in scripts, CI and documents",
    Options "options" "Options checked against the pinned release",
    Packaging "packaging" "Derivations",
    Nivis "nivis" "What the engine itself reports",
    Rules "rules" "What the rules of this repository forbid",
}

impl Group {
    /// The group of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Group> {
        Group::ALL
            .iter()
            .copied()
            .find(|group| group.as_str() == name)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_shift_and_stop() {
        assert_eq!(Level::Error.shift(-1), Level::Warn);
        assert_eq!(Level::Error.shift(1), Level::Error);
        assert_eq!(Level::Info.shift(-1), Level::Off);
        assert_eq!(Level::Off.shift(2), Level::Off);
    }
}
