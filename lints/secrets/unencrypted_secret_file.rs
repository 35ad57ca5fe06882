//! A file that sops-nix or agenix is told to decrypt, and that is not encrypted.

use lint_api::prelude::*;
use lint_api::repo::secrets::encrypted::FileClass;
use lint_api::repo::secrets::files::{Known, class, known};
use lint_api::repo::secrets::uses::UseKind;

/// The lint.
pub static LINT: Lint = Lint {
    name: "unencrypted-secret-file",
    group: Group::Secrets,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a sops/age file that is not, or only partly, encrypted; git-crypt",
    page: include_str!("unencrypted_secret_file.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in &repo.files {
        let mut before = None;
        for used in &file.facts.secrets.uses {
            let Some(target) = used.target.as_ref().filter(|_| used.kind == UseKind::Encrypted) else {
                continue;
            };
            if used.role.is_test() && !cx.options::<JudgeTests>(file.id).tests {
                continue;
            }
            let Known::File(facts) = known(repo, target) else {
                continue;
            };
            // One path bound by `let` may be used for many secrets.
            if before.replace(used.at) == Some(used.at) {
                continue;
            }
            let message = match class(repo, target, facts) {
                FileClass::Plain | FileClass::PrivateKey => {
                    "this file is not encrypted, and it is copied to the world-readable store".to_owned()
                }
                FileClass::SopsPartial(clear) => {
                    let more = match clear.len() {
                        1 => String::new(),
                        n => format!(" and {} more", n - 1),
                    };
                    format!("this file is encrypted only in part: `{}`{more} is clear", clear[0])
                }
                FileClass::GitCrypt => {
                    "git-crypt encrypts this file in git only: the store gets the plain text".to_owned()
                }
                _ => continue,
            };
            let at = Span {
                file: file.id,
                range: used.at,
            };
            cx.report(at, message)
                .note("sops-nix validates the file after it is in the store, agenix looks at it when the system is activated")
                .help(
                    "encrypt it before the next evaluation, and rotate what it holds: old generations, caches and \
                     git history keep it",
                );
        }
    }
}
