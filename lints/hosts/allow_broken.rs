//! Packages that are broken or insecure allowed wholesale.

use lint_api::prelude::*;
use lint_api::repo::definitions::{Segment, Value};
use lint_api::repo::hosts::ephemeral_path;
use lint_api::repo::settings::has_reason;

/// The lint.
pub static LINT: Lint = Lint {
    name: "allow-broken",
    group: Group::Hosts,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "allowBroken, permitted-insecure predicates, NIXPKGS_ALLOW_INSECURE",
    page: include_str!("allow_broken.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in repo.files.iter().filter(|file| file.speaks_of(Topic::Broken)) {
        let definitions = &file.facts.definitions;
        if ephemeral_path(&file.path) || lint_api::repo::hosts::is_template(&file.path) {
            continue;
        }
        for entry in &definitions.entries {
            let Some(Segment::Name(name)) = definitions.last(entry.path) else {
                continue;
            };
            let (message, help, steps) = match (name, &entry.value) {
                ("allowBroken", Value::Bool(true)) => (
                    "`allowBroken` lets every package marked broken build".to_owned(),
                    "override the one package: `pkg.overrideAttrs { meta.broken = false; }`",
                    0,
                ),
                ("allowUnsupportedSystem", Value::Bool(true)) => (
                    "`allowUnsupportedSystem` lets packages build on systems that they do not name".to_owned(),
                    "override `meta.platforms` of the one package",
                    1,
                ),
                ("allowInsecurePredicate", Value::Lambda) if is_always(file, entry.value_at) => (
                    "`allowInsecurePredicate` lets every package with known holes in".to_owned(),
                    "name the packages: `permittedInsecurePackages`",
                    0,
                ),
                ("NIXPKGS_ALLOW_INSECURE" | "NIXPKGS_ALLOW_BROKEN" | "NIXPKGS_ALLOW_UNFREE", value)
                    if is_on(value) && is_session(definitions, entry.path) =>
                {
                    let unfree = name == "NIXPKGS_ALLOW_UNFREE";
                    let help = if unfree {
                        "set `nixpkgs.config.allowUnfree`"
                    } else {
                        "allow the one package in `nixpkgs.config`"
                    };
                    (format!("`{name}` holds for every command of the session"), help, i8::from(unfree))
                }
                _ => continue,
            };
            if name.starts_with("allow") && !is_nixpkgs_config(file, entry.path, entry.at) {
                continue;
            }
            let at = Span {
                file: file.id,
                range: entry.value_at,
            };
            let reason = i8::from(has_reason(file, entry.at));
            cx.report(at, message).soften(steps + reason).help(help);
        }
    }
}

fn is_on(value: &Value) -> bool {
    matches!(value, Value::Bool(true) | Value::Int(1)) || matches!(value, Value::Str(text) if &**text == "1")
}

/// `environment.variables.X`, `home.sessionVariables.X` …
fn is_session(
    definitions: &lint_api::repo::definitions::Definitions,
    path: lint_api::repo::definitions::PathId,
) -> bool {
    let above = definitions.up(path).nth(1);
    matches!(
        above,
        Some(Segment::Name("variables" | "sessionVariables" | "shellInit" | "systemSessionVariables"))
    )
}

/// Whether the set around is a configuration of nixpkgs: `nixpkgs.config = …`, `import nixpkgs { config = …; }`,
/// `legacyPackages`' own, or the file `config.nix`.
fn is_nixpkgs_config(file: &File, path: lint_api::repo::definitions::PathId, at: TextRange) -> bool {
    let definitions = &file.facts.definitions;
    let mut up = definitions.up(path).skip(1);
    match (up.next(), up.next()) {
        (Some(Segment::Name("config")), above) => above != Some(Segment::Name("options")) && !declares(file, at),
        (None, _) => file.path.file_name() == "config.nix",
        _ => false,
    }
}

/// Whether the binding stands in `options = { … }` or in a call of `mkOption`.
fn declares(file: &File, at: TextRange) -> bool {
    let Some(node) = file.facts.outline.covering(file.text.contents(), at) else {
        return true;
    };
    node.ancestors().any(|it| {
        it.is(SyntaxKind::NODE_APPLY) && matches!(it.call().0.last_name().as_deref(), Some("mkOption"))
    })
}

/// `_: true`
fn is_always(file: &File, at: TextRange) -> bool {
    let Some(node) = file.facts.outline.covering(file.text.contents(), at) else {
        return false;
    };
    match node.body().shape() {
        lint_api::repo::outline::Shape::Lambda { body, .. } => {
            matches!(body.body().shape(), lint_api::repo::outline::Shape::Ident("true"))
        }
        _ => false,
    }
}
