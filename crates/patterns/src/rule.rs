//! A rule that is ready to look at code, and the lint that it becomes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use lint_api::repo::definitions::{self, Segment};
use lint_api::repo::{File, Kind as Language};
use lint_api::syntax::parse::Limits;
use lint_api::syntax::scopes::{NameKind, To};
use lint_api::syntax::{
    AstNode, NodeOrToken, SyntaxKind, SyntaxNode, Text, TextRange, TextSize, ast, callee,
};
use lint_api::{Check, FileCx, FixKind, Group, Level, Lint, Options};
use regex::{Regex, RegexBuilder};

use crate::condition::{self, Kind, OfHole, OptionPath, Paths};
use crate::matcher::{Captured, Code, Matcher};
use crate::pattern::{Anchor, Holes, Key, Pat, Pattern};
use crate::read::{Error, Source, Words, Written};
use crate::rewrite;
use crate::snippet::{Snippet, Wrong};
use crate::template::Template;

/// The largest regular expression, in bytes of its program.
const REGEX_SIZE: usize = 1 << 18;

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    holes: Holes,
    looks: Vec<Look>,
    of_holes: Vec<(usize, OfHole)>,
    options: Vec<OptionPath>,
    paths: Paths,
    summary: String,
    message: Template,
    help: Option<Template>,
    note: Option<Template>,
    fix: Option<String>,
}

/// One pattern of a rule.
#[derive(Debug, Clone)]
struct Look {
    pattern: Pattern,
    kinds: Vec<SyntaxKind>,
    anchor: Anchor,
    /// Whether it is looked for among the references of a file.
    among_refs: bool,
}

/// A place that matches.
#[derive(Debug)]
struct Match {
    at: TextRange,
    /// What a fix replaces.
    code: Option<Code>,
    /// The node that it stands in.
    node: SyntaxNode,
    captured: Vec<Option<Captured>>,
    lossy: bool,
}

/// Makes the lint of a rule. A rule that was seen before, word for word, gives the same lint: a server reads its rules
/// again and again, and lints live as long as the program.
///
/// # Errors
/// When the rule is wrong.
pub fn lint(written: &Written, source: &Source) -> Result<&'static Lint, Error> {
    static KNOWN: Mutex<BTreeMap<String, &'static Lint>> = Mutex::new(BTreeMap::new());
    let (rule, key) = Rule::of(written, source)?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(lint) = known.get(&key) {
        return Ok(lint);
    }
    let lint: &'static Lint = Box::leak(Box::new(made(written, rule)));
    known.insert(key, lint);
    Ok(lint)
}

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn made(written: &Written, rule: Rule) -> Lint {
    let mut kinds: Vec<SyntaxKind> = Vec::new();
    for kind in rule.looks.iter().flat_map(|look| &look.kinds) {
        if !kinds.contains(kind) {
            kinds.push(*kind);
        }
    }
    let fix = match rule.fix {
        Some(_) => FixKind::Unsafe,
        None => FixKind::Never,
    };
    let (summary, page) = (leaked(rule.summary.clone()), leaked(page(written)));
    let classes = written.conditions.classes.clone();
    let rule: &'static Rule = Box::leak(Box::new(rule));
    Lint {
        name: leaked(written.name.clone()),
        group: Group::Rules,
        level: written.level.unwrap_or(Level::Warn),
        fix,
        summary,
        page,
        options: Options::NONE,
        check: Check::Pattern(lint_api::Pattern {
            kinds,
            node: Box::new(|node, cx| rule.at_node(node, cx)),
            file: Box::new(|cx| rule.at_file(cx)),
            classes,
        }),
    }
}

