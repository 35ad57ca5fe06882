//! Where modules take secrets by name, `config.sops.secrets.x.path`, and whether their hosts declare them.
//!
//! Goal: a name that no module of a complete host declares, as the module system would find it: NixOS and home-manager
//! apart. Limits: names bound to a part of `config` are not followed; any declaration that is computed, and any module of
//! an input that may declare secrets, ends the question.

use syntax::{SyntaxKind, TextRange};

use crate::class::Class;
use crate::definitions::{Segment, Value};
use crate::hosts::Host;
use crate::outline::{Node, Param, Shape};
use crate::settings::could_set;
use crate::topics::Topic;
use crate::{File, Repo};

/// The sets of secrets that modules read.
const SETS: [[&str; 2]; 4] = [
    ["sops", "secrets"],
    ["sops", "placeholder"],
    ["sops", "templates"],
    ["age", "secrets"],
];

/// A secret that a module takes by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The whole selection.
    pub at: TextRange,
    /// `sops.secrets` and so on.
    pub set: [&'static str; 2],
    /// Its name.
    pub name: String,
    /// From the system that a home is in: `osConfig`.
    pub of_system: bool,
    /// Whether it stands under a condition of its file.
    pub conditional: bool,
}

/// The references of a file that stand where its own `config` does.
#[must_use]
pub fn references(file: &File) -> Vec<Reference> {
    let text = file.text.contents();
    let mut found = Vec::new();
    let spoken = file.speaks_of(Topic::Sops) && text.contains(".sops.")
        || file.speaks_of(Topic::AgeSecrets) && text.contains(".age.secrets");
    if !spoken || !file.facts.faults.is_empty() {
        return found;
    }
    // A module that asks whether a secret is there.
    if ["secrets ?", "templates ?", "hasAttr"]
        .iter()
        .any(|asks| text.contains(asks))
    {
        return found;
    }
    for node in file.facts.outline.nodes(text) {
        if !node.is(SyntaxKind::NODE_SELECT) {
            continue;
        }
        let Shape::Select {
            base,
            path,
            default: None,
        } = node.shape()
        else {
            continue;
        };
        let of_system = match base.shape() {
            Shape::Ident("config") => false,
            Shape::Ident("osConfig" | "nixosConfig") => true,
            _ => continue,
        };
        let keys = path.keys();
        let mut names = keys.iter().map(|key| key.name());
        let (Some(Some(tool)), Some(Some(kind)), Some(Some(name))) =
            (names.next(), names.next(), names.next())
        else {
            continue;
        };
        let Some(set) = SETS.iter().find(|set| **set == [tool, kind]) else {
            continue;
        };
        if !is_own(base) {
            continue;
        }
        found.push(Reference {
            at: node.range(),
            set: *set,
            name: name.to_owned(),
            of_system,
            conditional: is_conditional(file, node),
        });
    }
    found
}

/// Whether `config` here is that of the file: bound by the one lambda that has such a formal.
fn is_own(base: Node<'_>) -> bool {
    let Shape::Ident(name) = base.shape() else {
        return false;
    };
    let mut binders = base.ancestors().filter(|node| match node.shape() {
        Shape::Lambda {
            param: Param::Pattern(pattern),
            ..
        } => pattern
            .formals()
            .any(|(formal, _)| formal.text() == name || formal.text() == "config"),
        Shape::Lambda {
            param: Param::Plain(ident),
            ..
        } => ident.text() == name,
        Shape::Let { .. } => node.bindings().any(|binding| match binding {
            crate::outline::Binding::Value { path, .. } => {
                path.child(0).is_some_and(|key| key.text() == name)
            }
            crate::outline::Binding::Inherit { name: it, .. } => it.text() == name,
        }),
        _ => false,
    });
    let Some(first) = binders.next() else {
        return false;
    };
    // The lambda that the file is.
    binders.next().is_none()
        && matches!(first.shape(), Shape::Lambda { .. })
        && first.ancestors().all(|node| {
            node.is(SyntaxKind::NODE_ROOT)
                || matches!(node.shape(), Shape::Lambda { .. } | Shape::Let { .. })
        })
}

