//! The judge: looks at each definition and at each place with a known format, and says what reaches what.

use std::cell::RefCell;

use rustc_hash::FxHashMap;
use syntax::strings::{HOLE_START, StringValue};
use syntax::text::size;
use syntax::{
    AstNode, NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize, ast, expr,
};

use super::roles::{Around, Role, around};
use super::table::{Gravity, RowId};
use super::tokens::{Hit, What};
use super::value::Class;
use super::{Kind, Secret, names, places, range, roles, table, tokens, uses, value};
use crate::definitions::{Definition, Definitions, PathId, Segment, SiteNodes, Sites, Value};
use crate::file::{File, Tree};

/// What a name of the file says about definitions that end in it.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    /// A pattern of the table ends here.
    leaf: bool,
    /// A pattern of the table ends one segment later.
    parent: bool,
    /// The name speaks of a secret.
    noun: bool,
    /// The option of a user: `initialPassword`, `hashedPassword`.
    login: bool,
    /// The value is text that becomes a file; a script.
    text: bool,
    /// An environment: names of variables follow.
    environment: bool,
    /// A list or string of `NAME=value`.
    assignments: bool,
    /// The path of a secret.
    path: bool,
}

/// Names recur from file to file: what a thread has found out about one is kept, within bounds.
const KEPT_NAMES: usize = 20_000;

thread_local! {
    static KEPT: RefCell<FxHashMap<Box<str>, Flags>> = RefCell::default();
}

impl Flags {
    fn known(name: &str) -> Flags {
        KEPT.with_borrow_mut(|kept| {
            if let Some(flags) = kept.get(name) {
                return *flags;
            }
            let flags = Flags::of(name);
            if kept.len() >= KEPT_NAMES {
                kept.clear();
            }
            if name.len() <= 64 {
                kept.insert(name.into(), flags);
            }
            flags
        })
    }

    fn of(name: &str) -> Flags {
        let (leaf, parent) = table::ends_at(name);
        Flags {
            leaf,
            parent,
            noun: names::is_secret(name),
            login: matches!(
                name,
                "initialPassword" | "hashedPassword" | "initialHashedPassword"
            ),
            text: is_text(name) || is_script(name),
            environment: matches!(
                name,
                "environment" | "sessionVariables" | "variables" | "env"
            ),
            assignments: matches!(name, "Environment" | "environment" | "cmd" | "extraOptions"),
            path: uses::path_option(name).is_some() || name == "rekeyFile",
        }
    }

    fn speaks(self) -> bool {
        self.leaf || self.noun || self.login || self.text || self.assignments || self.path
    }
}

/// Options whose text becomes a file.
fn is_text(name: &str) -> bool {
    matches!(
        name,
        "text" | "content" | "extraConf" | "configText" | "extraOptions" | "configuration"
    ) || name.starts_with("extraConfig")
}

/// Options whose text becomes a script.
fn is_script(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "preStart"
            | "postStart"
            | "preStop"
            | "postStop"
            | "reload"
            | "shellHook"
            | "shellInit"
            | "interactiveShellInit"
            | "loginShellInit"
            | "initExtra"
            | "initContent"
            | "initExtraFirst"
            | "initExtraBeforeCompInit"
            | "envExtra"
            | "profileExtra"
            | "bashrcExtra"
            | "loginExtra"
            | "logoutExtra"
            | "promptInit"
            | "shellInitLast"
            | "extraInit"
            | "sessionCommands"
            | "shellAliases"
    )
}

/// Options whose strings are command lines, or lists of arguments.
fn is_command(name: &str) -> bool {
    name.starts_with("Exec")
        || is_script(name)
        || name.ends_with("Flags")
        || name.ends_with("Args")
        || name.ends_with("Arguments")
        || matches!(
            name,
            "cmd"
                | "args"
                | "flags"
                | "arguments"
                | "command"
                | "extraOptions"
                | "options"
                | "exec"
                | "entrypoint"
        )
}