/// The page of a rule: what its author wrote, and the examples.
fn page(written: &Written) -> String {
    let mut page = format!("# {}\n\n", written.name);
    let summary = written.summary.as_ref().unwrap_or(&written.message.text);
    // Writing to a string does not fail.
    let _ = writeln!(page, "{summary}.");
    if let Some(text) = &written.page {
        let _ = writeln!(page, "\n{}", text.trim());
    }
    let mut fence = |words: &str, text: &str| {
        let longest = text
            .lines()
            .map(|line| line.len() - line.trim_start_matches('`').len());
        let fence = "`".repeat(longest.max().unwrap_or(0).max(2) + 1);
        let _ = writeln!(page, "\n{fence}nix {words}\n{}\n{fence}", text.trim_end());
    };
    if !written.examples.is_empty() {
        fence_heading(&mut fence, written);
    }
    page
}

fn fence_heading(fence: &mut impl FnMut(&str, &str), written: &Written) {
    for example in &written.examples {
        let mut words = if example.flagged { "flagged" } else { "clean" }.to_owned();
        if let Some(path) = &example.path {
            let _ = write!(words, " file={path}");
        }
        fence(&words, &example.nix);
        if let Some(fixed) = &example.fixed {
            fence("fixed", fixed);
        }
    }
}

impl Rule {
    /// The rule, and what it is known by.
    fn of(written: &Written, source: &Source) -> Result<(Rule, String), Error> {
        let mut holes = Holes::default();
        let mut looks: Vec<Look> = Vec::new();
        for (index, words) in written.patterns.iter().enumerate() {
            let wrong = |(at, message): Wrong| source.error_in(words, &at, message);
            let snippet = Snippet::read(&words.text).map_err(wrong)?;
            let mut own = Holes::default();
            let pattern = Pattern::of(&snippet, &mut own).map_err(wrong)?;
            // All patterns number the holes as the first one does.
            let pattern = if index == 0 {
                holes = own;
                pattern
            } else {
                let mut all = holes.clone();
                let pattern = Pattern::of(&snippet, &mut all).map_err(wrong)?;
                if all != holes || own.len() != holes.len() {
                    let words_ = "every pattern of a rule must have the same holes";
                    return Err(source.error(&words.at, words_));
                }
                pattern
            };
            looks.push(Look {
                kinds: pattern.kinds().to_vec(),
                anchor: Anchor::of(&pattern),
                among_refs: false,
                pattern,
            });
        }
        let mut rule = Rule {
            looks,
            of_holes: Vec::new(),
            options: Vec::new(),
            paths: Paths {
                only: globs(&written.conditions.paths, source)?,
                not: globs(&written.conditions.not_paths, source)?,
            },
            summary: written
                .summary
                .clone()
                .unwrap_or_else(|| written.message.text.clone()),
            message: template(&written.message, &holes, source)?,
            help: opt_template(written.help.as_ref(), &holes, source)?,
            note: opt_template(written.note.as_ref(), &holes, source)?,
            fix: written.fix.as_ref().map(|it| it.text.clone()),
            holes,
        };
        rule.conditions(written, source)?;
        rule.roots(written, source)?;
        if let Some(fix) = &written.fix {
            rule.check_fix(fix, source)?;
        }
        // All that the lint is made of, and nothing of where it stands.
        let mut known = written.clone();
        known.at = 0..0;
        let key = without_places(&known);
        Ok((rule, key))
    }

    fn conditions(&mut self, written: &Written, source: &Source) -> Result<(), Error> {
        for (name, table) in &written.conditions.holes {
            let index = name
                .text
                .strip_prefix('$')
                .and_then(|it| self.holes.index(it));
            let Some(index) = index else {
                let words = no_hole(&name.text, &self.holes);
                return Err(source.error(&name.at, words));
            };
            if self.holes.role(index).is_rest() {
                let words = "there are no conditions for `$...`";
                return Err(source.error(&name.at, words));
            }
            let mut of_hole = OfHole::default();
            for word in &table.kinds {
                let found = Kind::ALL.iter().find(|(_, known)| *known == word.text);
                let Some((kind, _)) = found else {
                    let known = Kind::ALL.iter().map(|(_, known)| *known);
                    let near = lint_api::syntax::nearest::nearest(&word.text, known.clone());
                    let near =
                        near.map_or_else(String::new, |it| format!("; did you mean `{it}`?"));
                    let known: Vec<String> = known.map(|it| format!("`{it}`")).collect();
                    let words = format!("`kind` must be one of {}{near}", known.join(", "));
                    return Err(source.error(&word.at, words));
                };
                of_hole.kinds.push(*kind);
            }
            of_hole.text = regexes(&table.text, source)?;
            of_hole.not_text = regexes(&table.not_text, source)?;
            self.of_holes.push((index, of_hole));
        }
        for words in &written.conditions.options {
            let path = condition::option_path(&words.text).ok_or_else(|| {
                source.error(
                    &words.at,
                    "`option` must be the path of an option: `a.b.*.c`",
                )
            })?;
            self.options.push(path);
        }
        Ok(())
    }

