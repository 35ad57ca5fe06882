//! Trees to measure on: copies, many copies, and one that is made.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark makes and changes trees of its own"
)]

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A tree that may be changed.
#[derive(Debug, Clone)]
pub struct Tree {
    pub name: String,
    pub path: PathBuf,
    /// Nix files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// A folder that goes when it is no longer needed.
pub struct Temporary {
    path: PathBuf,
    count: AtomicUsize,
}

impl Temporary {
    pub fn new() -> Result<Temporary, String> {
        let path = std::env::temp_dir().join(format!("nivis-bench-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(|it| format!("{}: {it}", path.display()))?;
        Ok(Temporary {
            path,
            count: AtomicUsize::new(0),
        })
    }

    /// A new folder in it.
    pub fn folder(&self, name: &str) -> Result<PathBuf, String> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let path = self.path.join(format!("{name}-{number}"));
        fs::create_dir_all(&path).map_err(|it| format!("{}: {it}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

impl Tree {
    fn at(name: String, path: PathBuf) -> Tree {
        let files = nix_files(&path);
        let sizes = files
            .iter()
            .map(|it| fs::metadata(it).map_or(0, |it| it.len()));
        Tree {
            name,
            bytes: sizes.sum(),
            files: files.len(),
            path,
        }
    }

    /// A copy of a tree, without its git directory.
    pub fn copy(tree: &Path, temporary: &Temporary) -> Result<Tree, String> {
        let wrong = |it: io::Error| format!("{}: {it}", tree.display());
        let full = fs::canonicalize(tree).map_err(wrong)?;
        let name = full.file_name().unwrap_or(full.as_os_str());
        let name = name.to_string_lossy().into_owned();
        let path = temporary.folder("tree")?.join("tree");
        copy(&full, &path).map_err(wrong)?;
        Ok(Tree::at(name, path))
    }

    /// All trees as folders of one, as often as comes nearest to so many files.
    pub fn repeated(trees: &[Tree], wanted: usize, temporary: &Temporary) -> Result<Tree, String> {
        let path = temporary.folder("copies")?;
        let each: usize = trees.iter().map(|it| it.files).sum();
        let times = ((wanted + each / 2) / each.max(1)).max(1);
        for number in 0..times {
            for (index, tree) in trees.iter().enumerate() {
                let into = path.join(format!("copy-{number}/tree-{index}"));
                copy(&tree.path, &into).map_err(|it| format!("{}: {it}", into.display()))?;
            }
        }
        let names: Vec<&str> = trees.iter().map(|it| it.name.as_str()).collect();
        Ok(Tree::at(format!("{times} × {}", names.join(", ")), path))
    }

    /// The repository that `testkit` makes, under git where there is git.
    pub fn made(temporary: &Temporary, files: usize) -> Result<Tree, String> {
        let path = temporary.folder("made")?;
        testkit::fleet::write(&path, files);
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        for words in [
            &["init", "-q"][..],
            &["add", "-A"],
            &["commit", "-q", "-m", "one"],
        ] {
            let mut git = Command::new("git");
            git.arg("-C").arg(&path).args(who).args(words);
            let _ = git.output();
        }
        Ok(Tree::at("made".to_owned(), path))
    }

    /// Gives one file, of middle size, another text in every round.
    pub fn edit(&self) -> impl Fn(usize) + 'static {
        let mut files = nix_files(&self.path);
        files.sort_by_cached_key(|it| fs::metadata(it).map_or(0, |it| it.len()));
        let file = files.get(files.len() / 2).cloned().unwrap_or_default();
        let text = fs::read(&file).unwrap_or_default();
        move |round| {
            let more = format!("\n# {round}\n");
            let _ = fs::write(&file, [&text[..], more.as_bytes()].concat());
        }
    }

    /// Takes it away before the end.
    pub fn remove(self) {
        let _ = fs::remove_dir_all(self.path);
    }
}

/// So many copies of a folder in another.
pub fn copies(from: &Path, into: &Path, count: usize) -> Result<(), String> {
    for number in 0..count {
        let into = into.join(format!("copy-{number}"));
        copy(from, &into).map_err(|it| format!("{}: {it}", into.display()))?;
    }
    Ok(())
}

/// Files, folders and links, but no git directory and nothing else.
fn copy(from: &Path, into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, into) = (entry.path(), into.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != ".git" {
            copy(&path, &into)?;
        } else if kind.is_file() {
            fs::copy(&path, &into)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&path)?, &into)?;
        }
    }
    Ok(())
}

/// Writes a text of 8 KB, another one in every round.
pub fn eight_kilobytes(into: &Path) -> impl Fn(usize) + 'static {
    let mut text = String::from("{ lib, ... }:\n{\n");
    let mut number = 0;
    while text.len() < 8_100 {
        let _ = writeln!(
            text,
            "  services.s{number} = lib.mkIf true {{ enable = true; port = {number}; script = \"echo {number}\"; }};"
        );
        number += 1;
    }
    text.push_str("}\n");
    let into = into.to_owned();
    move |round| {
        let _ = fs::write(&into, format!("{text}# {round}\n"));
    }
}

fn nix_files(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut todo) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(at) = todo.pop() {
        for entry in fs::read_dir(at).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => todo.push(path),
                Ok(kind) if kind.is_file() && path.extension().is_some_and(|it| it == "nix") => {
                    files.push(path);
                }
                _ => {}
            }
        }
    }
    files.sort();
    files
}
