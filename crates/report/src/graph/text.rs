//! The graph as text: a tree for each host, the ways to one file, the files that nothing reaches.

use std::io::{self, Write};

use repo::eval::When;
use repo::graph::{Row, Way, What};
use repo::hosts::Host;
use repo::imports::EdgeKind;
use repo::{FileId, Repo};

use super::{View, class, label, name, path};
use crate::why::{place, reason};

/// How many reasons are listed below a host.
const REASONS: usize = 8;

/// Prints the trees.
///
/// # Errors
/// When the output cannot be written.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let repo = view.repo;
    for (nth, host) in view.hosts.iter().enumerate() {
        if nth > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", headline(repo, &repo.hosts.all[*host]))?;
        tree(view, &repo.tree(*host), out)?;
        reasons(repo, &repo.hosts.all[*host], out)?;
    }
    if view.hosts.is_empty() {
        writeln!(out, "no hosts")?;
    }
    let open: Vec<String> = sorted(repo.hosts.open.iter().map(|why| reason(repo, why)));
    if !open.is_empty() {
        writeln!(out, "\nthere may be other hosts:")?;
        for why in open {
            writeln!(out, "  {why}")?;
        }
    }
    Ok(())
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

fn headline(repo: &Repo, host: &Host) -> String {
    let mut line = format!(
        "{} {}  {}: {}",
        class(host.class),
        name(host),
        place(repo, host.at),
        files(host.surely.len())
    );
    if !host.perhaps.is_empty() {
        line.push_str(&format!(", {} perhaps", host.perhaps.len()));
    }
    if !host.complete {
        line.push_str(", not all known");
    }
    if host.ephemeral {
        line.push_str(", does not stay");
    }
    line
}

fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    }
}

fn reasons(repo: &Repo, host: &Host, out: &mut dyn Write) -> io::Result<()> {
    let all = sorted(host.why.iter().map(|why| reason(repo, why)));
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "  not all known:")?;
    for why in all.iter().take(REASONS) {
        writeln!(out, "    {why}")?;
    }
    if all.len() > REASONS {
        writeln!(out, "    and {} more", all.len() - REASONS)?;
    }
    Ok(())
}