    /// Settles where each pattern is looked for.
    fn roots(&mut self, written: &Written, source: &Source) -> Result<(), Error> {
        for (look, words) in self.looks.iter_mut().zip(&written.patterns) {
            let Pattern::Expr(pat) = &look.pattern else {
                continue;
            };
            match pat {
                Pat::Any(hole) => {
                    let of_hole = hole.and_then(|hole| {
                        let mut all = self.of_holes.iter();
                        all.find(|(index, it)| *index == hole && !it.kinds.is_empty())
                    });
                    let Some((_, of_hole)) = of_hole else {
                        let words_ = "this is every expression: give it a name and a `kind`";
                        return Err(source.error(&words.at, words_));
                    };
                    for kind in &of_hole.kinds {
                        look.kinds.extend(kind.nodes());
                        look.among_refs |= kind.nodes().is_empty();
                    }
                    look.kinds.sort_unstable();
                    look.kinds.dedup();
                }
                Pat::Ident(_) | Pat::Select(..) => look.among_refs = true,
                _ => {}
            }
        }
        Ok(())
    }

    fn check_fix(&self, words: &Words, source: &Source) -> Result<(), Error> {
        let wrong = |(at, message): Wrong| source.error_in(words, &at, message);
        let snippet = Snippet::read(&words.text).map_err(wrong)?;
        if snippet.is_definition() {
            let words_ =
                "`fix` is an expression, without `;`: of a definition, it replaces the value";
            return Err(source.error(&words.at, words_));
        }
        let mut holes = self.holes.clone();
        holes.strict = true;
        Pattern::of(&snippet, &mut holes).map_err(wrong)?;
        let more = holes.written().nth(self.holes.len());
        let nameless = ["$_", "$..._"].into_iter().find(|it| {
            let stands = snippet
                .text
                .replace("nivis__one_", "$")
                .replace("nivis__rest_", "$...");
            let ends =
                |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            stands
                .match_indices(it)
                .any(|(at, _)| ends(&stands[at + it.len()..]))
        });
        if let Some(name) = more.or(nameless.map(str::to_owned)) {
            let at = words.text.find(&name).unwrap_or(0);
            let message = no_hole(&name, &self.holes);
            return Err(source.error_in(words, &(at..at), message));
        }
        Ok(())
    }

    /// Remembers a node that matches.
    fn at_node(&self, node: &SyntaxNode, cx: &mut FileCx<'_>) {
        let kind = node.kind();
        let maybe = |look: &&Look| look.kinds.contains(&kind) && look.anchor.holds(node);
        if self.looks.iter().find(maybe).is_some() && !self.matches_at(node, cx).is_empty() {
            // Said in full when the file is known.
            cx.report(node.text_range(), self.summary.clone());
        }
    }

