//! From shell text to commands, with brush-parser.
//!
//! Goal: the commands in command position, behind their wrappers. Limits: text over a bound (nesting, length) is not
//! given to the parser, which overflows or takes exponential time there; text that does not parse gives nothing.

use std::ops::Range;

use brush_parser::ast::{
    AndOr, AndOrList, Command as Ast, CommandPrefixOrSuffixItem as Item, CompoundCommand,
    CompoundList, ExtendedTestExpr, IoFileRedirectKind, IoFileRedirectTarget, IoRedirect, Pipeline,
    SimpleCommand, Word as AstWord,
};
use brush_parser::{ParserOptions, SourceSpan, Token, TokenizerOptions};
use syntax::strings::{HOLE_END, HOLE_START};

use super::options;
use super::text::{Mapped, Source};
use super::{After, Command, Descriptor, Lang, Place, Redirect, UNKNOWN, Word};

/// How deep programs are taken out of words: `sh -c "bash -c '…'"`, `$( $( … ) )`.
const DEPTH: u8 = 3;

/// The commands of a text, and the lists that they stand in.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) commands: Vec<Command>,
    pub(super) lists: Vec<Option<u32>>,
}

/// The commands of a text; `None` when it does not parse or is over a limit.
pub(super) fn commands(source: &Source) -> Option<Found> {
    let text = &source.text;
    let mut walk = Walk {
        text,
        found: Vec::new(),
        lists: vec![None],
        functions: Vec::new(),
    };
    let spot = Spot {
        place: Place::Plain,
        after: After::Nothing,
        list: 0,
        depth: 0,
    };
    match source.lang {
        Lang::Words => {
            // The prefixes of systemd: `-`, `@`, `+`, `!`, `:`.
            let words: Vec<Part> = split_words(&text.value)
                .into_iter()
                .enumerate()
                .map(|(index, range)| {
                    let raw = &text.value[range.clone()];
                    let rest = raw.trim_start_matches(['@', '-', ':', '+', '!']);
                    let skip = if index == 0 {
                        raw.len() - rest.len()
                    } else {
                        0
                    };
                    walk.word(range.start + skip..range.end)
                })
                .collect();
            walk.simple(words, Vec::new(), Vec::new(), spot);
        }
        Lang::Bash => walk
            .program(source.skip..text.value.len(), spot)
            .then_some(())?,
    }
    let Walk {
        mut found,
        lists,
        functions,
        ..
    } = walk;
    // `nix() { … }` is not nix any more.
    found.retain(|command| !functions.iter().any(|name| *name == *command.name));
    found.sort_by_key(|command| command.at.start());
    Some(Found {
        commands: found,
        lists,
    })
}

/// Whether a text may be given to the tokenizer, which recurses into `$(`, `${` and backquotes.
fn may_be_cut(text: &str) -> bool {
    if text.len() > 1 << 20 || text.lines().any(|line| line.len() > 1 << 16) {
        return false;
    }
    let (mut substitutions, mut backquotes) = (0u32, 0u32);
    let mut previous = b' ';
    for byte in text.bytes() {
        match byte {
            b'(' | b'{' if previous == b'$' => substitutions += 1,
            b'`' => backquotes += 1,
            _ => {}
        }
        previous = byte;
    }
    // Closing brackets may hide in quotes, so only the number of the opening ones is a bound.
    substitutions < 2_000 && backquotes < 1_000
}

