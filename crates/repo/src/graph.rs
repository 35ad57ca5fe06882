//! The graph of modules as people ask for it: per host a tree, over hosts a graph, for one file the ways to it.
//!
//! Goal: what [`crate::hosts`] found, in an order that does not depend on anything but the text. Limits: what is known
//! there is known here; a file that is imported in several places stands in the tree of a host once with all below it,
//! and without it in the other places.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::eval::When;
use crate::hosts::{Child, Host, ModuleEdge};
use crate::imports::EdgeKind;
use crate::{FileId, Repo, Span};

/// What stands in a row of a tree, or at a node of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A host, by its index in [`crate::hosts::Hosts::all`].
    Host(usize),
    /// A system inside a host: the index of the host, and that of the system in [`Host::children`].
    Child(usize, usize),
    /// A file that is a module.
    File(FileId),
    /// A module that stands inside a file.
    Inline(Span),
    /// A module of an input.
    Foreign(String),
}

impl What {
    fn key(&self) -> (u8, u64, u64, u64, &str) {
        match self {
            What::Host(host) => (0, *host as u64, 0, 0, ""),
            What::Child(host, nth) => (1, *host as u64, *nth as u64, 0, ""),
            What::File(file) => (2, u64::from(file.0), 0, 0, ""),
            What::Inline(at) => {
                let (start, end) = (u32::from(at.range.start()), u32::from(at.range.end()));
                (3, u64::from(at.file.0), start.into(), end.into(), "")
            }
            What::Foreign(name) => (4, 0, 0, 0, name),
        }
    }
}

impl PartialOrd for What {
    fn partial_cmp(&self, other: &What) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for What {
    fn cmp(&self, other: &What) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// A row of the tree of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// How deep it stands; what the host itself names is at 1.
    pub depth: usize,
    /// What it is.
    pub what: What,
    /// Where it is imported.
    pub at: Span,
    /// Under which condition.
    pub when: Option<When>,
    /// Whether it stands further above, with what is below it.
    pub again: bool,
}

/// A line between two nodes of the graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Who imports.
    pub from: What,
    /// What is imported.
    pub to: What,
    /// Whether it is so whatever holds.
    pub surely: bool,
}

/// One way from a host to a file: every import on it, and whether no condition stands on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The host.
    pub host: usize,
    /// The system inside the host, if the file belongs to one.
    pub child: Option<usize>,
    /// Where each import stands, from the host to the file.
    pub steps: Vec<Span>,
    /// Whether the file is there whatever holds.
    pub surely: bool,
}

/// What is imported, where, and under which condition.
type Below = (What, Span, Option<When>);

/// What a tree is made of.
struct Members<'a> {
    edges: &'a [ModuleEdge],
    surely: &'a BTreeSet<FileId>,
    perhaps: &'a BTreeSet<FileId>,
    inline: &'a [(Span, bool)],
    foreign: &'a [(String, Span)],
}

