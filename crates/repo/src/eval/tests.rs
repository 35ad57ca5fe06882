//! Hosts as the frameworks build them, in small repositories.

use crate::hosts::tests::check;

const EMPTY: &str = "{ }";

/// The hosts of a repository of these texts and of empty modules.
fn with(files: &[(&str, &str)], empty: &[&str]) -> Vec<String> {
    let mut all = files.to_vec();
    all.extend(empty.iter().map(|path| (*path, EMPTY)));
    check(&all)
}

#[test]
fn snowfall() {
    let flake = "{ outputs = inputs: inputs.snowfall-lib.mkFlake { inherit inputs; src = ./.;
      systems.modules.nixos = [ ./extra.nix inputs.x.nixosModules.y ]; systems.hosts.box.modules = [ ./own.nix ]; }; }";
    let files = [
        "systems/x86_64-linux/box/default.nix",
        "systems/aarch64-darwin/mac/default.nix",
        "systems/x86_64-linux/no-host/other.nix",
        "homes/x86_64-linux/ada@box/default.nix",
        "modules/nixos/a/default.nix",
        "modules/darwin/b/default.nix",
        "modules/home/c/default.nix",
        "extra.nix",
        "own.nix",
    ];
    let expected = [
        "box Nixos: extra.nix modules/nixos/a/default.nix own.nix systems/x86_64-linux/box/default.nix …",
        "ada in box Home: homes/x86_64-linux/ada@box/default.nix modules/home/c/default.nix …",
        "mac Darwin: modules/darwin/b/default.nix systems/aarch64-darwin/mac/default.nix …",
        "ada@box Home: homes/x86_64-linux/ada@box/default.nix modules/home/c/default.nix …",
    ];
    assert_eq!(with(&[("flake.nix", flake)], &files), expected);
    let lib = "{ outputs = inputs: let lib = inputs.snowfall-lib.mkLib { inherit inputs; src = ./.; }; in lib.mkFlake {
      systems.modules.nixos = with inputs; [ ./extra.nix x.nixosModules.y ]; systems.hosts.box.modules = [ ./own.nix ]; }; }";
    assert_eq!(with(&[("flake.nix", lib)], &files), expected);
}

#[test]
fn blueprint() {
    let flake = "{ outputs = inputs: inputs.blueprint { inherit inputs; prefix = \"nix/\"; }; }";
    assert_eq!(
        with(
            &[
                ("flake.nix", flake),
                (
                    "nix/hosts/box/configuration.nix",
                    "{ flake, ... }: { imports = [ flake.nixosModules.base ]; }"
                ),
                (
                    "nix/hosts/odd/default.nix",
                    "{ flake, inputs, ... }: { class = \"nixos\";
                       value = inputs.nixpkgs.lib.nixosSystem { modules = [ ./own.nix ]; }; }"
                ),
            ],
            &[
                "nix/hosts/odd/own.nix",
                "nix/hosts/box/users/ada.nix",
                "nix/hosts/mac/darwin-configuration.nix",
                "nix/modules/nixos/base.nix",
                "nix/hosts/readme/text.nix",
            ]
        ),
        [
            "box Nixos: nix/hosts/box/configuration.nix nix/modules/nixos/base.nix …",
            "ada in box Home: nix/hosts/box/users/ada.nix",
            "odd Nixos: nix/hosts/odd/own.nix …",
            "mac Darwin: nix/hosts/mac/darwin-configuration.nix …",
            "ada@box Home: nix/hosts/box/users/ada.nix …",
        ]
    );
}

#[test]
fn clan() {
    let expected = [
        "box Nixos: machines/box/configuration.nix machines/box/disko.nix …",
        "far Nixos: far.nix …",
        "mac Darwin:  …",
    ];
    let empty = [
        "machines/box/configuration.nix",
        "machines/box/disko.nix",
        "far.nix",
    ];
    let body = "self = inputs.self; inventory = { machines.box.tags = [ ]; machines.mac.machineClass = \"darwin\"; };
      machines.far = { imports = [ ./far.nix ]; };";
    let flake = format!(
        "{{ outputs = inputs@{{ clan-core, ... }}: let clan = clan-core.lib.clan {{ {body} }}; in {{
           inherit (clan.config) nixosConfigurations darwinConfigurations; }}; }}"
    );
    assert_eq!(with(&[("flake.nix", &flake)], &empty), expected);
    let parts = format!(
        "{{ outputs = inputs: inputs.flake-parts.lib.mkFlake {{ inherit inputs; }} {{
           imports = [ inputs.clan-core.flakeModules.default ]; clan = {{ {body} }}; }}; }}"
    );
    assert_eq!(with(&[("flake.nix", &parts)], &empty), expected);
}

