//! nivis under the tools that run it: hooks, formatters, CI, Nix. Where a tool is missing its test says so and passes.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "these tests make repositories, start programs and say what they leave out"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const SOUND: &str = "{ a = 1; }\n";
const FAULTY: &str = "let dead = 1; in { a = 1; }\n";
const FIXABLE: &str = "{ a = let in 1; }\n";

fn house() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shipped(path: &str) -> String {
    fs::read_to_string(house().join(path)).unwrap()
}

/// The folder of the built program before all others.
fn search_path() -> OsString {
    let own = Path::new(env!("CARGO_BIN_EXE_nivis")).parent().unwrap();
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(own.to_owned()).chain(std::env::split_paths(&rest));
    std::env::join_paths(folders).unwrap()
}

/// Whether a tool is here; says so when it is not.
fn has(tool: &str) -> bool {
    let here = Command::new(tool)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !here {
        eprintln!("skipped: {tool} is not here");
    }
    here
}

/// A git repository with a home of its own.
struct Repository {
    folder: TempDir,
    home: TempDir,
}

impl Repository {
    fn new(files: &[(&str, &str)]) -> Repository {
        let it = Repository {
            folder: TempDir::new().unwrap(),
            home: TempDir::new().unwrap(),
        };
        it.done("git", &["init", "-q", "-b", "main"]);
        for (path, text) in files {
            it.write(path, text);
        }
        it.done("git", &["add", "-A"]);
        it.done("git", &["commit", "-q", "-m", "first"]);
        it
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        Command::new(program)
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", search_path())
            .env("HOME", self.home.path())
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .envs([
                ("GIT_AUTHOR_NAME", "A"),
                ("GIT_AUTHOR_EMAIL", "a@example.org"),
            ])
            .envs([
                ("GIT_COMMITTER_NAME", "A"),
                ("GIT_COMMITTER_EMAIL", "a@example.org"),
            ])
            .output()
            .unwrap()
    }

    fn done(&self, program: &str, args: &[&str]) -> String {
        let output = self.run(program, args);
        assert!(
            output.status.success(),
            "{program} {args:?}: {}",
            told(&output)
        );
        told(&output)
    }

    /// Stages a file and commits: whether it went through, and what was said.
    fn commit(&self, path: &str, text: &str) -> (bool, String) {
        self.write(path, text);
        self.done("git", &["add", path]);
        self.commit_staged()
    }

    fn commit_staged(&self) -> (bool, String) {
        let output = self.run("git", &["commit", "-m", "change"]);
        (output.status.success(), told(&output))
    }
}

