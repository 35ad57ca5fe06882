//! A secret that is read while Nix evaluates.

use lint_api::prelude::*;
use lint_api::repo::secrets::encrypted::FileClass;
use lint_api::repo::secrets::files::{Known, class, known};
use lint_api::repo::secrets::uses::{FileUse, UseKind, is_secret_file_name};

/// The lint.
pub static LINT: Lint = Lint {
    name: "secret-read-at-eval",
    group: Group::Secrets,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`readFile` of a secret, `getEnv` of a secret",
    page: include_str!("secret_read_at_eval.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in &repo.files {
        for used in &file.facts.secrets.uses {
            if used.role.is_test() && !cx.options::<JudgeTests>(file.id).tests {
                continue;
            }
            let Some((message, steps)) = judge(repo, used) else {
                continue;
            };
            let at = Span {
                file: file.id,
                range: used.at,
            };
            cx.report(at, message)
                .raise(steps)
                .note("what is read at evaluation becomes part of a value, and values end in the store")
                .help("let the service read the file when it starts");
        }
    }
}

fn judge(repo: &Repo, used: &FileUse) -> Option<(String, i8)> {
    match used.kind {
        UseKind::ReadAtRunTime => Some((
            format!("`{}` is there at run time only, and is read at evaluation", used.subject),
            0,
        )),
        UseKind::Variable => Some((
            format!(
                "`{}` is read at evaluation, and its value is copied to the world-readable store",
                used.subject
            ),
            -1,
        )),
        UseKind::Read => {
            let target = used.target.as_ref()?;
            let Known::File(facts) = known(repo, target) else {
                return None;
            };
            match class(repo, target, facts) {
                FileClass::GitCrypt => Some((
                    "git-crypt encrypts this file in git only, and it is read at evaluation".to_owned(),
                    0,
                )),
                FileClass::PrivateKey => Some(("this file holds a private key, and is read at evaluation".to_owned(), 0)),
                FileClass::Plain if is_secret_file_name(&target.file_name()) => Some((
                    "this file is named like a secret, and is read at evaluation".to_owned(),
                    0,
                )),
                _ => None,
            }
        }
        _ => None,
    }
}
