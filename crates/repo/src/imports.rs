//! Import edges: which file names which other, how, and under which condition.
//!
//! Goal: every path expression of a file that can be reduced to one place, with what is done with it: `./a.nix`,
//! `./. + "/a.nix"`, `"${./a}/b"`, `"${self}/a"`. Limits: computed parts are followed only where hosts are
//! (see [`crate::hosts`]); what a function of this repository does with a path is not followed.

use serde::{Deserialize, Serialize};
use syntax::{SyntaxKind, TextRange};

use crate::file::File;
use crate::impure::{self, Impure};
use crate::outline::{Definition, Key, Node, Outline, Part, Shape};
use crate::{FileId, Repo, RepoPath, Span};

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    /// A place below the root.
    Repo(RepoPath),
    /// A place above the root, as written.
    Outside(String),
    /// `/a`
    Absolute(String),
    /// `~/a`
    Home(String),
    /// A path below nixpkgs: `modulesPath + "/x"`.
    Nixpkgs(String),
    /// A path below an input: `"${inputs.x}/y.nix"`.
    Input {
        /// The name of the input.
        name: Box<str>,
        /// The components below it.
        rest: Vec<String>,
    },
    /// `<a>`, with what stands between the brackets.
    Search(String),
}

impl Target {
    /// A relative path as written, in a file of this folder.
    #[must_use]
    pub fn relative(folder: &RepoPath, text: &str) -> Target {
        folder
            .join(text)
            .map_or_else(|| Target::Outside(text.to_owned()), Target::Repo)
    }

    /// `path + "text"`: the text is glued to the last component, as Nix does.
    #[must_use]
    pub fn append(self, text: &str) -> Target {
        let glue = |base: &str| format!("{base}{text}");
        match self {
            Target::Repo(path) if text.is_empty() => Target::Repo(path),
            Target::Repo(path) => {
                let glued = glue(&path.text());
                // `./. + "a"` at the root is a neighbour of the root.
                let leaves = path.bytes().is_empty() && !text.starts_with('/');
                match RepoPath::from("").join(glued.trim_start_matches('/')) {
                    Some(path) if !leaves => Target::Repo(path),
                    _ => Target::Outside(text.to_owned()),
                }
            }
            Target::Outside(base) => Target::Outside(glue(&base)),
            Target::Absolute(base) => Target::Absolute(glue(&base)),
            Target::Home(base) => Target::Home(glue(&base)),
            Target::Nixpkgs(base) => Target::Nixpkgs(glue(&base)),
            Target::Search(base) => Target::Search(glue(&base)),
            Target::Input { name, mut rest } => {
                rest.extend(
                    text.split('/')
                        .filter(|it| !it.is_empty() && *it != ".")
                        .map(str::to_owned),
                );
                Target::Input { name, rest }
            }
        }
    }
}

/// What is done with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EdgeKind {
    /// It is a module: an element of `imports` and the like.
    Module,
    /// `import ./x`
    Import,
    /// `callPackage ./x`
    Call,
    /// An element of `overlays`.
    Overlay,
    /// Anything else: `readFile ./x`, `source = ./x`.
    Data,
}

/// Why an edge may lead nowhere without harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Guard {
    /// The code asks first whether it exists, or catches the error.
    PathExists,
    /// It is an example or the text of a default.
    Example,
    /// Only its name is used: `toString ./x`, `mkOutOfStoreSymlink ./x`.
    Name,
}

/// One path that a file names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Where it stands.
    pub at: TextRange,
    /// What it names.
    pub target: Target,
    /// What is done with it.
    pub kind: EdgeKind,
    /// Whether `import` or `callPackage` gives it an argument.
    pub applied: bool,
    /// Whether the file's own value needs it at once: not below an attribute, a list element or a condition.
    pub strict: bool,
    /// How many lambdas of the file stand around it.
    pub lambdas: u8,
    /// The condition it stands under.
    pub condition: Option<TextRange>,
    /// Why it may lead nowhere.
    pub guard: Option<Guard>,
}

/// What one file says of others.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ImportFacts {
    /// The paths it names, in the order of the text.
    pub edges: Vec<Edge>,
    /// Names of functions and frameworks that find files by scanning folders.
    pub loaders: Vec<(Box<str>, TextRange)>,
    /// Where paths lead whose end is computed (the folder, or the beginning of a name), and those that stand inside a
    /// longer text.
    pub computed: Vec<RepoPath>,
    /// Whether `self` (or `inputs.self`, `self.outPath`) is an argument of a function.
    pub hands_self_on: bool,
    /// What pure evaluation refuses, or answers otherwise.
    pub impure: Vec<Impure>,
}

