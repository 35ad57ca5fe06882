//! Real files, which the user of the test names: `NIVIS_TREES=/a:/b` fixes all files of these folders, in memory.

use std::collections::BTreeMap;
use std::path::Path;

use engine::Wanted;
use testkit::Case;

use crate::judge::{judge, write};
use crate::{all, fixing, settings};

fn nix_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            nix_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "nix") {
            found.push(path);
        }
    }
}

#[test]
fn fixed_files_still_parse() {
    let mut files = Vec::new();
    let trees = std::env::var("NIVIS_TREES").unwrap_or_default();
    for tree in trees.split(':').filter(|it| !it.is_empty()) {
        nix_files(Path::new(tree), &mut files);
    }
    let mut changed = 0;
    let lints: Vec<String> = fixing().map(|it| it.name.to_owned()).collect();
    for batch in files.chunks(64) {
        // Each file alone: that others import it makes no difference here.
        let texts: BTreeMap<String, String> = batch
            .iter()
            .enumerate()
            .filter_map(|(index, path)| {
                let name = path.file_name()?.to_string_lossy().into_owned();
                Some((
                    format!("{index:03}/{name}"),
                    std::fs::read_to_string(path).ok()?,
                ))
            })
            .chain([settings()])
            .collect();
        let case = Case::default();
        let (new, troubles) =
            testkit::fixed(&case, &texts, lints.clone(), &all(), Wanted::default());
        assert!(troubles.is_empty(), "{troubles:?}");
        let (again, _) = testkit::fixed(&case, &new, lints.clone(), &all(), Wanted::default());
        assert_eq!(again, new, "a second run changes something");
        let differ = |side: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            side.iter()
                .filter(|(path, _)| texts[*path] != new[*path])
                .map(|(path, text)| (path.clone(), text.clone()))
                .collect()
        };
        let folder = tempfile::tempdir().unwrap();
        let before = write(&folder.path().join("before"), &differ(&texts));
        let after = write(&folder.path().join("after"), &differ(&new));
        changed += after.len();
        let (Some(was), Some(is)) = (judge(&["--parse"], &before), judge(&["--parse"], &after))
        else {
            return;
        };
        for ((was, is), path) in was.iter().zip(&is).zip(&after) {
            assert!(was.is_err() || is.is_ok(), "{}: {is:?}", path.display());
        }
    }
    assert!(changed > 0 || files.is_empty(), "nothing was changed");
}
