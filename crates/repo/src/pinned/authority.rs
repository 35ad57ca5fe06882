//! Who decides about an option: the pinned trees, or the table of renames for a release.
//!
//! Goal: the trees that the hosts of a flake are really built from; of several, all must agree. Limits: where it is not
//! clear which input builds the hosts, all inputs that could are asked, and one that is not at hand makes the trees silent.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::options::Class;
use ::options::renames::{self, Release};

use super::{Pinned, project};
use crate::date::civil;
use crate::flake::{Pin, Project};
use crate::lock::Lock;
use crate::{File, FileId, Repo, RepoPath};

/// Who decides about the options of a class in one flake.
#[derive(Debug, Clone, Default)]
pub struct Authority {
    /// The trees, by their index in [`super::Schemas::pinned`]; when one of them is not at hand, what the settings list, or
    /// nothing.
    pub trees: Vec<usize>,
    /// The lists of options that know something beside the trees.
    pub beside: Vec<usize>,
    /// The releases that the trees are of, when that is known.
    pub window: Option<Window>,
}

/// The releases that a pin may be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// At least all of this one.
    pub low: Release,
    /// At most what this one will be.
    pub high: Release,
}

/// The authorities of a repository, by class and flake; `None` for what belongs to no flake.
pub(super) struct Authorities<'a> {
    repo: &'a Repo,
    known: BTreeMap<(Class, Option<FileId>), Arc<Authority>>,
    origins: Option<Vec<crate::origins::Origin>>,
    /// The file that was asked for last, and its flake: definitions come file by file.
    last: Option<(FileId, Option<FileId>)>,
}