/// Whether tokens may be given to the parser. It overflows the stack on about 2,000 nested `if`, and takes twice the time
/// for each level of `((`, of `case` without `;;`, and of `<(` that never ends.
fn may_be_parsed(tokens: &[Token]) -> bool {
    /// What stands open.
    #[derive(PartialEq)]
    enum Open {
        Paren,
        Case,
        Other,
    }
    let mut open: Vec<Open> = Vec::new();
    // Parentheses alone: as arithmetic sees them.
    let (mut parens, mut doubling) = (0u32, 0u32);
    let (mut bangs, mut coprocesses, mut tests) = (0u32, 0u32, 0u32);
    // Whether a reserved word would be one here.
    let mut begins = true;
    // Behind `function` a name stands first, behind `time` perhaps `-p`.
    let (mut names, mut timed) = (false, false);
    for token in tokens {
        match token {
            Token::Operator(operator, _) => {
                match operator.as_str() {
                    "(" => {
                        parens += 1;
                        doubling += 1;
                        open.push(Open::Paren);
                    }
                    ")" => {
                        parens = parens.saturating_sub(1);
                        if open.last() == Some(&Open::Paren) {
                            doubling -= 1;
                            open.pop();
                        }
                    }
                    "&&" | "||" => tests += 1,
                    "\n" => tests = 0,
                    _ => {}
                }
                begins = !operator.starts_with(['<', '>']);
                bangs = 0;
            }
            Token::Word(word, _) => {
                // The parser panics on the number of a descriptor that is none.
                if word.len() > 9 && word.bytes().all(|it| it.is_ascii_digit()) {
                    return false;
                }
                let mut goes_on = std::mem::take(&mut names);
                let was_timed = std::mem::take(&mut timed);
                match word.as_str() {
                    "function" if begins => names = true,
                    "-p" if was_timed => goes_on = true,
                    "!" => {
                        bangs += 1;
                        goes_on = begins;
                    }
                    "{" => {
                        open.push(Open::Other);
                        goes_on = true;
                    }
                    "coproc" => coprocesses += 1,
                    "if" | "while" | "until" | "for" | "select" if begins => {
                        open.push(Open::Other);
                        goes_on = matches!(word.as_str(), "if" | "while" | "until");
                    }
                    "case" if begins => {
                        doubling += 1;
                        open.push(Open::Case);
                    }
                    "then" | "do" | "else" | "elif" | "time" if begins => {
                        goes_on = true;
                        timed = word == "time";
                    }
                    "esac" if begins => {
                        if let Some(at) = open.iter().rposition(|it| *it == Open::Case) {
                            for it in open.drain(at..) {
                                doubling -= u32::from(it != Open::Other);
                            }
                        }
                    }
                    "fi" | "done" | "}" if begins && open.last() == Some(&Open::Other) => {
                        open.pop();
                    }
                    _ => {}
                }
                begins = goes_on;
            }
        }
        if parens > 8
            || doubling > 8
            || open.len() > 100
            || bangs > 50
            || coprocesses > 2
            || tests > 500
        {
            return false;
        }
    }
    true
}

/// Where a command is met.
#[derive(Clone, Copy)]
struct Spot {
    place: Place,
    after: After,
    list: u32,
    depth: u8,
}

/// A word with its range in the text.
struct Part {
    word: Word,
    range: Range<usize>,
}

struct Walk<'a> {
    text: &'a Mapped,
    found: Vec<Command>,
    lists: Vec<Option<u32>>,
    functions: Vec<String>,
}

/// What a simple command is made of.
#[derive(Default)]
struct Pieces {
    words: Vec<Part>,
    assignments: Vec<Word>,
    redirects: Vec<Redirect>,
    /// The markers of here-documents: where each ends, and the body.
    heredocs: Vec<(usize, String)>,
    /// Words and ranges that may hold `$(…)`.
    inner: Vec<Range<usize>>,
}

