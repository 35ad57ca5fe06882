//! From shell text to commands, with brush-parser.
//!
//! Goal: the commands in command position, behind their wrappers. Limits: text over a bound (nesting, length) is not
//! given to the parser, which overflows or takes exponential time there; text that does not parse gives nothing.

use std::ops::Range;

use brush_parser::ast::{
    AndOr, AndOrList, Command as Ast, CommandPrefixOrSuffixItem as Item, CompoundCommand,
    CompoundList, IoFileRedirectKind, IoFileRedirectTarget, IoRedirect, Pipeline, SimpleCommand,
    Word as AstWord,
};
use brush_parser::{Parser, ParserOptions, SourceSpan};
use syntax::strings::{HOLE_END, HOLE_START};

use super::text::{Mapped, Source};
use super::{Command, Descriptor, Lang, Place, Redirect, UNKNOWN, Word};

/// How deep programs are taken out of words: `sh -c "bash -c '…'"`, `$( $( … ) )`.
const DEPTH: u8 = 3;

/// The commands of a text; `None` when it does not parse or is over a limit.
pub(super) fn commands(source: &Source) -> Option<Vec<Command>> {
    let text = &source.text;
    match source.lang {
        Lang::Words => {
            let mut walk = Walk {
                text,
                found: Vec::new(),
                functions: Vec::new(),
            };
            let raw = split_words(&text.value);
            // The prefixes of systemd: `-`, `@`, `+`, `!`, `:`.
            let words: Vec<Word> = raw
                .into_iter()
                .enumerate()
                .map(|(index, range)| {
                    let skip = if index == 0 {
                        text.value[range.clone()].len()
                            - text.value[range.clone()]
                                .trim_start_matches(['@', '-', ':', '+', '!'])
                                .len()
                    } else {
                        0
                    };
                    walk.word(range.start + skip..range.end)
                })
                .collect();
            walk.simple(words, Vec::new(), Place::Plain, 0);
            Some(walk.found)
        }
        Lang::Bash => {
            let mut walk = Walk {
                text,
                found: Vec::new(),
                functions: Vec::new(),
            };
            walk.program(0..text.value.len(), Place::Plain, 0)
                .then_some(())?;
            let Walk {
                mut found,
                functions,
                ..
            } = walk;
            // `nix() { … }` is not nix any more.
            found.retain(|command| !functions.iter().any(|name| *name == *command.name));
            found.sort_by_key(|command| command.at.start());
            Some(found)
        }
    }
}

/// Whether a text may be given to the parser: it overflows the stack on about 2,000 nested `if`, and its time doubles
/// with each level of `((`.
fn within_limits(text: &str) -> bool {
    const OPENERS: [&str; 9] = [
        "if", "while", "until", "for", "case", "select", "{", "do", "then",
    ];
    if text.len() > 1 << 20 || text.lines().any(|line| line.len() > 1 << 16) {
        return false;
    }
    let (mut parens, mut most, mut substitutions, mut braces) = (0u32, 0u32, 0u32, 0u32);
    let mut previous = b' ';
    for byte in text.bytes() {
        match byte {
            b'(' => {
                parens += 1;
                substitutions += u32::from(previous == b'$');
                most = most.max(parens);
            }
            b')' => parens = parens.saturating_sub(1),
            b'{' if previous == b'$' => braces += 1,
            b'}' => braces = braces.saturating_sub(1),
            _ => {}
        }
        if most > 12 || braces > 100 {
            return false;
        }
        previous = byte;
    }
    let mut nested = 0u32;
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|')) {
        if OPENERS.contains(&word) {
            nested += 1;
        } else if matches!(word, "fi" | "done" | "esac" | "}") {
            nested = nested.saturating_sub(2);
        }
        if nested > 200 {
            return false;
        }
    }
    // Backquotes and quotes have no depth, but runs of them are what a hostile text is made of.
    substitutions < 10_000 && text.bytes().filter(|b| *b == b'`').count() < 1000
}