impl<'a> Authorities<'a> {
    pub(super) fn new(repo: &'a Repo) -> Authorities<'a> {
        Authorities {
            repo,
            known: BTreeMap::new(),
            origins: None,
            last: None,
        }
    }

    /// Who decides about the options of a class in a file.
    pub(super) fn of(&mut self, class: Class, file: &File) -> Arc<Authority> {
        let flake = match self.last {
            Some((last, flake)) if last == file.id => flake,
            _ => self.repo.flake_of(&file.path).map(|it| it.id),
        };
        self.last = Some((file.id, flake));
        let key = (class, flake);
        if let Some(known) = self.known.get(&key) {
            return Arc::clone(known);
        }
        let origins = self.origins.get_or_insert_with(|| self.repo.origins());
        let flake = flake.map(|it| self.repo.file(it));
        let made = Arc::new(make(self.repo, origins, class, flake));
        self.known.insert(key, Arc::clone(&made));
        made
    }
}

fn make(
    repo: &Repo,
    origins: &[crate::origins::Origin],
    class: Class,
    flake: Option<&File>,
) -> Authority {
    let mut authority = of_trees(repo, origins, class, flake);
    let pinned = &repo.options.pinned;
    let listed = (0..pinned.len()).filter(|at| pinned[*at].class == class && pinned[*at].is_list());
    if authority.trees.is_empty() {
        authority.trees = listed.collect();
    } else {
        authority.beside = listed.collect();
    }
    authority
}

fn of_trees(
    repo: &Repo,
    origins: &[crate::origins::Origin],
    class: Class,
    flake: Option<&File>,
) -> Authority {
    let pinned = &repo.options.pinned;
    let named = |it: &Pinned| it.class == class && it.node.is_none() && !it.is_list();
    let named: Vec<usize> = (0..pinned.len()).filter(|at| named(&pinned[*at])).collect();
    let mut authority = Authority {
        window: window(repo, class, flake),
        ..Authority::default()
    };
    if !named.is_empty() {
        authority.trees = named;
        return authority;
    }
    let Some((flake, (lock_file, lock))) = flake.and_then(|it| Some((it, repo.sound_lock(it)?)))
    else {
        authority.trees = of_pins(repo, class, flake);
        return authority;
    };
    // The nodes that hosts are built from, else all that could be.
    let used = used(origins, class, flake, lock);
    let of_lock = |it: &&Pinned| {
        it.node
            .as_ref()
            .is_some_and(|(path, _)| *path == lock_file.path)
    };
    let here = |node: &str| used.is_empty() || used.iter().any(|it| it == node);
    let absent = repo
        .options
        .absent
        .iter()
        .any(|it| it.class == class && it.lock == lock_file.path && here(&it.node));
    if absent {
        return authority;
    }
    authority.trees = (0..pinned.len())
        .filter(|at| pinned[*at].class == class && of_lock(&&pinned[*at]))
        .filter(|at| {
            pinned[*at]
                .node
                .as_ref()
                .is_some_and(|(_, node)| here(node))
        })
        .collect();
    // One that hosts are built from was not read.
    if authority.trees.len() < used.len() {
        authority.trees.clear();
    }
    authority
}

/// What npins or niv pin, where no lock decides.
fn of_pins(repo: &Repo, class: Class, flake: Option<&File>) -> Vec<usize> {
    let of_list = |path: &RepoPath| path.file_name() == "sources.json";
    let absent = &repo.options.absent;
    if flake.is_some_and(|it| repo.lock_of(it).is_some())
        || absent
            .iter()
            .any(|it| it.class == class && of_list(&it.lock))
    {
        return Vec::new();
    }
    let pinned = &repo.options.pinned;
    let is = |it: &Pinned| {
        let node = it.node.as_ref();
        it.class == class && node.is_some_and(|(path, _)| of_list(path))
    };
    (0..pinned.len()).filter(|at| is(&pinned[*at])).collect()
}

/// The nodes of the lock that hosts of the flake are built from.
fn used(
    origins: &[crate::origins::Origin],
    class: Class,
    flake: &File,
    lock: &Lock,
) -> Vec<String> {
    let wanted = match class {
        Class::Nixos => Project::Nixpkgs,
        Class::Home => Project::HomeManager,
        Class::Darwin => Project::NixDarwin,
    };
    let mut nodes: Vec<String> = origins
        .iter()
        .filter(|it| it.project == wanted && it.at.file == flake.id)
        .filter_map(|it| lock.resolve(&[&it.name]).ok())
        .map(str::to_owned)
        .collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

/// The releases that the tree of a class may be of: those of all inputs that hosts are built from.
fn window(repo: &Repo, class: Class, flake: Option<&File>) -> Option<Window> {
    let wanted = match class {
        Class::Nixos => Project::Nixpkgs,
        Class::Home => Project::HomeManager,
        Class::Darwin => Project::NixDarwin,
    };
    let pins: Vec<Pin> = match flake {
        Some(flake) => {
            let facts = flake.facts.flake.as_ref()?;
            let (_, lock) = repo.sound_lock(flake)?;
            let inputs = facts.inputs.iter();
            inputs
                .filter(|input| {
                    repo.reference_of(flake, input)
                        .is_some_and(|it| wanted.is(&it))
                })
                .filter(|input| lock.resolve(&[&input.name]).is_ok())
                .map(|input| repo.pin_of(flake, &input.name, wanted))
                .collect::<Option<_>>()?
        }
        None => vec![repo.pinned_origin(wanted)?.pin?],
    };
    let windows: Vec<Window> = pins.iter().map(Window::of).collect::<Option<_>>()?;
    Some(Window {
        low: windows.iter().map(|it| it.low).min()?,
        high: windows.iter().map(|it| it.high).max()?,
    })
}

/// The releases that nixpkgs may be of, of all that a flake pins.
pub(crate) fn window_of_nixpkgs(repo: &Repo, flake: Option<&File>) -> Option<Window> {
    window(repo, Class::Nixos, flake)
}

impl Window {
    /// The releases that a pin may be of; `None` when the text does not tell.
    #[must_use]
    pub fn of(pin: &Pin) -> Option<Window> {
        if let Some(release) = pin.release {
            let release = u32::from(release.year) * 100 + u32::from(release.month);
            return Some(Window {
                low: release,
                high: release,
            });
        }
        Window::on(pin.date?)
    }

    /// The releases that the unstable branch of a day may be of, in seconds since 1970: at least the one that was branched off
    /// more than a month before, at most the next.
    #[must_use]
    pub fn on(seconds: i64) -> Option<Window> {
        let at = |seconds: i64| {
            let (year, month, day) = civil(seconds)?;
            // Branches are made about the 20th of May and November.
            let (year, month) = match (month, day) {
                (..=4, _) | (5, ..25) => (year - 1, 11),
                (..=10, _) | (11, ..25) => (year, 5),
                _ => (year, 11),
            };
            Some((u32::try_from(year - 2000).ok()?, month))
        };
        let (year, month) = at(seconds.checked_sub(30 * 86_400)?)?;
        let low = year * 100 + month;
        let (year, month) = at(seconds.checked_add(30 * 86_400)?)?;
        let high = if month == 5 {
            year * 100 + 11
        } else {
            (year + 1) * 100 + 5
        };
        Some(Window { low, high })
    }
}

/// The rows of the table for a class.
pub(super) fn set_of(class: Class) -> renames::Set {
    match class {
        Class::Nixos => renames::Set::Nixos,
        Class::Home => renames::Set::Home,
        Class::Darwin => renames::Set::Darwin,
    }
}

/// What an answer of a tree rests on, in words: `your pinned home-manager (2025-10-12)`.
pub(super) fn words(tree: &Pinned) -> String {
    match tree.day {
        _ if tree.is_list() => format!("`{}`", tree.place),
        Some(day) => format!("your pinned {} ({day})", project(tree.class)),
        None => format!("{} at `{}`", project(tree.class), tree.place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_of_a_day() {
        // Day 20089 is 2025-01-01.
        let on = |days: i64| Window::on((20_089 + days) * 86_400).map(|it| (it.low, it.high));
        assert_eq!(on(0), Some((2411, 2505)));
        // 2025-06-01: 25.05 was branched off less than a month ago.
        assert_eq!(on(151), Some((2411, 2511)));
        assert_eq!(on(200), Some((2505, 2511)));
        // 2025-11-10: the branch is near.
        assert_eq!(on(313), Some((2505, 2605)));
        assert_eq!(Window::on(i64::MAX), None);
        assert_eq!(Window::on(i64::MIN), None);
    }
}