impl Walk<'_> {
    /// Parses a part of the text and walks its commands. Whether it parsed.
    fn program(&mut self, range: Range<usize>, spot: Spot) -> bool {
        let text = &self.text.value[range.clone()];
        if !may_be_cut(text) {
            return false;
        }
        let options = ParserOptions::default();
        let cut = TokenizerOptions {
            enable_extended_globbing: options.enable_extended_globbing,
            posix_mode: options.posix_mode,
            sh_mode: options.sh_mode,
        };
        let Ok(tokens) = brush_parser::uncached_tokenize_str(text, &cut) else {
            return false;
        };
        if !may_be_parsed(&tokens) {
            return false;
        }
        let Ok(program) = brush_parser::parse_tokens(&tokens, &options) else {
            return false;
        };
        let map = Chars::new(text, range.start);
        for list in &program.complete_commands {
            self.list(list, spot, &map);
        }
        true
    }

    /// A spot in a list of its own.
    fn nested(&mut self, spot: Spot) -> Spot {
        let list = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        self.lists.push(Some(spot.list));
        Spot { list, ..spot }
    }

    fn list(&mut self, list: &CompoundList, spot: Spot, map: &Chars) {
        for item in &list.0 {
            self.and_or(&item.0, spot, map);
        }
    }

    fn inner_list(&mut self, list: &CompoundList, spot: Spot, map: &Chars) {
        let spot = self.nested(spot);
        self.list(list, spot, map);
    }

    fn and_or(&mut self, list: &AndOrList, spot: Spot, map: &Chars) {
        // What follows each pipeline, from the end on.
        let mut after = vec![spot.after];
        for next in list.additional.iter().rev() {
            let behind = *after.last().unwrap_or(&spot.after);
            after.push(match next {
                AndOr::Or(pipeline) if is_true(pipeline) => After::OrTrue,
                AndOr::Or(_) => After::Or,
                AndOr::And(_) if behind == After::Nothing => After::And,
                AndOr::And(_) => behind,
            });
        }
        let last = list.additional.len();
        let additional = list.additional.iter().map(|it| match it {
            AndOr::And(pipeline) | AndOr::Or(pipeline) => pipeline,
        });
        for (index, pipeline) in std::iter::once(&list.first).chain(additional).enumerate() {
            let mut here = Spot {
                after: after[last - index],
                ..spot
            };
            if index < last || pipeline.bang {
                here.place = Place::Condition;
            }
            let ends = pipeline.seq.len().saturating_sub(1);
            for (index, command) in pipeline.seq.iter().enumerate() {
                let place = match here.place {
                    Place::Condition => Place::Condition,
                    _ if index < ends => Place::PipeFrom,
                    Place::Plain if ends > 0 => Place::PipeTo,
                    place => place,
                };
                self.command(command, Spot { place, ..here }, map);
            }
        }
    }

    fn command(&mut self, command: &Ast, spot: Spot, map: &Chars) {
        match command {
            Ast::Simple(simple) => self.simple_command(simple, spot, map),
            Ast::Compound(compound, _) => self.compound(compound, spot, map),
            Ast::Function(function) => {
                self.functions.push(function.fname.value.clone());
                let list = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
                self.lists.push(None);
                let body = Spot {
                    place: Place::Plain,
                    after: After::Nothing,
                    list,
                    ..spot
                };
                self.compound(&function.body.0, body, map);
            }
            Ast::ExtendedTest(test, _) => self.test(&test.expr, spot, map),
        }
    }

    /// The words of `[[ … ]]`.
    fn test(&mut self, test: &ExtendedTestExpr, spot: Spot, map: &Chars) {
        let spot = Spot {
            place: Place::Condition,
            ..spot
        };
        let mut todo = vec![test];
        while let Some(test) = todo.pop() {
            match test {
                ExtendedTestExpr::And(left, right) | ExtendedTestExpr::Or(left, right) => {
                    todo.extend([&**left, &**right]);
                }
                ExtendedTestExpr::Not(inner) | ExtendedTestExpr::Parenthesized(inner) => {
                    todo.push(inner);
                }
                ExtendedTestExpr::UnaryTest(_, word) => self.substitutions(word, spot, map),
                ExtendedTestExpr::BinaryTest(_, left, right) => {
                    self.substitutions(left, spot, map);
                    self.substitutions(right, spot, map);
                }
            }
        }
    }

    fn compound(&mut self, compound: &CompoundCommand, spot: Spot, map: &Chars) {
        let condition = Spot {
            place: Place::Condition,
            ..spot
        };
        match compound {
            CompoundCommand::BraceGroup(group) => self.list(&group.list, spot, map),
            CompoundCommand::Subshell(group) => self.inner_list(&group.list, spot, map),
            CompoundCommand::ForClause(clause) => {
                for word in clause.values.iter().flatten() {
                    self.substitutions(word, spot, map);
                }
                self.inner_list(&clause.body.list, spot, map);
            }
            CompoundCommand::ArithmeticForClause(clause) => {
                self.inner_list(&clause.body.list, spot, map)
            }
            CompoundCommand::CaseClause(clause) => {
                self.substitutions(&clause.value, spot, map);
                for case in &clause.cases {
                    if let Some(list) = &case.cmd {
                        self.inner_list(list, spot, map);
                    }
                }
            }
            CompoundCommand::IfClause(clause) => {
                self.inner_list(&clause.condition, condition, map);
                self.inner_list(&clause.then, spot, map);
                for other in clause.elses.iter().flatten() {
                    if let Some(test) = &other.condition {
                        self.inner_list(test, condition, map);
                    }
                    self.inner_list(&other.body, spot, map);
                }
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.inner_list(&clause.0, condition, map);
                self.inner_list(&clause.1.list, spot, map);
            }
            CompoundCommand::Coprocess(process) => self.command(&process.body, spot, map),
            CompoundCommand::Arithmetic(_) => {}
        }
    }

    fn simple_command(&mut self, command: &SimpleCommand, spot: Spot, map: &Chars) {
        let mut pieces = Pieces::default();
        for item in command.prefix.iter().flat_map(|it| &it.0) {
            self.item(item, spot, map, &mut pieces);
        }
        // What stands before the name are assignments.
        let assignments = std::mem::take(&mut pieces.words);
        pieces.assignments = assignments.into_iter().map(|part| part.word).collect();
        if let Some(range) = command
            .word_or_name
            .as_ref()
            .and_then(|name| map.span(name.loc.as_ref()))
        {
            pieces.inner.push(range.clone());
            pieces.words.push(self.word(range));
        }
        for item in command.suffix.iter().flat_map(|it| &it.0) {
            self.item(item, spot, map, &mut pieces);
        }
        let name = pieces.words.first().map(|part| base_name(&part.word.text));
        // What `[ -n "$(…)" ]` asks is a condition, what `echo "$(…)"` takes is not.
        let inner = Spot {
            place: match (spot.place, name) {
                (Place::Condition, _) | (_, Some("[" | "test")) => Place::Condition,
                _ => Place::Substitution,
            },
            ..spot
        };
        // `bash <<EOF` runs its text.
        if matches!(name, Some("bash" | "sh" | "ssh")) && spot.depth < DEPTH {
            for (from, body) in std::mem::take(&mut pieces.heredocs) {
                // The body has no place: it stands somewhere behind the marker.
                if let Some(at) = self.text.value[from..].find(&body) {
                    let nested = self.nested(spot);
                    let deeper = Spot {
                        depth: spot.depth + 1,
                        ..nested
                    };
                    self.program(from + at..from + at + body.len(), deeper);
                }
            }
        }
        for range in std::mem::take(&mut pieces.inner) {
            self.substitutions_in(range, inner);
        }
        self.simple(pieces.words, pieces.assignments, pieces.redirects, spot);
    }

    fn item(&mut self, item: &Item, spot: Spot, map: &Chars, pieces: &mut Pieces) {
        let inner = Spot {
            place: Place::Substitution,
            ..spot
        };
        match item {
            Item::Word(word) => {
                if let Some(range) = map.span(word.loc.as_ref()) {
                    pieces.inner.push(range.clone());
                    pieces.words.push(self.word(range));
                }
            }
            Item::AssignmentWord(assignment, _) => {
                // The value has no place of its own: what stands behind `=` is looked through for `$(…)`.
                if let Some(range) = map.span(Some(&assignment.loc)) {
                    pieces.inner.push(range.clone());
                    pieces.words.push(self.word(range));
                }
            }
            Item::ProcessSubstitution(_, shell) => self.inner_list(&shell.list, inner, map),
            Item::IoRedirect(redirect) => match redirect {
                IoRedirect::File(descriptor, kind, target) => {
                    let standard = match kind {
                        IoFileRedirectKind::Read
                        | IoFileRedirectKind::ReadAndWrite
                        | IoFileRedirectKind::DuplicateInput => 0,
                        _ => 1,
                    };
                    let (mut name, mut same_as, mut at) = (None, None, None);
                    match target {
                        IoFileRedirectTarget::Filename(word) => {
                            name = Some(word.value.as_str().into());
                            at = self.redirect_at(word, map);
                        }
                        IoFileRedirectTarget::ProcessSubstitution(_, shell) => {
                            self.inner_list(&shell.list, inner, map);
                        }
                        IoFileRedirectTarget::Duplicate(word) => same_as = word.value.parse().ok(),
                        IoFileRedirectTarget::Fd(number) => same_as = Some(*number),
                    }
                    pieces.redirects.push(Redirect {
                        descriptor: Descriptor::One(descriptor.unwrap_or(standard)),
                        target: name,
                        same_as,
                        at,
                    });
                }
                IoRedirect::OutputAndError(word, _) => pieces.redirects.push(Redirect {
                    descriptor: Descriptor::Both,
                    target: Some(word.value.as_str().into()),
                    same_as: None,
                    at: self.redirect_at(word, map),
                }),
                IoRedirect::HereString(_, word) => {
                    pieces.inner.extend(map.span(word.loc.as_ref()));
                }
                IoRedirect::HereDocument(_, document) => {
                    if let Some(marker) = map.span(document.here_end.loc.as_ref())
                        && !document.doc.value.is_empty()
                    {
                        pieces
                            .heredocs
                            .push((marker.end, document.doc.value.clone()));
                    }
                }
            },
        }
    }

    /// From the descriptor to the end of the file name: `2>/dev/null`.
    fn redirect_at(&self, target: &AstWord, map: &Chars) -> Option<syntax::TextRange> {
        let range = map.span(target.loc.as_ref())?;
        let before = &self.text.value[map.offset..range.start];
        let operator = before
            .trim_end_matches([' ', '\t'])
            .trim_end_matches(['>', '|', '&']);
        let digits = operator.trim_end_matches(|it: char| it.is_ascii_digit());
        let start = if digits.is_empty() || digits.ends_with([' ', '\t', '\n', ')', '}']) {
            digits.len()
        } else {
            operator.len()
        };
        Some(self.text.source(map.offset + start..range.end))
    }

    /// One word of the text, without quotes.
    fn word(&self, range: Range<usize>) -> Part {
        // The parser counts a line that goes on (`\\` at its end) to the word that follows.
        let whole = &self.text.value[range.clone()];
        let mut raw = whole.trim_start();
        while let Some(rest) = raw.strip_prefix("\\\n") {
            raw = rest.trim_start();
        }
        let range = range.end - raw.len()..range.end;
        let (text, literal) = unquote(raw, &self.text.hints);
        let word = Word {
            text: text.into(),
            literal,
            at: self.text.source(range.clone()),
            exact: self.text.is_exact(range.clone()),
        };
        Part { word, range }
    }

    /// As [`Walk::substitutions_in`], for a word of a condition or a loop.
    fn substitutions(&mut self, word: &AstWord, spot: Spot, map: &Chars) {
        let place = match spot.place {
            Place::Condition => Place::Condition,
            _ => Place::Substitution,
        };
        if let Some(range) = map.span(word.loc.as_ref()) {
            self.substitutions_in(range, Spot { place, ..spot });
        }
    }

    /// The programs in `$(…)` and backquotes of a word.
    fn substitutions_in(&mut self, range: Range<usize>, spot: Spot) {
        if spot.depth >= DEPTH || !self.text.value[range.clone()].contains(['`', '$']) {
            return;
        }
        for inner in substitutions(&self.text.value[range.clone()]) {
            let nested = self.nested(spot);
            let deeper = Spot {
                depth: spot.depth + 1,
                ..nested
            };
            self.program(range.start + inner.start..range.start + inner.end, deeper);
        }
    }

    /// A command with its words: takes wrappers off, and follows programs that are given as text.
    fn simple(
        &mut self,
        mut words: Vec<Part>,
        assignments: Vec<Word>,
        redirects: Vec<Redirect>,
        spot: Spot,
    ) {
        let mut place = spot.place;
        let mut wrappers: Vec<Box<str>> = Vec::new();
        loop {
            let Some(first) = words.first() else {
                if let (Some(first), Some(last)) = (assignments.first(), assignments.last()) {
                    let (name_at, at) = (first.at, first.at.cover(last.at));
                    self.found.push(Command {
                        name: "".into(),
                        name_at,
                        arguments: Vec::new(),
                        wrappers,
                        redirects,
                        assignments,
                        place,
                        after: spot.after,
                        list: spot.list,
                        at,
                    });
                }
                return;
            };
            let name: Box<str> = base_name(&first.word.text).into();
            // What home-manager puts before a command that changes something.
            if matches!(
                &self.text.value[first.range.clone()],
                "$DRY_RUN_CMD" | "${DRY_RUN_CMD}"
            ) {
                words.remove(0);
                continue;
            }
            if name.is_empty() || name.contains(UNKNOWN) {
                return;
            }
            let make = |words: &[Part], name: Box<str>, wrappers: &[Box<str>], place: Place| {
                let name_at = words[0].word.at;
                let at = words
                    .last()
                    .map_or(name_at, |part| name_at.cover(part.word.at));
                Command {
                    name,
                    name_at,
                    arguments: words[1..].iter().map(|part| part.word.clone()).collect(),
                    wrappers: wrappers.to_vec(),
                    redirects: redirects.clone(),
                    assignments: assignments.clone(),
                    place,
                    after: spot.after,
                    list: spot.list,
                    at,
                }
            };
            // `--version` and the like leave nothing to run.
            match unwrap(&name, &words) {
                Wrapped::Words(rest) => {
                    wrappers.push(name);
                    words.drain(..rest.min(words.len()));
                }
                Wrapped::Both { own, rest } => {
                    self.found
                        .push(make(&words[..own], name.clone(), &wrappers, place));
                    wrappers.push(name);
                    words.drain(..rest.min(words.len()));
                }
                Wrapped::Program { own, at, rest } => {
                    self.found
                        .push(make(&words[..own], name.clone(), &wrappers, place));
                    wrappers.push(name);
                    let program = program_of(&words[at].word.text);
                    words.drain(at + 1..rest.min(words.len()));
                    words.drain(..at);
                    let Some(first) = words.first_mut() else {
                        return;
                    };
                    first.word.text = program.into();
                }
                Wrapped::Rename(program) => {
                    words[0].word.text = program.into();
                }
                Wrapped::Guard(rest) => {
                    place = Place::Guard;
                    wrappers.push(name);
                    words.drain(..rest.min(words.len()));
                }
                Wrapped::Texts(texts) => {
                    if !matches!(
                        &*name,
                        "bash" | "sh" | "dash" | "zsh" | "trap" | "eval" | "alias"
                    ) {
                        self.found
                            .push(make(&words, name.clone(), &wrappers, place));
                    }
                    wrappers.push(name.clone());
                    let place = if &*name == "trap" { Place::Trap } else { place };
                    for (index, skip) in texts {
                        let Some(range) = words.get(index).and_then(|part| self.inside(part, skip))
                        else {
                            continue;
                        };
                        if spot.depth >= DEPTH {
                            continue;
                        }
                        let nested = self.nested(spot);
                        let deeper = Spot {
                            place,
                            depth: spot.depth + 1,
                            ..nested
                        };
                        let from = self.found.len();
                        if !self.program(range, deeper) {
                            self.found.truncate(from);
                        }
                        for command in &mut self.found[from..] {
                            command.wrappers.splice(0..0, wrappers.iter().cloned());
                        }
                    }
                    return;
                }
                Wrapped::No => {
                    let command = make(&words, name, &wrappers, place);
                    self.found.push(command);
                    return;
                }
            }
        }
    }

    /// The range of the text inside the quotes of a word that is one quoted text without escapes, from its byte `skip` on.
    fn inside(&self, part: &Part, skip: usize) -> Option<Range<usize>> {
        let start = part.range.start + skip;
        let raw = self.text.value.get(start..part.range.end)?;
        let quote = raw.chars().next()?;
        let body = match quote {
            '\'' | '"' => raw.strip_prefix(quote)?.strip_suffix(quote)?,
            _ => return Some(start..part.range.end),
        };
        (!body.contains(quote) && !body.contains('\\')).then_some(start + 1..part.range.end - 1)
    }
}

