//! Attributes of a package in an order that nixpkgs does not use.

use lint_api::prelude::*;
use lint_api::repo::packages;

/// The lint.
pub static LINT: Lint = Lint {
    name: "build-attribute-order",
    group: Group::Packaging,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "attributes of a package out of the usual order",
    page: include_str!("build_attribute_order.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        if !package.maker.makes() {
            continue;
        }
        for pair in package.entries.windows(2) {
            let [before, after] = pair else { continue };
            // What is inherited stands where it must.
            if before.value.is_none() || after.value.is_none() {
                continue;
            }
            let (Some((first, one)), Some((second, other))) = (part(before), part(after)) else { continue };
            if first > second {
                let finding = cx.report(after.at, format!("`{other}` usually stands before `{one}`"));
                finding.label(before.at, format!("`{one}`"));
                finding.help("name, version, outputs, source, patches, inputs, flags, `env`, phases, `passthru`, `meta`");
            }
        }
    }
}

/// Which part of a package an attribute belongs to, by its first key.
fn part(entry: &packages::Entry) -> Option<(usize, &str)> {
    let name = entry.keys.first()?.name()?;
    Some((packages::PARTS.iter().position(|names| names.contains(&name))?, name))
}