/// Whether something in the file decides if the value is ever asked for.
fn is_conditional(file: &File, node: Node<'_>) -> bool {
    let definitions = &file.facts.definitions;
    let guarded = definitions
        .entries
        .iter()
        .filter(|it| it.value_at.contains_range(node.range()))
        .any(|it| definitions.guards(it.guard).next().is_some());
    guarded
        || node.ancestors().any(|it| match it.shape() {
            Shape::If { .. } => true,
            // Bound, and perhaps never used.
            Shape::Let { body } => !body.contains(node),
            Shape::Apply { .. } => it
                .call()
                .0
                .last_name()
                .is_some_and(|name| name.starts_with("optional") || name == "mkIf"),
            _ => false,
        })
        // An option's default, an entry of a set that nobody may read.
        || definitions.entries.iter().any(|it| {
            it.value_at.contains_range(node.range())
                && definitions.segments(it.path).first() == Some(&Segment::Name("options"))
        })
}

/// Whether a host surely declares no such secret.
#[must_use]
pub fn is_undeclared(repo: &Repo, host: &Host, reference: &Reference) -> bool {
    let system = host.system_host.map(|it| &repo.hosts.all[it]);
    let declaring = match reference.set {
        ["sops", "placeholder"] => ["sops", "secrets"],
        set => set,
    };
    let path = [declaring[0], declaring[1], &reference.name];
    let all = std::iter::once(host).chain(system);
    for it in all {
        if !it.complete
            || host.class == Class::Home && !it.homes_complete
            || it
                .foreign
                .iter()
                .any(|(module, _)| could_set(module, &path))
        {
            return false;
        }
        let files = repo.files_of(it);
        if files
            .iter()
            .any(|file| may_declare(repo.file(*file), &path))
        {
            return false;
        }
    }
    true
}

/// Whether a file has a declaration of this name, or one that is computed.
fn may_declare(file: &File, path: &[&str; 3]) -> bool {
    let definitions = &file.facts.definitions;
    definitions.entries.iter().any(|entry| {
        let segments = definitions.segments(entry.path);
        let written = entry.value == Value::Set && !entry.inherited;
        segments.iter().enumerate().any(|(at, segment)| {
            if *segment != Segment::Name(path[0]) {
                return false;
            }
            match &segments[at + 1..] {
                [] => !written,
                [Segment::Name(set)] if *set == path[1] => !written,
                [Segment::Name(set), name, ..] if *set == path[1] => {
                    !matches!(name, Segment::Name(name) if *name != path[2])
                }
                [Segment::Name(_), ..] => false,
                [Segment::Dynamic | Segment::Item, ..] => true,
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::outline::Outline;
    use crate::{FileId, Kind, Text};

    fn check(text: &str) -> Vec<String> {
        let (mut file, tree) = File::new(
            FileId(0),
            "a.nix".into(),
            Kind::Nix,
            Arc::new(Text::new(text)),
            syntax::parse::Limits::default(),
        );
        file.facts.outline = Outline::of(&tree.unwrap().root);
        file.facts.topics = crate::secrets::tokens::scan(text, &mut Vec::new());
        references(&file)
            .into_iter()
            .map(|it| {
                let system = if it.of_system { " of the system" } else { "" };
                let maybe = if it.conditional { "?" } else { "" };
                format!("{}.{}{system}{maybe}", it.set.join("."), it.name)
            })
            .collect()
    }

    #[test]
    fn references_of_the_own_config() {
        assert_eq!(
            check(
                "{ config, osConfig, lib, ... }: { a = config.sops.secrets.\"x/y\".path; b = \"${config.sops.placeholder.p}\";
                 c = osConfig.age.secrets.z.path; d = if lib then config.age.secrets.e.path else 1; }"
            ),
            [
                "sops.secrets.x/y",
                "sops.placeholder.p",
                "age.secrets.z of the system",
                "age.secrets.e?"
            ]
        );
        for nothing in [
            "{ config, ... }: { a = config.sops.secrets.x.path or null; }",
            "{ config, n, ... }: { a = config.sops.secrets.${n}.path; }",
            "{ config, ... }: { home-manager.users.u = { config, ... }: { a = config.sops.secrets.x.path; }; }",
            "{ config, ... }: { a = f { b = c: config.sops ? secrets; }; d = config.sops.secrets ? x; e = config.sops.secrets.x.path; }",
            "{ a = let config = 1; in config.sops.secrets.x.path; }",
            "{ lib, ... }: { a = config.sops.secrets.x.path; }",
        ] {
            assert_eq!(check(nothing), [""; 0], "{nothing}");
        }
    }
}
