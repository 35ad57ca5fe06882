//! What the arguments of a command mean: options with their values, sub-commands, operands; a table for each tool.

use super::{Command, Word};

/// The arguments of a command, sorted.
#[derive(Debug, Default)]
pub struct Arguments<'a> {
    /// The options in order, with their value: `-p x`, `--profile=x`. Short clusters are taken apart: `-iA` is `-i`, `-A`.
    pub options: Vec<(String, Option<&'a Word>)>,
    /// The word of each option.
    pub words: Vec<&'a Word>,
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
    "--update-input",
    "--profile-dir",
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

/// `nixos-rebuild` and `darwin-rebuild`
pub const REBUILD: Table = Table {
    flags: &[
        "--upgrade",
        "--upgrade-all",
        "--install-bootloader",
        "--no-build-nix",
        "--fast",
        "--no-reexec",
        "--rollback",
        "--no-flake",
        "--no-ssh-tty",
        "--use-remote-sudo",
        "--sudo",
        "-S",
        "--ask-sudo-password",
        "--use-substitutes",
        "-s",
        "--no-build-output",
        "-Q",
        "-v",
        "--verbose",
        "--quiet",
        "-L",
        "--print-build-logs",
        "--show-trace",
        "--keep-going",
        "-k",
        "--keep-failed",
        "-K",
        "--fallback",
        "--impure",
        "--refresh",
        "--offline",
        "--no-net",
        "--repair",
        "--dry-run",
        "--help",
        "--json",
        "--recreate-lock-file",
        "--no-update-lock-file",
        "--no-write-lock-file",
        "--commit-lock-file",
        "--no-registries",
        "--accept-flake-config",
        "--list-generations",
        "--diff",
    ],
    values: &[
        "--flake",
        "-F",
        "--file",
        "-f",
        "--attr",
        "-A",
        "--profile-name",
        "-p",
        "--specialisation",
        "-c",
        "--build-host",
        "--target-host",
        "--image-variant",
        "-G",
        "--update-input",
        "--switch-generation",
    ],
    pairs: &[],
};

/// `home-manager`
pub const HOME_MANAGER: Table = Table {
    flags: &[
        "-n",
        "--dry-run",
        "-v",
        "--verbose",
        "-h",
        "--help",
        "--version",
        "--impure",
        "--show-trace",
        "--debug",
        "--keep-failed",
        "--keep-going",
        "--refresh",
        "--no-out-link",
        "--no-write-lock-file",
        "--print-build-logs",
        "-L",
        "--rollback",
        "--accept-flake-config",
        "--offline",
    ],
    values: &[
        "--flake",
        "-f",
        "-A",
        "-b",
        "-B",
        "--specialisation",
        "-c",
        "--override-inputs",
    ],
    pairs: &[],
};

/// `nix-collect-garbage`
pub const COLLECT_GARBAGE: Table = Table {
    flags: &[
        "-d",
        "--delete-old",
        "--dry-run",
        "-v",
        "--verbose",
        "--quiet",
        "--debug",
        "--help",
        "--version",
    ],
    values: &["--delete-older-than", "--max-freed"],
    pairs: &[],
};

/// `nix-hash`, and the sub-commands of `nix hash`
pub const HASH: Table = Table {
    flags: &[
        "--flat",
        "--base16",
        "--base32",
        "--base64",
        "--sri",
        "--truncate",
        "--to-base16",
        "--to-base32",
        "--to-base64",
        "--to-sri",
    ],
    values: &[
        "--type",
        "--algo",
        "--hash-algo",
        "--from",
        "--to",
        "--format",
    ],
    pairs: &[],
};

/// `nh`
pub const NH: Table = Table {
    flags: &[
        "-a",
        "--ask",
        "-n",
        "--dry",
        "-v",
        "--verbose",
        "-q",
        "--quiet",
        "-u",
        "--update",
        "--no-nom",
        "--no-gcroots",
        "--nogcroots",
        "--nogc",
        "--no-gc",
        "--optimise",
        "--help",
    ],
    values: &[
        "-k",
        "--keep",
        "-K",
        "--keep-since",
        "-H",
        "--hostname",
        "-s",
        "--specialisation",
        "-o",
        "--out-link",
        "-U",
        "--update-input",
        "--target-host",
        "--build-host",
    ],
    pairs: &[],
};

/// A tool without options of its own: those of every Nix command.
pub const PLAIN: Table = Table {
    flags: &["-v", "--verbose", "--quiet", "--help", "--version"],
    values: &[],
    pairs: &[],
};

/// The first two operands of `nix` by index, behind the options that stand before and between them: its sub-command
/// and what that is given.
#[must_use]
pub fn first_operands<'a>(words: impl Iterator<Item = &'a Word>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut skip = 0;
    for (index, word) in words.enumerate().skip(1) {
        let text = &*word.text;
        if skip > 0 {
            skip -= 1;
        } else if text == "--" {
            break;
        } else if !text.starts_with('-') || text.len() < 2 {
            found.push(index);
            if found.len() == 2 {
                break;
            }
        } else if NIX_PAIRS.contains(&text) {
            skip = 2;
        } else if NIX.values.contains(&text) || NIX_VALUES.contains(&text) {
            skip = 1;
        }
    }
    found
}

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
            sorted.words.push(word);
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
            sorted.words.push(word);
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

    /// The word of the first of these options that is given.
    #[must_use]
    pub fn word(&self, names: &[&str]) -> Option<&Word> {
        let at = self
            .options
            .iter()
            .position(|(name, _)| names.contains(&name.as_str()))?;
        self.words.get(at).copied()
    }

    /// The value of the first of these options that is given with one: the word, and its text behind `=`.
    #[must_use]
    pub fn value(&self, names: &[&str]) -> Option<(&Word, &str)> {
        let (name, value) = self
            .options
            .iter()
            .find(|(name, _)| names.contains(&name.as_str()))?;
        let word = (*value)?;
        let text = word
            .text
            .strip_prefix(name.as_str())
            .and_then(|rest| rest.strip_prefix('='))
            .unwrap_or(&word.text);
        Some((word, text))
    }

    /// The texts of the operands; those that are not known have U+FFFC in them.
    #[must_use]
    pub fn verbs(&self) -> Vec<&str> {
        self.operands.iter().map(|word| &*word.text).collect()
    }
}