struct Walk<'a> {
    text: &'a Mapped,
    found: Vec<Command>,
    functions: Vec<String>,
}

impl Walk<'_> {
    /// Parses a part of the text and walks its commands. Whether it parsed.
    fn program(&mut self, range: Range<usize>, place: Place, depth: u8) -> bool {
        let text = &self.text.value[range.clone()];
        if !within_limits(text) {
            return false;
        }
        let Ok(program) = Parser::new(text.as_bytes(), &ParserOptions::default()).parse_program()
        else {
            return false;
        };
        let map = Chars::new(text, range.start);
        for list in &program.complete_commands {
            self.list(list, place, depth, &map);
        }
        true
    }

    fn list(&mut self, list: &CompoundList, place: Place, depth: u8, map: &Chars) {
        for item in &list.0 {
            self.and_or(&item.0, place, depth, map);
        }
    }

    fn and_or(&mut self, list: &AndOrList, place: Place, depth: u8, map: &Chars) {
        let mut pipelines: Vec<&Pipeline> = vec![&list.first];
        pipelines.extend(list.additional.iter().map(|it| match it {
            AndOr::And(pipeline) | AndOr::Or(pipeline) => pipeline,
        }));
        let last = pipelines.len() - 1;
        for (index, pipeline) in pipelines.into_iter().enumerate() {
            let place = if place == Place::Plain && (index < last || pipeline.bang) {
                Place::Condition
            } else {
                place
            };
            let ends = pipeline.seq.len().saturating_sub(1);
            for (index, command) in pipeline.seq.iter().enumerate() {
                let place = match (place, ends) {
                    (Place::Plain, 1..) if index < ends => Place::PipeFrom,
                    (Place::Plain, 1..) => Place::PipeTo,
                    (place, _) => place,
                };
                self.command(command, place, depth, map);
            }
        }
    }

    fn command(&mut self, command: &Ast, place: Place, depth: u8, map: &Chars) {
        match command {
            Ast::Simple(simple) => self.simple_command(simple, place, depth, map),
            Ast::Compound(compound, _) => self.compound(compound, place, depth, map),
            Ast::Function(function) => {
                self.functions.push(function.fname.value.clone());
                self.compound(&function.body.0, Place::Plain, depth, map);
            }
            Ast::ExtendedTest(..) => {}
        }
    }

    fn compound(&mut self, compound: &CompoundCommand, place: Place, depth: u8, map: &Chars) {
        match compound {
            CompoundCommand::BraceGroup(group) => self.list(&group.list, place, depth, map),
            CompoundCommand::Subshell(group) => self.list(&group.list, place, depth, map),
            CompoundCommand::ForClause(clause) => {
                for word in clause.values.iter().flatten() {
                    self.substitutions(word, depth, map);
                }
                self.list(&clause.body.list, place, depth, map);
            }
            CompoundCommand::ArithmeticForClause(clause) => {
                self.list(&clause.body.list, place, depth, map)
            }
            CompoundCommand::CaseClause(clause) => {
                self.substitutions(&clause.value, depth, map);
                for case in &clause.cases {
                    if let Some(list) = &case.cmd {
                        self.list(list, place, depth, map);
                    }
                }
            }
            CompoundCommand::IfClause(clause) => {
                self.list(&clause.condition, Place::Condition, depth, map);
                self.list(&clause.then, place, depth, map);
                for other in clause.elses.iter().flatten() {
                    if let Some(condition) = &other.condition {
                        self.list(condition, Place::Condition, depth, map);
                    }
                    self.list(&other.body, place, depth, map);
                }
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.list(&clause.0, Place::Condition, depth, map);
                self.list(&clause.1.list, place, depth, map);
            }
            CompoundCommand::Coprocess(process) => self.command(&process.body, place, depth, map),
            CompoundCommand::Arithmetic(_) => {}
        }
    }

    fn simple_command(&mut self, command: &SimpleCommand, place: Place, depth: u8, map: &Chars) {
        let mut words = Vec::new();
        let mut redirects = Vec::new();
        let mut heredocs = Vec::new();
        let prefix = command.prefix.iter().flat_map(|it| &it.0);
        let suffix = command.suffix.iter().flat_map(|it| &it.0);
        for item in prefix {
            self.item(
                item,
                depth,
                map,
                &mut Vec::new(),
                &mut redirects,
                &mut heredocs,
            );
        }
        if let Some(name) = &command.word_or_name {
            self.substitutions(name, depth, map);
            words.extend(map.span(name.loc.as_ref()).map(|range| self.word(range)));
        }
        for item in suffix {
            self.item(item, depth, map, &mut words, &mut redirects, &mut heredocs);
        }
        // `bash <<EOF` runs its text.
        if matches!(
            words.first().map(|word| base_name(&word.text)),
            Some("bash" | "sh" | "ssh")
        ) && depth < DEPTH
        {
            for body in heredocs {
                self.program(body, place, depth + 1);
            }
        }
        self.simple(words, redirects, place, depth);
    }

    fn item(
        &mut self,
        item: &Item,
        depth: u8,
        map: &Chars,
        words: &mut Vec<Word>,
        redirects: &mut Vec<Redirect>,
        heredocs: &mut Vec<Range<usize>>,
    ) {
        match item {
            Item::Word(word) => {
                self.substitutions(word, depth, map);
                words.extend(map.span(word.loc.as_ref()).map(|range| self.word(range)));
            }
            Item::AssignmentWord(assignment, _) => {
                // The value has no place of its own: what stands behind `=` is looked through for `$(…)`.
                if let Some(range) = map.span(Some(&assignment.loc)) {
                    self.substitutions_in(range.clone(), depth);
                    words.push(self.word(range));
                }
            }
            Item::ProcessSubstitution(_, shell) => {
                self.list(&shell.list, Place::Substitution, depth, map)
            }
            Item::IoRedirect(redirect) => match redirect {
                IoRedirect::File(descriptor, kind, target) => {
                    let standard = match kind {
                        IoFileRedirectKind::Read
                        | IoFileRedirectKind::ReadAndWrite
                        | IoFileRedirectKind::DuplicateInput => 0,
                        _ => 1,
                    };
                    let target = match target {
                        IoFileRedirectTarget::Filename(word) => Some(word.value.as_str().into()),
                        IoFileRedirectTarget::ProcessSubstitution(_, shell) => {
                            self.list(&shell.list, Place::Substitution, depth, map);
                            None
                        }
                        _ => None,
                    };
                    redirects.push(Redirect {
                        descriptor: Descriptor::One(descriptor.unwrap_or(standard)),
                        target,
                    });
                }
                IoRedirect::OutputAndError(word, _) => {
                    redirects.push(Redirect {
                        descriptor: Descriptor::Both,
                        target: Some(word.value.as_str().into()),
                    });
                }
                IoRedirect::HereString(_, word) => self.substitutions(word, depth, map),
                IoRedirect::HereDocument(_, document) => {
                    // Its body has no place: the text is looked for behind the marker.
                    let after = map
                        .span(document.here_end.loc.as_ref())
                        .map_or(map.offset, |range| range.end);
                    if !document.doc.value.is_empty()
                        && let Some(at) = self.text.value[after..].find(&document.doc.value)
                    {
                        heredocs.push(after + at..after + at + document.doc.value.len());
                    }
                }
            },
        }
    }

    /// One word of the text, without quotes.
    fn word(&self, range: Range<usize>) -> Word {
        // The parser counts a line that goes on (`\\` at its end) to the word that follows.
        let whole = &self.text.value[range.clone()];
        let mut raw = whole.trim_start();
        while let Some(rest) = raw.strip_prefix("\\\n") {
            raw = rest.trim_start();
        }
        let range = range.end - raw.len()..range.end;
        let (text, literal) = unquote(raw, &self.text.hints);
        Word {
            text: text.into(),
            literal,
            at: self.text.source(range),
        }
    }

    fn substitutions(&mut self, word: &AstWord, depth: u8, map: &Chars) {
        if let Some(range) = map.span(word.loc.as_ref()) {
            self.substitutions_in(range, depth);
        }
    }

    /// The programs in `$(…)` and backquotes of a word.
    fn substitutions_in(&mut self, range: Range<usize>, depth: u8) {
        if depth >= DEPTH {
            return;
        }
        for inner in substitutions(&self.text.value[range.clone()]) {
            self.program(
                range.start + inner.start..range.start + inner.end,
                Place::Substitution,
                depth + 1,
            );
        }
    }

    /// A command with its words: takes wrappers off, and follows programs that are given as text.
    fn simple(
        &mut self,
        mut words: Vec<Word>,
        redirects: Vec<Redirect>,
        mut place: Place,
        depth: u8,
    ) {
        let mut wrappers: Vec<Box<str>> = Vec::new();
        loop {
            let Some(first) = words.first() else { return };
            let name: Box<str> = base_name(&first.text).into();
            if name.is_empty() || name.contains(UNKNOWN) {
                return;
            }
            // `--version` and the like leave nothing to run.
            match unwrap(&name, &words) {
                Wrapped::Words(rest) => {
                    wrappers.push(name);
                    words.drain(..rest.min(words.len()));
                }
                Wrapped::Fragment(index) => {
                    wrappers.push(name);
                    words.drain(..index);
                    if words.len() > 1 {
                        words.remove(1);
                    }
                    if let Some(word) = words.first_mut() {
                        word.text = word.text.rsplit('#').next().unwrap_or_default().into();
                    }
                }
                Wrapped::Guard(rest) => {
                    place = Place::Guard;
                    wrappers.push(name);
                    words.drain(..rest.min(words.len()));
                }
                Wrapped::Text(index) => {
                    if let Some(word) = words.get(index)
                        && depth < DEPTH
                        && let Some(range) = self.inside(word)
                    {
                        let place = if &*name == "trap" { Place::Trap } else { place };
                        let from = self.found.len();
                        if !self.program(range, place, depth + 1) {
                            self.found.truncate(from);
                        }
                        for command in &mut self.found[from..] {
                            command.wrappers.insert(0, name.clone());
                        }
                    }
                    return;
                }
                Wrapped::No => {
                    let at = first
                        .at
                        .cover(words.last().map_or(first.at, |word| word.at));
                    let name_at = first.at;
                    words.remove(0);
                    self.found.push(Command {
                        name,
                        name_at,
                        arguments: words,
                        wrappers,
                        redirects,
                        place,
                        at,
                    });
                    return;
                }
            }
        }
    }

    /// The range of the text inside the quotes of a word that is one quoted text without escapes.
    fn inside(&self, word: &Word) -> Option<Range<usize>> {
        let start = self.find(word)?;
        let raw = &self.text.value[start.clone()];
        let quote = raw.chars().next()?;
        let body = match quote {
            '\'' | '"' => raw.strip_prefix(quote)?.strip_suffix(quote)?,
            _ => return Some(start),
        };
        (!body.contains(quote) && !body.contains('\\')).then_some(start.start + 1..start.end - 1)
    }

    /// The range in the text that a word came from.
    fn find(&self, word: &Word) -> Option<Range<usize>> {
        // Words carry only their place in the file; the text is short, so look for the run that maps there.
        let mut start = None;
        for (at, _) in self.text.value.char_indices() {
            let here = self.text.source(at..at + 1);
            if start.is_none() && here.start() == word.at.start() {
                start = Some(at);
            }
            if let Some(start) = start
                && here.end() >= word.at.end()
            {
                let end = at
                    + self.text.value[at..]
                        .chars()
                        .next()
                        .map_or(0, char::len_utf8);
                return Some(start..end);
            }
        }
        None
    }
}