/// `true`, `:`
fn is_true(pipeline: &Pipeline) -> bool {
    matches!(pipeline.seq.as_slice(), [Ast::Simple(command)]
        if command.word_or_name.as_ref().is_some_and(|it| matches!(base_name(&it.value), "true" | ":")))
}

/// The program that an installable of `nix run` stands for: its last attribute, or the name of the flake.
fn program_of(installable: &str) -> String {
    let (flake, fragment) = installable.split_once('#').unwrap_or((installable, ""));
    if !fragment.is_empty() {
        return fragment.rsplit('.').next().unwrap_or_default().to_owned();
    }
    let flake = flake.split('?').next().unwrap_or_default();
    let name = match flake.split_once(':') {
        Some((_, path)) => path.split('/').nth(1).unwrap_or_default(),
        None => flake.split('/').next().unwrap_or_default(),
    };
    match name {
        "nix-darwin" => "darwin-rebuild",
        name => name,
    }
    .to_owned()
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
    /// The first `own` words are a command themselves, and what stands from `rest` on is another one.
    Both { own: usize, rest: usize },
    /// The first `own` words are a command themselves; the word `at` is an installable, `nixpkgs#nixos-rebuild`, that
    /// stands for the program, and its arguments begin at `rest`.
    Program { own: usize, at: usize, rest: usize },
    /// It is another name of a program.
    Rename(&'static str),
    /// The rest is only asked for, not run.
    Guard(usize),
    /// These words are programs, from a byte on.
    Texts(Vec<(usize, usize)>),
    /// No wrapper.
    No,
}

/// What the first word of a command does with the others.
fn unwrap(name: &str, words: &[Part]) -> Wrapped {
    let text = |at: usize| words.get(at).map(|part| &*part.word.text);
    // Words from `from` on that are options, with the values that some of them take; then `extra` operands.
    let after_options = |from: usize, values: &[&str], extra: usize| {
        let mut at = from;
        while let Some(word) = text(at) {
            if word == "--" {
                at += 1;
                break;
            }
            if !word.starts_with('-') || word.len() < 2 {
                break;
            }
            at += if values.contains(&word) { 2 } else { 1 };
        }
        at + extra
    };
    let flag = |name: &str| words.iter().position(|part| &*part.word.text == name);
    let one = |at: usize| Wrapped::Texts(vec![(at, 0)]);
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
        "command" => match text(1) {
            Some("-v" | "-V") => Wrapped::Guard(2),
            _ => Wrapped::Words(after_options(1, &[], 0)),
        },
        "type" | "which" | "hash" | "whereis" => Wrapped::Guard(after_options(1, &[], 0)),
        "exec" | "builtin" | "nohup" | "setsid" | "time" | "noglob" | "run" => {
            Wrapped::Words(after_options(1, &["-a"], 0))
        }
        // nix-output-monitor stands in for the tool that it watches.
        "nom" if matches!(text(1), Some("build" | "shell" | "develop")) => Wrapped::Rename("nix"),
        "nom-build" => Wrapped::Rename("nix-build"),
        "nom-shell" => Wrapped::Rename("nix-shell"),
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
        "watch" => {
            let at = after_options(1, &["-n", "--interval"], 0);
            if at + 1 == words.len() {
                one(at)
            } else {
                Wrapped::Words(at)
            }
        }
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
        "systemd-inhibit" => {
            Wrapped::Words(after_options(1, &["--what", "--who", "--why", "--mode"], 0))
        }
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
                1 => one(at),
                _ => Wrapped::Words(at),
            }
        }
        "bash" | "sh" | "dash" | "zsh" | "su" | "nixos-enter" => match flag("-c")
            .or_else(|| flag("--command"))
            .or_else(|| flag("-lc"))
            .or_else(|| flag("-ec"))
        {
            Some(at) => one(at + 1),
            None => Wrapped::No,
        },
        "nix-shell" => match flag("--run").or_else(|| flag("--command")) {
            Some(at) => one(at + 1),
            None => Wrapped::No,
        },
        "trap" => one(1),
        "eval" if words.len() == 2 => one(1),
        // `alias x='…'`: the text behind each `=`.
        "alias" => {
            let texts = words.iter().enumerate().skip(1);
            let values = texts.filter_map(|(at, part)| {
                let (name, _) = part.word.text.split_once('=')?;
                Some((at, name.len() + 1))
            });
            Wrapped::Texts(values.collect())
        }
        "direnv" if text(1) == Some("exec") => Wrapped::Words(3),
        "nix" => match options::first_operands(words.iter().map(|part| &part.word)).as_slice() {
            [verb, ..] if matches!(text(*verb), Some("shell" | "develop" | "env")) => {
                match flag("-c").or_else(|| flag("--command")) {
                    Some(at) => Wrapped::Both {
                        own: at,
                        rest: at + 1,
                    },
                    None => Wrapped::No,
                }
            }
            // `nix run nixpkgs#nixos-rebuild -- switch`: the installable names the program.
            [verb, installable, ..] if text(*verb) == Some("run") => {
                let rest = flag("--").map_or(words.len(), |dashes| dashes + 1);
                match words.get(*installable) {
                    Some(part) if part.word.literal || part.word.text.contains('#') => {
                        Wrapped::Program {
                            own: rest.min(words.len()),
                            at: *installable,
                            rest,
                        }
                    }
                    _ => Wrapped::No,
                }
            }
            _ => Wrapped::No,
        },
        _ => Wrapped::No,
    }
}