    /// Says what matches.
    fn at_file(&self, cx: &mut FileCx<'_>) {
        let bare = cx.take_back();
        let has_more =
            |look: &Look| look.among_refs || matches!(look.pattern, Pattern::Definition(..));
        if bare.is_empty() && !self.looks.iter().any(has_more) || !self.paths.hold(cx) {
            return;
        }
        let Some(tree) = cx.tree() else { return };
        let mut matches = Vec::new();
        for finding in bare {
            if let Some(node) = node_at(&tree.root, finding.at.range, &self.looks) {
                matches.extend(self.matches_at(&node, cx));
            }
        }
        if cx.sound_tree().is_some() {
            for look in &self.looks {
                match &look.pattern {
                    Pattern::Definition(keys, value) => {
                        self.definitions(keys, value, cx, &mut matches)
                    }
                    Pattern::Expr(pat) if look.among_refs => self.refs(pat, cx, &mut matches),
                    Pattern::Expr(_) => {}
                }
            }
        }
        matches.sort_by_key(|it| (it.at.start(), it.at.end()));
        matches.dedup_by_key(|it| it.at);
        for found in &matches {
            if self.options.is_empty() || condition::stands_in(&found.node, &self.options, cx) {
                self.say(found, cx);
            }
        }
    }

    fn say(&self, found: &Match, cx: &mut FileCx<'_>) {
        let fill = |template: &Template| template.fill(&found.captured, cx);
        let message = fill(&self.message);
        let help = self.help.as_ref().map(fill);
        let note = self.note.as_ref().map(fill);
        let fix = match (&self.fix, &found.code) {
            (Some(fix), Some(code)) if !found.lossy => {
                rewrite::fix(fix, code, &found.captured, &self.holes, cx)
                    .filter(|(_, new)| self.finds_less(code, new, cx))
                    .map(|(fix, _)| fix)
            }
            _ => None,
        };
        let text = cx.text(found.at);
        // What goes over many lines is shown by its first.
        let line = text.find(['\n', '\r']).map_or(text, |end| &text[..end]);
        let at = TextRange::at(found.at.start(), TextSize::of(line.trim_end()));
        let finding = cx.report(at, message);
        if let Some(note) = note {
            finding.note(note);
        }
        if let Some(help) = help {
            finding.help(help);
        }
        finding.fix_if(fix);
    }