fn told(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// What every hook must show, once it is installed.
fn stops_and_lets_pass(it: &Repository) {
    // A good commit passes.
    let (passed, told) = it.commit("a.nix", "{ a = 2; }\n");
    assert!(passed, "{told}");
    // A bad one is stopped, and one reads why.
    let (passed, told) = it.commit("with space.nix", FAULTY);
    assert!(!passed, "{told}");
    for words in [
        "warning[unused-let]: nothing uses `dead`",
        "with space.nix:1:5",
    ] {
        assert!(told.contains(words), "{told}");
    }
    // The fault is staged and the work tree is clean: it is still found.
    it.write("with space.nix", SOUND);
    let (passed, told) = it.commit_staged();
    assert!(!passed && told.contains("unused-let"), "{told}");
    // And the reverse: what is not staged stops nobody.
    it.done("git", &["add", "-A"]);
    it.write("with space.nix", FAULTY);
    let (passed, told) = it.commit_staged();
    assert!(passed, "{told}");
    it.write("with space.nix", SOUND);
}

#[test]
fn hooks_of_pre_commit_and_prek() {
    for tool in ["pre-commit", "prek"] {
        if !has(tool) {
            continue;
        }
        let hooks =
            Repository::new(&[(".pre-commit-hooks.yaml", &shipped(".pre-commit-hooks.yaml"))]);
        hooks.done(tool, &["validate-manifest", ".pre-commit-hooks.yaml"]);
        let revision = hooks.done("git", &["rev-parse", "HEAD"]);

        // The snippet, as a hook of the repository itself.
        let it = Repository::new(&[("a.nix", SOUND)]);
        it.write(
            ".pre-commit-config.yaml",
            &shipped("docs/integrations/pre-commit.yaml"),
        );
        it.done(tool, &["validate-config", ".pre-commit-config.yaml"]);
        it.done("git", &["add", "-A"]);
        it.done(tool, &["install"]);
        stops_and_lets_pass(&it);

        // The hooks that this repository ships.
        for hook in ["nivis-system", "nivis-staged", "nivis-repo"] {
            let it = Repository::new(&[("a.nix", SOUND)]);
            let url = hooks.folder.path().display();
            it.write(
                ".pre-commit-config.yaml",
                &format!(
                    "repos:\n- repo: {url}\n  rev: {}\n  hooks:\n  - id: {hook}\n",
                    revision.trim()
                ),
            );
            it.done("git", &["add", "-A"]);
            it.done(tool, &["install"]);
            stops_and_lets_pass(&it);
        }

        // Four hundred names in one call, and what the settings exclude stays out.
        let many: Vec<String> = (0..400)
            .map(|number| format!("generated/file-{number}.nix"))
            .collect();
        let it = Repository::new(&[
            ("a.nix", SOUND),
            ("nivis.toml", "exclude = [\"generated/\"]\n"),
        ]);
        it.write(
            ".pre-commit-config.yaml",
            "repos:\n- repo: local\n  hooks:\n  - {id: n, name: n, entry: nivis check --force-exclude, language: system, files: nix, require_serial: true}\n",
        );
        for path in &many {
            it.write(path, FAULTY);
        }
        it.done(
            "git",
            &["add", "-A", "--", "generated", ".pre-commit-config.yaml"],
        );
        it.done(tool, &["install"]);
        let (passed, told) = it.commit_staged();
        assert!(passed, "{told}");
        // One that is not excluded is not lost among them.
        it.write("generated/file-7.nix", SOUND);
        it.done("git", &["add", "generated/file-7.nix"]);
        let (passed, told) = it.commit("generate.nix", FAULTY);
        assert!(!passed && told.contains("generate.nix:1:5"), "{told}");
    }
}

#[test]
fn hooks_of_lefthook() {
    if !has("lefthook") {
        return;
    }
    let it = Repository::new(&[("a.nix", SOUND)]);
    it.write("lefthook.yml", &shipped("docs/integrations/lefthook.yml"));
    it.done("git", &["add", "-A"]);
    it.done("lefthook", &["install"]);
    stops_and_lets_pass(&it);

    // With fixes, which are part of the commit.
    let it = Repository::new(&[("a.nix", SOUND)]);
    it.write(
        "lefthook.yml",
        "pre-commit:\n  jobs:\n    - name: nivis\n      glob: \"*.nix\"\n      run: nivis check --fix --force-exclude {staged_files}\n      stage_fixed: true\n",
    );
    it.done("git", &["add", "-A"]);
    it.done("lefthook", &["install"]);
    let (passed, told) = it.commit("b.nix", FIXABLE);
    assert!(passed, "{told}");
    assert_eq!(it.done("git", &["show", "HEAD:b.nix"]), "{ a = 1; }\n");
}

/// The contract of treefmt, with and without treefmt.
#[test]
fn a_formatter() {
    let it = Repository::new(&[
        (".gitignore", "ignored.nix\n"),
        ("a.nix", FIXABLE),
        ("clean.nix", SOUND),
        ("other.nix", FIXABLE),
    ]);
    it.write("ignored.nix", FIXABLE);
    it.write("new file.nix", FIXABLE);
    let modified = |path: &str| fs::metadata(it.path(path)).unwrap().modified().unwrap();
    let before = modified("clean.nix");
    let files = ["a.nix", "clean.nix", "ignored.nix", "new file.nix"];
    let args = [&["check", "--fix-only"], &files[..]].concat();
    assert_eq!(it.done("nivis", &args), "");
    for path in files {
        assert_eq!(it.read(path), SOUND, "{path}");
    }
    // Those and no others; what does not change is not touched.
    assert_eq!(it.read("other.nix"), FIXABLE);
    assert_eq!(modified("clean.nix"), before);
    let after: Vec<_> = files.iter().map(|path| modified(path)).collect();
    assert_eq!(it.done("nivis", &args), "");
    assert_eq!(
        files.iter().map(|path| modified(path)).collect::<Vec<_>>(),
        after
    );
    // What cannot be fixed is no trouble, what cannot be read is.
    it.write("a.nix", FAULTY);
    assert_eq!(
        it.run("nivis", &["check", "--fix-only", "a.nix"])
            .status
            .code(),
        Some(0)
    );
    assert_eq!(
        it.run("nivis", &["check", "--fix-only", "gone.nix"])
            .status
            .code(),
        Some(2)
    );

    if has("treefmt") {
        it.write("treefmt.toml", &shipped("docs/integrations/treefmt.toml"));
        it.write("a.nix", FIXABLE);
        let before = modified("clean.nix");
        it.done(
            "treefmt",
            &["--tree-root", ".", "--no-cache", "--walk", "filesystem"],
        );
        assert_eq!(
            (it.read("a.nix"), it.read("other.nix")),
            (SOUND.to_owned(), SOUND.to_owned())
        );
        assert_eq!(modified("clean.nix"), before);
        it.done(
            "treefmt",
            &[
                "--tree-root",
                ".",
                "--no-cache",
                "--walk",
                "filesystem",
                "--fail-on-change",
            ],
        );
    }
}

/// The script of a step of the action, by its id.
fn script(id: &str) -> String {
    let action = shipped("action.yml");
    let (_, step) = action.split_once(&format!("- id: {id}\n")).unwrap();
    let (_, script) = step.split_once("      run: |\n").unwrap();
    let lines = script
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("        "));
    let script: String = lines
        .map(|line| format!("{}\n", line.get(8..).unwrap_or_default()))
        .collect();
    assert!(
        !script.contains("${{"),
        "inputs reach scripts through the environment only"
    );
    script
}

