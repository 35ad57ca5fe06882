//! Users' rules: which texts hold them, read from the disk or the base revision, and who makes lints of them.
//!
//! Goal: nothing outside of the root is ever read, also not through a link, and no rule is passed over in silence. The
//! engine does not know what a rule looks like: whoever starts a run hands it a maker, see [`Lints`].

use std::collections::BTreeSet;
use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};
use lint_api::Lint;
use toml::Spanned;

use crate::config::{Config, ConfigText};
use crate::disk::{Failure, Folder, What};
use crate::git::{GitDir, Id};
use crate::load;
use crate::names::{Named, Names};
use crate::{Error, Flags};

/// The largest file of rules, in bytes.
const LARGEST: u64 = 1 << 20;
/// The most files of rules.
const MOST_FILES: usize = 1000;
/// How many names are looked at for the patterns of one setting.
const MOST_NAMES: usize = 200_000;
/// How deep a pattern with `**` looks.
const DEEPEST: usize = 64;

/// The lints that a run may have.
#[derive(Clone, Default)]
pub struct Lints {
    /// Those that nivis has; their order gives the indices.
    pub all: Vec<&'static Lint>,
    /// Who makes lints of users' rules; `None`: rules are refused.
    pub of_rules: Option<OfRules>,
}

/// Makes lints of rules, in their order. The second argument says of a name whose it is already: `a lint`.
pub type OfRules = fn(&[RuleText], &Taken<'_>) -> Result<Vec<&'static Lint>, Error>;

/// Says of a name whose it is already.
pub type Taken<'a> = dyn Fn(&str) -> Option<&'static str> + 'a;

/// A text with rules.
#[derive(Debug, Clone)]
pub struct RuleText {
    /// Its path and contents.
    pub file: ConfigText,
    /// Whether it is `nivis.toml` itself, where other things stand beside the rules.
    pub settings: bool,
}

impl std::fmt::Debug for Lints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lints({})", self.all.len())
    }
}

impl<I: IntoIterator<Item = &'static Lint>> From<I> for Lints {
    fn from(lints: I) -> Lints {
        Lints {
            all: lints.into_iter().collect(),
            of_rules: None,
        }
    }
}

impl Lints {
    /// Those of nivis and those of rules.
    ///
    /// # Errors
    /// When a rule is wrong, or has the name of something else.
    pub fn with_rules(&self, rules: &[RuleText]) -> Result<Vec<&'static Lint>, Error> {
        let mut lints = self.all.clone();
        if let Some(first) = rules.first() {
            let make = self
                .of_rules
                .ok_or_else(|| Error::at(&first.file.path, "rules are not taken here"))?;
            let names = Names::new(lints.iter().copied());
            lints.extend(make(rules, &taken(&names))?);
        }
        Ok(lints)
    }
}

/// Whose a name is already.
pub fn taken(names: &Names) -> impl Fn(&str) -> Option<&'static str> {
    |name| {
        names.resolve(name).map(|named| match named {
            Named::Lint(_) => "a lint of nivis",
            Named::Group(_) => "a group of lints",
            Named::Alias(_) | Named::NotTaken(_) => "a name of another tool",
        })
    }
}

/// The texts with rules that the settings name: `nivis.toml` itself if there are rules in it, then the files, by path.
///
/// # Errors
/// When a path leaves the repository, is missing, is a link, or cannot be read.
pub fn read(
    flags: &Flags,
    root: &Path,
    file: &ConfigText,
    config: &Config,
) -> Result<Vec<RuleText>, Error> {
    let mut texts = Vec::new();
    if !config.rule.is_empty() {
        texts.push(RuleText {
            file: file.clone(),
            settings: true,
        });
    }
    if config.rules.is_empty() {
        return Ok(texts);
    }
    let wanted = config.rules.iter().map(|it| Wanted::read(file, it));
    let wanted = wanted.collect::<Result<Vec<_>, Error>>()?;
    let place = if flags.config.as_deref() == Some("base") {
        Place::at_base(root, flags.base.as_deref())?
    } else {
        let here = root.as_os_str().is_empty();
        let folder = Folder::open(if here { Path::new(".") } else { root });
        Place::Disk(folder.map_err(|failure| Error::new(format!("the root {failure}")))?)
    };
    let mut paths = BTreeSet::new();
    for (written, wanted) in config.rules.iter().zip(wanted) {
        let wrong = |message: &str| file.error(&written.span(), message);
        match wanted {
            Wanted::File(path) => {
                paths.insert(path);
            }
            Wanted::Pattern { from, glob, depth } => {
                let mut left = MOST_NAMES;
                let found = place.matching(&from, &glob, depth, &mut left);
                paths.extend(found.map_err(|failure| wrong(&failure))?);
            }
        }
        if paths.len() > MOST_FILES {
            return Err(wrong("`rules` names more than 1000 files"));
        }
    }
    for path in paths {
        texts.push(RuleText {
            file: ConfigText::new(&path, place.read(&path)?)?,
            settings: false,
        });
    }
    Ok(texts)
}

