//! What was measured, as Markdown and as JSON.

use std::fmt::Write;

use super::measure::Usage;
use super::{Bar, Row};

/// Tables for people.
pub fn markdown(rows: &[Row], bars: &[Bar], rounds: usize, words: &[&str]) -> String {
    // Where a tree stands on this machine is nobody's business.
    let named = |it: &&str| {
        if it.contains('/') {
            it.rsplit('/')
                .find(|it| !it.is_empty())
                .unwrap_or("/")
                .to_owned()
        } else {
            (*it).to_owned()
        }
    };
    let words: Vec<String> = words.iter().map(named).collect();
    let mut text = format!(
        "`cargo xtask bench {}`: medians of {rounds} rounds, {}\n",
        words.join(" "),
        machine()
    );
    for row in rows {
        let _ = write!(
            text,
            "\n### {}: {} Nix files, {:.1} MB\n\n| | wall ms | processor ms | peak MiB | wall ÷ floor | processor ÷ floor |\n| --- | ---: | ---: | ---: | ---: | ---: |\n",
            row.name,
            row.files,
            row.bytes as f64 / 1e6
        );
        for (name, it) in &row.usages {
            // One thread is compared with one thread.
            let one = name.ends_with("one thread") || matches!(*name, "deadnix");
            let floor = if one { "floor, one thread" } else { "floor" };
            let ratio = |what| {
                let ratio = row.ratio(name, floor, what);
                ratio.map_or(String::new(), |it| format!("{it:.2}"))
            };
            let _ = writeln!(
                text,
                "| {name} | {:.1} | {:.1} | {:.0} | {} | {} |",
                it.wall,
                it.cpu,
                it.mib(),
                ratio(Usage::walls),
                ratio(Usage::cpus)
            );
        }
    }
    text.push_str("\n### Bars\n\n| bar | at most | is | |\n| --- | ---: | ---: | --- |\n");
    for bar in bars {
        let verdict = match bar {
            it if it.is <= it.most => "met",
            it if it.is_missed() => "**missed**",
            _ => "missed by less than a tenth",
        };
        let Bar {
            words,
            most,
            is,
            unit,
        } = bar;
        let _ = writeln!(
            text,
            "| {words} | {most:.2}{unit} | {is:.2}{unit} | {verdict} |"
        );
    }
    text
}

/// The same for programs.
pub fn json(rows: &[Row], bars: &[Bar]) -> String {
    let usage = |it: &Usage| serde_json::json!({ "wall_ms": it.wall, "cpu_ms": it.cpu, "peak_kib": it.peak, "walls_ms": it.walls(), "cpus_ms": it.cpus() });
    let row = |it: &Row| {
        let jobs = it.usages.iter();
        let jobs: serde_json::Map<String, serde_json::Value> = jobs
            .map(|(name, it)| ((*name).to_owned(), usage(it)))
            .collect();
        serde_json::json!({ "tree": it.name, "files": it.files, "bytes": it.bytes, "jobs": jobs })
    };
    let bar = |it: &Bar| serde_json::json!({ "bar": it.words, "most": it.most, "is": it.is, "met": it.is <= it.most });
    let rows: Vec<_> = rows.iter().map(row).collect();
    let bars: Vec<_> = bars.iter().map(bar).collect();
    serde_json::json!({ "trees": rows, "bars": bars, "machine": machine() }).to_string()
}

/// How many cores, and which compiler.
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark says what it was made with"
)]
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).arg("-V").output();
    let said = output.map_or(String::new(), |it| {
        String::from_utf8_lossy(&it.stdout).into_owned()
    });
    let compiler: Vec<&str> = said.split_whitespace().take(2).collect();
    format!("{cores} cores, {}", compiler.join(" "))
}
