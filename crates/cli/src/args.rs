//! The command line: what may be said, and what it means. Reads nothing but the arguments.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args as ClapArgs, Parser, Subcommand, ValueEnum};
use engine::shard::Shard;
use lint_api::Level;
use lint_api::repo::date::Day;
use lint_api::report::Scope;
use report::Format;

/// A static linter for Nix configuration repositories.
///
/// It reads the whole repository and never evaluates it: no Nix is run, no process started, no network used.
#[derive(Debug, Parser)]
#[command(name = "nivis", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 everything was checked and nothing is wrong; 1 there are findings at or above --fail-on;
2 the job could not be done: a wrong flag, settings, a path that is missing or cannot be read.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a repository and report what is wrong
    ///
    /// The whole repository is read in any case; PATHS choose what is reported.
    Check(Box<CheckArgs>),
    /// Show the page of a lint, or the lints of a group
    Explain(ExplainArgs),
    /// List all lints
    Lints(LintsArgs),
    /// Show what the pinned trees declare: their state, an option, what another tree would change
    Options(OptionsArgs),
    /// Make one report of several: of the shards of a repository, or of a fleet of repositories
    Merge(MergeArgs),
    /// Show the hosts of a repository and the modules that they are made of
    Graph(GraphArgs),
    /// Keep a list of the findings that are there already, which `nivis check` then leaves out
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// Write an allow comment for each finding of some lints
    Allow(AllowArgs),
    /// Write a nivis.toml to begin with, or print a snippet for another tool
    Init(InitArgs),
    /// Show the settings: what is in force, why a path is checked or not, the schema of nivis.toml
    Config(ConfigArgs),
    /// Print the nivis.toml that follows from statix.toml and from names of other tools; turn comments of deadnix into allows
    Migrate(MigrateArgs),
    /// Try the examples of this repository's own rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Delete what earlier runs kept in the cache
    Clean(CleanArgs),
    /// Serve an editor: speak the language server protocol on stdin and stdout
    Server(ServerArgs),
    /// Print the completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command
    Man(ManArgs),
}

/// Which repository a command is about.
#[derive(Debug, Clone, ClapArgs)]
pub struct Where {
    /// The root of the repository [default: the nearest folder above with nivis.toml, .git or flake.nix]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Whether git is asked what belongs to the repository
    #[arg(long, value_name = "VCS", default_value = "auto")]
    pub vcs: Vcs,
    /// Read these settings instead of nivis.toml; `none`: the built-in ones
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
}

/// `nivis baseline`
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Write the findings of now to the baseline
    Write(BaselineWriteArgs),
    /// Take out of the baseline what is no longer found
    Prune(BaselinePruneArgs),
}

/// `nivis baseline write`
#[derive(Debug, ClapArgs)]
pub struct BaselineWriteArgs {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub at: Where,
    /// Only the findings of these lints or groups; with --replace, the others stay as they are (comma list, repeatable)
    #[arg(long, value_name = "NAMES")]
    pub select: Vec<String>,
    /// Write over a baseline that is there, and say what changed
    #[arg(long)]
    pub replace: bool,
}

/// `nivis baseline prune`
#[derive(Debug, ClapArgs)]
pub struct BaselinePruneArgs {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub at: Where,
    /// Write nothing; exit with 1 if something could be taken out
    #[arg(long)]
    pub check: bool,
}

/// `nivis allow`
#[derive(Debug, ClapArgs)]
pub struct AllowArgs {
    /// Only findings in these files and folders
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub at: Where,
    /// The findings of these lints or groups (comma list, repeatable)
    #[arg(long, value_name = "NAMES", required = true)]
    pub select: Vec<String>,
    /// Why they are right; lints of the group `secrets` need it
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Write nothing: show what would change, for `git apply`
    #[arg(long)]
    pub diff: bool,
}

/// `nivis rules`
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Run the examples of rules; exit with 1 if one does not hold
    Test(RulesTestArgs),
}

/// `nivis rules test`
#[derive(Debug, ClapArgs)]
pub struct RulesTestArgs {
    /// The rules of these files [default: those of nivis.toml]
    #[arg(value_name = "FILES", conflicts_with_all = ["root", "config"])]
    pub files: Vec<PathBuf>,
    /// The root of the repository [default: the nearest folder above with nivis.toml, .git or flake.nix]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Read these settings instead of nivis.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
}

