//! Scaffolds a lint: its page, its code, and its word in the list.

use std::path::Path;

use lint_api::Group;

/// Writes `lints/GROUP/NAME.md` and `.rs` and registers the name.
pub fn run(root: &Path, group: &str, name: &str) -> Result<String, String> {
    let Some(group) = Group::parse(group).filter(|group| *group != Group::Nivis) else {
        let names: Vec<_> = Group::ALL.iter().map(|group| group.as_str()).collect();
        return Err(format!(
            "no group is called `{group}`; there are: {}",
            names.join(", ")
        ));
    };
    let well_formed = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !name.ends_with('-');
    if !well_formed {
        return Err(format!(
            "`{name}` is no lint name: lower-case words joined with `-`"
        ));
    }
    if lints::ALL.iter().any(|lint| lint.name == name) {
        return Err(format!("there is a lint `{name}` already"));
    }

    let file = name.replace('-', "_");
    let folder = root.join("lints").join(group.as_str());
    let list = root.join("lints/lib.rs");
    let old = read(&list)?;
    let new = register(&old, group, &file).ok_or("lints/lib.rs has no `lints! { … }` list")?;
    create(&folder)?;
    write_new(&folder.join(format!("{file}.md")), &page(name))?;
    write_new(
        &folder.join(format!("{file}.rs")),
        &code(group, name, &file),
    )?;
    write(&list, &new)?;
    Ok(format!(
        "wrote lints/{group}/{file}.md and .rs: begin with the page"
    ))
}

/// The list with one more word, in the block of its group; a new block goes to the end.
fn register(list: &str, group: Group, file: &str) -> Option<String> {
    let (head, body) = list.split_once("\nlints! {\n")?;
    let body = body.strip_suffix("}\n")?;
    let open = format!("    {group} {{\n");
    let body = match body.split_once(&open) {
        Some((before, after)) => {
            let (block, rest) = after.split_once("    }\n")?;
            format!("{before}{open}{block}        {file}\n    }}\n{rest}")
        }
        None => format!("{body}{open}        {file}\n    }}\n"),
    };
    Some(format!("{head}\nlints! {{\n{body}}}\n"))
}

fn page(name: &str) -> String {
    format!(
        "# {name}\n\nSay in two sentences what is flagged, and what it does to somebody's machine.\n\n## Flagged\n\n```nix \
         flagged\n{{ a = 1; }}\n  ^ what is wrong, naming the user's thing in `ticks`\n```\n\n## Clean\n\nOne case for every \
         trap.\n\n```nix clean\n{{ b = 1; }}\n```\n\n## When to allow it\n\nSay when an owner is right to keep it.\n"
    )
}

fn code(group: Group, name: &str, file: &str) -> String {
    let mut variant = group.as_str().to_owned();
    variant[..1].make_ascii_uppercase();
    format!(
        r#"//! One sentence: what is flagged.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {{
    name: "{name}",
    group: Group::{variant},
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "one line for lists",
    page: include_str!("{file}.md"),
    options: Options::NONE,
    check: Check::Node(&[SyntaxKind::NODE_ATTRPATH_VALUE], check),
}};

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {{
    let Some(binding) = ast::AttrpathValue::cast(node.clone()) else {{ return }};
    let Some(path) = binding.attrpath() else {{ return }};
    if attrpath::display(&attrpath::keys(&path)) == "a" {{
        cx.report(path.syntax().text_range(), "what is wrong, naming the user's thing in `ticks`");
    }}
}}
"#
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "a developer's tool reads a file of this repository"
)]
fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a developer's tool writes a file of this repository"
)]
fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a developer's tool writes a file of this repository"
)]
fn create(path: &Path) -> Result<(), String> {
    std::fs::create_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a developer's tool looks whether a file of this repository exists"
)]
fn write_new(path: &Path, text: &str) -> Result<(), String> {
    if path.exists() {
        return Err(format!("{} exists", path.display()));
    }
    write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "head\n\nlints! {\n    dead {\n        unused_let\n    }\n    tidy {\n        empty_let\n    }\n}\n";

    #[test]
    fn a_word_goes_into_its_group() {
        let new = register(LIST, Group::Dead, "unused_with").unwrap();
        assert!(
            new.contains(
                "    dead {\n        unused_let\n        unused_with\n    }\n    tidy {\n"
            )
        );
    }

    #[test]
    fn a_new_group_goes_to_the_end() {
        let new = register(LIST, Group::State, "x_y").unwrap();
        assert!(new.ends_with("        empty_let\n    }\n    state {\n        x_y\n    }\n}\n"));
    }

    #[test]
    fn the_real_list_can_be_extended() {
        assert!(
            register(
                include_str!("../../../lints/lib.rs"),
                Group::Packaging,
                "x_y"
            )
            .is_some()
        );
    }
}
