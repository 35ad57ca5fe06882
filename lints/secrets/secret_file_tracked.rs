//! A tracked file that should be encrypted and is plain.

use lint_api::prelude::*;
use lint_api::repo::GitState;
use lint_api::repo::secrets::encrypted::FileClass;
use lint_api::repo::secrets::files::{class, is_test};
use lint_api::repo::secrets::wiring::claim;

/// The lint.
pub static LINT: Lint = Lint {
    name: "secret-file-tracked",
    group: Group::Secrets,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a plaintext file that `.sops.yaml`/`secrets.nix` says should be encrypted, private keys in the tree",
    page: include_str!("secret_file_tracked.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let Some(git) = &repo.git else {
        return;
    };
    for file in &repo.files {
        if git.states.get(&file.path) != Some(&GitState::Tracked)
            || (is_test(file) && !cx.options::<JudgeTests>(file.id).tests)
        {
            continue;
        }
        let secrets = &file.facts.secrets;
        let message = match (&secrets.file, secrets.tokens.first()) {
            (Some(facts), _) => match class(repo, &file.path, facts) {
                FileClass::PrivateKey => "this tracked file is a private key in plain text".to_owned(),
                FileClass::Plain => match claim(repo, &file.path) {
                    Some(who) => format!("`{who}` says that this file is encrypted, and it is tracked in plain text"),
                    None => continue,
                },
                _ => continue,
            },
            (None, Some((what, _))) if file.kind == Kind::Shell => format!("{what} stands in this tracked script"),
            _ => continue,
        };
        let at = Span {
            file: file.id,
            range: TextRange::default(),
        };
        cx.report(at, message).help(
            "encrypt it or take it out of the repository, and rotate what it holds: git history keeps it",
        );
    }
}