/// `nivis init`
#[derive(Debug, ClapArgs)]
pub struct InitArgs {
    /// The root of the repository [default: the nearest folder above with nivis.toml, .git or flake.nix]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Write nothing; print what another tool needs to run nivis
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(crate::init::SNIPPETS.map(|it| it.0)))]
    pub snippet: Option<String>,
}

/// `nivis config`
#[derive(Debug, ClapArgs)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct ConfigArgs {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub at: Where,
    /// Print a JSON schema: of nivis.toml, of a file of rules, or of the JSON report
    #[arg(
        long,
        value_name = "WHAT",
        num_args = 0..=1,
        default_missing_value = "settings",
        group = "what"
    )]
    pub schema: Option<SchemaOf>,
    /// Print the settings in force, at the root or for PATH, each with its origin
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = ".", group = "what")]
    pub show: Option<PathBuf>,
    /// Say whether a path is checked, and what decides
    #[arg(long, value_name = "PATH", group = "what")]
    pub why: Option<PathBuf>,
}

/// What `nivis config --schema` describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// `nivis.toml`.
    #[value(help = None)]
    Settings,
    /// A file of `rules`.
    #[value(help = None)]
    Rules,
    /// `--format json`.
    #[value(help = None)]
    Report,
}

/// `nivis migrate`
#[derive(Debug, ClapArgs)]
pub struct MigrateArgs {
    /// The root of the repository [default: the nearest folder above with nivis.toml, .git or flake.nix]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Names of other tools that are switched off today (comma list, repeatable)
    #[arg(long, value_name = "NAMES")]
    pub names: Vec<String>,
    /// Turn `# deadnix: skip` into allow comments, wherever it silences something; without --write: show what would change
    #[arg(long, conflicts_with = "names")]
    pub pragmas: bool,
    /// Write nivis.toml, unless there is one; with --pragmas: write the comments
    #[arg(long)]
    pub write: bool,
}

/// `nivis completions`
#[derive(Debug, ClapArgs)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// A shell that completions are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Nushell,
    Elvish,
    Powershell,
}

/// `nivis man`
#[derive(Debug, ClapArgs)]
pub struct ManArgs {
    /// Write one page for each command into this folder
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// `nivis check`
#[derive(Debug, ClapArgs)]
pub struct CheckArgs {
    /// Report only findings in these files and folders
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,

