//! Trees of modules: what is extracted, held against what real Nix says of them.
//!
//! The mini tree beside this file is always read. `NIVIS_TREES=<folder>` names a folder of checkouts of home-manager,
//! nix-darwin and nixpkgs, and of the library of nixpkgs alone (`lib`); without it these are skipped. Truth needs
//! `nix-instantiate`; where it is missing the tests say so and pass, unless `NIVIS_REQUIRE_TOOLS=1`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the test reads trees, asks Nix and says what it found"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use options::{
    Answer, EntryKind, Extract, Part, STACK, Schema, Sources, SrcPath, Step, Tree, extract,
};
use serde_json::Value as Json;

/// Trees on the disk, by the names of their roots.
struct Disk(BTreeMap<String, PathBuf>);

impl Disk {
    fn path(&self, at: &SrcPath) -> Option<PathBuf> {
        Some(self.0.get(&*at.root)?.join(&*at.path))
    }
}

impl Sources for Disk {
    fn text(&self, at: &SrcPath) -> Option<Arc<str>> {
        let bytes = std::fs::read(self.path(at)?).ok()?;
        Some(String::from_utf8_lossy(&bytes).into())
    }

    fn list(&self, folder: &SrcPath) -> Option<Vec<(String, EntryKind)>> {
        let mut all: Vec<(String, EntryKind)> = std::fs::read_dir(self.path(folder)?)
            .ok()?
            .filter_map(Result::ok)
            .map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                let kind = match entry.file_type() {
                    Ok(it) if it.is_dir() => EntryKind::Dir,
                    Ok(it) if it.is_symlink() => EntryKind::Link,
                    _ => EntryKind::File,
                };
                (name, kind)
            })
            .collect();
        all.sort();
        Some(all)
    }

    fn kind(&self, at: &SrcPath) -> Option<EntryKind> {
        let path = self.path(at)?;
        let it = std::fs::metadata(path).ok()?;
        Some(if it.is_dir() {
            EntryKind::Dir
        } else {
            EntryKind::File
        })
    }
}

/// Extracts on a thread of exactly the promised stack.
fn run(sources: &(dyn Sources + Sync), tree: &Tree) -> Extract {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || extract(sources, tree))
            .unwrap()
            .join()
            .unwrap()
    })
}

/// What a folder is a checkout of.
fn kind_of(folder: &Path) -> Option<(&'static str, Tree)> {
    let root: Arc<str> = "tree".into();
    let has = |path: &str| folder.join(path).is_file();
    if has("modules/modules.nix") {
        Some((
            "home",
            Tree::HomeManager {
                root,
                nixpkgs: None,
            },
        ))
    } else if has("nixos/modules/module-list.nix") {
        Some(("nixos", Tree::Nixos { root }))
    } else if has("modules/module-list.nix") {
        Some(("darwin", Tree::NixDarwin { root }))
    } else {
        None
    }
}

fn required() -> bool {
    std::env::var("NIVIS_REQUIRE_TOOLS").as_deref() == Ok("1")
}

/// Every `pkgs.a.b.c` of the Nix files below a folder, as nested objects.
fn mentioned(folder: &Path) -> Json {
    let mut all = Json::Object(serde_json::Map::new());
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(folder).unwrap().filter_map(Result::ok) {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                todo.push(entry.path());
            } else if entry.path().extension().is_some_and(|it| it == "nix") {
                let text = std::fs::read(entry.path()).unwrap();
                for found in String::from_utf8_lossy(&text).split("pkgs.").skip(1) {
                    let end = found
                        .find(|c: char| !c.is_ascii_alphanumeric() && !"._'-".contains(c))
                        .unwrap_or(found.len());
                    let mut at = &mut all;
                    for name in found[..end].split('.').take(3).filter(|it| !it.is_empty()) {
                        at = &mut at[name];
                        if at.is_null() {
                            *at = Json::Object(serde_json::Map::new());
                        }
                    }
                }
            }
        }
    }
    all
}

/// What real Nix says of the options of a tree.
fn truth(kind: &str, folder: &Path, lib: &Path) -> Option<Vec<Json>> {
    let text = nix(kind, folder, lib, false)?;
    serde_json::from_slice(&text).unwrap()
}

