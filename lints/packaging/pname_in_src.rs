//! The name of the package in its `src`.

use lint_api::prelude::*;
use lint_api::repo::packages;

/// The lint.
pub static LINT: Lint = Lint {
    name: "pname-in-src",
    group: Group::Packaging,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "`pname` used in `src`",
    page: include_str!("pname_in_src.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        let Some(src) = package.value("src") else { continue };
        let braces = package.set.syntax().text_range();
        // `finalAttrs: { … }`, `final: prev: { … }`; the one argument of an override is what was before.
        let above = package.set.syntax().ancestors().skip(1);
        let mut lambdas = above
            .filter(|it| it.kind() != SyntaxKind::NODE_PAREN)
            .map_while(ast::Lambda::cast);
        let lambda = lambdas.nth(usize::from(package.maker.overrides()));
        let own = lambda.and_then(|it| it.param());
        for node in src.syntax().descendants() {
            let (found, at) = match node.kind() {
                SyntaxKind::NODE_IDENT if attrpath::ident_text(&node) == "pname" => {
                    let to = tree.scopes.resolve(&node).map(|it| &it.to);
                    let here = matches!(to, Some(To::Name(id)) if package.set.rec_token().is_some()
                        && tree.scopes.name(*id).kind == NameKind::Rec
                        && braces.contains_range(tree.scopes.name(*id).at));
                    (here, node.text_range())
                }
                SyntaxKind::NODE_SELECT => (is_final(&node, own.as_ref(), tree), node.text_range()),
                _ => continue,
            };
            if found && !is_accepted(&node, src) {
                let finding = cx.report(at, "write the project name in `src`: it does not follow renames of the package");
                finding.help("spell the name of the repository out");
            }
        }
    }
}

/// `finalAttrs.pname`
fn is_final(select: &SyntaxNode, own: Option<&ast::Param>, tree: &Tree) -> bool {
    let Some((head, path)) = ast::Expr::cast(select.clone()).and_then(|it| expr::select_path(&it)) else { return false };
    let Some(ast::Param::IdentParam(param)) = own else { return false };
    let to = tree.scopes.resolve(head.syntax()).map(|it| &it.to);
    path.len() == 1
        && attrpath::key(&path[0]).is("pname")
        && matches!(to, Some(To::Name(id)) if param.syntax().text_range().contains_range(tree.scopes.name(*id).at))
}

/// `fetchPypi { inherit pname version; }`, where nixpkgs writes it so; and the name of the result, `name = "${pname}-src"`.
fn is_accepted(node: &SyntaxNode, src: &ast::Expr) -> bool {
    let call = |it: &SyntaxNode| {
        let name = Green::new(it).callee().0.last_name();
        it.kind() == SyntaxKind::NODE_APPLY && name.is_some_and(|it| it == "fetchPypi" || it.starts_with("runCommand"))
    };
    let named = |it: &SyntaxNode| {
        let path = ast::AttrpathValue::cast(it.clone()).and_then(|it| it.attrpath());
        path.is_some_and(|path| matches!(attrpath::keys(&path).as_slice(), [key] if key.is("name")))
    };
    let top = src.syntax().text_range();
    node.ancestors()
        .take_while(|it| top.contains_range(it.text_range()))
        .any(|it| call(&it) || named(&it))
}