    /// The root of the repository [default: the nearest folder above with nivis.toml, .git or flake.nix]
    #[arg(long, value_name = "DIR", help_heading = "Input")]
    pub root: Option<PathBuf>,
    /// Whether git is asked what belongs to the repository
    #[arg(
        long,
        value_name = "VCS",
        default_value = "auto",
        help_heading = "Input"
    )]
    pub vcs: Vcs,
    /// Read the named paths from FILE, with NUL between them; `-`: from stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "stdin_filename"], help_heading = "Input")]
    pub files0_from: Option<PathBuf>,
    /// Judge ages and ends of support by this day, YYYY-MM-DD [default: SOURCE_DATE_EPOCH, else the last commit]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = "Input")]
    pub today: Option<Day>,
    /// Read the text of PATH from stdin and report its findings only; PATH need not exist
    #[arg(
        long,
        value_name = "PATH",
        visible_aliases = ["stdin-filepath", "stdin-file-path"],
        help_heading = "Input"
    )]
    pub stdin_filename: Option<PathBuf>,
    /// Leave out what the settings exclude, even when it is named
    #[arg(long, help_heading = "Input")]
    pub force_exclude: bool,
    /// Report the findings of one of N parts of the files, chosen by their paths; `nivis merge` makes one report of all
    #[arg(
        long,
        value_name = "I/N",
        value_parser = Shard::parse,
        conflicts_with_all = ["fix", "fix_only", "diff", "stdin_filename"],
        help_heading = "Input"
    )]
    pub shard: Option<Shard>,
    /// Check what git ignores as well
    #[arg(long, help_heading = "Input")]
    pub no_respect_gitignore: bool,

    /// Check what the git index holds, and report what the staged change brings about
    #[arg(
        long,
        group = "change",
        conflicts_with_all = ["fix", "fix_only", "stdin_filename", "no_respect_gitignore"],
        help_heading = "Change"
    )]
    pub staged: bool,
    /// Report what changed since this revision; `REV...`: since it and HEAD parted
    #[arg(long, value_name = "REV", group = "change", help_heading = "Change")]
    pub diff_base: Option<String>,
    /// Report what this unified diff brought about; `-`: from stdin
    #[arg(
        long,
        value_name = "FILE",
        group = "change",
        conflicts_with = "stdin_filename",
        help_heading = "Change"
    )]
    pub diff_from: Option<PathBuf>,
    /// Of a change: what it touches or brings about, all of its files, or everything [default: lines]
    #[arg(
        long,
        value_name = "SCOPE",
        requires = "change",
        help_heading = "Change"
    )]
    pub diff_scope: Option<DiffScope>,

    /// Run only these lints or groups (comma list, repeatable)
    #[arg(long, value_name = "NAMES", help_heading = "Lints")]
    pub select: Vec<String>,
    /// Switch these lints or groups off, after --select (comma list, repeatable)
    #[arg(long, value_name = "NAMES", help_heading = "Lints")]
    pub ignore: Vec<String>,
    /// Set the level of a lint or group, after --ignore (repeatable, the last wins)
    #[arg(long, value_name = "NAME=LEVEL", help_heading = "Lints")]
    pub level: Vec<String>,
    /// Judge the secrets of tests, examples and virtual machines like those of real machines
    #[arg(long, help_heading = "Lints")]
    pub include_tests: bool,
    /// Read these settings instead of nivis.toml; `none`: the built-in ones; `base`: those of the base revision
    #[arg(long, value_name = "FILE", help_heading = "Lints")]
    pub config: Option<String>,

    /// Apply the safe fixes of all findings that would be reported, and report what remains
    #[arg(long, group = "fixing", help_heading = "Fixes")]
    pub fix: bool,
    /// Like --fix, but report nothing; exit with 0 or 2 only
    #[arg(long, group = "fixing", help_heading = "Fixes")]
    pub fix_only: bool,
    /// Write nothing: show what --fix would change, for `git apply`; exit with 1 if anything
    #[arg(long, group = "fixing", help_heading = "Fixes")]
    pub diff: bool,
    /// With one of these: also fixes that may change what the configuration does
    #[arg(long, requires = "fixing", help_heading = "Fixes")]
    pub unsafe_fixes: bool,

    /// Fail (exit code 1) from this level up
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "warn",
        help_heading = "Lints"
    )]
    pub fail_on: FailOn,
    /// Exit with 0 instead of 1; never instead of 2
    #[arg(long, help_heading = "Lints")]
    pub exit_zero: bool,

    /// The form of the report on stdout
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "full",
        value_parser = format_parser(),
        help_heading = "Output"
    )]
    pub format: Format,
    /// Also write this report to a file (repeatable)
    #[arg(long, value_name = "FORMAT=PATH", help_heading = "Output")]
    pub output_file: Vec<OsString>,
    /// What this repository is called in reports that are put together
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub project: Option<String>,
    /// Put this before every path of the report
    #[arg(
        long,
        value_name = "PREFIX",
        conflicts_with = "diff",
        help_heading = "Output"
    )]
    pub path_prefix: Option<OsString>,
    /// What SARIF calls this kind of run, where a repository has several [default: nivis]
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub sarif_category: Option<String>,
    /// Show findings from this level up; formats for machines always hold all
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "info",
        help_heading = "Output"
    )]
    pub min_level: MinLevel,
    /// Show how often each lint spoke instead of its findings
    #[arg(long, conflicts_with_all = ["fix_only", "diff"], help_heading = "Output")]
    pub statistics: bool,
    /// When to use colours
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub color: Color,
    /// No notes and no summary; twice: no findings on stdout either
    #[arg(short, action = ArgAction::Count, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: u8,
    /// Say on stderr what the stages and the dearest lints cost
    #[arg(long, help_heading = "Output")]
    pub timing: bool,
    /// Say on stderr what was read, what was skipped, what could not be resolved, and which lints could not run
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,

    /// Keep nothing for later runs, and use nothing that earlier ones kept
    #[arg(long)]
    pub no_cache: bool,
    /// Where to keep what later runs use again [default: $NIVIS_CACHE_DIR, else $XDG_CACHE_HOME/nivis, else ~/.cache/nivis]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub cache_dir: Option<PathBuf>,
    /// How many threads work; never changes the output [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// `nivis merge`