/// Who imports whom, over the whole repository.
#[derive(Debug, Clone, Default)]
pub struct ImportGraph {
    /// For every file, by its id: the files that it names, with the index of the edge.
    to: Vec<Vec<(FileId, usize)>>,
    /// The other way round.
    from: Vec<Vec<(FileId, usize)>>,
}

impl ImportGraph {
    /// Joins the edges of all files.
    #[must_use]
    pub fn link(repo: &Repo) -> ImportGraph {
        let mut graph = ImportGraph {
            to: vec![Vec::new(); repo.files.len()],
            from: vec![Vec::new(); repo.files.len()],
        };
        for file in &repo.files {
            for (index, edge) in file.facts.imports.edges.iter().enumerate() {
                let Target::Repo(path) = &edge.target else {
                    continue;
                };
                let target = match edge.kind {
                    EdgeKind::Data => repo.find(path),
                    _ => repo.file_at(path),
                };
                let Some(target) = target else { continue };
                graph.to[file.id.0 as usize].push((target.id, index));
                graph.from[target.id.0 as usize].push((file.id, index));
            }
        }
        graph
    }

    /// The files that a file names, each with the index of the edge in its facts.
    #[must_use]
    pub fn targets(&self, file: FileId) -> &[(FileId, usize)] {
        self.to.get(file.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The files that name a file, each with the index of the edge in *their* facts.
    #[must_use]
    pub fn importers(&self, file: FileId) -> &[(FileId, usize)] {
        self.from.get(file.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Every file that is reached from these, themselves included, by any edge.
    #[must_use]
    pub fn reachable(
        &self,
        start: impl IntoIterator<Item = FileId>,
    ) -> std::collections::BTreeSet<FileId> {
        let mut seen = std::collections::BTreeSet::new();
        let mut queue: Vec<FileId> = start.into_iter().collect();
        while let Some(file) = queue.pop() {
            if seen.insert(file) {
                queue.extend(self.targets(file).iter().map(|(target, _)| *target));
            }
        }
        seen
    }
}

impl Repo {
    /// An edge's place.
    #[must_use]
    pub fn edge_at(&self, file: FileId, edge: &Edge) -> Span {
        Span {
            file,
            range: edge.at,
        }
    }

    /// The file that `import` reads at a path: the file itself, or `default.nix` of a folder.
    #[must_use]
    pub fn file_at(&self, path: &RepoPath) -> Option<&File> {
        self.find(path)
            .or_else(|| self.find(&path.join("default.nix")?))
    }

    /// The names in a folder, sorted, each with whether it is a folder. What is ignored is left out.
    #[must_use]
    pub fn names_in(&self, folder: &RepoPath) -> Vec<(String, bool)> {
        let depth = folder.components().count();
        let mut names: Vec<(String, bool)> = self
            .files_below(folder)
            .filter_map(|path| {
                let mut components = path.components().skip(depth);
                let name = components.next()?.into_owned();
                Some((name, components.next().is_some()))
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The files below a folder, sorted. What is ignored or gone is left out.
    pub fn files_below(&self, folder: &RepoPath) -> impl Iterator<Item = &RepoPath> {
        let listed = self.paths.below(folder).filter(|entry| {
            entry.on_disk
                && !matches!(
                    entry.kind,
                    crate::EntryKind::Closed | crate::EntryKind::Submodule
                )
                && !matches!(entry.git, Some(crate::GitState::Ignored))
        });
        listed.map(|entry| &entry.path)
    }
}

/// Whether what an edge names is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It is.
    There,
    /// Nothing is.
    Missing,
    /// A folder is, and it has no `default.nix`.
    NoDefault,
    /// Nobody can tell.
    Unknown,
}

impl Repo {
    /// Whether the path that an edge names is there: for `import` and the like, a folder needs a `default.nix`.
    #[must_use]
    pub fn arrival(&self, edge: &Edge) -> Arrival {
        use crate::{EntryKind, Presence};
        let Target::Repo(path) = &edge.target else {
            return Arrival::Unknown;
        };
        // What the walk never lists.
        let hidden = |it: std::borrow::Cow<'_, str>| {
            matches!(&*it, ".git" | ".direnv" | ".jj" | ".hg") || it.starts_with("result")
        };
        if path.components().any(hidden) {
            return Arrival::Unknown;
        }
        match self.paths.presence(path) {
            Presence::Absent => Arrival::Missing,
            Presence::Unknown => Arrival::Unknown,
            Presence::Entry => Arrival::There,
            Presence::Folder if edge.kind == EdgeKind::Data => Arrival::There,
            Presence::Folder => {
                let closed = self
                    .paths
                    .find(path)
                    .is_some_and(|it| it.kind != EntryKind::File);
                let default = path.join("default.nix");
                match default.map(|it| self.paths.presence(&it)) {
                    _ if closed => Arrival::Unknown,
                    Some(Presence::Absent) => Arrival::NoDefault,
                    Some(Presence::Unknown) | None => Arrival::Unknown,
                    Some(_) => Arrival::There,
                }
            }
        }
    }

    /// Whether a path that leaves the root, as a file writes it, leaves the work tree of git as well. Without git the root
    /// is all there is.
    #[must_use]
    pub fn leaves_work_tree(&self, file: &File, written: &str) -> bool {
        let Some(git) = self.git.as_ref().filter(|git| git.above > 0) else {
            return true;
        };
        let depth = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let mut at = depth(file.path.parent().components().count());
        let mut least = at;
        for part in written.split('/') {
            match part {
                "" | "." => {}
                ".." => at = at.saturating_sub(1),
                _ => at = at.saturating_add(1),
            }
            least = least.min(at);
        }
        least.saturating_neg() > depth(git.above)
    }

    /// Where a path leads that is a link out of the repository, or lies below one: the link, and what it says.
    #[must_use]
    pub fn link_outside(&self, path: &RepoPath) -> Option<(RepoPath, String)> {
        let mut at = path.clone();
        loop {
            if let Some(entry) = self.paths.find(&at)
                && let crate::EntryKind::Link(target) = &entry.kind
            {
                let written = String::from_utf8_lossy(target).into_owned();
                let inside = at.parent().join(&written).is_some();
                let outside = if written.starts_with('/') {
                    !written.starts_with("/nix/store/")
                } else {
                    !inside && self.git.as_ref().is_none_or(|git| git.above == 0)
                };
                return outside.then_some((at, written));
            }
            if at.bytes().is_empty() {
                return None;
            }
            at = at.parent();
        }
    }

    /// The files that a flake's outputs reach, as far as edges and hosts tell.
    #[must_use]
    pub fn reached_by_flakes(&self) -> std::collections::BTreeSet<FileId> {
        let start = self.flakes().map(|(id, ..)| id).collect::<Vec<_>>();
        let hosts = self.hosts.all.iter().flat_map(|host| {
            let inside = host.children.iter();
            host.surely
                .iter()
                .chain(&host.perhaps)
                .chain(inside.flat_map(|child| child.surely.iter().chain(&child.perhaps)))
        });
        let modules = self.hosts.modules.iter().map(|(file, _)| file);
        self.imports
            .reachable(start.into_iter().chain(hosts.chain(modules).copied()))
    }
}

impl Repo {
    /// The files that are evaluated when the outputs of the flakes are: each with whether that is sure. Files that are
    /// only read as data are not among them.
    #[must_use]
    pub fn evaluated_by_flakes(&self) -> std::collections::BTreeMap<FileId, bool> {
        let mut found = std::collections::BTreeMap::new();
        let of_flake = |file: &FileId| self.flake_of(&self.file(*file).path).is_some();
        let mut queue: Vec<(FileId, bool)> = self.flakes().map(|(id, ..)| (id, true)).collect();
        for host in self.hosts.all.iter().filter(|host| of_flake(&host.at.file)) {
            queue.extend(host.surely.iter().map(|file| (*file, true)));
            queue.extend(host.perhaps.iter().map(|file| (*file, false)));
        }
        queue.extend(self.hosts.modules.iter().map(|(file, _)| (*file, false)));
        while let Some((file, sure)) = queue.pop() {
            if found.get(&file).is_some_and(|before| *before || !sure) {
                continue;
            }
            found.insert(file, sure);
            for (target, index) in self.imports.targets(file) {
                let edge = &self.file(file).facts.imports.edges[*index];
                if edge.kind != EdgeKind::Data {
                    let free = edge.condition.is_none() && edge.guard.is_none();
                    queue.push((*target, sure && free));
                }
            }
        }
        found
    }
}

/// The import facts of one file.
#[must_use]
pub fn extract(file: &File, outline: &Outline) -> ImportFacts {
    let text = file.text.contents();
    let mut facts = ImportFacts::default();
    for node in outline.marked(text) {
        match node.kind() {
            SyntaxKind::NODE_PATH_REL
            | SyntaxKind::NODE_PATH_ABS
            | SyntaxKind::NODE_PATH_HOME
            | SyntaxKind::NODE_PATH_SEARCH => {
                match edge(file, node) {
                    Some(edge) => facts.edges.push(edge),
                    None => facts.computed.extend(computed(file, node)),
                }
                if !node.is(SyntaxKind::NODE_PATH_REL) {
                    facts.impure.extend(impure::of(node));
                }
            }
            SyntaxKind::NODE_IDENT if impure::is_word(node.text()) => {
                facts.impure.extend(impure::of(node));
            }
            SyntaxKind::NODE_IDENT => {
                if crate::eval::is_loader(node.text()) {
                    facts.loaders.push((node.text().into(), node.range()));
                } else if matches!(node.text(), "self" | "outPath") {
                    let edge = if is_key(node) { None } else { edge(file, node) };
                    match edge {
                        Some(edge) => facts.edges.push(edge),
                        None => {
                            facts.computed.extend(computed(file, node));
                            facts.hands_self_on |= is_argument(node);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    facts
}

/// Where a path leads that is no edge: `./hosts/${name}.nix`, `./. + "/${name}"`, `inputs.self + "/x"`, `"cat ${./x}"`.
fn computed(file: &File, node: Node<'_>) -> Option<RepoPath> {
    let (mut whole, mut path) = match node.kind() {
        SyntaxKind::NODE_PATH_REL => {
            let text = node.text();
            let (start, rest) = text.split_once("${").unwrap_or((text, ""));
            if is_other_file(rest.rsplit('}').next().unwrap_or_default()) {
                return None;
            }
            let folder = file.path.parent();
            let start = match rest.is_empty() {
                true => start,
                false => start.rsplit_once('/').map_or("", |(folder, _)| folder),
            };
            (node, folder.join(start)?)
        }
        // `self`, `inputs.self`, `self.outPath`: only where they begin a path.
        SyntaxKind::NODE_IDENT => {
            let key = node.parent().filter(|it| it.is(SyntaxKind::NODE_ATTRPATH));
            let whole = match key.and_then(Node::parent) {
                Some(select) if select.is(SyntaxKind::NODE_SELECT) => {
                    let last = select.child(1).and_then(|it| it.children().last());
                    (last == Some(node)).then_some(select)?
                }
                Some(_) => return None,
                None => node,
            };
            (whole, RepoPath::from(""))
        }
        _ => return None,
    };
    let mut begins = node.is(SyntaxKind::NODE_PATH_REL);
    for parent in whole.ancestors().take(DEEPEST) {
        let rest = match parent.shape() {
            _ if parent.is(SyntaxKind::NODE_PAREN) => {
                whole = parent;
                continue;
            }
            Shape::Binary {
                op: "+",
                left,
                right,
            } if left == whole => right.parts(),
            _ if parent.is(SyntaxKind::NODE_INTERPOL) => {
                let string = parent.parent().filter(|it| it.is(SyntaxKind::NODE_STRING));
                let parts = string.and_then(Node::parts).unwrap_or_default();
                let at = parts
                    .iter()
                    .position(|it| matches!(it, Part::Expr(it) if it.contains(whole)));
                at.map(|at| parts.into_iter().skip(at + 1).collect())
            }
            // `self + /modules`
            Shape::Binary { op: "+", right, .. } if right.is(SyntaxKind::NODE_PATH_ABS) => {
                let more = right.literal()?;
                return path.join(more.trim_start_matches('/'));
            }
            _ => break,
        };
        begins = true;
        let rest: Vec<Part<'_>> = rest.unwrap_or_default();
        if let Some(Part::Text(last)) = rest.last()
            && rest.len() > 1
            && is_other_file(last)
        {
            return None;
        }
        if let Some(Part::Text(first)) = rest.first() {
            let first = first.split(char::is_whitespace).next().unwrap_or_default();
            let literal = rest.len() == 1;
            let more = match literal {
                true => first,
                false => first.rsplit_once('/').map_or("", |(folder, _)| folder),
            };
            path = path.join(more.trim_start_matches('/'))?;
        }
        break;
    }
    begins.then_some(path)
}

/// Whether a name, or the selection that ends with it, is an argument of a function.
fn is_argument(node: Node<'_>) -> bool {
    let mut whole = node;
    for parent in node.ancestors().take(DEEPEST) {
        match parent.kind() {
            SyntaxKind::NODE_PAREN => {}
            SyntaxKind::NODE_ATTRPATH => {
                if parent.children().last() != Some(whole) {
                    return false;
                }
            }
            SyntaxKind::NODE_SELECT => {
                // `self.x` is not `self`.
                if parent.child(0) == Some(whole) {
                    return false;
                }
            }
            SyntaxKind::NODE_APPLY => return parent.child(1) == Some(whole),
            _ => return false,
        }
        whole = parent;
    }
    false
}

/// Whether the end of a name is that of a file which is not Nix: `.sh`, `/key.pub`.
fn is_other_file(end: &str) -> bool {
    let name = end
        .trim_end_matches(['"', '\''])
        .rsplit('/')
        .next()
        .unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(_, suffix)| {
        suffix != "nix" && !suffix.is_empty() && suffix.bytes().all(|it| it.is_ascii_alphanumeric())
    })
}

fn is_key(node: Node<'_>) -> bool {
    node.parent().is_some_and(|it| {
        matches!(
            it.kind(),
            SyntaxKind::NODE_ATTRPATH
                | SyntaxKind::NODE_PAT_ENTRY
                | SyntaxKind::NODE_PAT_BIND
                | SyntaxKind::NODE_IDENT_PARAM
                | SyntaxKind::NODE_INHERIT
        )
    })
}

/// The whole path expression that begins with this node, and what it names.
fn whole<'a>(file: &File, node: Node<'a>) -> Option<(Node<'a>, Node<'a>, Target)> {
    let mut place = None;
    let mut target = match node.kind() {
        SyntaxKind::NODE_IDENT => {
            // `self + "/a"`, `"${self}/a"`: only in a flake's own names.
            if !matches!(
                node.definition(),
                Definition::Formal { .. } | Definition::Whole { .. }
            ) {
                return None;
            }
            Target::Repo(RepoPath::from(""))
        }
        kind => {
            let text = node.literal()?;
            match kind {
                SyntaxKind::NODE_PATH_REL => Target::relative(&file.path.parent(), &text),
                SyntaxKind::NODE_PATH_ABS => Target::Absolute(text.into_owned()),
                SyntaxKind::NODE_PATH_HOME => Target::Home(text.into_owned()),
                _ => Target::Search(text.into_owned()),
            }
        }
    };
    let mut whole = node;
    let mut grown = !node.is(SyntaxKind::NODE_IDENT);
    loop {
        let parent = whole.parent()?;
        match parent.kind() {
            SyntaxKind::NODE_PAREN => whole = parent,
            SyntaxKind::NODE_BIN_OP => {
                let Shape::Binary {
                    op: "+",
                    left,
                    right,
                } = parent.shape()
                else {
                    break;
                };
                if !left.contains(node) {
                    // `"a" + ./b` is a string that nobody means.
                    return None;
                }
                let text = right.literal()?;
                target = target.append(&text);
                (whole, grown) = (parent, true);
            }
            SyntaxKind::NODE_INTERPOL => {
                let string = parent.parent()?;
                // Long scripts are not taken apart for each path in them.
                if string.child(0) != Some(parent) || string.child(1).is_some() {
                    return None;
                }
                let parts = string.parts()?;
                let [Part::Expr(first), rest @ ..] = parts.as_slice() else {
                    return None;
                };
                if !first.contains(node) {
                    return None;
                }
                for part in rest {
                    match part {
                        Part::Text(text) if text.starts_with('/') => {
                            target = target.append(text.lines().next().unwrap_or_default())
                        }
                        _ => return None,
                    }
                }
                // Text around a path in a string is a command line, not a longer path.
                let no_path =
                    |c: char| c.is_whitespace() || matches!(c, '*' | '?' | '[' | ':' | ',');
                if rest.len() > 1
                    || rest
                        .iter()
                        .any(|part| matches!(part, Part::Text(text) if text.contains(no_path)))
                {
                    return None;
                }
                if rest.is_empty() && !grown {
                    return None;
                }
                // `"${./a}"`: the path itself is the place.
                if rest.is_empty() {
                    place = place.or(Some(whole));
                }
                (whole, grown) = (string, true);
            }
            SyntaxKind::NODE_APPLY => {
                let (head, arguments) = parent.call();
                let name = head.last_name().unwrap_or_default();
                match (name.as_ref(), arguments.as_slice()) {
                    ("toString" | "cleanSource", [_]) if parent.child(1) == Some(whole) => {
                        whole = parent
                    }
                    ("append", [path, text]) if path.contains(node) => {
                        target = target.append(&format!("/{}", text.literal()?));
                        whole = parent.parent().filter(|it| it.is(SyntaxKind::NODE_APPLY))?;
                    }
                    _ => break,
                }
            }
            _ => break,
        }
    }
    grown.then_some((whole, place.unwrap_or(whole), target))
}

/// How many nodes above a path are looked at, and how many below a condition.
const DEEPEST: usize = 200;

fn edge(file: &File, node: Node<'_>) -> Option<Edge> {
    let (whole, place, target) = whole(file, node)?;
    let mut edge = Edge {
        at: place.range(),
        target,
        kind: EdgeKind::Data,
        applied: false,
        strict: false,
        lambdas: 0,
        condition: None,
        guard: (whole.text().contains("toString")).then_some(Guard::Name),
    };
    // The value of the expression so far: the path, what is imported from it, a list with it.
    let mut below = whole;
    let mut settled = false;
    let mut strict = true;
    let mut in_list = false;
    for parent in whole.ancestors().take(DEEPEST) {
        match parent.kind() {
            SyntaxKind::NODE_PAREN | SyntaxKind::NODE_ROOT => {}
            SyntaxKind::NODE_LET_IN => {
                if !matches!(parent.shape(), Shape::Let { body } if body.contains(below)) {
                    strict = false;
                }
            }
            SyntaxKind::NODE_WITH => {}
            SyntaxKind::NODE_LAMBDA => {
                edge.lambdas = edge.lambdas.saturating_add(1);
                settled = settled || in_list;
            }
            SyntaxKind::NODE_BIN_OP => {
                if !matches!(
                    parent.shape(),
                    Shape::Binary {
                        op: "//" | "++",
                        ..
                    }
                ) {
                    settled = true;
                    strict = false;
                }
            }
            SyntaxKind::NODE_LIST => {
                settled = settled || in_list;
                in_list = true;
                strict = false;
            }
            SyntaxKind::NODE_IF_ELSE | SyntaxKind::NODE_ASSERT => {
                let condition = parent.child(0);
                if condition.is_some_and(|it| it.contains(below)) {
                    settled = true;
                    if asks(condition?) {
                        edge.guard = Some(Guard::PathExists);
                    }
                } else if let Some(condition) = condition {
                    edge.condition = edge.condition.or(Some(condition.range()));
                    if asks(condition) {
                        edge.guard = Some(Guard::PathExists);
                    }
                }
                strict = false;
            }
            // Further arguments of a call: only `import ./x args` cares.
            SyntaxKind::NODE_APPLY
                if parent.child(0) == Some(below) && (settled || edge.kind != EdgeKind::Import) => {
            }
            SyntaxKind::NODE_APPLY => {
                let (head, arguments) = parent.call();
                let name = head.last_name().unwrap_or_default();
                let function = parent.child(0) == Some(below);
                if asks_name(&name) {
                    edge.guard = Some(Guard::PathExists);
                }
                if name == "mkOutOfStoreSymlink" {
                    edge.guard = edge.guard.or(Some(Guard::Name));
                }
                if let Some(condition) = arguments.first().filter(|_| {
                    matches!(
                        name.as_ref(),
                        "optional" | "optionals" | "optionalAttrs" | "optionalString" | "mkIf"
                    ) && !function
                }) && !condition.contains(below)
                    && !below.contains(*condition)
                {
                    edge.condition = edge.condition.or(Some(condition.range()));
                    if asks(*condition) {
                        edge.guard = Some(Guard::PathExists);
                    }
                }
                if function {
                    // `import ./x args`, `callPackage ./x { }`
                    if !settled
                        && below.is(SyntaxKind::NODE_APPLY)
                        && arguments.len() > 1
                        && matches!(edge.kind, EdgeKind::Import)
                    {
                        edge.applied = true;
                    }
                } else if !settled && !in_list && edge.kind == EdgeKind::Data {
                    match name.as_ref() {
                        // `import ./x`, not `(import x) ./y`.
                        "import" | "scopedImport"
                            if arguments.len() == if name == "import" { 1 } else { 2 }
                                && arguments.last().is_some_and(|it| it.contains(below)) =>
                        {
                            edge.kind = EdgeKind::Import
                        }
                        "callPackage" | "callPackages" | "callTest" | "newScope" => {
                            if arguments.first().is_some_and(|it| it.contains(below)) {
                                edge.kind = EdgeKind::Call;
                                edge.applied = true;
                            }
                            settled = true;
                            strict = false;
                        }
                        "importApply" => edge.kind = EdgeKind::Import,
                        "optional" | "mkForce" | "mkDefault" | "mkBefore" | "mkAfter" | "mkIf"
                        | "map" | "optionals" => {
                            in_list = in_list || name == "optional";
                            strict = false;
                        }
                        _ => {
                            settled = true;
                            strict = false;
                        }
                    }
                } else {
                    strict = false;
                    if !settled
                        && !matches!(
                            name.as_ref(),
                            "optional"
                                | "optionals"
                                | "mkForce"
                                | "mkDefault"
                                | "mkBefore"
                                | "mkAfter"
                                | "mkIf"
                                | "mkMerge"
                                | "map"
                                | "concatLists"
                                | "flatten"
                        )
                    {
                        match name.as_ref() {
                            "composeManyExtensions"
                            | "appendOverlays"
                            | "composeExtensions"
                            | "extend" => {
                                edge.kind = if edge.kind == EdgeKind::Call {
                                    edge.kind
                                } else {
                                    EdgeKind::Overlay
                                };
                            }
                            _ => {}
                        }
                        settled = true;
                    }
                    if !settled && name == "optional" {
                        in_list = true;
                    }
                }
            }
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                strict = false;
                let keys = parent.child(0).map(Node::keys).unwrap_or_default();
                let name = |from_end: usize| {
                    keys.len()
                        .checked_sub(from_end + 1)
                        .and_then(|at| keys[at].name())
                };
                let last = name(0).unwrap_or_default();
                if matches!(last, "example" | "defaultText" | "description") {
                    edge.guard = edge.guard.or(Some(Guard::Example));
                }
                let in_let = parent
                    .parent()
                    .is_some_and(|it| it.is(SyntaxKind::NODE_LET_IN));
                if in_let && !settled && asked_by_name(parent, last) {
                    edge.guard = Some(Guard::PathExists);
                }
                if !settled
                    && edge.kind != EdgeKind::Call
                    && !(in_let && edge.kind == EdgeKind::Data && !in_list)
                {
                    let around = || enclosing_key(parent);
                    let above = name(1)
                        .map(str::to_owned)
                        .or_else(around)
                        .unwrap_or_default();
                    let module = if in_list {
                        matches!(
                            last,
                            "imports" | "modules" | "extraModules" | "sharedModules"
                        )
                    } else {
                        is_module_set(&above)
                            || matches!(last, "nixosModule" | "homeModule")
                            || above == "users"
                                && keys_above(parent).iter().any(|it| it == "home-manager")
                    };
                    let overlay = if in_list {
                        last == "overlays"
                    } else {
                        above == "overlays" || last == "overlay"
                    };
                    if module {
                        edge.kind = EdgeKind::Module;
                    } else if overlay {
                        edge.kind = EdgeKind::Overlay;
                    }
                }
                settled = true;
            }
            SyntaxKind::NODE_ATTR_SET | SyntaxKind::NODE_SELECT => {
                if parent.is(SyntaxKind::NODE_SELECT) {
                    settled = true;
                }
            }
            SyntaxKind::NODE_INHERIT_FROM => {
                strict = false;
                settled = true;
            }
            _ => {
                settled = true;
                strict = strict && parent.is(SyntaxKind::NODE_ROOT);
            }
        }
        below = parent;
    }
    edge.strict = strict && edge.kind == EdgeKind::Import;
    Some(edge)
}

/// Attributes whose values are modules.
fn is_module_set(name: &str) -> bool {
    matches!(
        name,
        "nixosModules"
            | "darwinModules"
            | "homeModules"
            | "homeManagerModules"
            | "flakeModules"
            | "hmModules"
    )
}

/// The name of the attribute whose set holds this binding.
fn enclosing_key(binding: Node<'_>) -> Option<String> {
    let set = binding.parent()?;
    let value = set.ancestors().find(|it| {
        !matches!(
            it.kind(),
            SyntaxKind::NODE_PAREN | SyntaxKind::NODE_BIN_OP | SyntaxKind::NODE_WITH
        )
    })?;
    if !value.is(SyntaxKind::NODE_ATTRPATH_VALUE) {
        return None;
    }
    match value.child(0)?.keys().pop()? {
        Key::Static(name) => Some(name.into_owned()),
        Key::Dynamic(_) => None,
    }
}

/// All names of attributes around and of a binding.
fn keys_above(binding: Node<'_>) -> Vec<String> {
    std::iter::once(binding)
        .chain(binding.ancestors())
        .filter(|it| it.is(SyntaxKind::NODE_ATTRPATH_VALUE))
        .filter_map(|it| it.child(0))
        .flat_map(|path| {
            path.keys()
                .iter()
                .filter_map(|key| key.name().map(str::to_owned))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Whether a condition asks for the existence of a path, also through a name.
fn asks(condition: Node<'_>) -> bool {
    condition.descendants().take(DEEPEST).any(|node| {
        node.is(SyntaxKind::NODE_IDENT)
            && (asks_name(node.text())
                || matches!(node.definition(), Definition::Value { value }
                    if value.descendants().any(|it| it.is(SyntaxKind::NODE_IDENT) && asks_name(it.text()))))
    })
}

/// Whether the `let` around a binding asks somewhere whether the path behind its name exists.
fn asked_by_name(binding: Node<'_>, name: &str) -> bool {
    binding.parent().is_some_and(|scope| {
        scope.descendants().take(50 * DEEPEST).any(|node| {
            let Shape::Apply { function, argument } = node.shape() else {
                return false;
            };
            matches!(argument.shape(), Shape::Ident(it) if it == name)
                && function.last_name().is_some_and(|it| asks_name(&it))
        })
    })
}

fn asks_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("exist") || lower.contains("ornull") || lower == "tryeval"
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Kind;

    fn edges(text: &str) -> Vec<String> {
        let (file, tree) = File::new(
            FileId(0),
            "hosts/a/default.nix".into(),
            Kind::Nix,
            Arc::new(syntax::Text::new(text)),
            syntax::parse::Limits::default(),
        );
        let outline = Outline::of(&tree.unwrap().root);
        extract(&file, &outline)
            .edges
            .iter()
            .map(|edge| {
                let mut words = format!("{:?} ", edge.kind);
                match &edge.target {
                    Target::Repo(path) => words.push_str(&path.text()),
                    other => words.push_str(&format!("{other:?}")),
                }
                for (word, set) in [
                    (" applied", edge.applied),
                    (" strict", edge.strict),
                    (" if", edge.condition.is_some()),
                    (" exists", edge.guard == Some(Guard::PathExists)),
                    (" example", edge.guard == Some(Guard::Example)),
                ] {
                    if set {
                        words.push_str(word);
                    }
                }
                words
            })
            .collect()
    }

    #[test]
    fn modules_and_conditions() {
        assert_eq!(
            edges(
                "{ lib, self, ... }: { imports = [ ./a.nix (import ./b.nix { }) ../c ] ++ lib.optional x ./d.nix
                  ++ lib.optional (builtins.pathExists ./e.nix) ./e.nix ++ [ (self + \"/f.nix\") \"${self}/g\" ]; }"
            ),
            [
                "Module hosts/a/a.nix",
                "Module hosts/a/b.nix applied",
                "Module hosts/c",
                "Module hosts/a/d.nix if",
                "Data hosts/a/e.nix exists",
                "Module hosts/a/e.nix if exists",
                "Module f.nix",
                "Module g",
            ]
        );
    }

    #[test]
    fn imports_calls_data() {
        assert_eq!(
            edges(
                "{ a = import ./a.nix; b = pkgs.callPackage ./b { }; c = readFile ./c; d.source = ./. + \"/d\";
                   e = lib.mkOption { example = ./e.png; }; nixosModules.x = ./x.nix; f = \"${./f}/g\";
                   home-manager.users.u = ./home.nix; overlays = [ (import ./o.nix) ]; z = ./../../../z; }"
            ),
            [
                "Import hosts/a/a.nix",
                "Call hosts/a/b applied",
                "Data hosts/a/c",
                "Data hosts/a/d",
                "Data hosts/a/e.png example",
                "Module hosts/a/x.nix",
                "Data hosts/a/f/g",
                "Module hosts/a/home.nix",
                "Overlay hosts/a/o.nix",
                "Data Outside(\"./../../../z\")",
            ]
        );
        assert_eq!(
            edges("import ./x.nix { }"),
            ["Import hosts/a/x.nix applied strict"]
        );
        assert_eq!(
            edges("{ a = (import sources.x) final ./y; b = scopedImport { } ./z.nix; }"),
            ["Data hosts/a/y", "Import hosts/a/z.nix"]
        );
        assert_eq!(
            edges("{ lib }: let a = 1; in import ./x.nix // { b = import ./y.nix; }"),
            ["Import hosts/a/x.nix strict", "Import hosts/a/y.nix"]
        );
    }
}
