//! `licenses.gpl3`: only, or later?

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "ambiguous-gpl",
    group: Group::Packaging,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "`licenses.gpl3` and the like, which do not say whether later versions hold",
    page: include_str!("ambiguous_gpl.md"),
    options: Options::NONE,
    check: Check::Node(&[SyntaxKind::NODE_SELECT, SyntaxKind::NODE_IDENT], check),
};

/// A longer name before one that it ends in.
const NAMES: &[&str] = &["agpl3", "lgpl2", "lgpl21", "lgpl3", "gpl2", "gpl3"];

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let text = cx.text_of(node);
    let Some(name) = NAMES.iter().find(|name| text.ends_with(**name)) else { return };
    let at = if node.kind() == SyntaxKind::NODE_SELECT {
        // `lib.licenses.gpl3`, `licenses.gpl3`
        let Some((head, path)) = ast::Expr::cast(node.clone()).and_then(|it| expr::select_path(&it)) else { return };
        let [before @ .., last] = path.as_slice() else { return };
        let from = match before.last() {
            Some(attr) => attrpath::key(attr).is("licenses"),
            None => attrpath::ident_text(head.syntax()) == "licenses",
        };
        if !from || !attrpath::key(last).is(name) {
            return;
        }
        last.syntax().text_range()
    } else {
        if text != *name {
            return;
        }
        // `with lib.licenses; gpl3`
        let Some(tree) = cx.sound_tree() else { return };
        let Some(reference) = tree.scopes.resolve(node) else { return };
        let mut sources = tree.scopes.with_sources(&tree.root, reference);
        if sources.next().is_none_or(|it| expr::last_name(&it).as_deref() != Some("licenses")) {
            return;
        }
        node.text_range()
    };
    let finding = cx.report(at, format!("`{name}` does not say \"only\" or \"or later\""));
    finding.note("the two differ in what may be combined with the package, and nixpkgs keeps the old name for compatibility only");
    finding.help(format!("`{name}Only` or `{name}Plus`"));
}