#[derive(Debug, ClapArgs)]
pub struct MergeArgs {
    /// JSON reports (`nivis check --format json`); `-`: stdin
    #[arg(value_name = "REPORT", required = true)]
    pub reports: Vec<PathBuf>,
    /// Report what there is although a shard is missing or there twice, and exit with 2
    #[arg(long)]
    pub allow_missing: bool,

    /// Fail (exit code 1) from this level up
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    pub fail_on: FailOn,
    /// Exit with 0 instead of 1; never instead of 2
    #[arg(long)]
    pub exit_zero: bool,

    /// The form of the report on stdout
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "full",
        value_parser = format_parser(),
    )]
    pub format: Format,
    /// Also write this report to a file (repeatable)
    #[arg(long, value_name = "FORMAT=PATH")]
    pub output_file: Vec<OsString>,
    /// What SARIF calls this kind of run, where a repository has several [default: nivis]
    #[arg(long, value_name = "NAME")]
    pub sarif_category: Option<String>,
    /// Show findings from this level up; formats for machines always hold all
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub min_level: MinLevel,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// No notes and no summary; twice: no findings on stdout either
    #[arg(short, action = ArgAction::Count)]
    pub quiet: u8,
}

/// `nivis clean`
#[derive(Debug, ClapArgs)]
pub struct CleanArgs {
    /// The folder of the cache [default: $NIVIS_CACHE_DIR, else $XDG_CACHE_HOME/nivis, else ~/.cache/nivis]
    #[arg(long, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
}

/// `nivis explain`
#[derive(Debug, ClapArgs)]
pub struct ExplainArgs {
    /// Lints or groups
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// The form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
}

/// `nivis lints`
#[derive(Debug, ClapArgs)]
pub struct LintsArgs {
    /// The form of the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
}

/// `nivis options`
#[derive(Debug, ClapArgs)]
pub struct OptionsArgs {
    /// What to show.
    #[command(subcommand)]
    pub command: OptionsCommand,

    /// The root of the repository [default: the nearest folder above with nivis.toml, .git or flake.nix]
    #[arg(long, value_name = "DIR", global = true)]
    pub root: Option<PathBuf>,
    /// Read these settings instead of nivis.toml; `none`: the built-in ones
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<String>,
    /// Keep nothing for later runs, and use nothing that earlier ones kept
    #[arg(long, global = true)]
    pub no_cache: bool,
}

/// The commands of `nivis options`.
#[derive(Debug, Subcommand)]
pub enum OptionsCommand {
    /// Which trees are pinned, where they lie, and how much they declare
    Status,
    /// What is declared at a path: type, file, new name; of a group, what is in it
    Show {
        /// An option or a group, such as services.openssh
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<String>,
    },
    /// What another tree would rename, remove or add among the options in use
    Diff {
        /// Compare from this commit of a clone in options.clones [default: what is pinned]
        #[arg(long, value_name = "REV")]
        from: Option<String>,
        /// A checkout of nixpkgs, home-manager or nix-darwin
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
    },
}

/// `nivis graph`
#[derive(Debug, ClapArgs)]
pub struct GraphArgs {
    /// A path in the repository [default: the working directory]
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,

    /// The root of the repository [default: the nearest folder above with nivis.toml, .git or flake.nix]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Whether git is asked what belongs to the repository
    #[arg(long, value_name = "VCS", default_value = "auto")]
    pub vcs: Vcs,
    /// Read these settings instead of nivis.toml; `none`: the built-in ones
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,

    /// The form of the graph on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: GraphFormat,
    /// Only this host; `user@host` for a home inside a system (repeatable)
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,
    /// Say why this file is reached or not: by which hosts, and on which way
    #[arg(
        long,
        value_name = "PATH",
        visible_alias = "reverse",
        conflicts_with = "unreached"
    )]
    pub why: Option<PathBuf>,
    /// List the Nix files that nothing reaches
    #[arg(long, conflicts_with = "host")]
    pub unreached: bool,
}

/// `nivis server`
#[derive(Debug, ClapArgs)]
pub struct ServerArgs {
    /// Speak on stdin and stdout, as it does anyway: some clients always say so
    #[arg(long)]
    pub stdio: bool,
}

/// `--format` of `nivis graph`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// A tree for each host.
    #[value(help = None)]
    Text,
    /// For Graphviz.
    #[value(help = None)]
    Dot,
    /// Everything, as one JSON document.
    #[value(help = None)]
    Json,
    /// A picture.
    #[value(help = None)]
    Svg,
}

