//! The places where the repository sets options: which definition, of which classes, with which path.
//!
//! Goal: only definitions whose class is certain, with the prefixes taken off that lead from one module system into another
//! (`home-manager.users.<n>.`, `containers.<n>.config.` …). Limits: what `let` binds and what stands in arguments of
//! functions is not a use; neither are tests (`nodes.<n>`), which declare options of their own.

use std::collections::BTreeMap;

use ::options::{Class, Step};
use syntax::TextRange;

use super::class_of;
use crate::class::Class as FileClass;
use crate::definitions::{Definition, Origin, Segment};
use crate::{File, FileId, Kind, Repo};

/// A definition of an option.
#[derive(Debug, Clone)]
pub struct Use<'a> {
    /// The file.
    pub file: &'a File,
    /// The definition.
    pub definition: &'a Definition,
    /// Its index in the file.
    pub index: usize,
    /// Of which configurations it is, sorted: all must agree.
    pub classes: Vec<Class>,
    /// The path of the option.
    pub path: Vec<Step<'a>>,
    /// Whether the class comes from modules that are there whatever holds.
    pub sure: bool,
    /// Whether it is of a container or of the variant for a virtual machine.
    pub guest: bool,
}

impl Use<'_> {
    /// The path as people write it.
    #[must_use]
    pub fn display(&self) -> String {
        display(&self.path)
    }

    /// How many segments of the path its own text writes, the last ones. Looked up only for the few that something is
    /// said of.
    pub(super) fn written(&self) -> usize {
        let (file, definition) = (self.file, self.definition);
        if definition.inherited {
            return 1;
        }
        let node = file
            .facts
            .outline
            .covering(file.text.contents(), definition.at);
        match node {
            // What is taken off in front may stand in the same path.
            Some(node) if node.is(syntax::SyntaxKind::NODE_ATTRPATH) => {
                node.children().count().min(self.path.len())
            }
            _ => 1,
        }
    }
}