/// Reads one file of rules that the user named.
///
/// # Errors
/// When it cannot be read, or is no regular file.
#[expect(clippy::disallowed_methods, reason = "the user named the file")]
pub fn read_named(path: &Path) -> Result<RuleText, Error> {
    let shown = path.to_string_lossy();
    let failed = |error: std::io::Error| Error::at(&*shown, error.to_string());
    let kind = std::fs::metadata(path).map_err(failed)?;
    if !kind.is_file() {
        return Err(Error::at(&*shown, "is not a regular file"));
    }
    if kind.len() > LARGEST {
        return Err(Error::at(&*shown, "is over 1 MiB"));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let settings = path
        .file_name()
        .is_some_and(|it| it == crate::config::FILE_NAME);
    Ok(RuleText {
        file: ConfigText::new(&*shown, bytes)?,
        settings,
    })
}

/// One item of `rules`.
enum Wanted {
    /// This file.
    File(String),
    /// All files that a pattern matches.
    Pattern {
        /// The folder in which they all lie.
        from: String,
        /// The pattern, from the root.
        glob: GlobMatcher,
        /// How many names a path can have.
        depth: usize,
    },
}

impl Wanted {
    fn read(file: &ConfigText, written: &Spanned<String>) -> Result<Wanted, Error> {
        let wrong = |message: String| Err(file.error(&written.span(), message));
        let text = written.get_ref();
        let text = text.strip_prefix("./").unwrap_or(text);
        let inside = !text.is_empty()
            && !text.contains('\0')
            && text.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !inside {
            return wrong("`rules` must name files below the root".to_owned());
        }
        let names: Vec<&str> = text.split('/').collect();
        let is_pattern = |name: &&str| name.contains(['*', '?', '[', '{']);
        let Some(first) = names.iter().position(is_pattern) else {
            return Ok(Wanted::File(text.to_owned()));
        };
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .backslash_escape(true)
            .build();
        match glob {
            Ok(glob) => Ok(Wanted::Pattern {
                from: names[..first].join("/"),
                glob: glob.compile_matcher(),
                // `{a,b/c}` may hold a `/` inside of its braces, so braces look as deep as `**`.
                depth: if text.contains("**") || text.contains('{') {
                    DEEPEST
                } else {
                    names.len()
                },
            }),
            Err(error) => wrong(format!("this is no pattern: {}", error.kind())),
        }
    }
}

/// Where files of rules are read.
enum Place {
    Disk(Folder),
    Base {
        git: Box<GitDir>,
        /// The tree of the root; `None` when the base has no such folder.
        tree: Option<Id>,
        name: String,
    },
}

impl Place {
    fn at_base(root: &Path, revision: Option<&str>) -> Result<Place, Error> {
        let git = GitDir::find(root)
            .map_err(Error::new)?
            .ok_or_else(|| Error::new("--config base: there is no git repository"))?;
        let name = revision.unwrap_or("HEAD").to_owned();
        let id = git.resolve(&name).map_err(|why| load::lost(&name, &why))?;
        let unreadable = |missing| load::lost(&name, &crate::git::refs::Lost::from(missing));
        let (_, commit) = git.commit(&id).map_err(unreadable)?;
        let below = root.strip_prefix(&git.top).unwrap_or(Path::new(""));
        let mut tree = Some(commit.tree);
        for part in below.components() {
            let part = part.as_os_str().as_encoded_bytes();
            let Some(id) = tree else { break };
            let entries = git.tree(&id).map_err(unreadable)?;
            let entry = entries.iter().find(|it| &*it.name == part && it.is_tree());
            tree = entry.map(|it| it.id);
        }
        Ok(Place::Base {
            git: Box::new(git),
            tree,
            name,
        })
    }

    /// The names in a folder; none when there is no such folder.
    fn list(&self, folder: &str) -> Result<Vec<(Vec<u8>, What)>, String> {
        match self {
            Place::Disk(root) => match below(root, folder) {
                Ok(Some(folder)) => folder.list().map_err(|failure| failure.to_string()),
                Ok(None) => root.list().map_err(|failure| failure.to_string()),
                Err(Failure::Missing) => Ok(Vec::new()),
                Err(failure) => Err(format!("`{folder}` {failure}")),
            },
            Place::Base { git, name, .. } => {
                let damaged = |_| format!("the history that leads to `{name}` is damaged");
                let Some(tree) = self.tree(folder) else {
                    return Ok(Vec::new());
                };
                let entries = git.tree(&tree).map_err(damaged)?;
                let what = |mode: u32| match mode & 0o170_000 {
                    0o100_000 => What::File,
                    0o040_000 => What::Folder,
                    0o120_000 => What::Link,
                    _ => What::Special,
                };
                let entries = entries.into_iter();
                Ok(entries
                    .map(|it| (it.name.to_vec(), what(it.mode)))
                    .collect())
            }
        }
    }

    /// The tree of a folder in the base.
    fn tree(&self, folder: &str) -> Option<Id> {
        let Place::Base { git, tree, .. } = self else {
            return None;
        };
        let mut id = (*tree)?;
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            let entries = git.tree(&id).ok()?;
            let mut entries = entries.iter();
            id = entries
                .find(|it| &*it.name == part.as_bytes() && it.is_tree())?
                .id;
        }
        Some(id)
    }

    /// The contents of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        match self {
            Place::Disk(root) => {
                let folder = below(root, folder);
                let read = match &folder {
                    Ok(folder) => folder
                        .as_ref()
                        .unwrap_or(root)
                        .read(name.as_bytes(), LARGEST),
                    Err(failure) => Err(failure.clone()),
                };
                let (bytes, _) = read
                    .map_err(|failure| Error::at(path, format!("the file of rules {failure}")))?;
                Ok(bytes)
            }
            Place::Base { git, name: rev, .. } => {
                let missing = || Error::at(path, format!("`{rev}` has no such file of rules"));
                let tree = self.tree(folder).ok_or_else(missing)?;
                let entries = git.tree(&tree).map_err(|_| missing())?;
                let mut entries = entries.iter();
                let entry = entries.find(|it| &*it.name == name.as_bytes() && it.is_file());
                let id = entry.ok_or_else(missing)?.id;
                let (_, bytes) = git.objects.read(&id, LARGEST).map_err(|_| {
                    Error::at(path, format!("the file of rules cannot be read in `{rev}`"))
                })?;
                Ok(bytes)
            }
        }
    }

    /// The files below a folder that a pattern matches.
    fn matching(
        &self,
        from: &str,
        glob: &GlobMatcher,
        depth: usize,
        left: &mut usize,
    ) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        let mut open = vec![from.to_owned()];
        while let Some(folder) = open.pop() {
            for (name, what) in self.list(&folder)? {
                *left = left
                    .checked_sub(1)
                    .ok_or("this pattern looks at too many files: begin it with a folder")?;
                // A name that is not UTF-8 cannot be written in the settings.
                let Ok(name) = String::from_utf8(name) else {
                    continue;
                };
                let path = if folder.is_empty() {
                    name.clone()
                } else {
                    format!("{folder}/{name}")
                };
                match what {
                    What::Folder if name != ".git" && path.split('/').count() < depth => {
                        open.push(path);
                    }
                    What::File if glob.is_match(&path) => found.push(path),
                    What::Link | What::Special if glob.is_match(&path) => {
                        return Err(format!("`{path}` is not a regular file"));
                    }
                    _ => {}
                }
            }
        }
        Ok(found)
    }
}

/// A folder, opened name by name, so that no link on the way is followed; `None`: the root itself.
fn below(root: &Folder, path: &str) -> Result<Option<Folder>, Failure> {
    let mut at: Option<Folder> = None;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let next = at.as_ref().unwrap_or(root).folder(name.as_bytes());
        at = Some(match next {
            Ok(folder) => folder,
            // A link, or a file, where a folder should be.
            Err(Failure::Missing)
                if at.as_ref().unwrap_or(root).what(name.as_bytes()).is_some() =>
            {
                return Err(Failure::Refused("a link is on the way to it".to_owned()));
            }
            Err(failure) => return Err(failure),
        });
    }
    Ok(at)
}