#[test]
fn easy_hosts() {
    let flake = "{ outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } {
      imports = [ inputs.easy-hosts.flakeModule ];
      easy-hosts = { path = ./systems; autoConstruct = true; shared.modules = [ ./shared.nix ];
        perClass = class: { modules = [ (./. + \"/${class}.nix\") ]; };
        hosts.far = { class = \"darwin\"; path = ./far; }; }; }; }";
    assert_eq!(
        with(
            &[("flake.nix", flake)],
            &[
                "systems/x86_64-nixos/box/default.nix",
                "far/default.nix",
                "shared.nix",
                "nixos.nix",
                "darwin.nix"
            ]
        ),
        [
            "box Nixos: nixos.nix shared.nix systems/x86_64-nixos/box/default.nix …",
            "far Darwin: darwin.nix far/default.nix shared.nix …",
        ]
    );
}

#[test]
fn dendritic() {
    let flake = "{ outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; }
      (inputs.import-tree.filterNot (inputs.nixpkgs.lib.hasSuffix \".pkg.nix\") ./modules); }";
    assert_eq!(
        with(
            &[
                ("flake.nix", flake),
                (
                    "modules/hosts.nix",
                    "{ lib, config, inputs, ... }: {
                       options.machines = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule ({ name, config, ... }: {
                         options.module = lib.mkOption { type = lib.types.deferredModule; };
                         options.built = lib.mkOption {
                           default = inputs.nixpkgs.lib.nixosSystem { modules = [ config.module { networking.hostName = name; } ]; }; };
                       })); };
                       config.flake.nixosConfigurations = lib.mapAttrs (_: { built, ... }: built) config.machines; }"
                ),
                (
                    "modules/base.nix",
                    "{ flake.modules.nixos.base = { imports = [ ../plain.nix ]; }; }"
                ),
                (
                    "modules/more.nix",
                    "{ flake.modules.nixos.base = { pkgs, ... }: { imports = [ ../more.nix ]; }; }"
                ),
                (
                    "modules/box.nix",
                    "{ config, ... }: { machines.box.module = { imports = with config.flake.modules.nixos; [ base ]; }; }"
                ),
                ("modules/x.pkg.nix", "{ machines.wrong.module = { }; }"),
                ("modules/_hidden.nix", "{ machines.wrong.module = { }; }"),
            ],
            &["plain.nix", "more.nix"]
        ),
        [
            "box Nixos: more.nix plain.nix modules/base.nix! modules/hosts.nix! modules/more.nix!"
        ]
    );
}

#[test]
fn den_and_unify() {
    let flake = |module: &str| {
        format!(
            "{{ outputs = inputs: inputs.flake-parts.lib.mkFlake {{ inherit inputs; }} {{ imports = [ {module} ]; }}; }}"
        )
    };
    let den = "{ den, ... }: { den.hosts.x86_64-linux.box.users.ada = { }; den.hosts.aarch64-darwin.mac = { };
      den.aspects.box = { nixos.imports = [ ./box.nix ]; includes = [ { nixos = ./more.nix; } ]; };
      den.aspects.ada.homeManager = ./ada.nix; den.homes.x86_64-linux.\"eve@far\" = { }; }";
    assert_eq!(
        with(
            &[("flake.nix", &flake("./den.nix")), ("den.nix", den)],
            &["box.nix", "more.nix", "ada.nix"]
        ),
        [
            "box Nixos: box.nix more.nix …",
            "ada in box Home: ada.nix …",
            "mac Darwin:  …",
            "eve@far Home:  …",
        ]
    );
    let unify = "{ config, ... }: { unify.modules.base.nixos = ./base.nix;
      unify.hosts.nixos.box = { modules = with config.unify.modules; [ base ]; nixos = ./box.nix; }; }";
    assert_eq!(
        with(
            &[("flake.nix", &flake("./unify.nix")), ("unify.nix", unify)],
            &["box.nix", "base.nix"]
        ),
        ["box Nixos: base.nix box.nix …"]
    );
}

#[test]
fn folders_of_configurations() {
    let unified =
        "{ outputs = inputs: inputs.nixos-unified.lib.mkFlake { inherit inputs; root = ./.; }; }";
    let expected = [
        "box Nixos: {}/nixos/box.nix …",
        "mac Darwin: {}/darwin/mac/default.nix …",
        "ada@box Home: {}/home/ada@box.nix …",
    ];
    assert_eq!(
        with(
            &[("flake.nix", unified)],
            &[
                "configurations/nixos/box.nix",
                "configurations/darwin/mac/default.nix",
                "configurations/home/ada@box.nix"
            ]
        ),
        expected.map(|it| it.replace("{}", "configurations"))
    );
    let ez = "{ outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } {
      imports = [ inputs.ez-configs.flakeModule ]; ezConfigs.root = ./.; }; }";
    assert_eq!(
        with(
            &[("flake.nix", ez)],
            &[
                "nixos-configurations/box.nix",
                "darwin-configurations/mac/default.nix",
                "home-configurations/ada@box.nix"
            ]
        ),
        [
            "box Nixos: nixos-configurations/box.nix …",
            "mac Darwin: darwin-configurations/mac/default.nix …",
            "ada@box Home: home-configurations/ada@box.nix …",
        ]
    );
}

#[test]
fn other_frameworks() {
    let light = "{ outputs = { flakelight, ... }@inputs: flakelight ./. { inherit inputs;
      nixosConfigurations.box = { system = \"x86_64-linux\"; modules = [ ./box.nix ]; }; }; }";
    assert_eq!(
        with(
            &[
                ("flake.nix", light),
                (
                    "nix/nixos/far.nix",
                    "{ system = \"x86_64-linux\"; modules = [ ../../far.nix ]; }"
                )
            ],
            &["box.nix", "far.nix"]
        ),
        ["box Nixos: box.nix", "far Nixos: far.nix …"]
    );
    let plus = "{ outputs = inputs@{ self, flake-utils-plus, ... }: flake-utils-plus.lib.mkFlake { inherit self inputs;
      hostDefaults.modules = [ ./common.nix ]; hosts.box.modules = [ ./box.nix ]; }; }";
    assert_eq!(
        with(&[("flake.nix", plus)], &["box.nix", "common.nix"]),
        ["box Nixos: box.nix common.nix …"]
    );
    let lite = "{ outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } { lite-config = { lib, ... }: {
      hostModuleDir = ./hosts; hosts.box.system = \"x86_64-linux\"; hosts.mac.system = \"aarch64-darwin\";
      systemModules = [ ({ hostPlatform, ... }: { imports = lib.optional hostPlatform.isDarwin ./darwin.nix; }) ]; }; }; }";
    assert_eq!(
        with(
            &[("flake.nix", lite)],
            &[
                "hosts/box/default.nix",
                "hosts/mac/default.nix",
                "darwin.nix"
            ]
        ),
        [
            "box Nixos: hosts/box/default.nix …",
            "mac Darwin: darwin.nix hosts/mac/default.nix …",
        ]
    );
    let haumea = "{ outputs = inputs: let all = inputs.haumea.lib.load { src = ./outputs; inputs = { inherit inputs; }; };
      in { nixosConfigurations = inputs.nixpkgs.lib.mergeAttrsList (map (it: it.nixosConfigurations) (builtins.attrValues all)); }; }";
    assert_eq!(
        with(
            &[
                ("flake.nix", haumea),
                (
                    "outputs/box.nix",
                    "{ inputs, ... }: { nixosConfigurations.box = inputs.nixpkgs.lib.nixosSystem { modules = [ ../box.nix ]; }; }"
                )
            ],
            &["box.nix"]
        ),
        ["box Nixos: box.nix …"]
    );
}