    /// Whether less is found in the new text than in the code in whose place it will stand. Names that stand for others
    /// are not known in it; a fix that fools this is stopped by the engine after some rounds.
    fn finds_less(&self, code: &Code, new: &str, cx: &FileCx<'_>) -> bool {
        let text = Arc::new(Text::new(new));
        let (id, path) = (cx.file.id, cx.file.path.clone());
        let (file, tree) = File::new(id, path, Language::Nix, text, Limits::default());
        let Some(tree) = tree else { return false };
        let mut unheard = Vec::new();
        let later = FileCx::new(&file, Some(&tree), cx.lint(), &(), &mut unheard);
        let count = |root: &SyntaxNode, cx: &FileCx<'_>| -> usize {
            let all = root.descendants();
            all.map(|node| self.matches_at(&node, cx).len()).sum()
        };
        let again = |look: &Look| {
            let Pattern::Definition(_, value) = &look.pattern else {
                return false;
            };
            let mut matcher = Matcher::new(&tree.root, &tree.scopes, self.holes.len());
            let holds = |captured: &[Option<Captured>]| {
                let mut all = self.of_holes.iter();
                all.all(|(index, it)| {
                    let captured = captured[*index].as_ref();
                    captured.is_none_or(|captured| it.holds(captured, &later))
                })
            };
            tree.expr().is_some_and(|it| {
                let code = Code::of(it.syntax().clone());
                matcher.expr(value, &code) && holds(&matcher.captured)
            })
        };
        if self.looks.iter().any(again) {
            return false;
        }
        let is_definition = |look: &Look| matches!(look.pattern, Pattern::Definition(..));
        let before = count(code.node(), cx).max(1);
        self.looks.iter().all(is_definition) || count(&tree.root, &later) < before
    }

    /// What matches at a node of one of the kinds.
    fn matches_at(&self, node: &SyntaxNode, cx: &FileCx<'_>) -> Vec<Match> {
        let mut found = Vec::new();
        let Some(tree) = cx.tree() else { return found };
        let mut matcher = Matcher::new(&tree.root, &tree.scopes, self.holes.len());
        for look in &self.looks {
            let Pattern::Expr(pat) = &look.pattern else {
                continue;
            };
            if !look.kinds.contains(&node.kind()) || !look.anchor.holds(node) {
                continue;
            }
            if node.kind() == SyntaxKind::NODE_INHERIT {
                self.inherited(pat, node, &mut matcher, cx, &mut found);
                continue;
            }
            if !is_expr(node) || (matches!(pat, Pat::ApplyRest(..)) && is_called(node)) {
                continue;
            }
            let mut codes = vec![Code::of(node.clone())];
            if let (Pat::Select(..), Code::Selected(node, count)) = (pat, &codes[0]) {
                codes = (1..=*count)
                    .map(|count| Code::Selected(node.clone(), count))
                    .collect();
            }
            for code in codes {
                matcher.clear();
                if matcher.expr(pat, &code) {
                    self.take(code.range(), Some(code), node, &matcher, cx, &mut found);
                }
            }
        }
        found
    }

    /// `inherit (pkgs) hello;` is `hello = pkgs.hello;`.
    fn inherited(
        &self,
        pat: &Pat,
        node: &SyntaxNode,
        matcher: &mut Matcher<'_>,
        cx: &FileCx<'_>,
        found: &mut Vec<Match>,
    ) {
        let (Pat::Select(base, key), Some(it)) = (pat, ast::Inherit::cast(node.clone())) else {
            return;
        };
        let Some(source) = it.from().and_then(|from| from.expr()) else {
            return;
        };
        let source = Code::of(source.syntax().clone());
        for attr in it.attrs() {
            matcher.clear();
            if matcher.key(key, attr.syntax()) && matcher.expr(base, &source) {
                let at = attr.syntax().text_range();
                self.take(at, None, node, matcher, cx, found);
            }
        }
    }

    /// What matches among the names that are used.
    fn refs(&self, pat: &Pat, cx: &FileCx<'_>, found: &mut Vec<Match>) {
        let Some(tree) = cx.tree() else { return };
        let scopes = &tree.scopes;
        let mut matcher = Matcher::new(&tree.root, scopes, self.holes.len());
        let wanted = match pat {
            Pat::Ident(name) => Some(&**name),
            Pat::Select(_, Key::Name(name)) => Some(&**name),
            _ => None,
        };
        for it in scopes.refs() {
            let text = scopes.text(it.symbol);
            let plain = text.strip_prefix("__").unwrap_or(text);
            if it.desugared || wanted.is_some_and(|name| name != text && name != plain) {
                continue;
            }
            // What a file inherits from a set is found where it does so.
            let to_set = match it.to {
                To::With(_) | To::Prelude(_) => true,
                To::Name(id) => matches!(
                    scopes.name(id).kind,
                    NameKind::Let | NameKind::Rec | NameKind::LetInherit | NameKind::RecInherit
                ),
                To::Unbound => false,
            };
            if matches!(pat, Pat::Select(..)) && !to_set {
                continue;
            }
            let Some(expr) = callee::expr_at(&tree.root, it.at) else {
                continue;
            };
            let code = Code::of(expr.syntax().clone());
            if !matches!(&code, Code::Node(node) if node.kind() == SyntaxKind::NODE_IDENT) {
                continue;
            }
            matcher.clear();
            if matcher.expr(pat, &code) {
                let node = code.node().clone();
                let inherited = node
                    .parent()
                    .is_some_and(|it| it.kind() == SyntaxKind::NODE_INHERIT);
                let fixable = (!inherited).then_some(code);
                self.take(it.at, fixable, &node, &matcher, cx, found);
            }
        }
    }

    /// What matches among the definitions.
    fn definitions(&self, keys: &[Key], value: &Pat, cx: &FileCx<'_>, found: &mut Vec<Match>) {
        let Some(tree) = cx.tree() else { return };
        let all = &cx.file.facts.definitions;
        let known = keys.iter().rev().find_map(|key| match key {
            Key::Name(name) => Some(&**name),
            Key::Any(_) => None,
        });
        if known.is_some_and(|name| !all.has_name(|it| it == name)) {
            return;
        }
        let mut matcher = Matcher::new(&tree.root, &tree.scopes, self.holes.len());
        for entry in &all.entries {
            let fits = |key: &Key, segment: Option<Segment<'_>>| match (key, segment) {
                (Key::Name(name), Some(Segment::Name(it))) => **name == *it,
                (Key::Any(_), Some(_)) => true,
                _ => false,
            };
            let mut up = all.up(entry.path);
            if !keys.iter().rev().all(|key| fits(key, up.next())) {
                continue;
            }
            let segments = all.segments(entry.path);
            if segments.first() == Some(&Segment::Name("options")) && segments.len() > keys.len() {
                continue;
            }
            let names = &segments[segments.len() - keys.len()..];
            let bind = |matcher: &mut Matcher<'_>| {
                matcher.clear();
                keys.iter().zip(names).all(|(key, segment)| match key {
                    Key::Name(_) | Key::Any(None) => true,
                    Key::Any(hole) => {
                        let name = match segment {
                            Segment::Name(name) => (*name).to_owned(),
                            other => other.to_string(),
                        };
                        matcher.bind(*hole, Captured::Name(name, None))
                    }
                })
            };
            let Some(place) = node_over(&tree.root, entry.at) else {
                continue;
            };
            if entry.inherited {
                if let Pat::Any(hole) = value
                    && bind(&mut matcher)
                    && matcher.bind(*hole, Captured::Expr(Code::of(place.clone())))
                {
                    self.take(entry.at, None, &place, &matcher, cx, found);
                }
                continue;
            }
            let Some(expr) = callee::expr_at(&tree.root, entry.value_at) else {
                continue;
            };
            let mut layer = Some(expr.syntax().clone());
            while let Some(node) = layer {
                let code = Code::of(node.clone());
                if bind(&mut matcher) && matcher.expr(value, &code) {
                    self.take(entry.at, Some(code), &place, &matcher, cx, found);
                    break;
                }
                layer = definitions::unwrap_once(&node);
            }
        }
    }

    fn take(
        &self,
        at: TextRange,
        code: Option<Code>,
        node: &SyntaxNode,
        matcher: &Matcher<'_>,
        cx: &FileCx<'_>,
        found: &mut Vec<Match>,
    ) {
        let holds = |(index, of_hole): &(usize, OfHole)| {
            let captured = matcher.captured[*index].as_ref();
            captured.is_some_and(|it| of_hole.holds(it, cx))
        };
        if self.of_holes.iter().all(holds) {
            found.push(Match {
                at,
                code,
                node: node.clone(),
                captured: matcher.captured.clone(),
                lossy: matcher.lossy,
            });
        }
    }
}

