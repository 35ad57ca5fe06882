//! An enable option that nothing reads, in a module that sets other options all the same.

use lint_api::prelude::*;
use lint_api::repo::modules::{Unguarded, UseKind};

/// The lint.
pub static LINT: Lint = Lint {
    name: "missing-mkif",
    group: Group::Modules,
    level: Level::Warn,
    fix: FixKind::Unsafe,
    summary: "a module that declares an enable option and sets configuration that nothing guards with it",
    page: include_str!("missing_mkif.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in &repo.files {
        let Some(it) = &file.facts.modules.unguarded else { continue };
        let Some(module) = file.facts.modules.modules.get(it.module as usize) else { continue };
        if repo.links().is_module(file.id, module.evidence)
            && is_plainly_imported(repo, file)
            && !is_read(repo, file, it)
        {
            report(file, it, cx);
        }
    }
}

/// A function that is handed the file may add the guard.
fn is_plainly_imported(repo: &Repo, file: &File) -> bool {
    repo.links()
        .uses(file.id)
        .iter()
        .all(|it| matches!(it.kind, UseKind::Module | UseKind::Listed))
}

/// Whether any other file may read the switch.
fn is_read(repo: &Repo, file: &File, it: &Unguarded) -> bool {
    let segments: Vec<&str> = it.option.split('.').collect();
    let [.., parent, last] = segments.as_slice() else { return true };
    let suffix = format!("{parent}.{last}");
    let (parent_word, last_word) = (format!("\"{parent}\""), format!("\"{last}\""));
    repo.files
        .iter()
        .filter(|other| other.id != file.id && other.kind == Kind::Nix)
        .any(|other| {
            let text = other.text.contents();
            if !other.facts.faults.is_empty() {
                // What does not parse may read anything that it mentions.
                return text.contains(parent) || text.contains(".${");
            }
            other.facts.modules.reads.iter().any(|read| reaches(read, &it.option))
                || mentions(other, &suffix)
                || (text.contains(&parent_word) && text.contains(&last_word))
        })
}

/// Whether a file has these words anywhere but as the path of a definition: `my.web.enable = true;` is no read.
fn mentions(file: &File, words: &str) -> bool {
    let text = file.text.contents();
    text.match_indices(words).any(|(at, _)| {
        let begins = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\''));
        let at = TextSize::of(&text[..at]);
        let defines = || {
            file.facts.outline.nodes(text).any(|node| {
                node.is(SyntaxKind::NODE_ATTRPATH)
                    && node.range().contains(at)
                    && node.parent().is_some_and(|it| it.is(SyntaxKind::NODE_ATTRPATH_VALUE))
            })
        };
        begins && !defines()
    })
}

/// Whether a read is the switch, something below it, or a set that holds it.
fn reaches(read: &str, option: &str) -> bool {
    let below = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    below(read, option) || read.is_empty() || below(option, read)
}

fn report(file: &File, it: &Unguarded, cx: &mut RepoCx<'_>) {
    let option = &it.option;
    let at = Span { file: file.id, range: it.at };
    let message = format!("nothing reads `{option}`, so this module is always on");
    let finding = cx.report(at, message);
    finding.label(it.settings, format!("these settings apply even with `{option} = false`"));
    match &it.guard {
        Some((guard, parentheses)) => {
            let (open, close) = if *parentheses { (" (", ")") } else { (" ", "") };
            finding.help(format!("write `config = {guard} …`"));
            let mut fix = Fix::r#unsafe(format!("guard the settings with `{guard}`"))
                .insert(it.settings.start(), format!("{guard}{open}"));
            if *parentheses {
                fix = fix.insert(it.settings.end(), close);
            }
            finding.fix(fix);
        }
        None => {
            finding.help(format!("write `config = lib.mkIf config.{option} {{ … }}`"));
        }
    }
}
