//! `true`, `null`, `import` and the like, bound again.

use lint_api::prelude::*;
use merge::Form;

/// The lint.
pub static LINT: Lint = Lint {
    name: "shadowed-constant",
    group: Group::Syntax,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`true`, `null`, `builtins`, `import` and the like, bound again",
    page: include_str!("shadowed_constant.md"),
    options: Options::of::<Settings>(),
    check: Check::File(check),
};

/// The settings of the lint.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Further names that must not be bound again.
    pub names: Vec<String>,
    /// Names that may be.
    pub except: Vec<String>,
}

const NAMES: &[&str] = &[
    "abort",
    "baseNameOf",
    "builtins",
    "derivation",
    "dirOf",
    "false",
    "fetchGit",
    "fetchTarball",
    "import",
    "isNull",
    "map",
    "null",
    "placeholder",
    "removeAttrs",
    "scopedImport",
    "throw",
    "toString",
    "true",
];

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let settings = cx.options::<Settings>();
    for (id, name) in tree.scopes.names() {
        let text = tree.scopes.text(name.symbol);
        let listed = NAMES.contains(&text) || settings.names.iter().any(|it| it == text);
        if !listed || settings.except.iter().any(|it| it == text) {
            continue;
        }
        let by = match name.kind {
            NameKind::Let => "`let`",
            NameKind::Rec if tree.scopes.refs_of(id).len() > 0 => "`rec` set",
            NameKind::Argument => "argument",
            NameKind::At => "`@` name",
            // What is taken from elsewhere under its own name is what it says; formals are the caller's choice.
            _ => continue,
        };
        if is_alias(cx, tree, id) {
            continue;
        }
        let meaning = match text {
            "true" | "false" | "null" => format!("means {text}"),
            _ => "means the builtin".to_owned(),
        };
        let finding = cx.report(
            name.at,
            format!("`{text}` no longer {meaning} below: this {by} rebinds it"),
        );
        // `placeholder: …` is read beside its body; nobody expects `true` or `builtins` to be anything else.
        let constant = ["builtins", "false", "null", "true"].contains(&text);
        if name.kind == NameKind::Argument && !constant {
            finding.soften(1);
        }
    }
}

/// `map = lib.map;`
fn is_alias(cx: &FileCx<'_>, tree: &Tree, id: NameId) -> bool {
    let [part] = tree.scopes.parts(id) else {
        return false;
    };
    part.form == Form::Whole
        && tree
            .scopes
            .value_node(&tree.root, id)
            .is_some_and(|value| {
                !matches!(value, ast::Expr::Ident(_))
                    && expr::last_name(&value).as_deref() == Some(cx.text(part.key))
            })
}