/// What real Nix would write into the `options.json` of a tree.
fn documentation(kind: &str, folder: &Path, lib: &Path) -> Option<Vec<u8>> {
    nix(kind, folder, lib, true)
}

fn nix(kind: &str, folder: &Path, lib: &Path, docs: bool) -> Option<Vec<u8>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/truth/truth.nix");
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json", "--store", "dummy://"])
        .arg(file)
        .args(["--argstr", "kind", kind, "--arg", "tree"])
        .arg(folder.canonicalize().unwrap())
        .args(["--arg", "lib"])
        .arg(lib.canonicalize().unwrap())
        .args(["--argstr", "packages", &mentioned(folder).to_string()])
        .args(["--arg", "docs", if docs { "true" } else { "false" }])
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            assert!(!required(), "nix-instantiate: {error}");
            println!("skipped: nix-instantiate is missing");
            return None;
        }
    };
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {message}", folder.display());
    Some(output.stdout)
}

/// The path of an option as the schema is asked for it.
fn steps(loc: &[String]) -> Vec<Step<'_>> {
    loc.iter()
        .map(|name| match name.as_str() {
            "*" => Step::Item,
            "<function body>" => Step::Body,
            name if name.starts_with('<') => Step::Name("x"),
            name => Step::Name(name),
        })
        .collect()
}

/// How an extracted schema stands against truth.
struct Compared {
    options: usize,
    known: usize,
    /// Options that the schema says are not declared.
    closed: Vec<String>,
    /// Options of which it cannot say.
    open: Vec<String>,
    /// Options of which it says another type.
    types: Vec<String>,
    /// Of how many options with a letter more it says that they are not declared.
    misspelt: usize,
}

fn compare(schema: &Schema, truth: &[Json]) -> Compared {
    let mut result = Compared {
        options: truth.len(),
        known: 0,
        closed: Vec::new(),
        open: Vec::new(),
        types: Vec::new(),
        misspelt: 0,
    };
    // Until 2016 the names of types were English.
    let named = truth.iter().all(|option| option["type"] != "boolean");
    for option in truth {
        let loc: Vec<String> = serde_json::from_value(option["loc"].clone()).unwrap();
        let mut misspelt = loc.clone();
        misspelt.last_mut().expect("a name").push('x');
        let answer = schema.find(&steps(&misspelt));
        result.misspelt += usize::from(matches!(answer, Answer::Unknown { .. }));
        match schema.find(&steps(&loc)) {
            Answer::Unknown { at, .. } => result.closed.push(format!("{at} {}", loc.join("."))),
            Answer::Open { schema, reason } => {
                let why = reason.map(|it| schema.reason(it));
                result.open.push(format!("{} ({why:?})", loc.join(".")));
            }
            Answer::Option(decls) => {
                result.known += 1;
                let is = option["type"].as_str().unwrap_or("?");
                if named && decls.len() == 1 && !same_type(schema, decls[0].opt.ty, is) {
                    let says = decls[0].ty().ty();
                    result
                        .types
                        .push(format!("{}: {is}, not {says:?}", loc.join(".")));
                }
            }
            _ => result.known += 1,
        }
    }
    result
}