impl<'a> Members<'a> {
    fn of(host: &'a Host) -> Members<'a> {
        Members {
            edges: &host.edges,
            surely: &host.surely,
            perhaps: &host.perhaps,
            inline: &host.inline,
            foreign: &host.foreign,
        }
    }

    fn of_child(child: &'a Child) -> Members<'a> {
        Members {
            edges: &child.edges,
            surely: &child.surely,
            perhaps: &child.perhaps,
            inline: &[],
            foreign: &[],
        }
    }

    /// What an import at this place belongs to; `None`: the host itself.
    fn parent(&self, at: Span) -> Option<What> {
        let around = self
            .inline
            .iter()
            .map(|(place, _)| *place)
            .filter(|place| place.file == at.file && place.range.contains_range(at.range))
            .filter(|place| place.range != at.range)
            .min_by_key(|place| place.range.len());
        if self.surely.contains(&at.file) || self.perhaps.contains(&at.file) {
            return Some(What::File(at.file));
        }
        around.map(What::Inline)
    }

    /// Who imports what, in the order in which it was found.
    fn below(&self) -> BTreeMap<Option<What>, Vec<Below>> {
        let mut below: BTreeMap<Option<What>, Vec<Below>> = BTreeMap::new();
        let mut known: BTreeMap<(Option<What>, What), usize> = BTreeMap::new();
        let mut add = |parent: Option<What>, what: What, at: Span, when: Option<When>| {
            if parent.as_ref() == Some(&what) {
                return;
            }
            let list = below.entry(parent.clone()).or_default();
            match known.get(&(parent.clone(), what.clone())) {
                // The same file twice: what holds more often counts.
                Some(index) if when.is_none() => list[*index].2 = None,
                Some(_) => {}
                None => {
                    known.insert((parent, what.clone()), list.len());
                    list.push((what, at, when));
                }
            }
        };
        for edge in self.edges {
            add(
                self.parent(edge.at),
                What::File(edge.to),
                edge.at,
                edge.when,
            );
        }
        for (place, _) in self.inline {
            // A module inside a module file is part of it.
            match self.parent(*place) {
                Some(What::File(_)) => {}
                parent => add(parent, What::Inline(*place), *place, None),
            }
        }
        for (name, at) in self.foreign {
            add(self.parent(*at), What::Foreign(name.clone()), *at, None);
        }
        for list in below.values_mut() {
            // As in the text; what a folder gave stays in the order of names.
            list.sort_by_key(|(_, at, _)| (at.file, at.range.start()));
        }
        below
    }

    fn rows(&self, rows: &mut Vec<Row>, depth: usize) {
        let below = self.below();
        let mut seen: BTreeSet<What> = BTreeSet::new();
        let mut stack: Vec<(usize, Below)> = Vec::new();
        let push = |stack: &mut Vec<_>, depth, parent: &Option<What>| {
            let list = below.get(parent).map_or(&[][..], Vec::as_slice);
            stack.extend(list.iter().rev().map(|it| (depth, it.clone())));
        };
        push(&mut stack, depth, &None);
        while let Some((depth, (what, at, when))) = stack.pop() {
            let parent = Some(what.clone());
            let again = !seen.insert(what.clone()) && below.contains_key(&parent);
            rows.push(Row {
                depth,
                what,
                at,
                when,
                again,
            });
            if !again {
                push(&mut stack, depth + 1, &parent);
            }
        }
    }

    /// The shortest way to a file.
    fn way(&self, file: FileId) -> Option<Vec<Span>> {
        let below = self.below();
        let mut came: BTreeMap<What, (Option<What>, Span)> = BTreeMap::new();
        let mut queue: VecDeque<Option<What>> = VecDeque::from([None]);
        while let Some(parent) = queue.pop_front() {
            for (what, at, _) in below.get(&parent).into_iter().flatten() {
                if !came.contains_key(what) {
                    came.insert(what.clone(), (parent.clone(), *at));
                    queue.push_back(Some(what.clone()));
                }
            }
        }
        let mut steps = Vec::new();
        let mut what = What::File(file);
        while let Some((parent, at)) = came.get(&what) {
            steps.push(*at);
            match parent {
                Some(parent) if steps.len() <= came.len() => what = parent.clone(),
                _ => break,
            }
        }
        steps.reverse();
        (!steps.is_empty()).then_some(steps)
    }
}

impl Repo {
    /// The tree of a host: its modules, then the systems inside it, then its homes.
    #[must_use]
    pub fn tree(&self, host: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        self.tree_below(host, 1, &mut rows);
        rows
    }

    fn tree_below(&self, index: usize, depth: usize, rows: &mut Vec<Row>) {
        let host = &self.hosts.all[index];
        let row = |depth, what, at| Row {
            depth,
            what,
            at,
            when: None,
            again: false,
        };
        Members::of(host).rows(rows, depth);
        for (nth, child) in host.children.iter().enumerate() {
            rows.push(row(depth, What::Child(index, nth), child.at));
            Members::of_child(child).rows(rows, depth + 1);
        }
        for (home, it) in self.hosts.all.iter().enumerate() {
            // A home stands behind its system, and has none of its own.
            if it.system_host == Some(index) && home > index {
                rows.push(row(depth, What::Host(home), it.at));
                self.tree_below(home, depth + 1, rows);
            }
        }
    }

    /// The graph of some hosts: every line once.
    #[must_use]
    pub fn lines(&self, hosts: &[usize]) -> Vec<Line> {
        let mut all: BTreeMap<(What, What), bool> = BTreeMap::new();
        for host in hosts {
            let mut path: Vec<What> = vec![What::Host(*host)];
            for row in self.tree(*host) {
                path.truncate(row.depth);
                let from = path[path.len() - 1].clone();
                *all.entry((from, row.what.clone())).or_default() |= row.when.is_none();
                path.push(row.what);
            }
        }
        all.into_iter()
            .map(|((from, to), surely)| Line { from, to, surely })
            .collect()
    }

    /// A way to a file from each host that reaches it.
    #[must_use]
    pub fn ways_to(&self, file: FileId) -> Vec<Way> {
        let mut ways = Vec::new();
        for (index, host) in self.hosts.all.iter().enumerate() {
            let children = host.children.iter().enumerate();
            let all = std::iter::once((None, Members::of(host)))
                .chain(children.map(|(nth, child)| (Some(nth), Members::of_child(child))));
            for (child, members) in all {
                let surely = members.surely.contains(&file);
                if !surely && !members.perhaps.contains(&file) {
                    continue;
                }
                ways.push(Way {
                    host: index,
                    child,
                    steps: members.way(file).unwrap_or_default(),
                    surely,
                });
            }
        }
        ways
    }

    /// The hosts that hold a module which stands inside a file.
    #[must_use]
    pub fn holders_of(&self, file: FileId) -> Vec<usize> {
        let holds = |host: &Host| host.inline.iter().any(|(at, _)| at.file == file);
        let hosts = self.hosts.all.iter().enumerate();
        hosts
            .filter(|(_, host)| holds(host))
            .map(|(index, _)| index)
            .collect()
    }

    /// The Nix files that nothing reaches from a flake or a host: not as modules, not by any other import.
    #[must_use]
    pub fn out_of_reach(&self) -> Vec<FileId> {
        let mut reached = self.reached_by_flakes();
        // What needs no flake: the files that tools of Nix read by their names.
        let roots = self.files.iter().filter(|file| {
            matches!(
                file.path.text().as_ref(),
                "default.nix" | "shell.nix" | "release.nix" | "configuration.nix" | "hive.nix"
            )
        });
        let inline = self.hosts.all.iter().flat_map(|host| &host.inline);
        let start: Vec<FileId> = roots
            .map(|file| file.id)
            .chain(inline.map(|(at, _)| at.file))
            .chain(self.hosts.all.iter().map(|host| host.at.file))
            .collect();
        reached.extend(self.imports.reachable(start));
        self.files
            .iter()
            .filter(|file| file.kind == crate::Kind::Nix && !reached.contains(&file.id))
            .map(|file| file.id)
            .collect()
    }

    /// Who names a file: the place, and what is done with it.
    #[must_use]
    pub fn named_by(&self, file: FileId) -> Vec<(Span, EdgeKind)> {
        let importers = self.imports.importers(file).iter();
        importers
            .map(|(importer, index)| {
                let edge = &self.file(*importer).facts.imports.edges[*index];
                (self.edge_at(*importer, edge), edge.kind)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::tests::repo;

    fn show(repo: &Repo, row: &Row) -> String {
        let name = match &row.what {
            What::Host(host) => format!("host {}", repo.hosts.all[*host].name.known().unwrap()),
            What::Child(host, nth) => {
                let child = &repo.hosts.all[*host].children[*nth];
                format!("{} {}", child.kind.option(), child.name)
            }
            What::File(file) => repo.file(*file).path.to_string(),
            What::Inline(at) => format!("inline in {}", repo.file(at.file).path),
            What::Foreign(name) => format!("foreign {name}"),
        };
        let mut line = format!("{}{name}", "  ".repeat(row.depth - 1));
        if row.when.is_some() {
            line.push('?');
        }
        if row.again {
            line.push_str(" again");
        }
        line
    }

    #[test]
    fn trees_and_ways() {
        let repo = repo(&[
            (
                "flake.nix",
                "{ outputs = { nixpkgs, disko, ... }: { nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [
                   ./box.nix { imports = [ ./inner.nix ]; } disko.nixosModules.disko ]; }; }; }",
            ),
            (
                "box.nix",
                "{ lib, config, ... }: { imports = [ ./a.nix ./b.nix ] ++ lib.optional config.x ./c.nix;
                   specialisation.quiet.configuration = ./quiet.nix; home-manager.users.ada = ./ada.nix; }",
            ),
            ("a.nix", "{ imports = [ ./shared.nix ]; }"),
            ("b.nix", "{ imports = [ ./shared.nix ]; }"),
            ("shared.nix", "{ imports = [ ./deep.nix ]; }"),
            ("deep.nix", "{ imports = [ ./a.nix ]; }"),
            ("c.nix", "{ }"),
            ("inner.nix", "{ }"),
            ("quiet.nix", "{ }"),
            ("ada.nix", "{ }"),
            ("lonely.nix", "{ }"),
        ]);
        let rows: Vec<String> = repo.tree(0).iter().map(|row| show(&repo, row)).collect();
        assert_eq!(
            rows,
            [
                "box.nix",
                "  a.nix",
                "    shared.nix",
                "      deep.nix",
                "        a.nix again",
                "  b.nix",
                "    shared.nix again",
                "  c.nix?",
                "inline in flake.nix",
                "  inner.nix",
                "foreign disko.nixosModules.disko",
                "specialisation quiet",
                "  quiet.nix",
                "host ada",
                "  ada.nix",
            ]
        );
        let id = |path: &str| repo.find(&path.into()).unwrap().id;
        let ways = repo.ways_to(id("deep.nix"));
        assert_eq!(ways.len(), 1);
        assert_eq!(
            (ways[0].host, ways[0].steps.len(), ways[0].surely),
            (0, 4, true)
        );
        assert!(!repo.ways_to(id("c.nix"))[0].surely);
        assert_eq!(repo.ways_to(id("quiet.nix"))[0].child, Some(0));
        assert_eq!(repo.out_of_reach(), [id("lonely.nix")]);
        let lines = repo.lines(&[0]);
        assert_eq!(
            lines
                .iter()
                .filter(|it| it.to == What::File(id("shared.nix")))
                .count(),
            2
        );
    }
}
