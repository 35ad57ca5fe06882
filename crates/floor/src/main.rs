//! `nivis-floor TREE`: what no linter can go below. It walks the tree, reads every Nix file, parses it with rnix and
//! traverses the nodes once; the allocator and the optimisation are those of nivis, the threads all or `RAYON_NUM_THREADS`.
//!
//! `cargo xtask bench` and `cargo xtask instructions` measure nivis against it.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(
    clippy::print_stdout,
    reason = "a benchmark, not a room of the program"
)]
fn main() {
    for tree in std::env::args_os().skip(1) {
        println!("{} nodes", nodes(Path::new(&tree)));
    }
}

/// The number of nodes below `tree`.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads files")]
fn nodes(tree: &Path) -> usize {
    let files: Vec<PathBuf> = ignore::WalkBuilder::new(tree)
        .standard_filters(false)
        .build()
        .filter_map(Result::ok)
        .map(ignore::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "nix") && path.is_file())
        .collect();
    files
        .par_iter()
        .map(|path| {
            let bytes = std::fs::read(path).unwrap_or_default();
            let parsed = rnix::Root::parse(&String::from_utf8_lossy(&bytes));
            parsed.syntax().descendants().count()
        })
        .sum()
}