/// A path as people write it.
#[must_use]
pub(super) fn display(path: &[Step<'_>]) -> String {
    let segments = path.iter().map(|step| match step {
        Step::Name(name) if syntax::attrpath::is_identifier(name) => (*name).to_owned(),
        Step::Name(name) => format!("{name:?}"),
        Step::Dynamic => "<name>".to_owned(),
        Step::Item => "*".to_owned(),
        Step::Body => "<function body>".to_owned(),
    });
    segments.collect::<Vec<_>>().join(".")
}

/// Calls `each` with every use, in the order of files and text.
pub fn uses<'a>(repo: &'a Repo, each: impl FnMut(&Use<'a>)) {
    uses_of(
        repo,
        |_| true,
        |file| 0..file.facts.definitions.entries.len(),
        each,
    );
}

/// Calls `each` with the uses whose path may hold a name that an option had once.
pub(super) fn old_uses<'a>(repo: &'a Repo, each: impl FnMut(&Use<'a>)) {
    let old = |file: &'a File| file.facts.old.iter().map(|index| *index as usize);
    uses_of(repo, |file| !file.facts.old.is_empty(), old, each);
}

fn uses_of<'a, I: Iterator<Item = usize>>(
    repo: &'a Repo,
    wanted: impl Fn(&'a File) -> bool,
    which: impl Fn(&'a File) -> I,
    mut each: impl FnMut(&Use<'a>),
) {
    let mut inline: BTreeMap<FileId, Vec<(TextRange, Class)>> = BTreeMap::new();
    for host in &repo.hosts.all {
        let Some(class) = class_of(host.class) else {
            continue;
        };
        for (at, _) in &host.inline {
            inline.entry(at.file).or_default().push((at.range, class));
        }
    }
    for ranges in inline.values_mut() {
        ranges.sort_unstable_by_key(|(at, class)| (at.len(), at.start(), *class));
        ranges.dedup();
    }
    for file in repo.files.iter().filter(|it| it.kind == Kind::Nix) {
        if !wanted(file) || !file.facts.faults.is_empty() {
            continue;
        }
        let inside = inline.get(&file.id).map_or(&[][..], Vec::as_slice);
        of_file(repo, file, inside, which(file), &mut each);
    }
}

fn of_file<'a>(
    repo: &'a Repo,
    file: &'a File,
    inline: &[(TextRange, Class)],
    which: impl Iterator<Item = usize>,
    each: &mut impl FnMut(&Use<'a>),
) {
    let (classes, flake_parts) = classes_of(repo, file);
    let sure = repo.hosts.surely_of(file.id).next().is_some()
        || repo.hosts.modules.iter().any(|(it, _)| *it == file.id)
        || repo
            .hosts
            .children_of(file.id)
            .any(|it| it.surely.contains(&file.id));
    let ranges: Vec<TextRange> = inline.iter().map(|(at, _)| *at).collect();
    let definitions = &file.facts.definitions;
    let mut it = Use {
        file,
        definition: match definitions.entries.first() {
            Some(first) => first,
            None => return,
        },
        index: 0,
        classes: Vec::new(),
        path: Vec::new(),
        sure,
        guest: false,
    };
    let mut segments = Vec::new();
    for index in which {
        let entry = &definitions.entries[index];
        let origin = definitions.origin(entry.path);
        // A home that is written as `home-manager.users.x.a.b = 1;` is no module around that binding.
        let mut inside = ranges.iter().filter(|at| at.contains_range(entry.at));
        let around = inside
            .find_map(|at| crate::settings::module_around(file, std::slice::from_ref(at), entry));
        it.classes.clear();
        it.path.clear();
        it.guest = false;
        segments.clear();
        segments.extend(definitions.up(entry.path));
        segments.reverse();
        let mut rest = segments.as_slice();
        match (origin, around) {
            (_, Some((module, before))) if before <= rest.len() => {
                it.classes.extend(
                    inline
                        .iter()
                        .filter(|(at, _)| *at == module)
                        .map(|(_, class)| *class),
                );
                it.sure = true;
                rest = &rest[before..];
            }
            (Origin::File, _) => {
                it.classes.extend(&classes);
                it.sure = sure;
            }
            _ => continue,
        }
        it.classes.sort_unstable();
        it.classes.dedup();
        if !strip(&mut rest, &mut it.classes, &mut it.guest, flake_parts) || it.classes.is_empty() {
            continue;
        }
        it.path.extend(rest.iter().map(|segment| match segment {
            Segment::Name(name) => Step::Name(name),
            Segment::Dynamic => Step::Dynamic,
            Segment::Item => Step::Item,
        }));
        let Some(Step::Name(first)) = it.path.first() else {
            continue;
        };
        if is_of_the_module(first) || it.guest && *first == "virtualisation" {
            continue;
        }
        it.index = index;
        it.definition = entry;
        each(&it);
    }
}

/// The classes that are certain for the value of a file, and whether it is a module of flake-parts.
fn classes_of(repo: &Repo, file: &File) -> (Vec<Class>, bool) {
    let votes = repo.classes.of(file.id);
    let mut classes = Vec::new();
    let mut other = false;
    let mut flake_parts = false;
    for class in votes.certain_all() {
        match class_of(class) {
            Some(class) => classes.push(class),
            None if class == FileClass::FlakeParts => flake_parts = true,
            None => other = true,
        }
    }
    if other || flake_parts {
        classes.clear();
    }
    (classes, flake_parts && !other)
}

/// Names that belong to the module itself, and options that every tree has.
fn is_of_the_module(first: &str) -> bool {
    matches!(
        first,
        "options"
            | "imports"
            | "require"
            | "_module"
            | "_class"
            | "_file"
            | "key"
            | "disabledModules"
            | "freeformType"
            | "meta"
            | "lib"
            | "assertions"
            | "warnings"
    )
}

/// Takes off what stands before the path of an option, and says of which classes that is then. False for what is not
/// judged at all.
fn strip(
    path: &mut &[Segment<'_>],
    classes: &mut Vec<Class>,
    guest: &mut bool,
    flake_parts: bool,
) -> bool {
    use Segment::{Item, Name};
    if flake_parts {
        let rest = match *path {
            [Name("config"), rest @ ..] => rest,
            rest => rest,
        };
        let (class, rest) = match rest {
            [
                Name("flake"),
                Name("modules"),
                Name(class),
                Name(_),
                rest @ ..,
            ] => {
                let class = match *class {
                    "nixos" => Class::Nixos,
                    "homeManager" => Class::Home,
                    "darwin" => Class::Darwin,
                    _ => return false,
                };
                (class, rest)
            }
            [
                Name("unify"),
                Name("modules"),
                Name(_),
                Name(class),
                rest @ ..,
            ] => {
                let class = match *class {
                    "nixos" => Class::Nixos,
                    "home" => Class::Home,
                    "darwin" => Class::Darwin,
                    _ => return false,
                };
                (class, rest)
            }
            [Name("flake"), Name(output), Name(_), rest @ ..] => {
                let class = match *output {
                    "nixosModules" => Class::Nixos,
                    "homeModules" | "homeManagerModules" => Class::Home,
                    "darwinModules" => Class::Darwin,
                    _ => return false,
                };
                (class, rest)
            }
            _ => return false,
        };
        *classes = vec![class];
        *path = rest;
    }
    for _ in 0..8 {
        let rest = match *path {
            [Name("config"), rest @ ..] => rest,
            [Name("home-manager"), Name("users"), _, rest @ ..]
            | [Name("home-manager"), Name("sharedModules"), Item, rest @ ..] => {
                *classes = vec![Class::Home];
                rest
            }
            [Name("specialisation"), _, Name("configuration"), rest @ ..] => rest,
            [
                Name("virtualisation"),
                Name("vmVariant" | "vmVariantWithBootLoader" | "vmVariantWithDisko"),
                rest @ ..,
            ]
            | [Name("containers"), _, Name("config"), rest @ ..]
            | [Name("microvm"), Name("vms"), _, Name("config"), rest @ ..] => {
                *classes = vec![Class::Nixos];
                *guest = true;
                rest
            }
            [Name("nodes" | "defaults" | "testScript"), ..] => return false,
            _ => return true,
        };
        *path = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::tests::repo;

    /// The uses of a repository whose host has this module.
    fn used(host: &str) -> Vec<String> {
        let flake = "{ outputs = { nixpkgs, home-manager, ... }: { nixosConfigurations.atlas = nixpkgs.lib.nixosSystem {
          modules = [ ./host.nix home-manager.nixosModules.home-manager ]; }; }; }";
        let repo = repo(&[("flake.nix", flake), ("host.nix", host)]);
        let mut found = Vec::new();
        uses(&repo, |it| {
            found.push(format!("{:?} {}", it.classes, it.display()));
        });
        found
    }

    #[test]
    fn prefixes_lead_elsewhere() {
        assert_eq!(used("{ a.b.c = 1; }"), ["[Nixos] a.b.c"]);
        assert_eq!(used("{ config.a.b = 1; imports = [ ]; }"), ["[Nixos] a.b"]);
        let home = "{ home-manager.users.me.programs.x.y = 1; }";
        assert_eq!(used(home), ["[Home] programs.x.y"]);
        let home = "{ home-manager.users.me = { pkgs, ... }: { programs.x.y = 1; }; }";
        assert_eq!(used(home), ["[Home] programs.x.y"]);
        let home = "{ home-manager.sharedModules = [ { programs.x.y = 1; } ]; }";
        assert_eq!(used(home), ["[Nixos] home-manager.sharedModules"]);
    }

    #[test]
    fn modules_inside_a_file() {
        let flake = "{ outputs = { nixpkgs, home-manager, ... }: { nixosConfigurations.atlas = nixpkgs.lib.nixosSystem {
          modules = [ { a.b.c = 1; home-manager.users.me.programs.x.y = 1; } home-manager.nixosModules.home-manager ]; }; }; }";
        let repo = repo(&[("flake.nix", flake)]);
        let mut found = Vec::new();
        uses(&repo, |it| {
            found.push(format!("{:?} {}", it.classes, it.display()));
        });
        assert_eq!(found, ["[Nixos] a.b.c", "[Home] programs.x.y"]);
    }

    #[test]
    fn what_is_no_use() {
        assert!(used("let a.b = 1; in { options.c.d = 1; nodes.x.y = 2; }").is_empty());
        assert!(used("{ a = ; b.c = 1; }").is_empty());
    }
}