/// A candidate with the source of its value.
pub(super) struct Found {
    pub(super) secret: Secret,
    pub(super) mask: TextRange,
}

pub(super) struct Judge<'a> {
    pub(super) file: &'a File,
    tree: &'a Tree,
    pub(super) sites: &'a Sites,
    definitions: &'a Definitions,
    role: Option<Role>,
    parents: Option<Vec<u32>>,
    flags: Vec<Option<Flags>>,
    /// Texts that were searched already.
    texts: Vec<TextRange>,
    found: Vec<Found>,
    pub(super) uses: Vec<uses::FileUse>,
    /// Values of files that are made for an option that takes the path of a secret.
    pub(super) written: Vec<TextRange>,
}

/// What was found, the values of files that are made in the store, and the files that are used for secrets.
pub(super) type Verdict = (Vec<Found>, Vec<TextRange>, Vec<uses::FileUse>);

impl Judge<'_> {
    /// Judges a file.
    pub(super) fn of(file: &File, tree: &Tree, sites: &Sites, hits: &[Hit]) -> Verdict {
        let mut judge = Judge {
            file,
            tree,
            sites,
            definitions: &sites.definitions,
            role: None,
            parents: None,
            flags: vec![None; sites.definitions.count_names()],
            texts: Vec::new(),
            found: Vec::new(),
            uses: Vec::new(),
            written: Vec::new(),
        };
        for (definition, nodes) in sites.iter() {
            judge.definition(definition, nodes);
        }
        for hit in hits {
            judge.hit(hit);
        }
        (judge.found, judge.written, judge.uses)
    }

    fn flags(&mut self, segment: Option<&Segment<'_>>, id: Option<u32>) -> Flags {
        let (Some(Segment::Name(name)), Some(id)) = (segment, id) else {
            return Flags::default();
        };
        *self.flags[id as usize].get_or_insert_with(|| Flags::known(name))
    }

    fn definition(&mut self, definition: &Definition, nodes: SiteNodes<'_>) {
        if definition.inherited
            || matches!(
                definition.value,
                Value::Bool(_)
                    | Value::Int(_)
                    | Value::Float(_)
                    | Value::Null
                    | Value::Set
                    | Value::Lambda
            )
        {
            return;
        }
        let definitions = self.definitions;
        let mut up = definitions.up_with_ids(definition.path);
        let (leaf, leaf_id) = up.next().unzip();
        let (above, above_id) = up.next().unzip();
        let flags = self.flags(leaf.as_ref(), leaf_id.flatten());
        let parent = self.flags(above.as_ref(), above_id.flatten());
        if !(flags.speaks() || parent.parent) {
            return;
        }
        let path = definitions.segments(definition.path);
        let name = match leaf {
            Some(Segment::Name(name)) => name,
            _ => "",
        };

        let row = (flags.leaf || parent.parent)
            .then(|| table::find(&path))
            .flatten();
        let kind = row.map(|row| row.row().kind);
        if kind == Some(table::Kind::Safe) {
            return;
        }
        if flags.path || matches!(kind, Some(table::Kind::Path | table::Kind::Encrypted)) {
            let place = Place {
                at: definition.at,
                path: Some(definition.path),
                row,
                login: false,
            };
            self.path_definition(&place, &path, &nodes.value());
        }
        // Most texts hold no word that speaks of secrets: they are not read as strings.
        let is_text = flags.text || matches!(kind, Some(table::Kind::Text));
        let only_text = is_text
            && row.is_none_or(|row| row.row().kind == table::Kind::Text)
            && !flags.noun
            && !flags.login
            && !flags.assignments;
        if only_text && !places::may_speak(self.file.text.slice(definition.value_at)) {
            return;
        }
        let literals = self.literals(&nodes.value());
        if literals.is_empty() {
            return;
        }
        let at = last_key(nodes, definition.at);
        let place = Place {
            at,
            path: Some(definition.path),
            row,
            login: (flags.login || name == "password") && is_login(&path),
        };
        let variable = parent.environment && flags.noun && is_variable(name);
        let secret = matches!(kind, Some(table::Kind::Secret))
            || (row.is_none() && (name == "initialPassword" || place.login && name == "password"));
        let hash = matches!(kind, Some(table::Kind::Hash))
            || (row.is_none() && matches!(name, "hashedPassword" | "initialHashedPassword"));
        let sure = row.is_none_or(|row| row.row().sure);

        for literal in &literals {
            if secret && sure {
                self.option(&place, name, literal);
            } else if hash {
                self.hash_option(&place, literal);
            } else if variable {
                self.variable(&place, name, literal);
            } else if flags.noun || secret {
                self.name(&place, &path, literal);
            }
            if flags.assignments && !secret {
                self.assignments(&place, literal);
            }
            if is_text {
                self.text(&place, literal, is_script(name));
            }
        }
    }

    /// A literal on an option that is known to take a secret.
    fn option(&mut self, place: &Place, name: &str, literal: &Literal) {
        let Some(text) = literal.value.plain() else {
            return;
        };
        let class = value::class(text);
        let well_known = class == Class::WellKnown && place.login;
        if !matches!(class, Class::Literal | Class::WellKnown) {
            return;
        }
        // A hash may stand where a token is asked for; for the password of a user it would be the password.
        if !place.login
            && let Some((scheme, broken)) = whole_hash(text)
        {
            self.hash(place, literal, scheme, broken);
            return;
        }
        let around = self.around(&literal.node);
        if around.declaration || around.aside || around.wiring {
            return;
        }
        let mut steps = match place.row.and_then(|row| row.row().gravity) {
            Some(Gravity::Warn) => -1,
            Some(Gravity::Info) => -2,
            None if name == "initialPassword" => -1,
            None => 0,
        };
        // Without mutable users nobody ever changes it.
        if name == "initialPassword" && self.has_immutable_users() {
            steps = 0;
        }
        if well_known {
            steps = steps.min(-1);
        }
        let role = self.role(&around, place);
        let eased = place.login && role.has_easy_logins() && !role.is_test();
        self.push(Kind::Option, place, "", literal.value.inside(), |secret| {
            secret.steps = steps;
            secret.eased = eased.then_some(-2);
            secret.role = role;
            secret.weak = well_known;
        });
    }

    /// A literal on an option that takes a hash.
    fn hash_option(&mut self, place: &Place, literal: &Literal) {
        let Some(text) = literal.value.plain() else {
            return;
        };
        let text = text.trim();
        if value::is_locked(text)
            || value::class(text) == Class::Reference && !text.starts_with('$')
        {
            return;
        }
        let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
        if let Some((scheme, broken)) = whole_hash(text) {
            self.hash(place, literal, scheme, broken);
        } else if matches!(text.len(), 40 | 64) && hex(text) {
            self.hash(place, literal, "an unsalted hash", true);
        } else if let Some((salt, digest)) = text.split_once(['$', ':'])
            && salt.len() >= 8
            && matches!(digest.len(), 40 | 64 | 128)
            && hex(digest)
        {
            self.hash(place, literal, "a salted hash", false);
        } else if let Some(rest) = text.strip_prefix("sha1:")
            && rest
                .split_once(':')
                .is_some_and(|(salt, digest)| salt.len() == 12 && digest.len() == 40)
        {
            self.hash(place, literal, "a SHA-1 hash", true);
        }
    }

    fn hash(&mut self, place: &Place, literal: &Literal, scheme: &str, broken: bool) {
        let around = self.around(&literal.node);
        if around.declaration || around.aside || around.wiring {
            return;
        }
        let role = self.role(&around, place);
        self.push(
            Kind::Hash,
            place,
            scheme,
            literal.value.inside(),
            |secret| {
                secret.steps = i8::from(broken);
                secret.eased = eased_hash(role);
                secret.role = role;
                secret.broken = broken;
            },
        );
    }

    /// `environment.MAIL_TOKEN = "…"`
    fn variable(&mut self, place: &Place, name: &str, literal: &Literal) {
        let Some(text) = literal.value.plain() else {
            return;
        };
        if !places::is_literal(text) {
            return;
        }
        let Some(weak) = places::weakness(text) else {
            return;
        };
        let around = self.around(&literal.node);
        if around.declaration || around.aside || around.wiring {
            return;
        }
        let role = self.role(&around, place);
        self.push(
            Kind::Environment,
            place,
            name,
            literal.value.inside(),
            |secret| {
                secret.steps = if weak { -1 } else { 0 };
                secret.role = role;
                secret.weak = weak;
            },
        );
    }

    /// `Environment = "A=1 SMTP_PASSWORD=…"`
    fn assignments(&mut self, place: &Place, literal: &Literal) {
        let found = places::variables(&literal.value.text);
        self.lines(place, literal, found);
    }

    /// Lines of a text that becomes a file.
    fn text(&mut self, place: &Place, literal: &Literal, shell: bool) {
        let inside = literal.value.inside();
        if self.texts.contains(&inside) {
            return;
        }
        self.texts.push(inside);
        let shell = shell || literal.value.text.starts_with("#!");
        let mut found = Vec::new();
        places::lines(&literal.value.text, shell, &mut found);
        self.lines(place, literal, found);
    }

    fn lines(&mut self, place: &Place, literal: &Literal, found: Vec<places::Line>) {
        if found.is_empty() {
            return;
        }
        let around = self.around(&literal.node);
        if around.declaration || around.aside || around.wiring {
            return;
        }
        let role = self.role(&around, place);
        for line in found {
            let kind = if line.variable {
                Kind::Environment
            } else {
                Kind::Text
            };
            let subject = literal.value.text[line.key.clone()].to_owned();
            let place = Place {
                at: literal.value.source_range(line.key),
                ..*place
            };
            self.push(
                kind,
                &place,
                &subject,
                literal.value.source_range(line.secret),
                |secret| {
                    secret.steps = if line.weak { -1 } else { 0 };
                    secret.role = role;
                    secret.weak = line.weak;
                },
            );
        }
    }

    /// Only the name speaks: the value must look like a secret.
    fn name(&mut self, place: &Place, path: &[Segment<'_>], literal: &Literal) {
        let Some(text) = literal.value.plain() else {
            return;
        };
        if value::class(text) != Class::Literal
            || !value::is_strong(text)
            || whole_hash(text).is_some()
        {
            return;
        }
        let number = matches!(path.last(), Some(Segment::Name(name)) if names::is_number(name));
        if number && !text.trim().bytes().all(|b| b.is_ascii_digit()) {
            return;
        }
        let not_a_value = |segment: &Segment<'_>| {
            matches!(
                segment,
                Segment::Name(
                    "_secret"
                        | "rbwEntries"
                        | "columns"
                        | "prompts"
                        | "lifespans"
                        | "keybindings"
                        | "bindings"
                        // The handles of hardware keys are of no use without them.
                        | "fido2"
                )
            )
        };
        if path.iter().any(not_a_value) {
            return;
        }
        let around = self.around(&literal.node);
        if around.declaration
            || around.aside
            || around.wiring
            || around.package
            || self.is_overlay()
        {
            return;
        }
        let role = self.role(&around, place);
        let row = place.row.or_else(|| table::tree(path));
        let place = Place { row, ..*place };
        self.push(Kind::Name, &place, "", literal.value.inside(), |secret| {
            secret.eased = role.has_easy_logins().then_some(-1);
            secret.role = role;
        });
    }

    /// Something with a known format in the text of the file: it counts inside of strings.
    fn hit(&mut self, hit: &Hit) {
        let Some(token) = self.token_at(size(hit.public.start)) else {
            return;
        };
        match hit.what {
            What::Writer => return self.writer(&token),
            What::Reader => return self.reader(&token),
            _ => {}
        }
        if !matches!(
            token.kind(),
            SyntaxKind::TOKEN_STRING_CONTENT | SyntaxKind::TOKEN_URI
        ) {
            return;
        }
        let Some(node) = token.parent() else {
            return;
        };
        let Some(secret) = range(&hit.secret).intersect(token.text_range()) else {
            return;
        };
        if secret.is_empty() && hit.what != What::Flag {
            return;
        }
        let around = self.around(&node);
        if around.declaration {
            return;
        }
        let enclosing = self.enclosing(token.text_range().start());
        let entry = enclosing.map(|index| &self.sites.definitions.entries[index]);
        let mut place = Place {
            at: range(&hit.public),
            path: entry.map(|entry| entry.path),
            row: None,
            login: false,
        };
        let path = entry
            .map(|entry| self.definitions.segments(entry.path))
            .unwrap_or_default();
        place.row = table::find(&path);
        let role = self.role(&around, &place);
        match hit.what {
            What::Token { name, mild } => {
                self.push(Kind::Token, &place, name, secret, |it| {
                    it.steps = if mild { -1 } else { 0 };
                    it.role = role;
                });
            }
            What::Hash { scheme, weak } => {
                if around.aside || around.wiring {
                    return;
                }
                self.push(Kind::Hash, &place, scheme, secret, |it| {
                    it.steps = i8::from(weak);
                    it.eased = eased_hash(role);
                    it.role = role;
                    it.broken = weak;
                });
            }
            What::Url => {
                if around.aside {
                    return;
                }
                let text = self.file.text.slice(secret);
                let scheme = self.file.text.slice(place.at).to_owned();
                let weak = !value::is_strong(text);
                self.push(
                    Kind::CommandLine,
                    &place,
                    &format!("{scheme}://"),
                    secret,
                    |it| {
                        it.steps = if weak { -1 } else { 0 };
                        it.role = role;
                        it.weak = weak;
                    },
                );
            }
            What::Flag => self.flag(&place, &path, &around, role, &node, secret),
            What::Mount => {
                let options = matches!(
                    path.as_slice(),
                    [
                        ..,
                        Segment::Name("fileSystems"),
                        _,
                        Segment::Name("options")
                    ]
                );
                let text = self.file.text.slice(secret);
                if options && !around.aside && places::is_literal(text) {
                    self.push(Kind::CommandLine, &place, "password=", secret, |it| {
                        it.role = role
                    });
                }
            }
            What::Writer | What::Reader => {}
        }
    }

    /// `--token=…` where a command line is meant.
    fn flag(
        &mut self,
        place: &Place,
        path: &[Segment<'_>],
        around: &Around,
        role: Role,
        node: &SyntaxNode,
        secret: TextRange,
    ) {
        let command = around.written
            || matches!(path.last(), Some(Segment::Name(name)) if is_command(name) || is_text(name))
            || matches!(
                path,
                [.., Segment::Name("activationScripts" | "activation"), _]
                    | [.., Segment::Name("ProgramArguments")]
            );
        if !command || around.aside {
            return;
        }
        let mut mask = secret;
        let mut text = self.file.text.slice(secret).to_owned();
        if secret.is_empty() {
            // `[ "--token" "…" ]`: the value is the next element.
            let next = node
                .parent()
                .filter(|list| list.kind() == SyntaxKind::NODE_LIST)
                .and_then(|_| node.next_sibling())
                .filter(|next| next.kind() == SyntaxKind::NODE_STRING);
            let Some(next) = next else {
                return;
            };
            let value = StringValue::of_node(&next);
            mask = value.inside();
            text = value.text;
        }
        if !places::is_literal(&text)
            || !value::is_strong(&text)
            || text.contains('$')
            || text.starts_with('-')
        {
            return;
        }
        let flag = self.file.text.slice(place.at).to_owned();
        // `--secret id=x,src=y` of containers names a secret.
        if flag == "--secret" && text.contains([',', '=']) {
            return;
        }
        self.push(Kind::CommandLine, place, &flag, mask, |it| it.role = role);
    }

    /// `writeText "name" "…"`, `toFile "name" "…"`: the text becomes a file.
    fn writer(&mut self, token: &SyntaxToken) {
        if token.kind() != SyntaxKind::TOKEN_IDENT {
            return;
        }
        let shell = !(token.text().starts_with("writeText") || token.text() == "toFile");
        let mut call = call_of(token);
        let mut arguments = 0;
        while let Some(apply) = call.take()
            && apply.kind() == SyntaxKind::NODE_APPLY
            && arguments < 4
        {
            arguments += 1;
            let argument = ast::Apply::cast(apply.clone()).and_then(|it| it.argument());
            if let Some(ast::Expr::Str(string)) = argument.map(expr::strip_parens) {
                let literal = Literal {
                    node: string.syntax().clone(),
                    value: StringValue::of(&string),
                };
                let path = self
                    .enclosing(apply.text_range().start())
                    .map(|index| self.sites.definitions.entries[index].path);
                let place = Place {
                    at: TextRange::default(),
                    path,
                    row: None,
                    login: false,
                };
                // The name of the file is no text.
                if literal.value.text.contains(['=', ':', ' ', HOLE_START]) {
                    self.text(&place, &literal, shell);
                }
            }
            call = apply.parent();
        }
    }

    fn push(
        &mut self,
        kind: Kind,
        place: &Place,
        subject: &str,
        mask: TextRange,
        with: impl FnOnce(&mut Secret),
    ) {
        if mask.is_empty() {
            return;
        }
        let mut secret = Secret {
            kind,
            at: place.at,
            path: place.path,
            subject: subject.into(),
            row: place.row,
            steps: 0,
            eased: None,
            role: Role::Real,
            weak: false,
            broken: false,
        };
        with(&mut secret);
        self.found.push(Found { secret, mask });
    }

    fn around(&self, node: &SyntaxNode) -> Around {
        around(node)
    }

    pub(super) fn role(&mut self, around: &Around, place: &Place) -> Role {
        let file = *self
            .role
            .get_or_insert_with(|| match roles::of_path(&self.file.path) {
                Role::Real => roles::of_text(self.file.text.contents()),
                role => role,
            });
        if around.role.is_test() || file == Role::Real {
            if around.role != Role::Real {
                return around.role;
            }
        } else {
            return file;
        }
        if place.login && place.path.is_some_and(|path| self.is_system_user(path)) {
            return Role::SystemUser;
        }
        Role::Real
    }

    fn has_immutable_users(&self) -> bool {
        self.definitions.entries.iter().any(|entry| {
            entry.value == Value::Bool(false)
                && self
                    .definitions
                    .ends_with(entry.path, &["users", "mutableUsers"])
        })
    }

    /// Whether the user that an option belongs to is declared as a system user here, without `wheel`.
    fn is_system_user(&self, path: PathId) -> bool {
        let mut user = self.definitions.segments(path);
        user.pop();
        let of_user = |path: PathId, option: &str| {
            self.definitions.last(path) == Some(Segment::Name(option)) && {
                let mut segments = self.definitions.segments(path);
                segments.pop();
                segments == user
            }
        };
        let mut system = false;
        for (entry, nodes) in self.sites.iter() {
            if entry.value == Value::Bool(true) && of_user(entry.path, "isSystemUser") {
                system = true;
            }
            if matches!(entry.value, Value::List(_) | Value::Other | Value::Call(_))
                && of_user(entry.path, "extraGroups")
                && self
                    .file
                    .text
                    .slice(nodes.value().text_range())
                    .contains("wheel")
            {
                return false;
            }
        }
        system
    }

    /// `final: prev: { … }` and packages hold no options.
    fn is_overlay(&self) -> bool {
        let Some(ast::Expr::Lambda(outer)) = self.tree.expr().map(expr::strip_parens) else {
            return false;
        };
        let simple =
            |lambda: &ast::Lambda| matches!(lambda.param(), Some(ast::Param::IdentParam(_)));
        simple(&outer)
            && matches!(outer.body().map(expr::strip_parens), Some(ast::Expr::Lambda(inner)) if simple(&inner))
    }

    /// The innermost definition around an offset.
    pub(super) fn enclosing(&mut self, offset: TextSize) -> Option<usize> {
        let entries = &self.sites.definitions.entries;
        let whole = |index: usize| entries[index].at.cover(entries[index].value_at);
        let parents = self.parents.get_or_insert_with(|| {
            let mut parents = Vec::with_capacity(entries.len());
            let mut stack: Vec<u32> = Vec::new();
            for index in 0..entries.len() {
                while stack
                    .last()
                    .is_some_and(|top| !whole(*top as usize).contains_range(whole(index)))
                {
                    stack.pop();
                }
                parents.push(stack.last().copied().unwrap_or(u32::MAX));
                stack.push(u32::try_from(index).unwrap_or(u32::MAX));
            }
            parents
        });
        let mut at = entries
            .partition_point(|entry| entry.at.start() <= offset)
            .checked_sub(1)?;
        loop {
            if whole(at).contains(offset) {
                return Some(at);
            }
            at = usize::try_from(*parents.get(at)?).ok()?;
            if at >= entries.len() {
                return None;
            }
        }
    }

    /// The token at an offset, found by halving.
    fn token_at(&self, offset: TextSize) -> Option<SyntaxToken> {
        let mut node = self.tree.root.clone();
        let at = TextRange::empty(offset);
        loop {
            let after = TextRange::new(offset, offset.checked_add(1.into())?);
            let range = if node.text_range().contains_range(after) {
                after
            } else {
                at
            };
            match node.child_or_token_at_range(range)? {
                NodeOrToken::Node(child) => node = child,
                NodeOrToken::Token(token) => return Some(token),
            }
        }
    }

    /// The strings that a value may be: through wrappers, lists, branches, and names bound by `let` in this file.
    fn literals(&self, value: &SyntaxNode) -> Vec<Literal> {
        let mut found = Vec::new();
        let mut stack: Vec<(ast::Expr, bool)> = ast::Expr::cast(value.clone())
            .map(|value| (value, true))
            .into_iter()
            .collect();
        let mut looked = 0;
        while let Some((expr, follow)) = stack.pop() {
            looked += 1;
            if looked > 512 {
                break;
            }
            let mut push = |next: Option<ast::Expr>| stack.extend(next.map(|next| (next, follow)));
            match expr {
                ast::Expr::Str(string) => found.push(Literal {
                    node: string.syntax().clone(),
                    value: StringValue::of(&string),
                }),
                ast::Expr::Paren(it) => push(it.expr()),
                ast::Expr::LetIn(it) => push(it.body()),
                ast::Expr::With(it) => push(it.body()),
                ast::Expr::Assert(it) => push(it.body()),
                ast::Expr::IfElse(it) => {
                    push(it.else_body());
                    push(it.body());
                }
                ast::Expr::BinOp(it) if it.operator() == Some(ast::BinOpKind::Concat) => {
                    push(it.rhs());
                    push(it.lhs());
                }
                ast::Expr::List(it) => {
                    let items: Vec<ast::Expr> = it.items().take(256).collect();
                    items.into_iter().rev().for_each(|item| push(Some(item)));
                }
                ast::Expr::Apply(apply) => {
                    let (head, mut arguments) = expr::call(&ast::Expr::Apply(apply));
                    let wraps = expr::last_name(&head)
                        .is_some_and(|name| is_wrapper(&name, arguments.len()));
                    if wraps {
                        push(arguments.pop());
                    }
                }
                ast::Expr::Ident(ident) if follow => {
                    let text = self
                        .bound(&ident)
                        .filter(|it| matches!(it, ast::Expr::Str(_)));
                    stack.extend(text.map(|value| (value, false)));
                }
                _ => {}
            }
        }
        found
    }

    /// What a name is bound to by a `let` of this file.
    pub(super) fn bound(&self, ident: &ast::Ident) -> Option<ast::Expr> {
        let scopes = &self.tree.scopes;
        let syntax::scopes::To::Name(name) = scopes.resolve(ident.syntax())?.to else {
            return None;
        };
        if scopes.name(name).kind != syntax::scopes::NameKind::Let {
            return None;
        }
        let [part] = scopes.parts(name) else {
            return None;
        };
        let node = match self.tree.root.covering_element(part.value) {
            NodeOrToken::Node(node) => node,
            NodeOrToken::Token(token) => token.parent()?,
        };
        Some(expr::strip_parens(ast::Expr::cast(node)?))
    }
}