/// Character positions of the parser as byte ranges of the whole text.
struct Chars {
    offset: usize,
    len: usize,
    /// The byte offset of every character; empty when all are ASCII.
    starts: Vec<usize>,
}

impl Chars {
    fn new(text: &str, offset: usize) -> Chars {
        let starts = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(at, _)| at).collect()
        };
        Chars {
            offset,
            len: text.len(),
            starts,
        }
    }

    fn span(&self, span: Option<&SourceSpan>) -> Option<Range<usize>> {
        let span = span?;
        let (start, end) = (self.byte(span.start.index), self.byte(span.end.index));
        (start <= end).then(|| self.offset + start..self.offset + end)
    }

    fn byte(&self, character: usize) -> usize {
        if self.starts.is_empty() {
            return character.min(self.len);
        }
        self.starts.get(character).copied().unwrap_or(self.len)
    }
}

fn base_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

enum Wrapped {
    /// The first n words only wrap the rest.
    Words(usize),
    /// The n-th word is an installable, `nixpkgs#nixos-rebuild`, whose fragment is the program; `--` follows.
    Fragment(usize),
    /// The rest is only asked for, not run.
    Guard(usize),
    /// The n-th word is a program.
    Text(usize),
    /// No wrapper.
    No,
}

/// What the first word of a command does with the others.
fn unwrap(name: &str, words: &[Word]) -> Wrapped {
    // Words from `from` on that are options, with the values that some of them take; then `extra` operands.
    let after_options = |from: usize, values: &[&str], extra: usize| {
        let mut at = from;
        while let Some(word) = words.get(at) {
            if &*word.text == "--" {
                at += 1;
                break;
            }
            if !word.text.starts_with('-') || word.text.len() < 2 {
                break;
            }
            at += if values.contains(&&*word.text) { 2 } else { 1 };
        }
        at + extra
    };
    let flag = |name: &str| words.iter().position(|word| &*word.text == name);
    match name {
        "sudo" | "doas" | "run0" | "pkexec" => {
            let mut at = after_options(
                1,
                &[
                    "-u", "-g", "-h", "-p", "-C", "-D", "-r", "-t", "-T", "-U", "--user",
                    "--group", "--chdir", "--host", "--prompt",
                ],
                0,
            );
            while words.get(at).is_some_and(is_assignment) {
                at += 1;
            }
            Wrapped::Words(at)
        }
        "env" => {
            let mut at = after_options(
                1,
                &["-u", "--unset", "-C", "--chdir", "-S", "--split-string"],
                0,
            );
            while words.get(at).is_some_and(is_assignment) {
                at += 1;
            }
            Wrapped::Words(at)
        }
        "command" => match words.get(1).map(|word| &*word.text) {
            Some("-v" | "-V") => Wrapped::Guard(2),
            _ => Wrapped::Words(after_options(1, &[], 0)),
        },
        "type" | "which" | "hash" | "whereis" => Wrapped::Guard(after_options(1, &[], 0)),
        "exec" | "builtin" | "nohup" | "setsid" | "time" | "nom" | "noglob" | "then" | "else"
        | "do" => Wrapped::Words(after_options(1, &["-a"], 0)),
        "nice" | "ionice" => Wrapped::Words(after_options(
            1,
            &["-n", "-c", "--adjustment", "--class", "--classdata"],
            0,
        )),
        "timeout" => Wrapped::Words(after_options(
            1,
            &["-k", "-s", "--kill-after", "--signal"],
            1,
        )),
        "watch" => Wrapped::Words(after_options(1, &["-n", "--interval"], 0)),
        "xargs" => Wrapped::Words(after_options(
            1,
            &["-n", "-P", "-I", "-d", "-L", "-E", "-s", "-a"],
            0,
        )),
        "chroot" => Wrapped::Words(after_options(1, &[], 1)),
        "systemd-run" => Wrapped::Words(after_options(
            1,
            &[
                "-p",
                "--property",
                "-u",
                "--unit",
                "-M",
                "--machine",
                "-E",
                "--setenv",
            ],
            0,
        )),
        "ssh" => {
            let at = after_options(
                1,
                &[
                    "-p", "-i", "-l", "-o", "-F", "-J", "-L", "-R", "-D", "-E", "-S", "-W", "-b",
                    "-c", "-e", "-m",
                ],
                1,
            );
            match words.len().saturating_sub(at) {
                0 => Wrapped::No,
                1 => Wrapped::Text(at),
                _ => Wrapped::Words(at),
            }
        }
        "bash" | "sh" | "dash" | "zsh" | "su" | "nixos-enter" => match flag("-c")
            .or_else(|| flag("--command"))
            .or_else(|| flag("-lc"))
            .or_else(|| flag("-ec"))
        {
            Some(at) => Wrapped::Text(at + 1),
            None => Wrapped::No,
        },
        "nix-shell" => match flag("--run").or_else(|| flag("--command")) {
            Some(at) => Wrapped::Text(at + 1),
            None => Wrapped::No,
        },
        "trap" => Wrapped::Text(1),
        "eval" if words.len() == 2 => Wrapped::Text(1),
        "direnv" if words.get(1).is_some_and(|word| &*word.text == "exec") => Wrapped::Words(3),
        "nix" => match words.get(1).map(|word| &*word.text) {
            Some("shell" | "develop") => match flag("-c").or_else(|| flag("--command")) {
                Some(at) => Wrapped::Words(at + 1),
                None => Wrapped::No,
            },
            Some("run") => {
                // `nix run nixpkgs#nixos-rebuild -- switch`: the fragment is the program.
                let dashes = flag("--");
                let end = dashes.unwrap_or(words.len());
                let installable = words
                    .get(2..end)
                    .and_then(|middle| middle.iter().position(|word| word.text.contains('#')));
                match installable {
                    Some(at) if dashes.is_some_and(|dashes| at + 3 == dashes) => {
                        Wrapped::Fragment(at + 2)
                    }
                    _ => Wrapped::No,
                }
            }
            _ => Wrapped::No,
        },
        _ => Wrapped::No,
    }
}

