//! What the repository does with its module files: reached by path, applied by hand, with which special arguments.
//!
//! Goal: enough to believe, or not, that a file is evaluated as a module. Made from the outlines of all files when the
//! first lint asks, which few runs do. Limits: literal paths only.

use std::collections::{BTreeMap, BTreeSet};

use syntax::{SyntaxKind, TextRange, TextSize};

use super::find::Evidence;
use crate::outline::{Binding, Definition, Node, Shape};
use crate::topics::Topic;
use crate::{File, FileId, Kind, Repo, RepoPath};

/// What a path literal is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseKind {
    /// An element of `imports` or `modules`, the value of `nixosModules.x` and the like; also behind a bare `import`.
    Module,
    /// An element of a list that may be one of modules.
    Listed,
    /// `import ./x.nix args`, `callPackage ./x.nix`
    Applied,
    /// `import ./x.nix`, anywhere else.
    Import,
    /// The argument of any other function.
    Handed,
    /// Anything else: the value of an attribute, a part of a longer path.
    Other,
}

/// One use of a file.
#[derive(Debug, Clone, Copy)]
pub struct Use {
    /// The file with the path literal.
    pub from: FileId,
    /// The path literal.
    pub at: TextRange,
    /// What for.
    pub kind: UseKind,
}

/// Whether the repository hands `pkgs` to its modules as a special argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Special {
    /// No `specialArgs` has it.
    #[default]
    No,
    /// Some `specialArgs` cannot be read.
    Unknown,
    /// Some `specialArgs` has it.
    Yes,
}

/// The uses of all files.
#[derive(Debug, Default)]
pub struct Links {
    uses: BTreeMap<FileId, Vec<Use>>,
    supplied: BTreeSet<Box<str>>,
    /// Whether `pkgs` is a special argument somewhere.
    pub pkgs: Special,
}

impl Links {
    /// Reads the outlines of all files.
    #[must_use]
    pub fn of(repo: &Repo) -> Links {
        let mut links = Links::default();
        for file in repo.files.iter().filter(|file| file.kind == Kind::Nix) {
            let text = file.text.contents();
            let special = file.speaks_of(Topic::SpecialArgs) || file.speaks_of(Topic::ModuleArgs);
            for node in file.facts.outline.marked(text) {
                if node.is(SyntaxKind::NODE_PATH_REL)
                    && let Some(target) = resolve(repo, &file.path, node.text())
                {
                    links.uses.entry(target).or_default().push(Use {
                        from: file.id,
                        at: node.range(),
                        kind: kind_of(node),
                    });
                }
            }
            if !special {
                continue;
            }
            for node in file.facts.outline.nodes(text) {
                if node.is(SyntaxKind::NODE_ATTRPATH_VALUE)
                    && module_args(node, &mut links.supplied)
                {
                } else if node.is(SyntaxKind::NODE_ATTRPATH_VALUE)
                    && let Some(value) = special_args(node)
                {
                    names_in(value, &mut links.supplied);
                    let has = has_pkgs(value, 0);
                    links.pkgs = match (links.pkgs, has) {
                        (Special::Yes, _) | (_, Special::Yes) => Special::Yes,
                        (Special::Unknown, _) | (_, Special::Unknown) => Special::Unknown,
                        _ => Special::No,
                    };
                } else if node.is(SyntaxKind::NODE_INHERIT) && links.pkgs == Special::No {
                    // `inherit specialArgs;`: bound elsewhere, and read there if it is a literal.
                    let from = node
                        .children()
                        .any(|it| it.is(SyntaxKind::NODE_INHERIT_FROM));
                    let named = node
                        .children()
                        .any(|it| matches!(it.text(), "specialArgs" | "extraSpecialArgs"));
                    if named && from {
                        links.pkgs = Special::Unknown;
                    }
                }
            }
        }
        links
    }

    /// The uses of a file by literal paths.
    #[must_use]
    pub fn uses(&self, file: FileId) -> &[Use] {
        self.uses.get(&file).map_or(&[], Vec::as_slice)
    }

    /// Whether some `specialArgs`, `extraSpecialArgs` or `_module.args` has this name.
    #[must_use]
    pub fn supplies(&self, name: &str) -> bool {
        self.supplied.contains(name)
    }

    /// Whether a module is evaluated as one, as far as the repository shows.
    #[must_use]
    pub fn is_module(&self, file: FileId, evidence: Evidence) -> bool {
        let uses = self.uses(file);
        let reached = uses
            .iter()
            .any(|it| matches!(it.kind, UseKind::Module | UseKind::Listed));
        let by_hand = uses.iter().any(|it| {
            matches!(
                it.kind,
                UseKind::Applied | UseKind::Import | UseKind::Handed
            )
        });
        match evidence {
            Evidence::Certain => true,
            Evidence::Shape => reached || !by_hand,
            Evidence::Path => uses.iter().any(|it| it.kind == UseKind::Module) && !by_hand,
        }
    }
}

