//! From a tree of files to its schema.

use std::rc::Rc;
use std::sync::Arc;

use crate::eval::Eval;
use crate::expr::Param;
use crate::module::Walk;
use crate::schema::{Builder, Class, Schema, Tier};
use crate::sources::{Sources, SrcPath};
use crate::value::{Space, Value};

/// What to read. A root is a name that the [`Sources`] know.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Tree {
    /// A checkout of nixpkgs: the options of NixOS.
    Nixos {
        /// Its root.
        root: Arc<str>,
    },
    /// A checkout of home-manager.
    HomeManager {
        /// Its root.
        root: Arc<str>,
        /// The root of the nixpkgs it is used with: two files are read from there.
        nixpkgs: Option<Arc<str>>,
    },
    /// A checkout of nix-darwin.
    NixDarwin {
        /// Its root.
        root: Arc<str>,
    },
    /// The modules for a class that a flake offers as its outputs.
    Outputs {
        /// Its root.
        root: Arc<str>,
        /// Which of its modules.
        class: Class,
    },
    /// Modules by themselves, of one's own repository.
    Modules {
        /// For which configurations, if known.
        class: Option<Class>,
        /// The files.
        modules: Vec<SrcPath>,
    },
}

/// A schema, and what it took.
#[derive(Debug, Clone)]
pub struct Extract {
    /// What is declared.
    pub schema: Schema,
    /// How many steps were taken.
    pub steps: u64,
    /// Functions that are not known to the evaluator, with how often they were called; sorted by name.
    pub unmodelled: Vec<(String, u32)>,
}

/// The options that a tree declares. Never fails: what was not understood is open. Runs on a thread of
/// [`STACK`](crate::STACK) bytes.
#[must_use]
pub fn extract(sources: &dyn Sources, tree: &Tree) -> Extract {
    let (class, nixpkgs) = match tree {
        Tree::Nixos { root } => (Some(Class::Nixos), Some(root.clone())),
        Tree::HomeManager { nixpkgs, .. } => (Some(Class::Home), nixpkgs.clone()),
        Tree::NixDarwin { .. } => (Some(Class::Darwin), None),
        Tree::Outputs { class, .. } => (Some(*class), None),
        Tree::Modules { class, .. } => (*class, None),
    };
    let mut eval = Eval::new(sources, nixpkgs.clone());
    if let Some(root) = &nixpkgs {
        let entry = below(root, "lib/default.nix");
        if eval.entry_kind(&entry).is_some() {
            let import = eval.prim("import");
            let path = eval.done(Value::Path(Rc::new(entry)));
            eval.real_lib = Some(eval.later(import, &[path]));
        }
    }
    let out = Builder::new(class, Tier::Exact);
    let out = match tree {
        Tree::Nixos { root } => nixos(&mut eval, out, root),
        Tree::HomeManager { root, .. } => home_manager(&mut eval, out, root),
        Tree::NixDarwin { root } => {
            let modules_path = Some(below(root, "modules"));
            let entry = below(root, "modules/module-list.nix");
            let modules = eval.import(&entry);
            tree_of(
                Walk::new(&mut eval, out, modules_path, Vec::new()),
                &entry,
                modules,
            )
        }
        Tree::Outputs { root, class } => outputs(&mut eval, out, root, *class),
        Tree::Modules { modules, .. } => own(&mut eval, out, modules),
    };
    let steps = eval.steps;
    let unmodelled = std::mem::take(&mut eval.unmodelled).into_iter().collect();
    Extract {
        schema: out.finish(),
        steps,
        unmodelled,
    }
}

fn below(root: &Arc<str>, path: &str) -> SrcPath {
    SrcPath {
        root: root.clone(),
        path: path.into(),
    }
}

/// Reads the modules of an entry file, and what every module system has.
fn tree_of(mut walk: Walk<'_, '_>, entry: &SrcPath, modules: Option<Value>) -> Builder {
    let file = walk.out.file(&entry.to_string());
    match modules {
        Some(modules) => walk.modules(vec![(modules, file)], Schema::ROOT),
        None => walk
            .out
            .open(Schema::ROOT, "the list of modules is missing", Some(file)),
    }
    for name in ["_module", "assertions", "warnings", "meta", "lib"] {
        let node = walk.out.kid(Schema::ROOT, name);
        walk.out.open(node, "part of every configuration", None);
    }
    walk.out
}