/// Whether a type is what Nix calls so. What is not known is no other type.
fn same_type(schema: &Schema, ty: options::TyId, name: &str) -> bool {
    use options::{StrKind, Ty};
    // One value only, of whatever type.
    if matches!(name, "unique" | "uniq") {
        return true;
    }
    match schema.ty(ty) {
        Ty::Unknown | Ty::Opaque(_) => true,
        Ty::Bool => matches!(name, "bool" | "boolByOr"),
        Ty::Int(None, None) => name == "int",
        Ty::Int(..) => {
            name.starts_with("int")
                || name.contains("nsigned")
                || name.contains("signedInt")
                || name == "positiveInt"
        }
        Ty::Float => name == "float",
        Ty::Number => name == "either" || name.starts_with("number"),
        // `types.string` of old.
        Ty::Str(StrKind::Any) => matches!(name, "str" | "string" | "separatedString"),
        Ty::Str(StrKind::NonEmpty) => name == "nonEmptyStr",
        Ty::Str(StrKind::SingleLine) => name == "singleLineStr",
        Ty::Str(StrKind::Separated) => matches!(name, "separatedString" | "commas" | "envVar"),
        Ty::Match(_) => name.starts_with("strMatching"),
        Ty::Path => matches!(name, "path" | "pathInStore" | "externalPath"),
        Ty::Package => matches!(name, "package" | "shellPackage"),
        Ty::Enum(..) => name == "enum",
        Ty::List(..) => matches!(name, "listOf" | "nonEmptyListOf"),
        Ty::Attrs(_) => matches!(name, "attrsOf" | "lazyAttrsOf"),
        Ty::Null(_) => name == "nullOr",
        // A custom type keeps its name.
        Ty::Either(..) => true,
        Ty::Coerced(..) => name == "coercedTo",
        Ty::Sub(_) => name == "submodule",
        Ty::Tag(_) => name == "attrTag",
        Ty::Fun(_) => name == "functionTo",
        // A type with a check of its own may be called anything.
        Ty::Checked(_) => true,
        Ty::Format(_) | Ty::Free(_) => true,
    }
}

fn mini() -> (PathBuf, Disk, Tree) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mini");
    let sources = Disk([("mini".to_owned(), folder.clone())].into());
    let tree = Tree::HomeManager {
        root: "mini".into(),
        nixpkgs: None,
    };
    (folder, sources, tree)
}

/// A schema as text: a line per declaration and per open place.
fn dump(schema: &Schema) -> String {
    let mut lines = Vec::new();
    let shown = |path: &[Part<'_>]| {
        let parts: Vec<String> = path.iter().map(Part::to_string).collect();
        parts.join(".")
    };
    schema.for_each(|path, opt| {
        let decl = options::Decl { schema, opt };
        let mut line = format!("{}: {}", shown(path), decl.ty().describe());
        if opt.kind.is_marker() {
            line = format!("{}: {:?}", shown(path), opt.kind);
        }
        if let Some(to) = decl.to() {
            line += &format!(" to {}", to.join("."));
        }
        for (is, word) in [
            (opt.read_only, "read-only"),
            (opt.internal, "internal"),
            (opt.has_default, "default"),
            (opt.has_apply, "apply"),
            (opt.visible != options::Visible::Yes, "hidden"),
        ] {
            if is {
                line += &format!(", {word}");
            }
        }
        if let Some(since) = opt.since {
            line += &format!(", since {since}");
        }
        if let Some(message) = &opt.message {
            line += &format!(" {message:?}");
        }
        line += &format!(" [{} {:?}]", decl.file(), opt.at);
        lines.push(line);
    });
    schema.for_each_open(|path, reason| {
        lines.push(format!("open {}: {}", shown(path), schema.reason(reason).0));
    });
    lines.sort();
    lines.join("\n")
}

#[test]
fn the_mini_tree_says_what_nix_says() {
    let (folder, sources, tree) = mini();
    let schema = run(&sources, &tree).schema;
    assert_eq!(schema.root_open(), None);
    let committed: Vec<Json> =
        serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
    let result = compare(&schema, &committed);
    assert_eq!(result.closed, Vec::<String>::new());
    assert_eq!(result.open, Vec::<String>::new());
    assert_eq!(result.types, Vec::<String>::new());
    assert_eq!(result.known, committed.len());
    // The other way round: nothing is made up, but what Nix does not look into.
    let real: Vec<Vec<String>> = committed
        .iter()
        .map(|it| serde_json::from_value(it["loc"].clone()).unwrap())
        .collect();
    schema.for_each(|path, opt| {
        let path: Vec<String> = path
            .iter()
            .map(|part| match part {
                Part::Name(name) => (*name).to_owned(),
                other => other.to_string(),
            })
            .collect();
        let below = |head: &str| path.join(".").starts_with(head);
        let unseen = [
            "home.shallow",
            "types.eitherSub",
            "types.tree",
            "types.value",
        ];
        if !opt.kind.is_marker() && !unseen.iter().any(|head| below(head)) {
            let known = real.iter().any(|loc| {
                loc.len() == path.len()
                    && loc
                        .iter()
                        .zip(&path)
                        .all(|(a, b)| a == b || a.starts_with('<') && b.starts_with('<'))
            });
            assert!(known || below("services.off"), "made up: {path:?}");
        }
    });
    insta::assert_snapshot!(dump(&schema));
    // Whoever kept a schema must not take it for one of today: raise `VERSION` with every change of the snapshot.
    let sum = dump(&schema)
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    assert_eq!(
        (options::VERSION, sum),
        (1, 14_564_752_478_000_697_379),
        "a new version, and its sum"
    );
    assert_eq!(
        dump(&run(&sources, &tree).schema),
        dump(&schema),
        "twice the same"
    );
    let bytes = schema.encode().unwrap();
    assert_eq!(Schema::decode(&bytes).unwrap(), schema);
}