/// Functions whose last argument stands where the call stands.
pub(super) fn is_wrapper(name: &str, arguments: usize) -> bool {
    matches!(
        (name, arguments),
        (
            "mkDefault"
                | "mkForce"
                | "mkBefore"
                | "mkAfter"
                | "mkMerge"
                | "mkVMOverride"
                | "mkOptionDefault",
            1
        ) | (
            "mkIf" | "mkOverride" | "mkOrder" | "optional" | "optionals" | "optionalString",
            2
        )
    )
}

/// The innermost call of a function, from its name: `pkgs.writeText "x"`.
pub(super) fn call_of(token: &SyntaxToken) -> Option<SyntaxNode> {
    let mut node = token.parent()?;
    while node.kind() != SyntaxKind::NODE_APPLY {
        let parent = node.parent()?;
        let goes_up = match parent.kind() {
            SyntaxKind::NODE_SELECT | SyntaxKind::NODE_ATTRPATH | SyntaxKind::NODE_PAREN => true,
            SyntaxKind::NODE_APPLY => parent.first_child().as_ref() == Some(&node),
            _ => false,
        };
        if !goes_up {
            return None;
        }
        node = parent;
    }
    Some(node)
}

/// A string that a value may be.
struct Literal {
    node: SyntaxNode,
    value: StringValue,
}

