//! Which files a configuration uses for its secrets: given as paths, declared to sops and agenix, read at evaluation.
//!
//! Only the uses are facts here; what the files are is known when the repository is linked (see [`super::encrypted`]).
//! Limits: paths that are computed, but for `./. + "/x"`, are not known.

use serde::{Deserialize, Serialize};
use syntax::strings::StringValue;
use syntax::{AstNode, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, ast, expr};

use super::judge::{Judge, Place, call_of, is_wrapper};
use super::names;
use super::roles::{Role, around};
use super::table::{self, RowId};
use crate::RepoPath;
use crate::definitions::{PathId, Segment};

/// What a file is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UseKind {
    /// An option that takes the path of a secret.
    Path {
        /// Whether the option says so by itself: `hostKeys`, `privateKeyFile`.
        key: bool,
    },
    /// An option of sops-nix or agenix that takes an encrypted file.
    Encrypted,
    /// Its contents are read at evaluation.
    Read,
    /// The path of a secret that exists at run time only is read at evaluation: `config.sops.secrets.x.path`.
    ReadAtRunTime,
    /// An environment variable with a secret name is read at evaluation.
    Variable,
}

/// How a path is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// `./x`, `"${./x}"`, `./. + "/x"`: copied to the store.
    Path,
    /// `toString ./x`: copied with the rest of a flake.
    ToString,
    /// `pkgs.writeText "x" "…"`, `builtins.toFile`: made in the store.
    Written,
    /// No path of the repository.
    None,
}

/// One use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileUse {
    /// What for.
    pub kind: UseKind,
    /// How the path is written.
    pub form: Form,
    /// The path, or the function that makes the file.
    pub at: TextRange,
    /// The option, or what encloses the use.
    pub path: Option<PathId>,
    /// The row of the table that knows the option.
    pub row: Option<RowId>,
    /// The file, if the path stays inside the repository.
    pub target: Option<RepoPath>,
    /// What is read, for messages: `config.age.secrets.x.path`, `MAIL_PASSWORD`.
    pub subject: Box<str>,
    /// The part that its surroundings play.
    pub role: Role,
}

/// Options that take the path of a secret, whatever stands before.
const PATH_OPTIONS: &[&str] = &[
    "environmentFile",
    "environmentFiles",
    "EnvironmentFile",
    "credentialsFile",
    "keyFile",
    "privateKeyFile",
    "secretsFile",
    "identityFile",
    "identityPaths",
    "sshKeyPaths",
    "hostKeys",
    "secret-key-files",
    "netrc-file",
    "sshKey",
];

/// Whether a name is that of an option which takes the path of a secret, and whether it can be nothing else.
#[must_use]
pub fn path_option(name: &str) -> Option<bool> {
    if PATH_OPTIONS.contains(&name) {
        return Some(!matches!(
            name,
            "environmentFile" | "environmentFiles" | "EnvironmentFile"
        ));
    }
    let stem = ["Files", "File", "Paths", "Path", "_file", "_path", "-file"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))?;
    names::is_secret_stem(stem).then_some(true)
}

/// Whether the name of a file says that it holds a secret.
#[must_use]
pub fn is_secret_file_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words = names::words(&lower);
    let word = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    word(&[
        "secret",
        "secrets",
        "password",
        "passwords",
        "passwd",
        "token",
        "tokens",
        "credential",
        "credentials",
        "netrc",
        "htpasswd",
        "psk",
    ]) || (word(&["private"]) && word(&["key", "keys"]))
        || ["id_rsa", "id_ed25519", "id_ecdsa"]
            .iter()
            .any(|key| lower.starts_with(key))
        || [".env", ".pem", ".key"]
            .iter()
            .any(|suffix| lower.ends_with(suffix))
        || lower == "keys.txt"
}

/// A path expression.
struct Source {
    form: Form,
    at: TextRange,
    target: Option<RepoPath>,
    /// The text that the file is made of.
    text: Option<TextRange>,
}

