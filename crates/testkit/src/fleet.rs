//! A repository that is made, not written: as large as asked for, with hosts that share modules, the same on every machine.

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Hosts of the repository.
const HOSTS: usize = 6;

/// Writes a flake with `count` files of about three kilobytes. `modules/shared.nix` is imported by every host.
///
/// # Panics
/// When a file cannot be written.
#[expect(
    clippy::disallowed_methods,
    reason = "a repository for tests and benchmarks"
)]
pub fn write(folder: &Path, count: usize) {
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
#[must_use]
pub fn module(number: usize) -> String {
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