fn is_assignment(word: &Word) -> bool {
    let Some((name, _)) = word.text.split_once('=') else {
        return false;
    };
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A word without its quotes, and whether all of it is known.
fn unquote(raw: &str, hints: &[Option<Box<str>>]) -> (String, bool) {
    let mut text = String::with_capacity(raw.len());
    let mut literal = true;
    let mut quote = None;
    let mut characters = raw.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (character, quote) {
            (HOLE_START, _) => {
                let mut number = String::new();
                for (_, digit) in characters.by_ref() {
                    if digit == HOLE_END {
                        break;
                    }
                    number.push(digit);
                }
                match number
                    .parse()
                    .ok()
                    .and_then(|number: usize| hints.get(number))
                    .and_then(Option::as_ref)
                {
                    Some(hint) => text.push_str(hint),
                    None => {
                        literal = false;
                        text.push(UNKNOWN);
                    }
                }
            }
            ('\'', None) => quote = Some('\''),
            ('"', None) => quote = Some('"'),
            ('\'', Some('\'')) | ('"', Some('"')) => quote = None,
            (_, Some('\'')) => text.push(character),
            ('\\', None) => match characters.next() {
                // A line that goes on.
                None | Some((_, '\n')) => {}
                Some((_, escaped)) => text.push(escaped),
            },
            ('\\', Some(_)) => match characters.next() {
                None | Some((_, '\n')) => {}
                Some((_, escaped @ ('$' | '`' | '"' | '\\'))) => text.push(escaped),
                Some((_, other)) => {
                    text.push('\\');
                    text.push(other);
                }
            },
            ('`', _) | ('$', _) => {
                literal = false;
                text.push(UNKNOWN);
                let end = expansion_end(raw, at);
                while characters.peek().is_some_and(|(at, _)| *at < end) {
                    characters.next();
                }
            }
            ('*' | '?' | '[', None) => {
                literal = false;
                text.push(character);
            }
            (character, _) => text.push(character),
        }
    }
    (text, literal)
}