/// The file that a path literal in `from` names: itself, or the `default.nix` of a directory.
fn resolve(repo: &Repo, from: &RepoPath, literal: &str) -> Option<FileId> {
    let own = from.text();
    let mut parts: Vec<&str> = own.split('/').collect();
    parts.pop();
    for part in literal.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ if part.contains("${") => return None,
            _ => parts.push(part),
        }
    }
    let path = parts.join("/");
    let find = |path: &str| repo.find(&RepoPath::from(path)).map(|file| file.id);
    find(&path).or_else(|| {
        find(&if path.is_empty() {
            "default.nix".to_owned()
        } else {
            format!("{path}/default.nix")
        })
    })
}

/// What a path literal is used for.
fn kind_of(path: Node<'_>) -> UseKind {
    let mut node = path;
    let mut imported = false;
    while let Some(parent) = node.parent() {
        match parent.kind() {
            SyntaxKind::NODE_PAREN => {}
            SyntaxKind::NODE_LIST => {
                return match list_of(parent) {
                    Some("modules") => UseKind::Module,
                    _ => UseKind::Listed,
                };
            }
            SyntaxKind::NODE_APPLY => {
                let Shape::Apply { function, argument } = parent.shape() else {
                    return UseKind::Other;
                };
                if argument.bare() == node.bare() {
                    if imported {
                        return UseKind::Handed;
                    }
                    let name = function.last_name();
                    match name.as_deref() {
                        Some("import") => imported = true,
                        Some("callPackage" | "callPackages" | "scopedImport") => {
                            return UseKind::Applied;
                        }
                        Some("optional") => {}
                        // `optional c ./x.nix` in a list of modules
                        _ => match function.shape() {
                            Shape::Apply { function, .. }
                                if function.last_name().as_deref() == Some("optional") =>
                            {
                                return match list_of(parent) {
                                    Some("modules") => UseKind::Module,
                                    _ => UseKind::Listed,
                                };
                            }
                            _ => return UseKind::Handed,
                        },
                    }
                } else {
                    // `import ./x.nix args`
                    return if imported {
                        UseKind::Applied
                    } else {
                        UseKind::Handed
                    };
                }
            }
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let modules = parent.child(0).is_some_and(|keys| {
                    let keys = keys.keys();
                    let has = |name: &str| keys.iter().any(|key| key.name() == Some(name));
                    [
                        "nixosModules",
                        "homeModules",
                        "homeManagerModules",
                        "darwinModules",
                        "nixosModule",
                        "module",
                    ]
                    .iter()
                    .any(|name| has(name))
                        || (has("home-manager") && has("users"))
                        || in_modules(parent)
                });
                return match (modules, imported) {
                    (true, _) => UseKind::Module,
                    (false, true) => UseKind::Import,
                    (false, false) => UseKind::Other,
                };
            }
            _ => {
                return if imported {
                    UseKind::Import
                } else {
                    UseKind::Other
                };
            }
        }
        node = parent;
    }
    if imported {
        UseKind::Import
    } else {
        UseKind::Other
    }
}

/// Whether a binding stands in a set called `nixosModules` or alike, or below `home-manager.users`.
fn in_modules(binding: Node<'_>) -> bool {
    binding
        .ancestors()
        .filter(|it| it.is(SyntaxKind::NODE_ATTRPATH_VALUE))
        .skip(1)
        .take(2)
        .any(|it| {
            it.child(0).is_some_and(|keys| {
                keys.keys().iter().any(|key| {
                    matches!(
                        key.name(),
                        Some(
                            "nixosModules"
                                | "homeModules"
                                | "homeManagerModules"
                                | "darwinModules"
                                | "home-manager"
                        )
                    )
                })
            })
        })
}

/// `modules` for a list that is bound to `imports` or to another list of modules.
fn list_of(list: Node<'_>) -> Option<&'static str> {
    for node in list.ancestors() {
        if node == list {
            continue;
        }
        match node.kind() {
            SyntaxKind::NODE_PAREN
            | SyntaxKind::NODE_BIN_OP
            | SyntaxKind::NODE_APPLY
            | SyntaxKind::NODE_LIST
            | SyntaxKind::NODE_LET_IN
            | SyntaxKind::NODE_WITH
            | SyntaxKind::NODE_IF_ELSE => {}
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let keys = node.child(0)?.keys();
                return matches!(
                    keys.last()?.name()?,
                    "imports" | "modules" | "sharedModules" | "extraModules"
                )
                .then_some("modules");
            }
            _ => return None,
        }
    }
    None
}