fn step(it: &Repository, id: &str, env: &[(&str, &str)]) -> Output {
    for name in ["summary", "output", "path"] {
        it.write(name, "");
    }
    let mut command = Command::new("bash");
    command
        .args([
            "--noprofile",
            "--norc",
            "-eo",
            "pipefail",
            "-c",
            &script(id),
        ])
        .current_dir(it.folder.path())
        .env_clear()
        .env("PATH", search_path())
        .env("HOME", it.home.path())
        .env("RUNNER_TEMP", it.home.path())
        .env("GITHUB_STEP_SUMMARY", it.path("summary"))
        .env("GITHUB_OUTPUT", it.path("output"))
        .env("GITHUB_PATH", it.path("path"))
        .envs([
            ("ARGS", ""),
            ("SARIF", ""),
            ("BINARY_URL", ""),
            ("BINARY_SHA256", ""),
        ])
        .envs(env.iter().copied());
    command.output().unwrap()
}

#[test]
fn the_action() {
    let it = Repository::new(&[("a.nix", FAULTY), ("$(touch pwned).nix", FAULTY)]);
    let done = step(&it, "run", &[("SARIF", "out.sarif")]);
    assert_eq!(done.status.code(), Some(1), "{}", told(&done));
    assert!(told(&done).contains("::warning title=nivis unused-let,file=a.nix,line=1,"));
    assert!(it.read("summary").starts_with("## nivis: 2 warnings"));
    assert_eq!(it.read("output"), "code=1\n");
    assert!(it.read("out.sarif").contains("2.1.0"));
    // One argument a line, whatever stands in it.
    let done = step(
        &it,
        "run",
        &[("ARGS", "--select\nempty-let\n\n--root\n.\n")],
    );
    assert_eq!(done.status.code(), Some(0), "{}", told(&done));
    for hostile in [
        "$(touch pwned)",
        "; touch pwned",
        "`touch pwned`",
        "a.nix\" ; touch pwned ; \"",
        "*",
    ] {
        let done = step(
            &it,
            "run",
            &[("ARGS", hostile), ("SARIF", "x$(touch pwned)")],
        );
        assert_eq!(done.status.code(), Some(2), "{hostile}: {}", told(&done));
        assert_eq!(it.read("output"), "code=2\n");
    }
    assert!(!it.path("pwned").exists());

    // The install step takes what is there, and no binary without its sum.
    assert!(step(&it, "install", &[]).status.success());
    let alone = TempDir::new().unwrap();
    for tool in ["mkdir", "sha256sum", "install"] {
        let found = std::env::split_paths(&search_path())
            .map(|it| it.join(tool))
            .find(|it| it.exists());
        std::os::unix::fs::symlink(found.unwrap(), alone.path().join(tool)).unwrap();
    }
    let fetched = Path::new(env!("CARGO_BIN_EXE_nivis"));
    // A `curl` that hands out the built program.
    let curl = alone.path().join("curl");
    let cp = ["/bin/cp", "/usr/bin/cp"]
        .into_iter()
        .find(|it| Path::new(it).exists());
    let Some(cp) = cp else {
        eprintln!("skipped: cp is not where it is looked for");
        return;
    };
    let text = format!(
        "#!/bin/bash\nwhile [ $# -gt 0 ]; do [ \"$1\" != --output ] || to=$2; shift; done\n{cp} {} \"$to\"\n",
        fetched.display()
    );
    fs::write(&curl, text).unwrap();
    fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).unwrap();
    let path = alone.path().to_str().unwrap();
    let bash = ["/bin/bash", "/usr/bin/bash"]
        .into_iter()
        .find(|it| Path::new(it).exists());
    if bash.is_none() {
        eprintln!("skipped: bash is not where it is looked for");
        return;
    }
    let url = ("BINARY_URL", "https://example.org/nivis");
    let install = |sum: &str| {
        let mut command = Command::new(bash.unwrap());
        command
            .args([
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                "-c",
                &script("install"),
            ])
            .env_clear()
            .envs([("PATH", path), url, ("BINARY_SHA256", sum)])
            .env("RUNNER_TEMP", it.home.path())
            .env("GITHUB_PATH", it.path("path"));
        command.output().unwrap()
    };
    assert_eq!(install("").status.code(), Some(2));
    assert!(!install(&"0".repeat(64)).status.success());
    assert_eq!(it.read("path"), "");
    let sum = told(&Command::new("sha256sum").arg(fetched).output().unwrap());
    let done = install(sum.split_whitespace().next().unwrap());
    assert!(done.status.success(), "{}", told(&done));
    assert!(it.read("path").trim_end().ends_with("nivis/bin"));
}