/// Bytes that were not written by the encoder, behind whatever sum: no schema, or one that answers, in time.
#[test]
fn torn_and_forged_schemas() {
    let (_, sources, tree) = mini();
    let bytes = run(&sources, &tree).schema.encode().unwrap();
    let paths = [
        "programs.git.enable",
        "types.tree.children.x.value",
        "home.x",
        "a.b.c.d.e.f",
    ];
    let ask = |schema: &Schema| {
        for path in paths {
            let names: Vec<&str> = path.split('.').collect();
            if let Answer::Option(decls) = schema.find_names(&names) {
                for decl in decls {
                    let _ = (decl.file(), decl.to(), decl.ty().describe());
                    let _ = decl.ty().judge(&options::Literal::Int(1));
                }
            }
            let _ = schema.names_below(&steps(&[names[0].to_owned()]));
        }
        let _ = (schema.root_open(), dump(schema));
    };
    for end in (0..bytes.len()).step_by(7) {
        assert!(Schema::decode(&bytes[..end]).is_none(), "cut at {end}");
    }
    let (mut whole, mut state) = (0, 0x2545_f491_4f6c_dd1d_u64);
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 16).unwrap()
    };
    for _ in 0..3_000 {
        let mut forged = bytes.clone();
        for _ in 0..=random() % 3 {
            let at = random() % forged.len();
            forged[at] = random().to_le_bytes()[0];
        }
        if let Some(schema) = Schema::decode(&forged) {
            whole += 1;
            ask(&schema);
        }
    }
    assert!(whole > 100, "{whole}");
}

#[test]
fn the_truth_of_the_mini_tree_is_fresh() {
    let Some(lib) = library() else {
        println!("skipped: NIVIS_TREES names no folder with the library of nixpkgs");
        return;
    };
    let (folder, ..) = mini();
    if let Some(truth) = truth("home", &folder, &lib) {
        let committed: Vec<Json> =
            serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
        assert_eq!(truth, committed);
    }
    if let Some(text) = documentation("home", &folder, &lib) {
        let written: Json = serde_json::from_slice(&text).unwrap();
        let committed = std::fs::read(folder.join("options.json")).unwrap();
        let committed: Json = serde_json::from_slice(&committed).unwrap();
        assert_eq!(written, committed);
    }
}

/// How a schema from `options.json` stands against truth: what is listed, and what is hidden.
fn compare_json(text: &[u8], truth: &[Json]) -> (Schema, Compared, Compared) {
    let schema = options::json::read(text, options::Class::Home).unwrap();
    let listed: Json = serde_json::from_slice(text).unwrap();
    let listed: std::collections::BTreeSet<String> = listed
        .as_object()
        .unwrap()
        .values()
        .map(|it| it["loc"].to_string())
        .collect();
    let (seen, hidden): (Vec<Json>, Vec<Json>) = truth
        .iter()
        .cloned()
        .partition(|it| listed.contains(&it["loc"].to_string()));
    let (seen, hidden) = (compare(&schema, &seen), compare(&schema, &hidden));
    (schema, seen, hidden)
}