/// `--format` of the commands that show pages and lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// Plain text.
    #[value(help = None)]
    Text,
    /// JSON.
    #[value(help = None)]
    Json,
    /// Markdown.
    #[value(help = None)]
    Markdown,
}

/// `--vcs`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Vcs {
    /// Git, where there is one.
    #[value(help = None)]
    Auto,
    /// As if there were none.
    #[value(help = None)]
    None,
}

/// `--diff-scope`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffScope {
    /// Findings on changed lines, and new ones wherever they are.
    #[value(help = None)]
    Lines,
    /// All findings of changed files, and new ones elsewhere.
    #[value(help = None)]
    Files,
    /// All findings.
    #[value(help = None)]
    All,
}

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// As the environment and the terminal say.
    #[value(help = None)]
    Auto,
    /// Always.
    #[value(help = None)]
    Always,
    /// Never.
    #[value(help = None)]
    Never,
}

/// `--fail-on`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Any finding fails.
    #[value(help = None)]
    Info,
    /// Warnings and errors fail.
    #[value(help = None)]
    Warn,
    /// Errors fail.
    #[value(help = None)]
    Error,
    /// Nothing fails.
    #[value(help = None)]
    Never,
}

/// `--min-level`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MinLevel {
    /// Everything.
    #[value(help = None)]
    Info,
    /// Warnings and errors.
    #[value(help = None)]
    Warn,
    /// Errors.
    #[value(help = None)]
    Error,
}

impl FailOn {
    /// The level from which a finding fails the run.
    #[must_use]
    pub fn level(self) -> Option<Level> {
        match self {
            FailOn::Info => Some(Level::Info),
            FailOn::Warn => Some(Level::Warn),
            FailOn::Error => Some(Level::Error),
            FailOn::Never => None,
        }
    }
}

impl DiffScope {
    /// As the engine knows it.
    #[must_use]
    pub fn scope(self) -> Scope {
        match self {
            DiffScope::Lines => Scope::Lines,
            DiffScope::Files => Scope::Files,
            DiffScope::All => Scope::All,
        }
    }
}

impl MinLevel {
    /// The lowest level that is shown.
    #[must_use]
    pub fn level(self) -> Level {
        match self {
            MinLevel::Info => Level::Info,
            MinLevel::Warn => Level::Warn,
            MinLevel::Error => Level::Error,
        }
    }
}

impl Color {
    /// As the printers know it.
    #[must_use]
    pub fn choice(self) -> report::colour::Choice {
        match self {
            Color::Auto => report::colour::Choice::Auto,
            Color::Always => report::colour::Choice::Always,
            Color::Never => report::colour::Choice::Never,
        }
    }
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "expected a date, such as 2026-05-31".to_owned())
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str))
        .map(|name| Format::parse(&name).expect("one of the possible values"))
}

/// A `--output-file FORMAT=PATH`. The path may be any bytes.
///
/// # Errors
/// When there is no `=` or no such format; the words name the flag.
pub fn output_file(value: &OsStr) -> Result<(Format, PathBuf), String> {
    let bytes = value.as_encoded_bytes();
    let names = Format::ALL.map(Format::as_str).join(", ");
    let at = bytes
        .iter()
        .position(|byte| *byte == b'=')
        .ok_or_else(|| "--output-file: expected FORMAT=PATH".to_owned())?;
    let format = std::str::from_utf8(&bytes[..at])
        .ok()
        .and_then(Format::parse)
        .ok_or_else(|| format!("--output-file: no such format, these are {names}"))?;
    let path = path_after(value, at + 1);
    if path.as_os_str().is_empty() {
        return Err("--output-file: the path is missing".to_owned());
    }
    Ok((format, path))
}

#[cfg(unix)]
fn path_after(value: &OsStr, at: usize) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(&value.as_bytes()[at..]).into()
}

#[cfg(not(unix))]
fn path_after(value: &OsStr, at: usize) -> PathBuf {
    value.to_string_lossy().get(at..).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn output_files() {
        let ok = output_file(OsStr::new("json=a=b.json"));
        assert_eq!(ok, Ok((Format::Json, PathBuf::from("a=b.json"))));
        for wrong in ["json", "xml=a", "json="] {
            let error = output_file(OsStr::new(wrong)).unwrap_err();
            assert!(error.starts_with("--output-file: "), "{error}");
        }
    }
}
