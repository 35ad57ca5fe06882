//! Which files a repository has: the index, and what git would not ignore; links are never followed.

use std::path::Path;

use repo::RepoPath;

use crate::Error;

/// The paths of all files below `root`, sorted.
///
/// # Errors
/// When a folder cannot be read.
pub fn walk(root: &Path) -> Result<Vec<RepoPath>, Error> {
    let mut paths = Vec::new();
    for entry in ignore::WalkBuilder::new(root)
        .hidden(false)
        .git_global(false)
        .build()
    {
        let entry = entry.map_err(|error| Error::new(error.to_string()))?;
        if entry.file_type().is_some_and(|kind| kind.is_file())
            && let Ok(relative) = entry.path().strip_prefix(root)
            && !relative.starts_with(".git")
        {
            paths.push(RepoPath::from_bytes(
                relative.as_os_str().as_encoded_bytes(),
            ));
        }
    }
    paths.sort();
    Ok(paths)
}
