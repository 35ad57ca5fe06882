//! The fixes of all pages: what Nix parsed it still parses, and safe fixes keep the value.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use engine::Wanted;
use testkit::Page;

use crate::all;
use crate::judge::{judge, write};

/// Lints whose safe fixes keep what the module system makes of a file, though not the value of the file itself.
const OF_MODULES: &[&str] = &["nested-imports", "renamed-option"];

/// One case of a page, and what came of it.
struct Judged {
    name: String,
    before: Vec<PathBuf>,
    after: Vec<PathBuf>,
}

/// All cases of all pages whose text a fix changes, written to `folder`.
fn cases(folder: &Path, guesses: bool) -> Vec<Judged> {
    let all = all();
    let mut judged = Vec::new();
    for lint in &all {
        for case in Page::read(lint.page).cases {
            // The old Nix does not know what these use.
            if !case.flagged || case.words.iter().any(|word| word == "newer") {
                continue;
            }
            let texts: BTreeMap<String, String> = case
                .files
                .iter()
                .map(|(path, block)| (path.clone(), block.text.clone()))
                .collect();
            let mut select = vec![lint.name.to_owned()];
            let also = case.words.iter().filter_map(|it| it.strip_prefix("lints="));
            select.extend(also.map(str::to_owned));
            let wanted = Wanted {
                guesses,
                ..Wanted::default()
            };
            let (new, troubles) = testkit::fixed(&case, &texts, select, &all, wanted);
            let name = format!("{}.md:{}", lint.name, case.line);
            assert!(troubles.is_empty(), "{name}: {troubles:?}");
            if new == texts {
                continue;
            }
            let at = folder.join(judged.len().to_string());
            judged.push(Judged {
                name,
                before: write(&at.join("before"), &texts),
                after: write(&at.join("after"), &new),
            });
        }
    }
    judged
}

/// Compares what Nix says before and after; answers how often it said anything.
fn compare(guesses: bool, arguments: &[&str], same: bool) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let cases = cases(folder.path(), guesses);
    let paths = |side: fn(&Judged) -> &Vec<PathBuf>| -> Vec<PathBuf> {
        cases.iter().flat_map(side).cloned().collect()
    };
    let (before, after) = (paths(|it| &it.before), paths(|it| &it.after));
    let (Some(was), Some(is)) = (judge(arguments, &before), judge(arguments, &after)) else {
        return usize::MAX;
    };
    let names = cases
        .iter()
        .flat_map(|case| case.before.iter().map(|_| case.name.as_str()));
    let mut wrong = Vec::new();
    let mut told = 0;
    for (index, name) in names.enumerate() {
        let Ok(was) = &was[index] else { continue };
        let same = same && !OF_MODULES.iter().any(|lint| name.starts_with(lint));
        told += 1;
        let old = was.replace("/before/", "/");
        let new = is[index].as_ref().ok().map(|is| is.replace("/after/", "/"));
        if new.is_none() || (same && new.as_ref() != Some(&old)) {
            let text = fs::read_to_string(&after[index]).unwrap();
            wrong.push(format!("{name}: {old}\n=> {new:?}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    told
}

#[test]
fn fixed_pages_parse() {
    let told = compare(true, &["--parse"], false);
    assert!(told > 40, "only {told}");
}

#[test]
fn safely_fixed_pages_have_the_same_value() {
    let told = compare(false, &["--eval", "--strict"], true);
    assert!(told > 20, "only {told}");
}
