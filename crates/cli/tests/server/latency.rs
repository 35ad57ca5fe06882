//! From keystroke to findings, on a repository that is made, not written: as large as asked for, with hosts that share
//! modules. The repository is the same on every machine, the times are not.

use std::fmt::{self, Write};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Client, at};

/// Hosts of the repository.
const HOSTS: usize = 6;

/// Writes a flake with `count` files of about three kilobytes. `modules/shared.nix` is imported by every host.
fn write(folder: &Path, count: usize) {
    let put = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let mut hosts = String::new();
    for host in 0..HOSTS {
        let _ = writeln!(
            hosts,
            "      host{host} = nixpkgs.lib.nixosSystem {{\n        system = \"x86_64-linux\";\n        modules = [ ./hosts/host{host} ];\n      }};"
        );
    }
    put(
        "flake.nix",
        &format!(
            "{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-25.11\";\n  outputs = {{ nixpkgs, ... }}: {{\n    nixosConfigurations = {{\n{hosts}    }};\n  }};\n}}\n"
        ),
    );
    let modules = count.saturating_sub(HOSTS + 2);
    for host in 0..HOSTS {
        let imports: String = (0..modules)
            .filter(|module| module % HOSTS == host || module % 7 == host)
            .fold(String::new(), |mut text, module| {
                let _ = writeln!(text, "    ../../modules/module{module}.nix");
                text
            });
        put(
            &format!("hosts/host{host}/default.nix"),
            &format!(
                "{{ config, lib, pkgs, ... }}:\n{{\n  imports = [\n    ../../modules/shared.nix\n{imports}  ];\n  networking.hostName = \"host{host}\";\n  system.stateVersion = \"25.11\";\n}}\n"
            ),
        );
    }
    put("modules/shared.nix", &module(1_000_000));
    for number in 0..modules {
        put(&format!("modules/module{number}.nix"), &module(number));
    }
}

/// One module of the text that people write.
fn module(number: usize) -> String {
    let mut text = format!(
        "{{ config, lib, pkgs, ... }}:\nlet\n  cfg = config.services.made{number};\n  port = {};\nin\n{{\n  options.services.made{number} = {{\n    enable = lib.mkEnableOption \"made {number}\";\n    port = lib.mkOption {{ type = lib.types.port; default = port; }};\n  }};\n\n  config = lib.mkIf cfg.enable {{\n",
        1024 + number % 60_000
    );
    for part in 0..11 {
        let _ = writeln!(
            text,
            "    systemd.services.\"made{number}-{part}\" = {{\n      wantedBy = [ \"multi-user.target\" ];\n      after = [ \"network.target\" ];\n      serviceConfig.ExecStart = \"${{pkgs.hello}}/bin/hello --part {part} --port ${{toString cfg.port}}\";\n      script = ''\n        set -euo pipefail\n        echo \"part {part} of {number}\"\n      '';\n    }};"
        );
    }
    let _ = write!(
        text,
        "    networking.firewall.allowedTCPPorts = [ cfg.port ];\n    environment.systemPackages = with pkgs; [ git vim ];\n  }};\n}}\n"
    );
    text
}

/// What was measured.
pub struct Latency {
    files: usize,
    /// From the start of the program to the first findings.
    start: Duration,
    /// From each change to the findings of that version, sorted.
    edits: Vec<Duration>,
    /// The most memory that the server had, in KiB, where the system tells.
    memory: Option<u64>,
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |hundredths: usize| self.edits[self.edits.len() * hundredths / 100];
        write!(
            f,
            "{} files: first findings after {:.0?}; {} edits, p50 {:.1?}, p95 {:.1?}, slowest {:.1?}",
            self.files,
            self.start,
            self.edits.len(),
            part(50),
            part(95),
            self.edits[self.edits.len() - 1],
        )?;
        match self.memory {
            Some(memory) => write!(f, "; {} MiB", memory / 1024),
            None => Ok(()),
        }
    }
}

/// Edits ten files in turn, of which every host imports one, in a new repository of `count` files in this folder.
pub fn measure(root: &Path, count: usize, edits: usize, capabilities: &Value) -> Latency {
    write(root, count);
    for arguments in [
        &["init", "-q"][..],
        &["add", "-A"],
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "commit",
            "-q",
            "-m",
            "begin",
        ],
    ] {
        // Without git there is nothing to compare with, and that is fine too.
        let _ = Command::new("git")
            .args(arguments)
            .current_dir(root)
            .output();
    }
    let begin = Instant::now();
    let mut client = Client::open(root, capabilities);
    let mut files: Vec<(PathBuf, String, i64)> = (0..9)
        .map(|number| {
            let path = at(root, &format!("modules/module{number}.nix"));
            (path, module(number), 1)
        })
        .collect();
    files.push((at(root, "modules/shared.nix"), module(1_000_000), 1));
    client.did_open(&files[0].0, &files[0].1);
    client.pushed(&files[0].0, Some(1));
    let start = begin.elapsed();
    for (path, text, _) in &files[1..] {
        client.did_open(path, text);
    }
    client.quiet();
    let mut times = Vec::new();
    for edit in 0..edits {
        let (path, text, version) = &mut files[edit % 10];
        *version += 1;
        let line = text.find("let\n").unwrap() + 4;
        text.insert_str(line, &format!("  made{edit} = 1;\n"));
        let before = Instant::now();
        client.did_change(path, *version, text);
        client.pushed(path, Some(*version));
        times.push(before.elapsed());
    }
    times.sort_unstable();
    let status = fs::read_to_string(format!("/proc/{}/status", client.process()));
    let memory = status.ok().and_then(|status| {
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))?
            .to_owned();
        line.split_whitespace().nth(1)?.parse().ok()
    });
    Latency {
        files: count,
        start,
        edits: times,
        memory,
    }
}