/// Whether a node stands where an expression stands: a string may also be a name.
fn is_expr(node: &SyntaxNode) -> bool {
    let parent = node.parent().map(|it| it.kind());
    !matches!(
        parent,
        Some(SyntaxKind::NODE_ATTRPATH | SyntaxKind::NODE_INHERIT)
    )
}

/// Whether a call is the function of another one.
fn is_called(node: &SyntaxNode) -> bool {
    let mut node = node.clone();
    loop {
        let Some(parent) = node.parent() else {
            return false;
        };
        match parent.kind() {
            SyntaxKind::NODE_PAREN => node = parent,
            SyntaxKind::NODE_APPLY => return parent.first_child().as_ref() == Some(&node),
            _ => return false,
        }
    }
}

/// The node of a range that some pattern wants to see.
fn node_at(root: &SyntaxNode, at: TextRange, looks: &[Look]) -> Option<SyntaxNode> {
    let wanted = |kind| looks.iter().any(|look| look.kinds.contains(&kind));
    let node = node_over(root, at)?;
    node.ancestors()
        .take_while(|it| it.text_range() == at)
        .find(|it| wanted(it.kind()))
}

/// The innermost node that holds a range.
fn node_over(root: &SyntaxNode, at: TextRange) -> Option<SyntaxNode> {
    if !root.text_range().contains_range(at) {
        return None;
    }
    match root.covering_element(at) {
        NodeOrToken::Node(node) => Some(node),
        NodeOrToken::Token(token) => token.parent(),
    }
}