/// Evaluates with a nixpkgs that knows the few names that the flake uses.
fn nix(expression: &str) -> Option<String> {
    const STUB: &str = r#"
      let
        pkgs = {
          rustPlatform.buildRustPackage = a: a // { type = "derivation"; name = "nivis-${a.version}"; };
          runCommand = name: env: script: { inherit name env script; type = "derivation"; };
          mkShell = a: a // { type = "derivation"; name = "shell"; };
          installShellFiles = "installShellFiles"; cargo = "cargo"; clippy = "clippy"; rustc = "rustc"; rustfmt = "rustfmt";
          lib.licenses = { mit = "MIT"; asl20 = "Apache-2.0"; };
        };
        names = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
        nixpkgs.legacyPackages = builtins.listToAttrs (map (name: { inherit name; value = pkgs; }) names);
        flake = import FLAKE;
        self = flake.outputs { inherit nixpkgs; self = self // { outPath = "SELF"; }; };
      in
    "#;
    let flake = house().join("flake.nix");
    let text = format!(
        "{} {expression}",
        STUB.replace("FLAKE", &flake.display().to_string())
    );
    let state = TempDir::new().unwrap();
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json", "-E", &text])
        .env("NIX_REMOTE", "dummy://")
        .env("HOME", state.path())
        .output();
    let Ok(output) = output else {
        assert!(
            std::env::var_os("NIVIS_REQUIRE_TOOLS").is_none(),
            "nix-instantiate is missing"
        );
        eprintln!("skipped: nix-instantiate is not here");
        return None;
    };
    assert!(output.status.success(), "{}", told(&output));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_flake() {
    let names = "builtins.mapAttrs (_: v: builtins.attrNames v) { inherit (self) packages overlays devShells checks lib flakeModules templates; }";
    let Some(outputs) = nix(names) else { return };
    let outputs: BTreeMap<String, Vec<String>> = serde_json::from_str(&outputs).unwrap();
    assert_eq!(outputs["packages"].len(), 4);
    assert_eq!(outputs["checks"].len(), 4);
    assert_eq!(outputs["overlays"], ["default"]);
    assert_eq!(outputs["lib"], ["mkCheck", "mkFleet"]);
    assert_eq!(outputs["flakeModules"], ["default"]);
    let name = nix("(self.overlays.default pkgs { }).nivis.name").unwrap();
    assert_eq!(
        name.trim(),
        format!("\"nivis-{}\"", env!("CARGO_PKG_VERSION"))
    );
    let shell = nix("self.devShells.x86_64-linux.default.packages").unwrap();
    assert!(shell.contains("rustfmt"));
    let template = nix("toString self.templates.default.path").unwrap();
    let template: String = serde_json::from_str(&template).unwrap();
    assert!(Path::new(&template).join("flake.nix").exists());

    // The check itself: its script, run as a builder would.
    let it = Repository::new(&[("default.nix", FAULTY)]);
    let check = |gate: bool| {
        let call = format!(
            "(self.lib.mkCheck {{ inherit pkgs; nivis = \"nivis\"; src = \"S\"; project = \"web\"; gate = {gate}; }}).script"
        );
        let script: String = serde_json::from_str(&nix(&call).unwrap()).unwrap();
        let out = it.home.path().join(format!("out-{gate}"));
        let mut command = Command::new("bash");
        command
            .args(["-e", "-c", &script])
            .env_clear()
            .env("PATH", search_path())
            .envs([("src", it.folder.path()), ("out", &out)])
            .envs([("project", "web"), ("pathPrefix", "")]);
        let done = command.output().unwrap();
        (
            done.status.code(),
            fs::read_to_string(out.join("report.json")).unwrap(),
        )
    };
    let (code, report) = check(true);
    assert_eq!(code, Some(1));
    assert!(
        report.contains("\"project\": \"web\"")
            && !report.contains(it.folder.path().to_str().unwrap())
    );
    assert_eq!(check(false), (Some(0), report));
    it.write("default.nix", SOUND);
    assert_eq!(check(true).0, Some(0));
    it.write("nivis.toml", "no-such-key = 1\n");
    for gate in [true, false] {
        let call = format!(
            "(self.lib.mkCheck {{ inherit pkgs; nivis = \"nivis\"; src = \"S\"; gate = {gate}; }}).script"
        );
        let script: String = serde_json::from_str(&nix(&call).unwrap()).unwrap();
        let mut command = Command::new("bash");
        command
            .args(["-e", "-c", &script])
            .env_clear()
            .env("PATH", search_path())
            .envs([
                ("src", it.folder.path()),
                ("out", &it.home.path().join("trouble")),
            ])
            .envs([("project", "web"), ("pathPrefix", "")]);
        assert_eq!(command.output().unwrap().status.code(), Some(2));
    }
}

/// The module for flake-parts, under as much of flake-parts and of the module system as it uses.
#[test]
fn the_module_for_flake_parts() {
    const CALL: &str = r#"
      let
        lib = {
          mkOption = o: o;
          mkIf = c: v: if c then v else { };
          literalExpression = t: t;
          types = { bool = "bool"; package = "package"; path = "path"; str = "str"; };
        };
        module = self.flakeModules.default {
          inherit lib;
          self = { outPath = "CONSUMER"; };
          flake-parts-lib.mkPerSystemOption = m: m;
        };
        of = set:
          let
            system = module.options.perSystem { inherit config pkgs; system = "x86_64-linux"; };
            defaults = builtins.mapAttrs (_: o: o.default) system.options.nivis;
            config.nivis = defaults // set;
          in
          system.config.checks;
      in
    "#;
    let told = |set: &str| nix(&format!("{CALL} of {set}"));
    let Some(checks) = told("{ }") else { return };
    let checks: serde_json::Value = serde_json::from_str(&checks).unwrap();
    let check = &checks["nivis"];
    assert_eq!(check["name"], "nivis-configuration");
    // As JSON, a source is its path.
    assert_eq!(check["env"]["src"], "CONSUMER");
    assert!(
        check["script"]
            .as_str()
            .unwrap()
            .ends_with("exit \"$rc\"\n")
    );
    let checks =
        told("{ gate = false; project = \"web\"; src = \"S\"; package = \"P\"; }").unwrap();
    let checks: serde_json::Value = serde_json::from_str(&checks).unwrap();
    let check = &checks["nivis"];
    assert_eq!(check["name"], "nivis-web");
    assert_eq!(check["env"]["src"], "S");
    assert_eq!(check["env"]["nativeBuildInputs"], serde_json::json!(["P"]));
    assert!(check["script"].as_str().unwrap().ends_with("exit 0\n"));
    assert_eq!(told("{ enable = false; }").unwrap().trim(), "{}");
}

/// The check, built by the real Nix in a store of its own, with a `runCommand` that needs no nixpkgs.
#[test]
fn a_check_is_built() {
    if !has("nix-build") {
        return;
    }
    let it = Repository::new(&[
        ("default.nix", FAULTY),
        ("lib/a.nix", "{ a = let in 1; }\n"),
    ]);
    let nix = TempDir::new().unwrap();
    // Outside of the source, which the store gets a copy of.
    let program = Path::new(env!("CARGO_BIN_EXE_nivis")).parent().unwrap();
    let flake = house().join("flake.nix");
    let bash = std::env::split_paths(&search_path())
        .map(|folder| folder.join("bash"))
        .find(|it| it.exists())
        .expect("bash");
    let check = |gate: bool| {
        let src = it.folder.path().display();
        format!(
            "self.lib.mkCheck {{ inherit pkgs; nivis = \"nivis\"; src = {src}; project = \"web\"; gate = {gate}; }}"
        )
    };
    let call = |what: &str| {
        format!(
            "let pkgs.runCommand = name: env: script: derivation ({{
               inherit name; system = builtins.currentSystem;
               builder = \"{bash}\"; args = [ \"-e\" \"-c\" script ]; PATH = \"{program}:/usr/bin:/bin\";
             }} // builtins.removeAttrs env [ \"nativeBuildInputs\" ]);
             flake = import {flake}; self = flake.outputs {{ inherit self; nixpkgs = {{ }}; }};
             in {what}",
            bash = bash.display(),
            program = program.display(),
            flake = flake.display(),
        )
    };
    let build = |what: &str| {
        let mut command = Command::new("nix-build");
        command
            .args(["--no-out-link", "-E", &call(what)])
            .args([
                "--option",
                "substitute",
                "false",
                "--option",
                "sandbox",
                "false",
            ])
            .args(["--option", "build-users-group", ""])
            .env_clear()
            .env("PATH", search_path())
            .env("HOME", nix.path())
            .env("NIX_REMOTE", "local");
        for (name, folder) in [
            ("NIX_STORE_DIR", "store"),
            ("NIX_STATE_DIR", "state"),
            ("NIX_LOG_DIR", "log"),
            ("NIX_CONF_DIR", "conf"),
        ] {
            command.env(name, nix.path().join(folder));
        }
        command.output().unwrap()
    };
    let done = build(&check(true));
    assert!(!done.status.success(), "{}", told(&done));
    assert!(
        told(&done).contains("warning[unused-let]"),
        "{}",
        told(&done)
    );
    let done = build(&check(false));
    assert!(done.status.success(), "{}", told(&done));
    let out = String::from_utf8(done.stdout).unwrap();
    let built = fs::read_to_string(Path::new(out.trim()).join("report.json")).unwrap();
    // The same bytes as beside the desk.
    let here = it.run(
        "nivis",
        &[
            "check",
            "--vcs",
            "none",
            "--project",
            "web",
            "--format",
            "json",
        ],
    );
    assert_eq!(built, String::from_utf8(here.stdout).unwrap());
    assert!(!built.contains(nix.path().to_str().unwrap()));

    // Two repositories in one report.
    let other = Repository::new(&[("flake.nix", SOUND), ("a b.nix", FAULTY)]);
    let done = build(&format!(
        "self.lib.mkFleet {{ inherit pkgs; nivis = \"nivis\"; repos = {{ web = {}; lab = {}; }}; }}",
        it.folder.path().display(),
        other.folder.path().display()
    ));
    assert!(done.status.success(), "{}", told(&done));
    let out = String::from_utf8(done.stdout).unwrap();
    let read = |name: &str| fs::read_to_string(Path::new(out.trim()).join(name)).unwrap();
    let report: serde_json::Value = serde_json::from_str(&read("report.json")).unwrap();
    let places: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["lint"] == "unused-let")
        .map(|it| {
            (
                it["project"].as_str().unwrap(),
                it["path"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(places, [("lab", "lab/a b.nix"), ("web", "web/default.nix")]);
    assert!(read("summary.md").contains("lab/a b.nix"));
    assert!(read("report.sarif").contains("2.1.0"));
}

/// Every snippet is in the documentation, word for word, and `nivis init` prints it.
#[test]
fn snippets() {
    let page = shipped("docs/integrations.md");
    let it = Repository::new(&[("a.nix", SOUND)]);
    let mut count = 0;
    for entry in fs::read_dir(house().join("docs/integrations")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        count += 1;
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(it.done("nivis", &["init", "--snippet", name]), text);
        assert!(
            page.contains(&format!("\n{text}```\n")),
            "{name} is not in docs/integrations.md as it is"
        );
        assert!(
            page.contains(&format!("nivis init --snippet {name}")),
            "{name}"
        );
        if path.extension().is_some_and(|it| it == "nix") {
            let parsed = Command::new("nix-instantiate")
                .arg("--parse")
                .arg(&path)
                .env("NIX_REMOTE", "dummy://")
                .output();
            assert!(parsed.is_ok_and(|output| output.status.success()) || !has("nix-instantiate"));
        }
        if path.extension().is_some_and(|it| it == "json") {
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
    }
    assert_eq!(count, 9);
    assert_eq!(
        shipped("docs/integrations/template/flake.nix"),
        shipped("docs/integrations/flake-check.nix")
    );
    // Names of lints are not in them, flags are: each must be one.
    let help = it.done("nivis", &["check", "--help"]);
    for word in page.split(|c: char| !(c.is_ascii_lowercase() || c == '-')) {
        if let Some(line) = page
            .lines()
            .find(|line| line.contains(word) && line.contains("nivis check"))
            && word.starts_with("--")
            && word.len() > 3
            && line
                .split("nivis check")
                .nth(1)
                .is_some_and(|rest| rest.split('|').next().unwrap_or_default().contains(word))
        {
            assert!(help.contains(word), "{word}");
        }
    }
}