#[test]
fn options_json_says_what_it_lists() {
    let (folder, sources, tree) = mini();
    let truth: Vec<Json> =
        serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
    let text = std::fs::read(folder.join("options.json")).unwrap();
    let (schema, seen, hidden) = compare_json(&text, &truth);
    assert_eq!(seen.closed, Vec::<String>::new());
    assert_eq!(seen.open, Vec::<String>::new());
    assert_eq!(seen.types, Vec::<String>::new());
    assert!(
        seen.known > 90 && seen.misspelt > 60,
        "{} {}",
        seen.known,
        seen.misspelt
    );
    insta::assert_snapshot!(format!(
        "{}\nhidden, and not declared:\n{}",
        dump(&schema),
        hidden.closed.join("\n")
    ));
    // What both say together is never less than what one knows.
    let exact = run(&sources, &tree).schema;
    for option in &truth {
        let loc: Vec<String> = serde_json::from_value(option["loc"].clone()).unwrap();
        let both = options::find_in([&exact, &schema], &steps(&loc)).unwrap();
        assert!(both.is_known(), "{loc:?}");
    }
}

/// The library of nixpkgs among the checkouts.
fn library() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var("NIVIS_TREES").ok()?);
    ["lib/lib", "nixpkgs.lib/lib", "lib"]
        .map(|it| folder.join(it))
        .into_iter()
        .find(|it| it.join("modules.nix").is_file())
}

/// A tree of which one file reads otherwise.
struct Changed<'a> {
    disk: &'a Disk,
    at: SrcPath,
    text: Arc<str>,
}

impl Sources for Changed<'_> {
    fn text(&self, at: &SrcPath) -> Option<Arc<str>> {
        if *at == self.at {
            return Some(self.text.clone());
        }
        self.disk.text(at)
    }
    fn list(&self, folder: &SrcPath) -> Option<Vec<(String, EntryKind)>> {
        self.disk.list(folder)
    }
    fn kind(&self, at: &SrcPath) -> Option<EntryKind> {
        self.disk.kind(at)
    }
}