/// The value of `specialArgs = …;` or `extraSpecialArgs = …;`.
fn special_args(binding: Node<'_>) -> Option<Node<'_>> {
    let keys = binding.child(0)?.keys();
    matches!(keys.last()?.name()?, "specialArgs" | "extraSpecialArgs")
        .then(|| binding.child(1))
        .flatten()
}

/// Takes the names of `_module.args = { … };` and `_module.args.x = …;`.
fn module_args(binding: Node<'_>, names: &mut BTreeSet<Box<str>>) -> bool {
    let keys = binding.child(0).map(|it| it.keys()).unwrap_or_default();
    let at = keys
        .windows(2)
        .position(|it| it[0].name() == Some("_module") && it[1].name() == Some("args"));
    let Some(at) = at else { return false };
    match keys.get(at + 2) {
        Some(key) => names.extend(key.name().map(Box::from)),
        None => {
            if let Some(value) = binding.child(1) {
                names_in(value, names);
            }
        }
    }
    true
}

/// The names that a literal set has, through `//`.
fn names_in(value: Node<'_>, names: &mut BTreeSet<Box<str>>) {
    let mut open = vec![value];
    let mut steps = 0;
    while let Some(node) = open.pop() {
        steps += 1;
        if steps > 100 {
            return;
        }
        match node.body().shape() {
            Shape::Set { .. } => {
                for binding in node.body().bindings() {
                    match binding {
                        Binding::Value { path, .. } => {
                            names.extend(
                                path.keys()
                                    .first()
                                    .and_then(|key| key.name())
                                    .map(Box::from),
                            );
                        }
                        Binding::Inherit { name, .. } => {
                            names.insert(name.text().into());
                        }
                    }
                }
            }
            Shape::Binary {
                op: "//",
                left,
                right,
            } => open.extend([left, right]),
            Shape::Ident(_) => {
                if let Definition::Value { value } = node.body().definition() {
                    open.push(value);
                }
            }
            _ => {}
        }
    }
}

/// Whether a set has the attribute `pkgs`.
fn has_pkgs(value: Node<'_>, depth: u8) -> Special {
    if depth > 8 {
        return Special::Unknown;
    }
    match value.body().shape() {
        Shape::Set { .. } => {
            if value.body().attribute("pkgs").is_some() {
                return Special::Yes;
            }
            let computed = value.body().bindings().any(|binding| match binding {
                Binding::Value { path, .. } => {
                    path.keys().first().is_none_or(|key| key.name().is_none())
                }
                Binding::Inherit { .. } => false,
            });
            if computed {
                Special::Unknown
            } else {
                Special::No
            }
        }
        Shape::Binary {
            op: "//",
            left,
            right,
        } => match (has_pkgs(left, depth + 1), has_pkgs(right, depth + 1)) {
            (Special::Yes, _) | (_, Special::Yes) => Special::Yes,
            (Special::No, Special::No) => Special::No,
            _ => Special::Unknown,
        },
        Shape::Ident(_) => match value.body().definition() {
            Definition::Value { value } => has_pkgs(value, depth + 1),
            _ => Special::Unknown,
        },
        _ => Special::Unknown,
    }
}

impl Repo {
    /// Whether any file but `own` may read an option, in any form. Of `own` its facts tell, see
    /// [`super::ModuleFacts::reads`].
    #[must_use]
    pub fn may_read_elsewhere(&self, option: &str, own: FileId) -> bool {
        let segments: Vec<&str> = option.split('.').collect();
        let [.., parent, last] = segments.as_slice() else {
            return true;
        };
        let suffix = format!("{parent}.{last}");
        let (parent_word, last_word) = (format!("\"{parent}\""), format!("\"{last}\""));
        self.files
            .iter()
            .filter(|other| other.id != own && other.kind == Kind::Nix)
            .any(|other| {
                let text = other.text.contents();
                if !other.facts.faults.is_empty() {
                    // What does not parse may read anything that it mentions.
                    return text.contains(parent) || text.contains(".${");
                }
                reads(other, option)
                    || mentions(other, &suffix)
                    || (text.contains(&parent_word) && text.contains(&last_word))
            })
    }

    /// Whether any file may read an option, in any form.
    #[must_use]
    pub fn may_read(&self, option: &str, own: FileId) -> bool {
        let file = self.file(own);
        let last = option.rsplit('.').next().unwrap_or_default();
        let parent = option.rsplit('.').nth(1).unwrap_or_default();
        reads(file, option)
            || mentions(file, &format!("{parent}.{last}"))
            || self.may_read_elsewhere(option, own)
    }
}

/// Whether a file reads an option, something below it, or a set that holds it.
fn reads(file: &File, option: &str) -> bool {
    let below = |long: &str, short: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    file.facts
        .modules
        .reads
        .iter()
        .any(|read| read.is_empty() || below(read, option) || below(option, read))
}

/// Whether a file has these words anywhere but as the path of a definition: `my.web.enable = true;` is no read.
fn mentions(file: &File, words: &str) -> bool {
    let text = file.text.contents();
    text.match_indices(words).any(|(at, _)| {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\'');
        let begins = !text[..at].ends_with(part);
        let at = TextSize::of(&text[..at]);
        let defines = || {
            file.facts.outline.nodes(text).any(|node| {
                node.is(SyntaxKind::NODE_ATTRPATH)
                    && node.range().contains(at)
                    && node
                        .parent()
                        .is_some_and(|it| it.is(SyntaxKind::NODE_ATTRPATH_VALUE))
            })
        };
        begins && !defines()
    })
}