/// Draws rows in the manner of `tree`.
fn tree(view: &View<'_>, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let (tee, corner, bar) = if view.ascii {
        ("|-- ", "`-- ", "|   ")
    } else {
        ("├── ", "└── ", "│   ")
    };
    // For each row, whether another one of the same depth follows below the same parent: from the last to the first.
    let mut open: Vec<bool> = Vec::new();
    let mut follows = vec![false; rows.len()];
    for (index, row) in rows.iter().enumerate().rev() {
        open.resize(row.depth + 1, false);
        follows[index] = open[row.depth];
        open[row.depth] = true;
    }
    let mut bars: Vec<bool> = Vec::new();
    for (row, follows) in rows.iter().zip(follows) {
        bars.truncate(row.depth - 1);
        let mut line = String::new();
        for open in &bars {
            line.push_str(if *open { bar } else { "    " });
        }
        bars.push(follows);
        line.push_str(if follows { tee } else { corner });
        line.push_str(&describe(view.repo, row));
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn describe(repo: &Repo, row: &Row) -> String {
    let mut line = match &row.what {
        What::Host(host) => headline(repo, &repo.hosts.all[*host]),
        what => label(repo, what),
    };
    let mut notes = Vec::new();
    if let What::Foreign(_) = row.what {
        notes.push("input".to_owned());
    }
    match row.when {
        Some(When::If(at)) => notes.push(format!("if {}", place(repo, at))),
        Some(When::Scanned(at)) => notes.push(format!("found by {}", place(repo, at))),
        None => {}
    }
    if row.again {
        notes.push("see above".to_owned());
    }
    if !notes.is_empty() {
        line.push_str(&format!(" ({})", notes.join(", ")));
    }
    line
}

/// Says why a file is reached or not.
///
/// # Errors
/// When the output cannot be written.
pub fn why(view: &View<'_>, file: FileId, out: &mut dyn Write) -> io::Result<()> {
    let repo = view.repo;
    let it = repo.file(file);
    let votes = repo.classes.of(file);
    let kind = match (votes.certain(), votes.certain_all().count()) {
        (Some(it), _) => format!("class {}", class(it)),
        (None, 0) => match votes.likely() {
            Some(it) => format!("class {}, likely", class(it)),
            None => "class unknown".to_owned(),
        },
        (None, _) => {
            let all: Vec<_> = votes.certain_all().map(class).collect();
            format!("classes {}", all.join(", "))
        }
    };
    writeln!(out, "{}: {kind}", path(repo, file))?;
    if !it.facts.faults.is_empty() {
        writeln!(out, "  has a syntax error")?;
    }
    let within = |host: usize| {
        let system = repo.hosts.all[host].system_host;
        view.hosts.contains(&host) || system.is_some_and(|it| view.hosts.contains(&it))
    };
    let ways: Vec<Way> = repo
        .ways_to(file)
        .into_iter()
        .filter(|way| within(way.host))
        .collect();
    for way in &ways {
        let mut line = label(repo, &What::Host(way.host));
        if let Some(system) = repo.hosts.all[way.host].system_host {
            line.push_str(&format!(" in {}", name(&repo.hosts.all[system])));
        }
        if let Some(nth) = way.child {
            line.push_str(&format!(", {}", label(repo, &What::Child(way.host, nth))));
        }
        let sure = if way.surely { "surely" } else { "perhaps" };
        writeln!(out, "  {line}: {sure}")?;
        for step in &way.steps {
            writeln!(out, "    {}", place(repo, *step))?;
        }
    }
    let holders: Vec<usize> = repo
        .holders_of(file)
        .into_iter()
        .filter(|it| within(*it))
        .collect();
    for host in holders {
        if !ways.iter().any(|way| way.host == host) {
            let host = label(repo, &What::Host(host));
            writeln!(out, "  {host}: a module stands inside the file")?;
        }
    }
    for (_, of) in repo.hosts.modules.iter().filter(|(it, _)| *it == file) {
        writeln!(
            out,
            "  the flake takes or offers it as a module of class {}",
            class(*of)
        )?;
    }
    for host in repo.hosts.all.iter().filter(|host| host.at.file == file) {
        if host.system_host.is_none() {
            writeln!(
                out,
                "  {} {} is defined in it",
                class(host.class),
                name(host)
            )?;
        }
    }
    let named = repo.named_by(file);
    for (at, kind) in &named {
        let how = match kind {
            EdgeKind::Module => "imports it as a module",
            EdgeKind::Import => "imports it",
            EdgeKind::Call => "calls it",
            EdgeKind::Overlay => "takes it as an overlay",
            EdgeKind::Data => "names it",
        };
        writeln!(out, "  {} {how}", place(repo, *at))?;
    }
    if ways.is_empty() {
        if named.is_empty() {
            writeln!(out, "  no file names it")?;
        }
        if view.hosts.is_empty() {
            writeln!(out, "  there are no hosts")?;
        } else {
            writeln!(out, "  it is a module of no host that nivis knows")?;
        }
        let unknown = view
            .hosts
            .iter()
            .flat_map(|host| &repo.hosts.all[*host].why);
        let unknown = repo.hosts.open.iter().chain(unknown);
        let all = sorted(unknown.map(|why| reason(repo, why)));
        if !all.is_empty() {
            writeln!(out, "  but not all is known:")?;
            for why in all.iter().take(REASONS) {
                writeln!(out, "    {why}")?;
            }
            if all.len() > REASONS {
                writeln!(out, "    and {} more", all.len() - REASONS)?;
            }
        }
    }
    Ok(())
}

/// Lists the files that nothing reaches.
///
/// # Errors
/// When the output cannot be written.
pub fn unreached(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    for file in view.repo.out_of_reach() {
        // A runner of CI takes some beginnings of a line for commands.
        let path = view.repo.file(file).path.bytes();
        writeln!(out, "{}", crate::sanitise::at_line_start(path))?;
    }
    Ok(())
}