impl Judge<'_> {
    /// A definition whose value may be the path of a secret.
    pub(super) fn path_definition(
        &mut self,
        place: &Place,
        path: &[Segment<'_>],
        value: &SyntaxNode,
    ) {
        let Some(Segment::Name(name)) = path.last() else {
            return;
        };
        let kind = match place.row.map(|row| row.row().kind) {
            Some(table::Kind::Encrypted) => UseKind::Encrypted,
            _ if matches!(
                path,
                [
                    ..,
                    Segment::Name("age"),
                    Segment::Name("secrets"),
                    _,
                    Segment::Name("rekeyFile")
                ]
            ) =>
            {
                UseKind::Encrypted
            }
            Some(table::Kind::Path) => UseKind::Path {
                key: path_option(name) == Some(true),
            },
            None => match path_option(name) {
                Some(key) => UseKind::Path { key },
                None => return,
            },
            Some(_) => return,
        };
        // Public keys of those who may log in.
        if *name == "keyFiles"
            || path
                .iter()
                .any(|segment| matches!(segment, Segment::Name("authorizedKeys")))
        {
            return;
        }
        for source in self.sources(value) {
            if source.text.is_some_and(TextRange::is_empty) {
                continue;
            }
            if matches!(kind, UseKind::Path { .. }) {
                self.written.extend(source.text);
            }
            let about = around(value);
            if about.declaration || about.aside || (about.wiring && kind != UseKind::Encrypted) {
                return;
            }
            let role = self.role(&about, place);
            self.uses.push(FileUse {
                kind,
                form: source.form,
                at: source.at,
                path: place.path,
                row: place.row,
                target: source.target,
                subject: "".into(),
                role,
            });
        }
    }

    /// `readFile x`, `importJSON x`, `getEnv "X"`: the name of such a function stands here.
    pub(super) fn reader(&mut self, token: &SyntaxToken) {
        if token.kind() != SyntaxKind::TOKEN_IDENT
            || !super::tokens::READERS.contains(&token.text())
        {
            return;
        }
        let Some(call) = call_of(token) else {
            return;
        };
        let Some(argument) = ast::Apply::cast(call.clone()).and_then(|it| it.argument()) else {
            return;
        };
        let argument = expr::strip_parens(argument);
        let about = around(argument.syntax());
        if about.declaration || about.aside {
            return;
        }
        let place = Place {
            at: argument.syntax().text_range(),
            path: self
                .enclosing(call.text_range().start())
                .map(|index| self.sites.definitions.entries[index].path),
            row: None,
            login: false,
        };
        let mut found = FileUse {
            kind: UseKind::Read,
            form: Form::None,
            at: place.at,
            path: place.path,
            row: None,
            target: None,
            subject: "".into(),
            role: Role::Real,
        };
        if token.text() == "getEnv" {
            let Some(name) = self
                .static_text(&argument)
                .filter(|name| names::is_secret(name))
            else {
                return;
            };
            found.kind = UseKind::Variable;
            found.subject = name.into();
        } else if let Some(subject) = self.run_time_path(&argument) {
            found.kind = UseKind::ReadAtRunTime;
            found.subject = subject.into();
        } else if let Some(source) = self.source(&argument) {
            if source.form == Form::Written || source.target.is_none() {
                return;
            }
            found.form = source.form;
            found.target = source.target;
            found.at = source.at;
        } else {
            return;
        }
        found.role = self.role(&about, &place);
        self.uses.push(found);
    }

    fn static_text(&self, value: &ast::Expr) -> Option<String> {
        match value {
            ast::Expr::Str(string) => StringValue::of(string).plain().map(str::to_owned),
            _ => None,
        }
    }

    /// `config.sops.secrets.x.path`, also as the only interpolation of a string; `"/run/secrets/x"`.
    fn run_time_path(&self, value: &ast::Expr) -> Option<String> {
        match value {
            ast::Expr::Select(select) => {
                let text = select.syntax().text_range();
                let text: String = self.file.text.slice(text).split_whitespace().collect();
                let inside = ["sops.secrets.", "age.secrets.", "sops.templates."]
                    .iter()
                    .any(|part| text.contains(part));
                let base = text.starts_with("config.") || text.starts_with("osConfig.");
                (base && inside && text.ends_with(".path")).then_some(text)
            }
            ast::Expr::Str(string) => {
                let value = StringValue::of(string);
                if let Some(text) = value.plain() {
                    return [
                        "/run/secrets/",
                        "/run/agenix/",
                        "/run/keys/",
                        "/var/lib/secrets/",
                    ]
                    .iter()
                    .any(|folder| text.starts_with(folder))
                    .then(|| text.to_owned());
                }
                let [hole] = value.holes.as_slice() else {
                    return None;
                };
                (hole.value == (0..value.text.len()))
                    .then(|| ast::Expr::cast(hole.node.clone()))
                    .flatten()
                    .and_then(|inner| match inner {
                        ast::Expr::Select(_) => self.run_time_path(&inner),
                        _ => None,
                    })
            }
            _ => None,
        }
    }

    /// The paths that a value may be.
    fn sources(&self, value: &SyntaxNode) -> Vec<Source> {
        let mut found = Vec::new();
        let mut stack: Vec<ast::Expr> = ast::Expr::cast(value.clone()).into_iter().collect();
        let mut looked = 0;
        while let Some(expr) = stack.pop() {
            looked += 1;
            if looked > 256 {
                break;
            }
            match &expr {
                ast::Expr::Paren(it) => stack.extend(it.expr()),
                ast::Expr::LetIn(it) => stack.extend(it.body()),
                ast::Expr::With(it) => stack.extend(it.body()),
                ast::Expr::IfElse(it) => {
                    stack.extend(it.else_body());
                    stack.extend(it.body());
                }
                ast::Expr::BinOp(it) if it.operator() == Some(ast::BinOpKind::Concat) => {
                    stack.extend(it.rhs());
                    stack.extend(it.lhs());
                }
                ast::Expr::List(it) => {
                    let items: Vec<ast::Expr> = it.items().take(128).collect();
                    stack.extend(items.into_iter().rev());
                }
                // `let file = ../secrets + "/x.yaml"; in`, one step.
                ast::Expr::Ident(ident) => {
                    let path = self.bound(ident);
                    found.extend(path.and_then(|path| self.source(&path)));
                }
                ast::Expr::AttrSet(set) => {
                    // `hostKeys = [ { path = ./x; } ]`
                    use syntax::HasEntry;
                    for entry in set.attrpath_values().take(16) {
                        let is_path = entry
                            .attrpath()
                            .is_some_and(|path| path.syntax().text() == "path");
                        if is_path {
                            stack.extend(entry.value());
                        }
                    }
                }
                ast::Expr::Apply(apply) => {
                    let (head, mut arguments) = expr::call(&ast::Expr::Apply(apply.clone()));
                    let name = expr::last_name(&head).unwrap_or_default();
                    if is_wrapper(&name, arguments.len()) {
                        stack.extend(arguments.pop());
                    } else {
                        found.extend(self.source(&expr));
                    }
                }
                _ => found.extend(self.source(&expr)),
            }
        }
        found
    }

    /// One path expression.
    fn source(&self, value: &ast::Expr) -> Option<Source> {
        let resolved = |form, at, text: &str| Source {
            form,
            at,
            target: self.file.path.parent().join(text),
            text: None,
        };
        match value {
            ast::Expr::PathRel(path) => {
                let at = path.syntax().text_range();
                let text = self.file.text.slice(at);
                (!text.contains("${")).then(|| resolved(Form::Path, at, text))
            }
            // Nothing, in a file that does not parse: `()`
            ast::Expr::Paren(paren) => self.source(&paren.expr()?),
            // `"${./x}"`, `"${pkgs.writeText …}"`
            ast::Expr::Str(string) => {
                let value = StringValue::of(string);
                let [hole] = value.holes.as_slice() else {
                    return None;
                };
                if hole.value != (0..value.text.len()) {
                    return None;
                }
                match ast::Expr::cast(hole.node.clone())? {
                    inner @ (ast::Expr::PathRel(_) | ast::Expr::Apply(_) | ast::Expr::Paren(_)) => {
                        self.source(&inner)
                    }
                    _ => None,
                }
            }
            // `./. + "/x"`
            ast::Expr::BinOp(op) if op.operator() == Some(ast::BinOpKind::Add) => {
                let (Some(ast::Expr::PathRel(base)), Some(rest)) = (op.lhs(), op.rhs()) else {
                    return None;
                };
                let rest = self.static_text(&rest)?;
                let base = self.file.text.slice(base.syntax().text_range());
                let at = op.syntax().text_range();
                rest.starts_with('/')
                    .then(|| resolved(Form::Path, at, &format!("{base}{rest}")))
            }
            ast::Expr::Apply(apply) => {
                let (head, arguments) = expr::call(&ast::Expr::Apply(apply.clone()));
                let name = expr::last_name(&head)?;
                match (&*name, arguments.as_slice()) {
                    ("toString", [argument]) => {
                        let inner = self.source(&expr::strip_parens(argument.clone()))?;
                        let form = if inner.form == Form::Written {
                            Form::Written
                        } else {
                            Form::ToString
                        };
                        Some(Source { form, ..inner })
                    }
                    ("writeText" | "toFile" | "writeTextFile", [_, text]) => {
                        let text = match expr::strip_parens(text.clone()) {
                            ast::Expr::Str(string) => StringValue::of(&string),
                            _ => return None,
                        };
                        // A reference is filled in at run time.
                        if text.plain().is_none_or(|text| {
                            super::value::class(text) == super::value::Class::Reference
                        }) {
                            return None;
                        }
                        Some(Source {
                            form: Form::Written,
                            at: head.syntax().text_range(),
                            target: None,
                            text: Some(if text.text.trim().is_empty() {
                                TextRange::default()
                            } else {
                                text.inside()
                            }),
                        })
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
