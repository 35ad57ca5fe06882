//! An attribute of a package that is nearly a known one.

use lint_api::prelude::*;
use lint_api::repo::packages::{self, Maker};
use lint_api::syntax::nearest;

/// The lint.
pub static LINT: Lint = Lint {
    name: "build-attribute-typo",
    group: Group::Packaging,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "an attribute of a package one letter off a known one",
    page: include_str!("build_attribute_typo.md"),
    options: Options::of::<Known>(),
    check: Check::File(check),
};

/// The options of the lint.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Known {
    /// Further attributes that are right.
    pub known: Vec<String>,
}

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let options = cx.options::<Known>();
    let names = || packages::PARTS.iter().copied().flatten().chain(packages::FURTHER).copied();
    for package in packages::of(cx.file, tree) {
        if package.maker == Maker::Command {
            continue;
        }
        let text = cx.text_of(package.set.syntax());
        for entry in &package.entries {
            let Some(key) = entry.name() else { continue };
            // Another lint knows these by name.
            if key.starts_with("pythonImport") && matches!(package.maker, Maker::Python | Maker::PythonOverride) {
                continue;
            }
            // A variable of the environment, in capitals.
            if entry.value.is_none()
                || !key.contains(|c: char| c.is_ascii_lowercase())
                || names().any(|name| name == key)
                || options.known.iter().any(|name| name == key)
            {
                continue;
            }
            let mut near = names().filter(|name| is_near(key, name));
            let (Some(name), None) = (near.next(), near.next()) else { continue };
            // What a phase reads is meant so, and what the set itself uses.
            let used = [format!("${key}"), format!("${{{key}"), format!(".{key}")].iter().any(|it| text.contains(it.as_str()));
            if used || package.has(name) || is_referred_to(entry, &package, tree) {
                continue;
            }
            let finding = cx.report(entry.at, format!("`{key}` is no attribute that a build knows: `{name}` is meant"));
            finding.note("an unknown attribute becomes a variable of the build that nothing reads");
            finding.help(format!("write `{name}`, or list `{key}` in the option `known` of this lint"));
        }
    }
}

/// One letter off; two in a long name; nothing but capitals in a short one.
fn is_near(key: &str, name: &str) -> bool {
    match key.len() {
        0..=5 => key.eq_ignore_ascii_case(name),
        6..=7 => nearest::within(key, name, 1),
        _ => nearest::within(key, name, 2) && name.len() > 7 && name.as_bytes()[0] == key.as_bytes()[0],
    }
}

/// Whether the set itself uses it, by `rec`.
fn is_referred_to(entry: &packages::Entry, package: &packages::Attributes, tree: &Tree) -> bool {
    tree.scopes.refs_in(package.set.syntax().text_range()).iter().any(|it| match it.to {
        To::Name(id) => tree.scopes.name(id).at == entry.at,
        _ => false,
    })
}
