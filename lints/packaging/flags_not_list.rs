//! `makeFlags = "A=1"`: flags as one string.

use lint_api::prelude::*;
use lint_api::repo::packages;

/// The lint.
pub static LINT: Lint = Lint {
    name: "flags-not-list",
    group: Group::Packaging,
    level: Level::Warn,
    fix: FixKind::Unsafe,
    summary: "`makeFlags`, `cmakeFlags` and the like as a string",
    page: include_str!("flags_not_list.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        for entry in &package.entries {
            let Some(name) = entry.name().filter(|name| packages::FLAGS.contains(name)) else { continue };
            let Some(ast::Expr::Str(string)) = entry.value.clone().map(expr::strip_parens) else { continue };
            let fix = fix(&string, cx);
            let finding = cx.report(entry.at, format!("`{name}` takes a list"));
            finding.note("what is added to it later, by an override or by a hook, is glued to the string or fails");
            finding.help(format!("write `{name} = [ … ]`, one item for each flag"));
            if let Some(fix) = fix {
                finding.fix(fix);
            }
        }
    }
}

fn fix(string: &ast::Str, cx: &FileCx<'_>) -> Option<Fix> {
    let text = cx.text_of(string.syntax());
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let words: Vec<&str> = inner.split_whitespace().collect();
    let new = if inner.trim().is_empty() {
        "[ ]".to_owned()
    } else if words.len() == 1 && words[0] == inner {
        format!("[ {text} ]")
    } else if inner.contains(['"', '\'', '\\', '$', '`', '\n']) {
        // Where the words end is for the shell to say.
        return None;
    } else {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        format!("[ {} ]", words.join(" "))
    };
    Some(Fix::r#unsafe("write a list").replace(string.syntax().text_range(), new))
}