fn nix_files(sources: &Disk, root: &str) -> Vec<SrcPath> {
    let mut files = Vec::new();
    let mut todo = vec![SrcPath::new(root, "").unwrap()];
    while let Some(folder) = todo.pop() {
        for (name, kind) in sources.list(&folder).unwrap() {
            let at = folder.join(&name).unwrap();
            match kind {
                EntryKind::Dir if name != ".git" => todo.push(at),
                EntryKind::File if name.ends_with(".nix") => files.push(at),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// Whatever of a tree is not known: what was declared is never said to be declared nowhere.
#[test]
fn less_knowledge_closes_nothing() {
    let (folder, disk, tree) = mini();
    let committed: Vec<Json> =
        serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
    let every: usize = if std::env::var("NIVIS_CASES").is_ok() {
        1
    } else {
        7
    };
    let mut cases = 0;
    let mut bad = Vec::new();
    for at in nix_files(&disk, "mini") {
        let text = disk.text(&at).unwrap();
        let root = syntax::parse(&text, syntax::parse::Limits::default())
            .root()
            .unwrap();
        let ranges: Vec<std::ops::Range<usize>> = root
            .descendants()
            .filter(|node| {
                use syntax::SyntaxKind as Kind;
                matches!(
                    node.kind(),
                    Kind::NODE_APPLY
                        | Kind::NODE_IDENT
                        | Kind::NODE_SELECT
                        | Kind::NODE_ATTR_SET
                        | Kind::NODE_LIST
                        | Kind::NODE_STRING
                        | Kind::NODE_LAMBDA
                        | Kind::NODE_PAREN
                ) && !(node.kind() == Kind::NODE_ATTR_SET
                    // `a.b = 1; a = { … };` is one set only as long as both are written as sets.
                    && node
                        .parent()
                        .is_some_and(|it| it.kind() == Kind::NODE_ATTRPATH_VALUE))
                    && !node.parent().is_some_and(|it| {
                        // A name that is bound is no expression.
                        matches!(
                            it.kind(),
                            Kind::NODE_ATTRPATH
                                | Kind::NODE_INHERIT
                                | Kind::NODE_PAT_ENTRY
                                | Kind::NODE_PAT_BIND
                                | Kind::NODE_IDENT_PARAM
                                | Kind::NODE_ROOT
                        )
                    })
            })
            .map(|node| node.text_range().start().into()..node.text_range().end().into())
            .collect();
        for range in ranges.iter().step_by(every) {
            cases += 1;
            let changed = format!(
                "{}(nobody.knows){}",
                &text[..range.start],
                &text[range.end..]
            );
            let sources = Changed {
                disk: &disk,
                at: at.clone(),
                text: changed.as_str().into(),
            };
            let result = compare(&run(&sources, &tree).schema, &committed);
            // A path that is written otherwise is another path.
            let written = &text[range.clone()];
            if !written.starts_with('"') && !written.starts_with('[') {
                let closed = result.closed.iter();
                bad.extend(closed.map(|it| format!("{at}: without {written}: {it}")));
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    assert!(cases > 50, "{cases}");
}

#[test]
fn whatever_a_file_holds_there_is_an_end() {
    let (_, disk, tree) = mini();
    for at in nix_files(&disk, "mini") {
        let text = disk.text(&at).unwrap();
        let mut end = 0;
        for (index, length) in syntax::tokens(&text).enumerate() {
            end += length;
            if index % 23 == 0 {
                let sources = Changed {
                    disk: &disk,
                    at: at.clone(),
                    text: text[..end].into(),
                };
                let _ = run(&sources, &tree);
            }
        }
    }
}

#[test]
fn checkouts_say_what_nix_says() {
    let Ok(folder) = std::env::var("NIVIS_TREES") else {
        println!("skipped: NIVIS_TREES names no folder of checkouts");
        return;
    };
    let folder = PathBuf::from(folder);
    let verbose = std::env::var("NIVIS_VERBOSE").is_ok();
    let lib = library();
    let mut trees: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    trees.sort();
    println!(
        "| tree | options | known | open | wrongly closed | other types | misspelt: unknown | declarations | steps | seconds |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut bad = Vec::new();
    for tree in trees {
        let Some((kind, what)) = kind_of(&tree) else {
            continue;
        };
        let name = tree.file_name().unwrap().to_string_lossy().into_owned();
        if std::env::var("NIVIS_TREE").is_ok_and(|only| only != name) {
            continue;
        }
        let sources = Disk([("tree".to_owned(), tree.clone())].into());
        let start = Instant::now();
        let extract = run(&sources, &what);
        let seconds = start.elapsed().as_secs_f64();
        let schema = &extract.schema;
        let root = schema.root_open();
        let opens = opens(schema);
        let tail = format!("{} | {} | {seconds:.2}", schema.len(), extract.steps);
        if verbose {
            println!("{:?}", extract.unmodelled);
            for (count, why) in &opens {
                println!("  open {count}: {why}");
            }
        }
        if root.is_some() {
            bad.push(format!("{name}: the root is open: {root:?}"));
        }
        let truth = match (&lib, kind) {
            (Some(lib), "home" | "darwin") => truth(kind, &tree, lib),
            // A nixpkgs has its own library; before 2015 it was not made for this.
            (_, "nixos") if tree.join("lib/modules.nix").is_file() && !name.contains("2014") => {
                truth(kind, &tree, &tree.join("lib"))
            }
            _ => None,
        };
        let Some(truth) = truth else {
            println!("| {name} | – | – | – | – | – | – | {tail} |");
            continue;
        };
        let result = compare(schema, &truth);
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} | {tail} |",
            result.options,
            result.known,
            result.open.len(),
            result.closed.len(),
            result.types.len(),
            result.misspelt,
        );
        if verbose {
            for line in &result.open {
                println!("  open: {line}");
            }
        }
        bad.extend(
            result
                .closed
                .iter()
                .map(|it| format!("{name}: closed: {it}")),
        );
        bad.extend(result.types.iter().map(|it| format!("{name}: type: {it}")));
        if result.known * 1000 < result.options * 995 {
            bad.push(format!(
                "{name}: {} of {} known",
                result.known, result.options
            ));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// Which options of checkouts a schema from their `options.json` knows.
#[test]
fn options_json_of_checkouts() {
    let (Ok(folder), Some(lib)) = (std::env::var("NIVIS_TREES"), library()) else {
        println!("skipped: NIVIS_TREES names no folder of checkouts with the library of nixpkgs");
        return;
    };
    let mut trees: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    trees.sort();
    println!(
        "| tree | listed | known | other types | hidden | of these: not declared | and near a name | misspelt: unknown |"
    );
    let mut bad = Vec::new();
    for tree in trees {
        let name = tree.file_name().unwrap().to_string_lossy().into_owned();
        let (kind, lib) = match kind_of(&tree) {
            Some((kind @ ("home" | "darwin"), _)) => (kind, lib.clone()),
            _ => continue,
        };
        if std::env::var("NIVIS_TREE").is_ok_and(|only| only != name) {
            continue;
        }
        let (Some(truth), Some(text)) =
            (truth(kind, &tree, &lib), documentation(kind, &tree, &lib))
        else {
            return;
        };
        let (schema, seen, hidden) = compare_json(&text, &truth);
        // A hidden name that could be taken for a slip of the pen, and is no old one.
        let set = match kind {
            "home" => options::renames::Set::Home,
            _ => options::renames::Set::Darwin,
        };
        let near = hidden.closed.iter().filter(|line| {
            let (at, path) = line.split_once(' ').expect("both");
            let at: usize = at.parse().expect("a number");
            let loc: Vec<String> = path.split('.').map(str::to_owned).collect();
            let path = steps(&loc);
            at >= 2
                && !options::renames::is_old(set, &path)
                && schema.nearest(&path[..at], &loc[at]).is_some()
        });
        let near: Vec<&String> = near.collect();
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} |",
            seen.options,
            seen.known,
            seen.types.len(),
            hidden.options,
            hidden.closed.len(),
            near.len(),
            seen.misspelt
        );
        for (what, lines) in [("closed", &seen.closed), ("type", &seen.types)] {
            bad.extend(lines.iter().map(|it| format!("{name}: {what}: {it}")));
        }
        if std::env::var("NIVIS_VERBOSE").is_ok() {
            hidden
                .closed
                .iter()
                .for_each(|it| println!("  hidden: {it}"));
            seen.open.iter().for_each(|it| println!("  open: {it}"));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// The reasons of open nodes, with how often each is one.
fn opens(schema: &Schema) -> Vec<(usize, String)> {
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    schema.for_each_open(|path, reason| {
        let (why, file) = schema.reason(reason);
        let path: Vec<String> = path.iter().map(Part::to_string).collect();
        *all.entry(format!("{why} {file:?} at {}", path.join(".")))
            .or_default() += 1;
    });
    all.into_iter().map(|(why, count)| (count, why)).collect()
}

/// `NIVIS_REPOS=<folder>` names checkouts of anything: all their Nix files are read as modules, and their outputs.
#[test]
fn any_repository_is_read() {
    let Ok(folder) = std::env::var("NIVIS_REPOS") else {
        println!("skipped: NIVIS_REPOS names no folder of checkouts");
        return;
    };
    let mut repos: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    repos.sort();
    println!(
        "| repository | files | declared | seconds | steps | nixos | home | darwin | root of outputs |"
    );
    for repo in repos {
        let sources = Disk([("self".to_owned(), repo.clone())].into());
        let files = nix_files(&sources, "self");
        let start = Instant::now();
        let own = run(
            &sources,
            &Tree::Modules {
                class: None,
                modules: files.clone(),
            },
        );
        let seconds = start.elapsed().as_secs_f64();
        let mut counts = Vec::new();
        let mut why = Vec::new();
        for class in [
            options::Class::Nixos,
            options::Class::Home,
            options::Class::Darwin,
        ] {
            let outputs = run(
                &sources,
                &Tree::Outputs {
                    root: "self".into(),
                    class,
                },
            );
            counts.push(outputs.schema.len());
            why.extend(
                outputs
                    .schema
                    .root_open()
                    .map(|it| format!("{class:?}: {it:?}")),
            );
        }
        println!(
            "| {} | {} | {} | {seconds:.2} | {} | {} | {} | {} | {} |",
            repo.file_name().unwrap().to_string_lossy(),
            files.len(),
            own.schema.len(),
            own.steps,
            counts[0],
            counts[1],
            counts[2],
            why.first().map_or("", |it| it)
        );
    }
}