fn is_assignment(part: &Part) -> bool {
    let Some((name, _)) = part.word.text.split_once('=') else {
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
pub(super) mod tests {
    use super::*;
    use crate::shell::{Role, Run};

    fn script(text: &str) -> Source {
        let mut mapped = Mapped::default();
        mapped.verbatim(text, 0);
        Source {
            lang: Lang::Bash,
            role: Role::Script,
            at: Default::default(),
            alias: None,
            run: Run::default(),
            skip: 0,
            text: mapped,
        }
    }

    fn check(text: &str, expected: &[&str]) {
        let source = script(text);
        let found: Option<Vec<String>> = commands(&source).map(|found| {
            found
                .commands
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
        check(
            "ssh \"root@$1\" 'a -i vim'",
            &["Plain ssh root@￼ a -i vim", "Plain a -i vim"],
        );
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
        check(
            "nix run nixpkgs#a -- b",
            &["Plain nix run nixpkgs#a --", "Plain a b"],
        );
        check(
            "nix run --impure home-manager/master -- b",
            &[
                "Plain nix run --impure home-manager/master --",
                "Plain home-manager b",
            ],
        );
        check(
            "nix shell nixpkgs#a -c b c",
            &["Plain nix shell nixpkgs#a", "Plain b c"],
        );
        check(
            "nix-shell -p x --run 'b c'",
            &["Plain nix-shell -p x --run b c", "Plain b c"],
        );
        check("nom build x", &["Plain nix build x"]);
        check("alias a='b c' d=e", &["Plain b c", "Plain e"]);
        check("find . | xargs -n 1 a", &["PipeFrom find .", "PipeTo a"]);
    }

    #[test]
    fn what_does_not_parse_gives_nothing() {
        check("for x in a; do\n b\nend", &["does not parse"]);
        check("a 'b", &["does not parse"]);
        check("nix() { :; }\nnix build", &["Plain :"]);
    }

    fn parses(text: &str) -> Option<usize> {
        let source = script(text);
        let worker = std::thread::Builder::new()
            .stack_size(16 << 20)
            .spawn(move || commands(&source).map(|it| it.commands.len()));
        worker.unwrap().join().expect("no panic")
    }

    pub(in crate::shell) const UNITS: [&str; 44] = [
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
        "! ",
        "f() ",
        "elif a; then ",
        "fi\n",
        "done\n",
        "esac\n",
        "}\n",
        ")",
        "))",
        ";;\n",
        "\n",
        "coproc ",
        "function f ",
        "# ' \" ( \n",
        "2>&1 ",
        "99999999999>a ",
        "|| ",
        "]] ",
        "-n ",
        "=~ ",
        "sh -c 'a' ",
        "bash <<A\n",
        "for a in ",
        "for ((",
        "time ",
    ];

    #[test]
    fn hostile_texts_end_soon() {
        let soon = |text: &str, what: &str| {
            let start = std::time::Instant::now();
            parses(text);
            let took = start.elapsed();
            assert!(took.as_secs() < 20, "{what:?}: {took:?}");
        };
        for unit in UNITS {
            // Lines longer than 64 KiB are not looked at: once all in one line, once a line each.
            soon(&unit.repeat(60_000 / unit.len()), unit);
            soon(
                &format!("{unit}\n").repeat(100_000 / (unit.len() + 1)),
                unit,
            );
            for depth in [5, 9, 20, 100] {
                soon(&unit.repeat(depth), unit);
            }
        }
        // Two that may nest, deep enough to take for ever where the time doubles.
        for first in [
            "(",
            "((",
            "if a; then ",
            "case a in b) ",
            "<(",
            "f() ",
            "function f ",
            "time -p ",
            "[[ =~ ",
        ] {
            for second in [
                "(",
                "{ ",
                "if a; then ",
                "case a in b) ",
                "a <(b",
                "while a; do ",
                "))",
                ";;\n",
                "time -p ",
            ] {
                soon(&format!("{first}{second}").repeat(40), first);
            }
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(150))]

        #[test]
        fn random_texts_end_soon(units in proptest::collection::vec(0..UNITS.len(), 1..80)) {
            let text: String = units.iter().map(|it| UNITS[*it]).collect();
            let start = std::time::Instant::now();
            parses(&text);
            assert!(start.elapsed().as_secs() < 20, "{text:?}");
        }
    }
}
