//! What to show when the user points at the name of a lint: in an allow comment, or in `nivis.toml`. Never on other Nix.

use engine::names::{Named, Names};
use lint_api::{Level, Lint};

/// The name at a byte offset of a text, and where it stands.
#[must_use]
pub fn name_at(
    text: &str,
    offset: usize,
    settings: bool,
) -> Option<(&str, std::ops::Range<usize>)> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let offset = lint_api::syntax::text::floor_char(text, offset);
    let before = &text[..offset];
    let start = offset - (before.len() - before.trim_end_matches(part).len());
    let rest = &text[start..];
    let end = start + (rest.len() - rest.trim_start_matches(part).len());
    if start == end {
        return None;
    }
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    (settings || in_allow(&text[line..start])).then(|| (&text[start..end], start..end))
}

/// Whether a line, up to a place, has opened the parenthesis of an allow comment and not closed it.
fn in_allow(before: &str) -> bool {
    let Some(at) = before.rfind("nivis:") else {
        return false;
    };
    let opened = before[..at].trim_end();
    let rest = before[at + "nivis:".len()..].trim_start();
    let Some(list) = rest.strip_prefix("allow").map(str::trim_start) else {
        return false;
    };
    (opened.ends_with('#') || opened.ends_with("/*"))
        && list.starts_with('(')
        && !list.contains(')')
}

/// What there is to say of a name, in Markdown.
#[must_use]
pub fn about(names: &Names, name: &str, level: impl Fn(usize) -> Level) -> Option<String> {
    let named = names.resolve(name)?;
    let mut text = String::new();
    if let Some(note) = names.explain(name, &named) {
        text.push_str(&note);
        text.push_str("\n\n");
    }
    match &named {
        Named::Group(group) => text.push_str(&format!("**{group}**: {}", group.about())),
        Named::NotTaken(_) => {}
        Named::Lint(_) | Named::Alias(_) => {
            let lints = names.covered(&named).into_iter();
            let parts: Vec<String> = lints
                .map(|index| lint(names.lints()[index], level(index)))
                .collect();
            text.push_str(&parts.join("\n\n---\n\n"));
        }
    }
    Some(text.trim_end().to_owned())
}

/// Summary, level, and the start of the page.
fn lint(lint: &Lint, level: Level) -> String {
    let here = if level == lint.level {
        String::new()
    } else {
        format!(", here {level}")
    };
    let head = format!(
        "**{}** ({}, {}{here}): {}",
        lint.name, lint.group, lint.level, lint.summary
    );
    match start(lint.page) {
        "" => head,
        start => format!("{head}\n\n{start}"),
    }
}

/// A page from behind its title to its first example or heading.
fn start(page: &str) -> &str {
    let body = page.split_once('\n').map_or("", |(_, body)| body);
    let end = ["\n```", "\n#"].iter().filter_map(|it| body.find(it)).min();
    body[..end.unwrap_or(body.len())].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointed(text: &str, at: &str, settings: bool) -> Option<String> {
        let offset = text.find(at).unwrap() + 1;
        name_at(text, offset, settings).map(|(name, _)| name.to_owned())
    }

    #[test]
    fn names_in_allow_comments_alone() {
        let text =
            "{ # nivis: allow(unused-let, empty-let) not unused-formal\n  unused-at-name = 1; }";
        let name = |it: &str| Some(it.to_owned());
        assert_eq!(pointed(text, "unused-let", false), name("unused-let"));
        assert_eq!(pointed(text, "empty-let", false), name("empty-let"));
        assert_eq!(pointed(text, "unused-formal", false), None);
        assert_eq!(pointed(text, "unused-at-name", false), None);
        assert_eq!(
            pointed("/* nivis: allow (dead) */", "dead", false),
            name("dead")
        );
        assert_eq!(pointed("\"nivis: allow(dead)\"", "dead", false), None);
        assert_eq!(pointed("[levels]\ndead = 1", "dead", true), name("dead"));
        assert_eq!(name_at("a\u{e9}", 9, true), None);
        assert_eq!(name_at("", 0, true), None);
    }

    #[test]
    fn the_start_of_a_page() {
        assert_eq!(
            start("# x\n\nWhat.\nMore.\n\n```nix flagged\n"),
            "What.\nMore."
        );
        assert_eq!(start("# x\n\nWhat.\n\n## Why\n"), "What.");
        assert_eq!(start("# x"), "");
    }
}