/// Where an expansion that begins at `at` ends: behind `$name`, `${…}`, `$(…)`, `` `…` ``.
fn expansion_end(raw: &str, at: usize) -> usize {
    let bytes = raw.as_bytes();
    if bytes[at] == b'`' {
        return raw[at + 1..].find('`').map_or(raw.len(), |it| at + it + 2);
    }
    match bytes.get(at + 1) {
        Some(open @ (b'(' | b'{')) => {
            let close = if *open == b'(' { b')' } else { b'}' };
            let mut depth = 0usize;
            let mut quote = 0u8;
            let mut escaped = false;
            for (index, byte) in bytes.iter().enumerate().skip(at + 1) {
                match *byte {
                    _ if escaped => escaped = false,
                    b'\\' if quote != b'\'' => escaped = true,
                    byte if quote != 0 && byte == quote => quote = 0,
                    _ if quote != 0 => {}
                    byte @ b'\'' => quote = byte,
                    byte if byte == *open => depth += 1,
                    byte if byte == close => {
                        depth -= 1;
                        if depth == 0 {
                            return index + 1;
                        }
                    }
                    _ => {}
                }
            }
            raw.len()
        }
        Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => {
            let name = raw[at + 1..]
                .bytes()
                .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
                .count();
            at + 1 + name
        }
        Some(byte) if byte.is_ascii() => at + 2,
        _ => at + 1,
    }
}