/// What a literal reaches.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) at: TextRange,
    pub(super) path: Option<PathId>,
    pub(super) row: Option<RowId>,
    /// The password or hash of a user of the machine.
    pub(super) login: bool,
}

/// How many levels a hash stands below its lint where logins are a matter of comfort.
fn eased_hash(role: Role) -> Option<i8> {
    (role.has_easy_logins() && !role.is_test()).then_some(-1)
}

/// The option of a user: below `users`, in any wrapper.
fn is_login(path: &[Segment<'_>]) -> bool {
    match path {
        [before @ .., Segment::Name("password")] => {
            matches!(before, [.., Segment::Name("users" | "extraUsers"), _])
        }
        _ => true,
    }
}

/// A variable of an environment is written in capitals.
fn is_variable(name: &str) -> bool {
    name.bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// The scheme of a value that is nothing but a hash; the second is whether it is broken.
fn whole_hash(text: &str) -> Option<(&'static str, bool)> {
    let text = text.trim();
    if !text.starts_with(['$', '{', 'g', 'a']) || text.len() > 4096 {
        return None;
    }
    let mut hits = Vec::new();
    tokens::scan(text, &mut hits);
    hits.into_iter().find_map(|hit| match hit.what {
        What::Hash { scheme, weak } if hit.secret.end == text.len() => Some((scheme, weak)),
        _ => None,
    })
}

/// The last name of an attribute path as it stands.
fn last_key(nodes: SiteNodes<'_>, whole: TextRange) -> TextRange {
    ast::Attrpath::cast(nodes.key())
        .and_then(|path| path.attrs().last())
        .map_or(whole, |last| last.syntax().text_range())
}