#[test]
fn hives_and_deployments() {
    let flake = "{ outputs = { self, nixpkgs, deploy-rs, ... }: {
      nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ]; };
      deploy.nodes.box = { hostname = \"box\"; profiles.system.path = deploy-rs.lib.x86_64-linux.activate.nixos self.nixosConfigurations.box; };
      deploy.nodes.elsewhere.hostname = \"far\";
      colmena = { meta.nixpkgs = nixpkgs; defaults = ./defaults.nix; box = ./box.nix; hive = ./hive-only.nix; };
    }; }";
    assert_eq!(
        with(
            &[("flake.nix", flake)],
            &["box.nix", "defaults.nix", "hive-only.nix"]
        ),
        [
            "box Nixos: box.nix",
            "hive Nixos: defaults.nix hive-only.nix"
        ]
    );
}

#[test]
fn systems_inside_a_host() {
    let flake = "{ outputs = { nixpkgs, ... }: { nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ]; }; }; }";
    let module = "{ config, lib, ... }: {
      specialisation.quiet = { inheritParentConfig = true; configuration = { imports = [ ./quiet.nix ]; }; };
      containers.web = { autoStart = true; config = ./web.nix; };
      microvm.vms.guest.config = { imports = [ ./guest.nix ]; };
      virtualisation.vmVariant = { imports = [ ./vm.nix ]; }; }";
    assert_eq!(
        with(
            &[("flake.nix", flake), ("box.nix", module)],
            &["quiet.nix", "web.nix", "guest.nix", "vm.nix"]
        ),
        [
            "box Nixos: box.nix specialisation.quiet(quiet.nix) containers.web(web.nix) microvm.vms.guest(guest.nix) virtualisation.vmVariant.(vm.nix)"
        ]
    );
}