/// The ranges of the programs in `$(…)` and backquotes of a word, outermost ones only.
fn substitutions(raw: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let bytes = raw.as_bytes();
    let mut at = 0;
    let mut single = false;
    let mut double = false;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' if !double => single = !single,
            b'"' if !single => double = !double,
            b'\\' if !single => at += 1,
            b'`' if !single => {
                let end = expansion_end(raw, at);
                found.push(at + 1..end.saturating_sub(1).max(at + 1));
                at = end;
                continue;
            }
            b'$' if !single && bytes.get(at + 1) == Some(&b'(') => {
                let end = expansion_end(raw, at);
                // `$((…))` is arithmetic.
                if bytes.get(at + 2) != Some(&b'(') && raw[..end].ends_with(')') {
                    found.push(at + 2..end - 1);
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found.retain(|range| raw.is_char_boundary(range.start) && raw.is_char_boundary(range.end));
    found
}

/// The words of a text that no shell sees: split at white space outside quotes.
fn split_words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (character, quote) {
            (c, Some(q)) if c == q => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => {
                quote = Some(character);
                start.get_or_insert(at);
            }
            (c, None) if c.is_whitespace() => words.extend(start.take().map(|start| start..at)),
            _ => {
                start.get_or_insert(at);
            }
        }
    }
    words.extend(start.map(|start| start..text.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Role;

    fn check(text: &str, expected: &[&str]) {
        let mut mapped = Mapped::default();
        mapped.verbatim(text, 0);
        let source = Source {
            lang: Lang::Bash,
            role: Role::Script,
            at: Default::default(),
            alias: None,
            text: mapped,
        };
        let found: Option<Vec<String>> = commands(&source).map(|found| {
            found
                .iter()
                .map(|command| {
                    for word in &command.arguments {
                        let there = &text[word.at];
                        assert!(
                            !word.literal
                                || there.contains(&*word.text)
                                || there.contains(['\\', '\'', '"']),
                            "{there:?} {word:?}"
                        );
                    }
                    let words: Vec<&str> = std::iter::once(&*command.name)
                        .chain(command.arguments.iter().map(|word| &*word.text))
                        .collect();
                    format!("{:?} {}", command.place, words.join(" "))
                })
                .collect()
        });
        let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        assert_eq!(
            found.unwrap_or_else(|| vec!["does not parse".to_owned()]),
            expected,
            "{text}"
        );
    }

    #[test]
    fn commands_in_command_position() {
        check(
            "a 1; b 2 && c | d",
            &["Plain a 1", "Condition b 2", "PipeFrom c", "PipeTo d"],
        );
        check(
            "if a; then b; else c; fi",
            &["Condition a", "Plain b", "Plain c"],
        );
        check(
            "! a; while b; do c; done; f() { d; }",
            &["Condition a", "Condition b", "Plain c", "Plain d"],
        );
        check("x -f 'a b' \\\n  -iA jq", &["Plain x -f a b -iA jq"]);
        check(
            "if ! command -v jq; then\n  /x/y -f 'a' \\\n    -iA jq\nfi",
            &["Guard jq", "Plain y -f a -iA jq"],
        );
        check("e=é a é \"ü b\"; c", &["Plain a é ü b", "Plain c"]);
    }

    #[test]
    fn programs_inside_words() {
        check(
            "x=$(a 1) b \"$(c 2)\" `d`",
            &[
                "Substitution a 1",
                "Plain b ￼ ￼",
                "Substitution c 2",
                "Substitution d",
            ],
        );
        check("ssh \"root@$1\" 'a -i vim'", &["Plain a -i vim"]);
        check("bash -c \"sh -c 'a b'\"", &["Plain a b"]);
        check("bash <<EOF\na b\nEOF\n", &["Plain bash", "Plain a b"]);
        check("cat <<EOF\na b\nEOF\n", &["Plain cat"]);
        check(
            "diff <(a) <(b)",
            &["Plain diff", "Substitution a", "Substitution b"],
        );
        check("trap 'a b' EXIT", &["Trap a b"]);
    }

    #[test]
    fn wrappers_are_taken_off() {
        check("sudo -u me env A=1 a b", &["Plain a b"]);
        check("sudo -E -- a", &["Plain a"]);
        check("exec timeout -k 1 5 nice -n 3 a", &["Plain a"]);
        check("nix run nixpkgs#a -- b", &["Plain a b"]);
        check("nix shell nixpkgs#a -c b c", &["Plain b c"]);
        check("nix-shell -p x --run 'b c'", &["Plain b c"]);
        check("find . | xargs -n 1 a", &["PipeFrom find .", "PipeTo a"]);
    }

    #[test]
    fn what_does_not_parse_gives_nothing() {
        check("for x in a; do\n b\nend", &["does not parse"]);
        check("a 'b", &["does not parse"]);
        check("nix() { :; }\nnix build", &["Plain :"]);
    }

    #[test]
    fn hostile_texts_end_soon() {
        let n = 120_000;
        for unit in [
            "(",
            "((",
            "$(",
            "`",
            "'",
            "\"",
            "if a; then ",
            "{ ",
            "<<A\n",
            "a | ",
            "a && ",
            "\\",
            "${",
            "$((",
            "case a in b) ",
            "while a; do ",
            "[[ ",
            "a=(",
            "<(",
            "!",
            "f() ",
        ] {
            // Lines longer than 64 KiB are not looked at: break them.
            let text = format!("{}\n", unit.repeat(1 + 60_000 / unit.len())).repeat(n / 60_000);
            let text = if unit.len() % 2 == 0 {
                text
            } else {
                text.replace(unit, &format!("{unit}\n"))
            };
            let mut mapped = Mapped::default();
            mapped.verbatim(&text, 0);
            let source = Source {
                lang: Lang::Bash,
                role: Role::Script,
                at: Default::default(),
                alias: None,
                text: mapped,
            };
            let start = std::time::Instant::now();
            let worker = std::thread::Builder::new()
                .stack_size(16 << 20)
                .spawn(move || commands(&source).map(|it| it.len()));
            let _ = worker.unwrap().join().expect("no panic");
            println!("{unit:?}: {:?}", start.elapsed());
        }
    }
}
