//! Changes a bundle at random: files, bytes, tokens, nodes of the tree.

use std::ops::Range;

use syntax::parse::Limits;
use testkit::generate;

use crate::{Bundle, Dice, Part};

/// A text does not grow beyond this many bytes, but now and then to the second, to see what takes too long.
const USUAL: usize = 24 << 10;
const LARGE: usize = 256 << 10;

/// Pieces that mean something somewhere.
const PIECES: &[&str] = &[
    // Nix
    "let",
    "in",
    "rec",
    "inherit",
    "with",
    "assert",
    "if",
    "then",
    "else",
    "or",
    "${",
    "}",
    "{",
    "''",
    "\"",
    "\\",
    "'''",
    "''$",
    "''\\",
    "$${",
    "...",
    "@",
    "?",
    "://",
    "<nixpkgs>",
    "..",
    "/*",
    "*/",
    "/**",
    "#",
    "# ",
    "\n",
    "\r\n",
    "\r",
    ";",
    ":",
    "=",
    "==",
    "//",
    "++",
    "->",
    "|>",
    "<|",
    "&&",
    "||",
    "!",
    "-",
    ".",
    ",",
    "( ",
    ")",
    "[",
    "]",
    "1.5e3",
    "9223372036854775808",
    "__curPos",
    "import ",
    "builtins.",
    "lib.",
    "mkIf ",
    "mkForce ",
    "nivis: allow(",
    "# nivis: allow(unused-let) why\n",
    "# deadnix: skip\n",
    "gitleaks:allow",
    "_module",
    "imports = [ ",
    "config.",
    "options.",
    // shell, make, YAML, JSON
    "$(",
    "`",
    "<<EOF\n",
    "<<-'EOF'\n",
    "EOF\n",
    "|",
    "&&",
    "2>&1",
    "sudo ",
    "nix-env -i",
    "nix build .#",
    "--flake ",
    "$'",
    "\\\n",
    "- ",
    "&a ",
    "*a",
    "!!binary ",
    "? ",
    "key: |\n  ",
    "---\n",
    "%YAML",
    "{{",
    "null",
    "[[",
    "\":\"",
    "\\u0000",
    "\\ud800",
    "-----BEGIN ",
    "sops:\n",
    "age:\n",
    "creation_rules:\n",
    "path_regex: ",
    "ENC[AES256_GCM,data:",
    // TOML
    "[levels]\n",
    "[[overrides]]\n",
    "[limits]\n",
    "exclude = [",
    "\"\"\"",
    "= \"off\"",
    "depth = ",
    "file-size = \"1 MiB\"\n",
    "paths = [\"**\"]\n",
    "{a,b}",
    "[!a]",
    "**/",
    // diffs
    "--- a/a.nix\n",
    "+++ b/a.nix\n",
    "@@ -1 +1 @@\n",
    "@@ -0,0 +1,2 @@\n",
    "\\ No newline at end of file\n",
    "diff --git a/x b/x\n",
    "rename from ",
    "/dev/null",
    // characters
    "\u{0}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{202e}",
    "\u{200b}",
    "\u{feff}",
    "\u{fffd}",
    "\u{10ffff}",
    "e\u{301}",
    "𐐀",
    "ß",
    "İ",
    "\t",
    "::error::",
    "##vso[",
    "##[",
    "../",
    "%s",
    "@token",
];

/// Names of public shapes of tokens, see [`testkit::token`].
pub(crate) const TOKENS: &[&str] = &[
    "github",
    "gitlab",
    "aws",
    "slack",
    "age",
    "openai",
    "jwt",
    "private-key",
    "nix",
];

const PATHS: &[&str] = &[
    "flake.nix",
    "flake.lock",
    "host.nix",
    "default.nix",
    "a.nix",
    "hosts/a/default.nix",
    "modules/a.nix",
    ".sops.yaml",
    "secrets/a.yaml",
    "secrets/a.json",
    "secrets.nix",
    "nivis.toml",
    "npins/sources.json",
    "nix/sources.json",
    "deploy.sh",
    "Justfile",
    "Makefile",
    ".github/workflows/ci.yml",
    "README.md",
    "hardware-configuration.nix",
    "home.nix",
    "shell.nix",
    "overlays/default.nix",
    "pkgs/a/package.nix",
    ".envrc",
    "facter.json",
    ".gitattributes",
    "lib/default.nix",
    "nivis-baseline.toml",
    ".nivis/schema-nixos.nix",
];

const WORDS: &[&str] = &[
    "untracked",
    "ignored",
    "intent-to-add",
    "git",
    "new",
    "base",
];

/// A changed copy.
#[must_use]
pub fn mutate(dice: &mut Dice, from: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bundle = Bundle::read(from);
    let other = Bundle::read(other);
    let most = if dice.one_in(4) { 8 } else { 3 };
    let steps = 1 + dice.below(most);
    for _ in 0..steps {
        if dice.one_in(8) {
            files(dice, &mut bundle, &other);
            continue;
        }
        if bundle.parts.is_empty() {
            bundle.parts.push(Part::default());
        }
        let at = dice.below(bundle.parts.len());
        let donor = dice.pick(&other.parts).text.clone();
        let part = &mut bundle.parts[at];
        let most = if dice.one_in(60) { LARGE } else { USUAL };
        let nix = part.path.is_empty() || part.path.ends_with(".nix");
        match dice.below(10) {
            0..=2 if nix => tree(dice, &mut part.text, &donor),
            3..=5 => tokens(dice, &mut part.text, &donor),
            6 if most == LARGE || dice.one_in(4) => repeat(dice, &mut part.text, most),
            _ => bytes(dice, &mut part.text, &donor),
        }
        part.text.truncate(most.max(from.len()));
    }
    bundle.write()
}

