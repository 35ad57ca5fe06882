//! What the arguments of a command mean: options with their values, sub-commands, operands; a table for each tool.

use super::{Command, Word};

/// The arguments of a command, sorted.
#[derive(Debug, Default)]
pub struct Arguments<'a> {
    /// The options in order, with their value: `-p x`, `--profile=x`. Short clusters are taken apart: `-iA` is `-i`, `-A`.
    pub options: Vec<(String, Option<&'a Word>)>,
    /// What is no option.
    pub operands: Vec<&'a Word>,
    /// An option that the table does not know stood before: what followed may be its value.
    pub unsure: bool,
}

/// Which options of a tool take how many values.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Options without value.
    pub flags: &'static [&'static str],
    /// Options with one value.
    pub values: &'static [&'static str],
    /// Options with two values.
    pub pairs: &'static [&'static str],
}

/// Options that every Nix command takes.
const NIX_VALUES: &[&str] = &[
    "--experimental-features",
    "--extra-experimental-features",
    "--log-format",
    "--max-jobs",
    "-j",
    "--cores",
    "--builders",
    "--store",
    "--eval-store",
    "-I",
    "--include",
    "--option-file",
    "--timeout",
    "--max-silent-time",
    "--substituters",
    "--extra-substituters",
    "--system",
    "--trusted-public-keys",
    "--extra-trusted-public-keys",
];
const NIX_PAIRS: &[&str] = &["--option", "--arg", "--argstr", "--override-input"];

/// `nix-env`
pub const NIX_ENV: Table = Table {
    flags: &[
        "-i",
        "--install",
        "-e",
        "--uninstall",
        "-u",
        "--upgrade",
        "-q",
        "--query",
        "-A",
        "--attr",
        "-r",
        "--remove-all",
        "-b",
        "--prebuilt-only",
        "--lt",
        "--leq",
        "--eq",
        "--always",
        "--set",
        "--set-flag",
        "--rollback",
        "--list-generations",
        "--delete-generations",
        "-a",
        "--available",
        "-s",
        "--status",
        "-P",
        "--attr-path",
        "-v",
        "--verbose",
        "--quiet",
        "--dry-run",
        "--installed",
        "-c",
        "--compare-versions",
        "--description",
        "--json",
        "--xml",
        "--meta",
        "--out-path",
        "--drv-path",
        "--no-name",
        "-k",
        "--keep-going",
        "-K",
        "--keep-failed",
        "--fallback",
        "-Q",
        "--no-build-output",
        "--preserve-installed",
        "-E",
        "--from-expression",
        "--version",
        "--help",
        "--show-trace",
        "--impure",
        "--readonly-mode",
        "-L",
    ],
    values: &[
        "-f",
        "--file",
        "-p",
        "--profile",
        "--from-profile",
        "-S",
        "--switch-profile",
        "-G",
        "--switch-generation",
        "--system-filter",
    ],
    pairs: &[],
};

/// `nix`, before and behind its sub-commands.
pub const NIX: Table = Table {
    flags: &[
        "-v",
        "--verbose",
        "--quiet",
        "--debug",
        "-L",
        "--print-build-logs",
        "--impure",
        "--refresh",
        "--offline",
        "--no-net",
        "--accept-flake-config",
        "--no-write-lock-file",
        "--no-update-lock-file",
        "--recreate-lock-file",
        "--commit-lock-file",
        "--fallback",
        "--keep-going",
        "-k",
        "--keep-failed",
        "-K",
        "--show-trace",
        "--json",
        "--version",
        "--help",
        "--all",
        "--no-link",
        "--dry-run",
        "--rebuild",
        "--no-registries",
        "--repair",
    ],
    values: &[
        "--profile",
        "--priority",
        "-f",
        "--file",
        "--expr",
        "-o",
        "--out-link",
        "--inputs-from",
        "--reference-lock-file",
        "--output-lock-file",
    ],
    pairs: &[],
};

/// Sorts the arguments of a command.
#[must_use]
pub fn sort<'a>(command: &'a Command, table: &Table) -> Arguments<'a> {
    let mut sorted = Arguments::default();
    let mut words = command.arguments.iter();
    while let Some(word) = words.next() {
        if !word.literal && word.text.starts_with(super::UNKNOWN) {
            // A word that is all expansion may hold options.
            sorted.unsure = true;
            sorted.operands.push(word);
            continue;
        }
        if &*word.text == "--" {
            sorted.operands.extend(words.by_ref());
            break;
        }
        if !word.text.starts_with('-') || word.text.len() < 2 {
            sorted.operands.push(word);
            continue;
        }
        if let Some((name, _)) = word
            .text
            .split_once('=')
            .filter(|_| word.text.starts_with("--"))
        {
            sorted.options.push((name.to_owned(), Some(word)));
            continue;
        }
        let known = |name: &str, list: &[&[&str]]| list.iter().any(|names| names.contains(&name));
        let whole = &*word.text;
        let values: [&[&str]; 2] = [table.values, NIX_VALUES];
        let pairs: [&[&str]; 2] = [table.pairs, NIX_PAIRS];
        let cluster = whole.len() > 2 && !whole.starts_with("--") && !known(whole, &values);
        let names: Vec<String> = if cluster {
            whole[1..].chars().map(|c| format!("-{c}")).collect()
        } else {
            vec![whole.to_owned()]
        };
        for name in names {
            let value = if known(&name, &values) {
                words.next()
            } else if known(&name, &pairs) {
                let value = words.next();
                words.next();
                value
            } else {
                sorted.unsure |= !known(&name, &[table.flags]);
                None
            };
            sorted.options.push((name, value));
        }
    }
    sorted
}

impl Arguments<'_> {
    /// Whether one of these options is given.
    #[must_use]
    pub fn has(&self, names: &[&str]) -> bool {
        self.options
            .iter()
            .any(|(name, _)| names.contains(&name.as_str()))
    }
}
