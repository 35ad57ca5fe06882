//! A page as cases: files with their expected findings.

use std::collections::BTreeMap;

/// A page.
#[derive(Debug)]
pub struct Page {
    /// Its cases, in order.
    pub cases: Vec<Case>,
}

/// One case: a small repository and what is to be said of it.
#[derive(Debug, Default)]
pub struct Case {
    /// 1-based line of the page where it begins.
    pub line: usize,
    /// Whether findings are expected.
    pub flagged: bool,
    /// The files, by path.
    pub files: BTreeMap<String, Block>,
    /// The files after all fixes of the page's lint, by path.
    pub fixed: BTreeMap<String, String>,
    /// The files as they were in the base revision, by path.
    pub base: BTreeMap<String, String>,
    /// The words of the first block: `newer` exempts the case from comparison with an old Nix.
    pub words: Vec<String>,
}

/// One file of a case.
#[derive(Debug, Default, Clone)]
pub struct Block {
    /// The text without caret lines.
    pub text: String,
    /// What is expected, in order of place.
    pub expected: Vec<Expected>,
    /// The words after the language: `untracked`, `ignored`, `new`, …
    pub words: Vec<String>,
}

/// One caret line: a finding or a label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    /// 0-based byte offset.
    pub start: usize,
    /// End, cut at the end of the first line.
    pub end: usize,
    /// The words, with `info: ` and so on before them when the level is not the lint's own.
    pub message: String,
}

/// The path of a block that names none.
pub const DEFAULT_PATH: &str = "host.nix";

impl Page {
    /// Reads a page.
    ///
    /// # Panics
    /// On a fence that does not close, and on a block that belongs to no case.
    #[must_use]
    pub fn read(text: &str) -> Page {
        let mut cases: Vec<Case> = Vec::new();
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            let Some(info) = line.strip_prefix("```") else {
                continue;
            };
            let fence = "`".repeat(3 + info.chars().take_while(|c| *c == '`').count());
            let words: Vec<String> = info
                .trim_start_matches('`')
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            let mut body = String::new();
            loop {
                let (_, line) = lines
                    .next()
                    .unwrap_or_else(|| panic!("line {}: the fence never closes", at + 1));
                if line == fence {
                    break;
                }
                body.push_str(line);
                body.push('\n');
            }
            if words.iter().any(|word| word == "no-final-newline") {
                body.pop();
            }
            let has = |word: &str| words.iter().skip(1).any(|w| w == word);
            let path = words
                .iter()
                .find_map(|word| word.strip_prefix("file="))
                .unwrap_or(DEFAULT_PATH)
                .to_owned();
            let begins = has("flagged") || has("clean");
            let joins =
                has("fixed") || has("base") || words.iter().any(|word| word.starts_with("file="));
            if begins {
                cases.push(Case {
                    line: at + 1,
                    flagged: has("flagged"),
                    words: words.clone(),
                    ..Case::default()
                });
            } else if !joins {
                continue;
            }
            let case = cases
                .last_mut()
                .unwrap_or_else(|| panic!("line {}: this block belongs to no case", at + 1));
            let body = crate::token::expand(&body);
            if has("fixed") {
                case.fixed.insert(path, body);
            } else if has("base") {
                case.base.insert(path, body);
            } else {
                let mut block = take_carets(&body);
                block.words = words.into_iter().skip(1).collect();
                case.files.insert(path, block);
            }
        }
        Page { cases }
    }
}

/// Takes the caret lines out of a text.
#[must_use]
pub fn take_carets(body: &str) -> Block {
    let mut block = Block::default();
    let mut line_start = 0;
    for line in body.split_inclusive('\n') {
        let content = line.trim_end_matches('\n');
        let indent = content.chars().take_while(|c| c.is_whitespace()).count();
        let carets = content
            .chars()
            .skip(indent)
            .take_while(|c| *c == '^')
            .count();
        let message: String = content.chars().skip(indent + carets).collect();
        if carets == 0 || !(message.is_empty() || message.starts_with(' ')) {
            line_start = block.text.len();
            block.text.push_str(line);
            continue;
        }
        let above = &block.text[line_start..];
        let offset = |column: usize| {
            above
                .char_indices()
                .nth(column)
                .map_or(above.len(), |(at, _)| at)
                + line_start
        };
        block.expected.push(Expected {
            start: offset(indent),
            end: offset(indent + carets),
            message: message.trim().to_owned(),
        });
    }
    block.expected.sort();
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_are_taken_out() {
        let block = take_carets("{ a = let in 1; }\n      ^^^ this `let` binds nothing\n");
        assert_eq!(block.text, "{ a = let in 1; }\n");
        assert_eq!(
            block.expected,
            [Expected {
                start: 6,
                end: 9,
                message: "this `let` binds nothing".to_owned()
            }]
        );
    }

    #[test]
    fn blocks_join_their_case() {
        let page = Page::read(
            "# x\n\n```nix flagged file=flake.nix\n{ }\n```\n\n```nix file=a.nix untracked\n1\n```\n```nix\nprose\n```\n```nix clean\n2\n```\n",
        );
        assert_eq!(page.cases.len(), 2);
        assert_eq!(
            page.cases[0].files["a.nix"].words,
            ["file=a.nix", "untracked"]
        );
        assert!(!page.cases[1].flagged);
    }
}