fn no_hole(name: &str, holes: &Holes) -> String {
    let all: Vec<String> = holes.written().collect();
    let near = lint_api::syntax::nearest::nearest(name, all.iter().map(String::as_str));
    let near = near.map_or_else(String::new, |it| format!("; did you mean `{it}`?"));
    format!("no hole of the pattern is called `{name}`{near}")
}

fn template(words: &Words, holes: &Holes, source: &Source) -> Result<Template, Error> {
    Template::read(&words.text, holes)
        .map_err(|(at, name)| source.error_in(words, &at, no_hole(&name, holes)))
}

fn opt_template(
    words: Option<&Words>,
    holes: &Holes,
    source: &Source,
) -> Result<Option<Template>, Error> {
    words
        .map(|words| template(words, holes, source))
        .transpose()
}

fn regexes(list: &[Words], source: &Source) -> Result<Vec<Regex>, Error> {
    let regex = |words: &Words| {
        RegexBuilder::new(&words.text)
            .size_limit(REGEX_SIZE)
            .build()
            .map_err(|error| {
                let what = match error {
                    regex::Error::CompiledTooBig(_) => "this regular expression is too large",
                    _ => "this is no regular expression",
                };
                source.error(&words.at, what)
            })
    };
    list.iter().map(regex).collect()
}

/// Patterns of paths, as in the settings.
fn globs(list: &[Words], source: &Source) -> Result<Option<GlobSet>, Error> {
    if list.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for words in list {
        let wrong = |what: String| source.error(&words.at, what);
        let inside = !words.text.is_empty()
            && !words.text.starts_with('/')
            && words.text.split('/').all(|part| part != "..");
        if !inside {
            return Err(wrong(
                "a pattern begins at the root of the repository, and does not leave it".to_owned(),
            ));
        }
        let mut text = words
            .text
            .strip_prefix("./")
            .unwrap_or(&words.text)
            .to_owned();
        if text.ends_with('/') {
            text.push_str("**");
        }
        let glob = GlobBuilder::new(&text)
            .literal_separator(true)
            .backslash_escape(true)
            .build();
        set.add(glob.map_err(|error| wrong(format!("this is no pattern: {}", error.kind())))?);
    }
    let set = set.build();
    set.map(Some)
        .map_err(|error| source.error(&list[0].at, format!("this is no pattern: {}", error.kind())))
}

/// Everything that is written in a rule, without the places.
fn without_places(written: &Written) -> String {
    let mut text = String::new();
    let mut add = |part: &str| {
        let _ = write!(text, "{}:{part};", part.len());
    };
    let words = |list: &[Words]| {
        let list: Vec<&str> = list.iter().map(|it| it.text.as_str()).collect();
        format!("{list:?}")
    };
    let one = |it: &Option<Words>| format!("{:?}", it.as_ref().map(|it| &it.text));
    add(&written.name);
    add(&words(&written.patterns));
    add(&written.message.text);
    for part in [&written.help, &written.note, &written.fix] {
        add(&one(part));
    }
    add(&format!(
        "{:?}{:?}{:?}",
        written.summary, written.page, written.level
    ));
    let conditions = &written.conditions;
    for (name, table) in &conditions.holes {
        add(&name.text);
        add(&words(&table.kinds));
        add(&words(&table.text));
        add(&words(&table.not_text));
    }
    add(&words(&conditions.options));
    add(&format!("{:?}", conditions.classes));
    add(&words(&conditions.paths));
    add(&words(&conditions.not_paths));
    for it in &written.examples {
        add(&format!(
            "{}{:?}{:?}{:?}{:?}",
            it.flagged, it.nix, it.path, it.class, it.fixed
        ));
    }
    text
}