/// Files come, go, and change their names.
fn files(dice: &mut Dice, bundle: &mut Bundle, other: &Bundle) {
    let at = dice.below(bundle.parts.len());
    match dice.below(7) {
        0 if bundle.parts.len() > 1 => {
            bundle.parts.remove(at);
        }
        1 if bundle.parts.len() < 8 => bundle.parts.push(dice.pick(&other.parts).clone()),
        2 if bundle.parts.len() < 8 => {
            let text = if dice.one_in(2) {
                generate::module(dice, 3)
            } else {
                generate::expression(dice, 4)
            };
            bundle.parts.push(Part {
                path: (*dice.pick(PATHS)).to_owned(),
                words: Vec::new(),
                text: text.into_bytes(),
            });
        }
        3 => {
            let mut copy = bundle.parts[at].clone();
            copy.words.push("base".to_owned());
            let donor = dice.pick(&other.parts).text.clone();
            tokens(dice, &mut copy.text, &donor);
            bundle.parts.push(copy);
        }
        4 => bundle.parts[at].words.push((*dice.pick(WORDS)).to_owned()),
        5 => bundle.parts[at].words.clear(),
        _ => bundle.parts[at].path = (*dice.pick(PATHS)).to_owned(),
    }
}

/// Bytes, whatever they mean.
fn bytes(dice: &mut Dice, text: &mut Vec<u8>, donor: &[u8]) {
    let at = dice.below(text.len() + 1);
    match dice.below(10) {
        0 if !text.is_empty() => {
            let at = dice.below(text.len());
            text[at] ^= 1 << dice.below(8);
        }
        1 => text.insert(at, u8::try_from(dice.below(256)).unwrap_or(0)),
        2 => {
            let range = dice.range(text.len(), 400);
            text.drain(range);
        }
        3 => text.truncate(at),
        4 => {
            let piece = text[dice.range(text.len(), 200)].to_vec();
            insert(text, at, &piece);
        }
        5 | 6 => {
            let piece = &donor[dice.range(donor.len(), 400)];
            insert(text, at, piece);
        }
        7 if dice.one_in(4) => {
            let token = testkit::token::token(TOKENS[dice.below(TOKENS.len())]).unwrap_or_default();
            insert(text, at, token.as_bytes());
        }
        _ => {
            let piece = dice.pick(PIECES).as_bytes();
            insert(text, at, piece);
        }
    }
}

/// One piece again and again.
fn repeat(dice: &mut Dice, text: &mut Vec<u8>, most: usize) {
    let at = dice.below(text.len() + 1);
    let piece = if dice.one_in(2) {
        dice.pick(PIECES).as_bytes().to_vec()
    } else {
        text[dice.range(text.len(), 80)].to_vec()
    };
    if piece.is_empty() {
        return;
    }
    let room = most.saturating_sub(text.len()) / piece.len();
    let piece = piece.repeat(dice.below(room + 1));
    insert(text, at, &piece);
}

/// Tokens of Nix; texts of other languages fall into pieces there too.
fn tokens(dice: &mut Dice, text: &mut Vec<u8>, donor: &[u8]) {
    let ranges = token_ranges(text);
    if ranges.is_empty() {
        return bytes(dice, text, donor);
    }
    let at = dice.pick(&ranges).clone();
    match dice.below(5) {
        0 => {
            text.drain(at);
        }
        1 => {
            let piece = text[at.clone()].to_vec();
            insert(text, at.end, &piece);
        }
        2 => {
            let there = dice.pick(&ranges).clone();
            let piece = text[there].to_vec();
            text.splice(at, piece);
        }
        3 => {
            text.splice(at, dice.pick(PIECES).bytes());
        }
        _ => {
            let ranges = token_ranges(donor);
            if !ranges.is_empty() {
                let there = dice.pick(&ranges).clone();
                text.splice(at, donor[there].iter().copied());
            }
        }
    }
}

/// One node for another, so that the text goes on to parse.
fn tree(dice: &mut Dice, text: &mut Vec<u8>, donor: &[u8]) {
    let here = node_ranges(text);
    if here.is_empty() {
        return tokens(dice, text, donor);
    }
    let at = dice.pick(&here).clone();
    let piece = match dice.below(4) {
        0 => generate::expression(dice, 2).into_bytes(),
        1 => {
            let there = dice.pick(&here).clone();
            text[there].to_vec()
        }
        _ => {
            let there = node_ranges(donor);
            if there.is_empty() {
                return;
            }
            donor[dice.pick(&there).clone()].to_vec()
        }
    };
    if dice.one_in(6) {
        insert(text, at.start, b" ");
        insert(text, at.start, &piece);
    } else {
        text.splice(at, piece);
    }
}

fn token_ranges(text: &[u8]) -> Vec<Range<usize>> {
    let Ok(text) = std::str::from_utf8(text) else {
        return Vec::new();
    };
    let mut start = 0;
    let ranges = syntax::tokens(text).map(|len| {
        let range = start..start + len;
        start = range.end;
        range
    });
    ranges.filter(|it| !it.is_empty()).collect()
}

fn node_ranges(text: &[u8]) -> Vec<Range<usize>> {
    let Ok(text) = std::str::from_utf8(text) else {
        return Vec::new();
    };
    if text.len() > USUAL {
        return Vec::new();
    }
    let Some(root) = syntax::parse(text, Limits::default()).root() else {
        return Vec::new();
    };
    root.descendants()
        .skip(1)
        .map(|node| node.text_range().start().into()..node.text_range().end().into())
        .collect()
}

fn insert(text: &mut Vec<u8>, at: usize, piece: &[u8]) {
    text.splice(at..at, piece.iter().copied());
}
