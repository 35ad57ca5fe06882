//! The path of a secret, given so that its file is copied to the store.

use lint_api::prelude::*;
use lint_api::repo::secrets::SecretFacts;
use lint_api::repo::secrets::encrypted::FileClass;
use lint_api::repo::secrets::files::{Known, class, known};
use lint_api::repo::secrets::uses::{FileUse, Form, UseKind};

/// The lint.
pub static LINT: Lint = Lint {
    name: "secret-path-in-store",
    group: Group::Secrets,
    level: Level::Error,
    fix: FixKind::Unsafe,
    summary: "a secret file given as a path literal or made from text: copied to the store",
    page: include_str!("secret_path_in_store.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let flake = repo.find(&RepoPath::from("flake.nix")).is_some();
    for file in &repo.files {
        for used in &file.facts.secrets.uses {
            let UseKind::Path { key } = used.kind else {
                continue;
            };
            if used.role.is_test() && !cx.options::<JudgeTests>(file.id).tests {
                continue;
            }
            let definitions = &file.facts.definitions;
            let Some(steps) = copied(repo, used, key, flake) else {
                continue;
            };
            // `home.file.x.source` takes anything; a private key is no file for the store.
            let any_file = used.path.is_some_and(|path| definitions.ends_with(path, &["source"]));
            if any_file && !is_private_key(repo, used) {
                continue;
            }
            if used.form == Form::Written && is_harmless_text(file, used) {
                continue;
            }
            let option = used.path.map(|path| definitions.display(path)).unwrap_or_default();
            let message = match used.form {
                Form::Written => format!("`{option}` takes the path of a secret, and this file is made in the world-readable store"),
                _ => format!("`{option}` takes the path of a secret, and this file is copied to the world-readable store"),
            };
            let at = Span {
                file: file.id,
                range: used.at,
            };
            let fix = declared(file, used);
            let finding = cx.report(at, message);
            finding.raise(steps).help(
                "give the path as a string, such as \"/run/secrets/x\", of a file that is there at run time only, and \
                 rotate it: old generations, caches and git history keep the value",
            );
            if let Some(option) = fix {
                finding.fix(Fix::r#unsafe(format!("use `{option}`")).replace(used.at, option));
            }
        }
    }
}

/// Whether the file gets into the store in plain text, and how many levels below the lint's that counts.
fn copied(repo: &Repo, used: &FileUse, key: bool, flake: bool) -> Option<i8> {
    match used.form {
        Form::Written => return Some(0),
        Form::Path => {}
        // Outside of a flake, `toString ./x` copies nothing.
        Form::ToString if flake => {}
        _ => return None,
    }
    let target = used.target.as_ref()?;
    match known(repo, target) {
        Known::File(facts) => (!class(repo, target, facts).is_safe()).then_some(0),
        Known::Unread | Known::Missing => (key && used.form == Form::Path).then_some(-1),
        Known::Code | Known::Folder => None,
    }
}

/// Whether the text that a file is made of has no secret in it: SQL that sets no password, a file that has to be there.
fn is_harmless_text(file: &File, used: &FileUse) -> bool {
    let definitions = &file.facts.definitions;
    let mut around = definitions.entries.iter().filter(|it| it.value_at.contains_range(used.at));
    let Some(definition) = around.find(|it| Some(it.path) == used.path) else {
        return false;
    };
    let text = file.text.slice(definition.value_at).to_ascii_lowercase();
    let sets_password = ["password", "identified by"].iter().any(|word| text.contains(word));
    definitions.ends_with(definition.path, &["initialScript"]) && !sets_password || text.contains("dummy")
}

fn is_private_key(repo: &Repo, used: &FileUse) -> bool {
    let known = used.target.as_ref().map(|target| known(repo, target));
    matches!(known, Some(Known::File(facts)) if facts.class == FileClass::PrivateKey)
}

/// The option that gives the decrypted file, if this very file is declared as a secret next to the use.
fn declared(file: &File, used: &FileUse) -> Option<String> {
    let twin = file
        .facts
        .secrets
        .uses
        .iter()
        .find(|other| other.kind == UseKind::Encrypted && other.target.is_some() && other.target == used.target)?;
    SecretFacts::decrypted(&file.facts.definitions, twin.path?)
}