fn home_manager(eval: &mut Eval<'_>, out: Builder, root: &Arc<str>) -> Builder {
    // The tree's own library is evaluated: `lib.hm`.
    let lib = Value::Lib(Space::Lib);
    if let Some(function) = eval.import(&below(root, "modules/lib/default.nix")) {
        let arguments = eval.attrs(vec![("lib", lib.clone())], false);
        let arguments = eval.done(arguments);
        let hm = eval.later(function, &[arguments]);
        let name = eval.name("hm");
        eval.lib_more.insert(name, hm);
    }
    let entry = below(root, "modules/modules.nix");
    let modules = eval.import(&entry).map(|function| {
        let arguments = eval.attrs(
            vec![
                ("pkgs", Value::Pkgs),
                ("lib", lib),
                ("check", Value::Bool(true)),
                ("useNixpkgsModule", Value::Bool(true)),
                ("minimal", Value::Bool(false)),
            ],
            false,
        );
        let arguments = eval.done(arguments);
        eval.apply(function, arguments)
    });
    let walk = Walk::new(eval, out, Some(below(root, "modules")), Vec::new());
    tree_of(walk, &entry, modules)
}

fn nixos(eval: &mut Eval<'_>, out: Builder, root: &Arc<str>) -> Builder {
    let mut arguments = Vec::new();
    if let Some(function) = eval.import(&below(root, "nixos/lib/utils.nix")) {
        // `{ lib, config, pkgs }: …`, in old trees `pkgs: …`.
        let given = match &function {
            Value::Lambda(lambda, _) if matches!(lambda.param, Param::Name(_)) => Value::Pkgs,
            _ => {
                let lib = Value::Lib(Space::Lib);
                eval.attrs(vec![("lib", lib), ("pkgs", Value::Pkgs)], true)
            }
        };
        let given = eval.done(given);
        let utils = eval.apply(function, given);
        arguments.push(("utils", utils));
    }
    let entry = below(root, "nixos/modules/module-list.nix");
    let modules = eval.import(&entry);
    let walk = Walk::new(eval, out, Some(below(root, "nixos/modules")), arguments);
    tree_of(walk, &entry, modules)
}

/// The modules that the outputs of a flake name.
fn outputs(eval: &mut Eval<'_>, mut out: Builder, root: &Arc<str>, class: Class) -> Builder {
    let entry = below(root, "flake.nix");
    let file = out.file(&entry.to_string());
    let Some(flake) = eval.import(&entry) else {
        out.open(Schema::ROOT, "there is no flake.nix", Some(file));
        return out;
    };
    // `self` is the outputs themselves, and the folder.
    let folder = Value::Path(Rc::new(below(root, "")));
    let more = eval.attrs(vec![("outPath", folder)], true);
    let more = eval.done(more);
    let name = eval.name("outputs");
    let function = eval.attr(&flake, name);
    let itself = eval.reserve();
    let arguments = eval.attrs_of(vec![("self", itself)], true);
    let arguments = eval.done(arguments);
    let outputs = eval.later(function, &[arguments]);
    let update = eval.prim("mergeAttrs");
    eval.fill(itself, update, &[more, outputs]);
    let outputs = eval.force(outputs);
    let mut roots = Vec::new();
    let (sets, singles): (&[&str], &[&str]) = match class {
        Class::Nixos => (&["nixosModules"], &["nixosModule"]),
        Class::Home => (
            &["homeModules", "homeManagerModules"],
            &["homeModule", "homeManagerModule"],
        ),
        Class::Darwin => (&["darwinModules"], &["darwinModule"]),
    };
    for name in sets {
        let name = eval.name(name);
        let Some(set) = eval.get(&outputs, name).value else {
            continue;
        };
        match set {
            Value::Attrs(set) => {
                if set.unsure() {
                    out.open(Schema::ROOT, "offers modules of computed names", Some(file));
                }
                for (_, attr) in &set.entries {
                    roots.push((eval.force(attr.value), file));
                }
            }
            other => roots.push((other, file)),
        }
    }
    for name in singles {
        let name = eval.name(name);
        let selected = eval.get(&outputs, name);
        // A name that hardly any flake has left is not looked for where names are computed.
        if let (Some(value), false) = (selected.value, selected.missing) {
            roots.push((value, file));
        }
    }
    let mut walk = Walk::new(eval, out, None, Vec::new());
    walk.modules(roots, Schema::ROOT);
    walk.out
}

fn own(eval: &mut Eval<'_>, mut out: Builder, modules: &[SrcPath]) -> Builder {
    let roots = modules
        .iter()
        .map(|path| {
            let file = out.file(&path.to_string());
            (Value::Path(Rc::new(path.clone())), file)
        })
        .collect();
    let mut walk = Walk::new(eval, out, None, Vec::new());
    walk.modules(roots, Schema::ROOT);
    walk.out
}