#[test]
fn libraries_of_ones_own() {
    let flake = "{ outputs = { self, nixpkgs, ... }@inputs: let
        lib = nixpkgs.lib.makeExtensible (own: { mk = import ./mk.nix { inherit inputs; lib = own; }; names = [ \"a\" \"b\" ]; });
      in { nixosConfigurations = nixpkgs.lib.genAttrs lib.names lib.mk; }; }";
    let mk = "{ inputs, lib }: name: inputs.nixpkgs.lib.nixosSystem { modules = [ ./hosts/${name}.nix ] ++ lib.more or [ ]; }";
    assert_eq!(
        with(
            &[("flake.nix", flake), ("mk.nix", mk)],
            &["hosts/a.nix", "hosts/b.nix"]
        ),
        ["a Nixos: hosts/a.nix", "b Nixos: hosts/b.nix"]
    );
    let overlay = "{ outputs = { nixpkgs, ... }@inputs: let
        pkgs = import nixpkgs { overlays = [ (final: prev: { build.all = { }: { a = nixpkgs.lib.nixosSystem { modules = [ ./hosts/a.nix ]; }; }; }) ]; };
      in { nixosConfigurations = pkgs.build.all { }; }; }";
    assert_eq!(
        with(&[("flake.nix", overlay)], &["hosts/a.nix"]),
        ["a Nixos: hosts/a.nix"]
    );
}

#[test]
fn without_a_flake() {
    assert_eq!(
        with(
            &[
                (
                    "hosts/box/default.nix",
                    "import ../. [ ./configuration.nix ]"
                ),
                (
                    "hosts/default.nix",
                    "let pkgs = import (import ../npins).nixpkgs { }; in modules: pkgs.nixos ([ ../common.nix ] ++ modules)"
                ),
                ("npins/default.nix", "{ nixpkgs = fetchTarball \"x\"; }"),
            ],
            &["hosts/box/configuration.nix", "common.nix"]
        ),
        ["box Nixos: common.nix hosts/box/configuration.nix"]
    );
}

#[test]
fn hosts_in_data_files() {
    let flake = "{ outputs = { nixpkgs, ... }: let
        all = builtins.fromTOML (builtins.readFile ./hosts.toml) // nixpkgs.lib.importJSON ./more.json;
        linux = nixpkgs.lib.filterAttrs (_: it: nixpkgs.lib.hasSuffix \"-linux\" it.system) all;
      in { nixosConfigurations = builtins.mapAttrs (name: it: nixpkgs.lib.nixosSystem { modules = [ ./hosts/${name}.nix ]; }) linux; }; }";
    assert_eq!(
        with(
            &[
                ("flake.nix", flake),
                (
                    "hosts.toml",
                    "[a]\nsystem = \"x86_64-linux\"\n[mac]\nsystem = \"aarch64-darwin\"\n"
                ),
                ("more.json", "{ \"b\": { \"system\": \"aarch64-linux\" } }"),
            ],
            &["hosts/a.nix", "hosts/b.nix"]
        ),
        ["a Nixos: hosts/a.nix", "b Nixos: hosts/b.nix"]
    );
}

#[test]
fn nothing_of_this_runs_for_ever() {
    for text in [
        "lib.makeExtensible (own: own)",
        "lib.fix (own: { a = own.a; nixosConfigurations = own.nixosConfigurations; })",
        "inputs.flake-parts.lib.mkFlake { inherit inputs; } ({ config, ... }: { flake = config.flake; })",
        "inputs.flake-parts.lib.mkFlake { inherit inputs; } ({ config, ... }: { imports = config.imports; flake.nixosConfigurations = config.flake.nixosConfigurations; })",
        "inputs.flake-parts.lib.mkFlake { inherit inputs; } ({ lib, ... }: { options.a = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule ({ config, ... }: { options.b = lib.mkOption { default = config.b; }; })); }; config.a.x = { }; })",
        "inputs.flake-parts.lib.mkFlake { inherit inputs; } { imports = [ ./flake.nix ]; }",
        "inputs.clan-core.lib.clan { imports = [ ./flake.nix ]; self = inputs.self; machines = inputs.self.machines; }",
        "let pkgs = import inputs.nixpkgs { overlays = [ (final: prev: final) (final: prev: { a = final.a; }) ]; }; in { nixosConfigurations = pkgs.a; }",
    ] {
        let flake = format!("{{ outputs = inputs: let lib = inputs.nixpkgs.lib; in {text}; }}");
        assert!(check(&[("flake.nix", &flake)]).len() <= 1, "{text}");
    }
}
