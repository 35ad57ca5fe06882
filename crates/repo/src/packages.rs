//! Sets of attributes that a package is made of: the literal argument of `mkDerivation`, of a builder for one language,
//! of `runCommand`, or what `overrideAttrs` is given.
//!
//! Goal: lints of packages look at these sets alone, and cost nothing in files without one. Limits: only a literal
//! counts, also behind `finalAttrs:`; a set made with `//`, or by a function, is not known whole and is left out. So are
//! the packages of Haskell, whose `mkDerivation` takes other attributes, and calls of a function of this file that has
//! such a name.

use serde::{Deserialize, Serialize};
use syntax::attrpath::{self, Key};
use syntax::place::expr_at;
use syntax::{AstNode, HasEntry, SyntaxKind, SyntaxNode, TextRange, ast, expr};

use crate::file::{File, Tree};
use crate::outline::{Binding, Definition, Node, Outline};
use crate::topics::{Topic, Topics};

/// What takes the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Maker {
    /// `mkDerivation`
    Derivation,
    /// A builder for one language: `buildGoModule` and its like.
    Language,
    /// `buildPythonPackage`, `buildPythonApplication`
    Python,
    /// `runCommand` and its like: the set is the environment of the script.
    Command,
    /// `overrideAttrs`: attributes for a package that is made elsewhere.
    Override,
    /// `overridePythonAttrs`
    PythonOverride,
}

impl Maker {
    fn of(function: &str) -> Option<Maker> {
        Some(match function {
            "mkDerivation" => Maker::Derivation,
            "buildRustPackage"
            | "buildGoModule"
            | "buildNpmPackage"
            | "buildDotnetModule"
            | "buildGradlePackage"
            | "buildDartApplication" => Maker::Language,
            "buildPythonPackage" | "buildPythonApplication" => Maker::Python,
            "overrideAttrs" => Maker::Override,
            "overridePythonAttrs" => Maker::PythonOverride,
            _ if function.starts_with("runCommand") => Maker::Command,
            _ => return None,
        })
    }

    /// Whether the set changes a package that is made elsewhere, so that nothing may be said of what it lacks.
    #[must_use]
    pub fn overrides(self) -> bool {
        matches!(self, Maker::Override | Maker::PythonOverride)
    }

    /// Whether the set is all that a package is made of.
    #[must_use]
    pub fn makes(self) -> bool {
        !self.overrides() && self != Maker::Command
    }
}

/// Such a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// The braces, with `rec`.
    pub set: TextRange,
    /// What takes it.
    pub maker: Maker,
}

/// The sets of a file, in the order of the text.
#[must_use]
pub fn extract(file: &File, outline: &Outline, topics: Topics) -> Vec<Package> {
    if !topics.has(Topic::Packages) {
        return Vec::new();
    }
    outline
        .nodes(file.text.contents())
        .filter(|node| node.is(SyntaxKind::NODE_APPLY))
        .filter_map(package)
        .collect()
}

/// `stdenv.mkDerivation { … }`, `buildGoModule (finalAttrs: { … })`, `runCommand "x" { … } ""`
fn package(call: Node<'_>) -> Option<Package> {
    let (head, arguments) = call.call();
    let maker = Maker::of(&head.last_name()?)?;
    // Once for a call, at its first set.
    let nth = if maker == Maker::Command { 1 } else { 0 };
    if arguments.len() != nth + 1 {
        return None;
    }
    if head.is(SyntaxKind::NODE_IDENT)
        && let Definition::Value { value } = head.definition()
        && value.bare().is(SyntaxKind::NODE_LAMBDA)
    {
        return None;
    }
    let mut set = arguments[nth].body();
    let lambdas = match maker {
        Maker::Command => 0,
        Maker::Override | Maker::PythonOverride => 2,
        _ => 1,
    };
    for _ in 0..lambdas {
        if set.is(SyntaxKind::NODE_LAMBDA) {
            set = set.children().last()?.body();
        }
    }
    let haskell = |name: &str| {
        name.ends_with("HaskellDepends") || matches!(name, "isLibrary" | "isExecutable")
    };
    let foreign = |binding: Binding<'_>| match binding {
        Binding::Value { path, .. } => path
            .keys()
            .first()
            .and_then(|key| key.name().map(haskell))
            .unwrap_or(false),
        Binding::Inherit { .. } => false,
    };
    (set.is(SyntaxKind::NODE_ATTR_SET) && !set.bindings().any(foreign)).then(|| Package {
        set: set.range(),
        maker,
    })
}

/// One of these sets, with what is written in it.
#[derive(Debug, Clone)]
pub struct Attributes {
    /// What takes the set.
    pub maker: Maker,
    /// The set.
    pub set: ast::AttrSet,
    /// Its bindings and inherited names, in the order of the text.
    pub entries: Vec<Entry>,
}

/// A binding, or a name that is inherited.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `meta.license`: both keys.
    pub keys: Vec<Key>,
    /// Where the first key stands.
    pub at: TextRange,
    /// The value; none for a name that is inherited.
    pub value: Option<ast::Expr>,
    /// The whole binding, or the `inherit` with all its names.
    pub statement: SyntaxNode,
}

impl Entry {
    /// The name, when it is a single one: not `a.b`, not computed.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self.keys.as_slice() {
            [key] => key.name(),
            _ => None,
        }
    }
}

/// The sets of a file, with what is written in them.
pub fn of<'a>(file: &'a File, tree: &'a Tree) -> impl Iterator<Item = Attributes> + 'a {
    file.facts
        .packages
        .iter()
        .filter_map(|package| match expr_at(&tree.root, package.set)? {
            ast::Expr::AttrSet(set) => Some(Attributes::new(package.maker, set)),
            _ => None,
        })
}

impl Attributes {
    fn new(maker: Maker, set: ast::AttrSet) -> Attributes {
        let mut entries = Vec::new();
        for entry in set.entries() {
            match entry {
                ast::Entry::AttrpathValue(binding) => {
                    let Some(path) = binding.attrpath() else {
                        continue;
                    };
                    let Some(first) = path.attrs().next() else {
                        continue;
                    };
                    entries.push(Entry {
                        keys: attrpath::keys(&path),
                        at: first.syntax().text_range(),
                        value: binding.value(),
                        statement: binding.syntax().clone(),
                    });
                }
                ast::Entry::Inherit(inherit) => {
                    entries.extend(inherit.attrs().map(|attr| Entry {
                        keys: vec![attrpath::key(&attr)],
                        at: attr.syntax().text_range(),
                        value: None,
                        statement: inherit.syntax().clone(),
                    }));
                }
            }
        }
        Attributes {
            maker,
            set,
            entries,
        }
    }

    /// Whether a first key is this one, also of `a.b`, also inherited.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.keys[0].is(name))
    }

    /// Whether a key is computed, so that nothing can be said of what is missing.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.keys[0] == Key::Dynamic)
    }

    /// The binding of this single key, or the inherited name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name() == Some(name))
    }

    /// The value of this single key.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&ast::Expr> {
        self.entry(name)?.value.as_ref()
    }

    /// Whether lists reach the builder as lists, not as words between spaces; also where that cannot be known.
    #[must_use]
    pub fn may_be_structured(&self) -> bool {
        self.maker.overrides() || self.is_open() || self.has("__structuredAttrs")
    }

    /// What is known of `meta`: its keys, when all of it is written here; `None` where it is not, or there is none.
    #[must_use]
    pub fn meta(&self) -> Option<(TextRange, Vec<Key>)> {
        let mut at = None;
        let mut keys = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.keys[0].is("meta")) {
            at.get_or_insert(entry.at);
            if let Some(key) = entry.keys.get(1) {
                keys.push(key.clone());
                continue;
            }
            let ast::Expr::AttrSet(set) = expr::strip_prefixes(entry.value.clone()?) else {
                return None;
            };
            keys.extend(
                Attributes::new(self.maker, set)
                    .entries
                    .into_iter()
                    .map(|it| it.keys[0].clone()),
            );
        }
        if self.is_open() || keys.contains(&Key::Dynamic) {
            return None;
        }
        Some((at?, keys))
    }
}

/// An item of a list that is built of literals.
#[derive(Debug, Clone)]
pub struct Item {
    /// The item.
    pub expr: ast::Expr,
    /// The list literal that it stands in.
    pub list: ast::List,
}

/// The items of the list literals that make a value: through `++`, `with …;`, `lib.optional`, `lib.optionals`, `if`.
#[must_use]
pub fn items(value: &ast::Expr, tree: &Tree) -> Vec<Item> {
    let mut found = Vec::new();
    let mut open = vec![value.clone()];
    while let Some(it) = open.pop() {
        match expr::strip_prefixes(it) {
            ast::Expr::List(list) => found.extend(list.items().map(|expr| Item {
                expr,
                list: list.clone(),
            })),
            ast::Expr::BinOp(op) if op.operator() == Some(ast::BinOpKind::Concat) => {
                open.extend(op.lhs());
                open.extend(op.rhs());
            }
            ast::Expr::IfElse(it) => {
                open.extend(it.body());
                open.extend(it.else_body());
            }
            it @ ast::Expr::Apply(_) => {
                let (head, arguments) = expr::call(&it);
                if let [_, list] = arguments.as_slice()
                    && tree.scopes.resolves_to_lib(&head, "optionals")
                {
                    open.push(list.clone());
                }
            }
            _ => {}
        }
    }
    found.sort_by_key(|item| item.expr.syntax().text_range().start());
    found
}

/// The attributes that `mkDerivation` and the builders for languages read, by the part of a package that they belong to,
/// in the order in which nixpkgs writes these parts.
pub const PARTS: &[&[&str]] = &[
    &["name"],
    &["pname"],
    &["version"],
    &[
        "outputs",
        "outputBin",
        "outputDev",
        "outputDoc",
        "outputInclude",
        "outputLib",
        "outputMan",
    ],
    &["src", "srcs"],
    &["patches"],
    &[
        "build-system",
        "buildInputs",
        "dependencies",
        "depsBuildBuild",
        "depsBuildBuildPropagated",
        "depsBuildTarget",
        "depsBuildTargetPropagated",
        "depsHostHost",
        "depsHostHostPropagated",
        "depsTargetTarget",
        "depsTargetTargetPropagated",
        "nativeBuildInputs",
        "propagatedBuildInputs",
        "propagatedNativeBuildInputs",
    ],
    &[
        "buildFlags",
        "cmakeFlags",
        "configureFlags",
        "installFlags",
        "ldflags",
        "makeFlags",
        "mesonFlags",
        "ninjaFlags",
        "qmakeFlags",
        "tags",
    ],
    &["env"],
    &[
        "buildPhase",
        "checkPhase",
        "configurePhase",
        "distPhase",
        "fixupPhase",
        "installCheckPhase",
        "installPhase",
        "postBuild",
        "postCheck",
        "postConfigure",
        "postDist",
        "postFixup",
        "postInstall",
        "postInstallCheck",
        "preBuild",
        "preCheck",
        "preConfigure",
        "preDist",
        "preFixup",
        "preInstall",
        "preInstallCheck",
    ],
    &["passthru"],
    &["meta"],
];

/// Further attributes that they read. They have no place of their own in that order, or several: what unpacks and patches may
/// stand with the source or with the phases, what tests with the inputs or with the tests.
pub const FURTHER: &[&str] = &[
    "patchPhase",
    "postUnpack",
    "preUnpack",
    "unpackPhase",
    "prePatch",
    "postPatch",
    "sourceRoot",
    "setSourceRoot",
    "unpackCmd",
    "strictDeps",
    "checkInputs",
    "installCheckInputs",
    "nativeCheckInputs",
    "nativeInstallCheckInputs",
    "optional-dependencies",
    "pythonRelaxDeps",
    "pythonRemoveDeps",
    "checkFlags",
    "installCheckFlags",
    "patchFlags",
    "__darwinAllowLocalNetworking",
    "__impureHostDeps",
    "__noChroot",
    "__propagatedImpureHostDeps",
    "__sandboxProfile",
    "__structuredAttrs",
    "allowedReferences",
    "allowedRequisites",
    "allowGoReference",
    "allowSubstitutes",
    "appendRunpaths",
    "args",
    "autoPatchelfIgnoreMissingDeps",
    "buildAndTestSubdir",
    "buildCommand",
    "buildFeatures",
    "buildNoDefaultFeatures",
    "builder",
    "buildType",
    "cargoBuildFlags",
    "cargoDeps",
    "cargoHash",
    "cargoLock",
    "cargoPatches",
    "cargoRoot",
    "cargoSha256",
    "cargoTestFlags",
    "catchConflicts",
    "checkFeatures",
    "checkTarget",
    "checkType",
    "cmakeBuildType",
    "cmakeDir",
    "CGO_ENABLED",
    "configureScript",
    "curlOpts",
    "darwinMinVersion",
    "dartEntryPoints",
    "debugInfo",
    "deleteVendor",
    "desktopItem",
    "desktopItems",
    "disabled",
    "disabledTestPaths",
    "disabledTests",
    "disallowedReferences",
    "disallowedRequisites",
    "distTarget",
    "doCheck",
    "doDist",
    "doInstallCheck",
    "dontAddDisableDepTrack",
    "dontAddExtraLibs",
    "dontAddPrefix",
    "dontAutoPatchelf",
    "dontBuild",
    "dontCargoBuild",
    "dontCargoCheck",
    "dontCargoInstall",
    "dontCheckForBrokenSymlinks",
    "dontConfigure",
    "dontCopyDist",
    "dontDisableStatic",
    "dontFixLibtool",
    "dontFixup",
    "dontGzipMan",
    "dontInstall",
    "dontMakeSourcesWritable",
    "dontMoveLib64",
    "dontMoveSbin",
    "dontNpmBuild",
    "dontNpmInstall",
    "dontNpmPrune",
    "dontPatch",
    "dontPatchELF",
    "dontPatchShebangs",
    "dontPruneLibtoolFiles",
    "dontStrip",
    "dontStripHost",
    "dontStripTarget",
    "dontUnpack",
    "dontUpdateAutotoolsGnuConfigScripts",
    "dontUseCmakeConfigure",
    "dontUseMesonConfigure",
    "dontUseNinjaBuild",
    "dontUsePytestXdist",
    "dontUseSetuptoolsCheck",
    "dontWrapGApps",
    "dontWrapPythonPrograms",
    "dontWrapQtApps",
    "dotnet-runtime",
    "dotnet-sdk",
    "dotnetBuildFlags",
    "dotnetFlags",
    "dotnetInstallFlags",
    "dotnetTestFlags",
    "drvPath",
    "dynamicLinker",
    "enableParallelBuilding",
    "enableParallelChecking",
    "enableParallelInstalling",
    "enabledTestMarks",
    "enabledTestPaths",
    "enabledTests",
    "enableShared",
    "excludedPackages",
    "exportReferencesGraph",
    "extraOutputsToInstall",
    "failureHook",
    "fetchCargoVendor",
    "executables",
    "fixupOutputHooks",
    "forceGitDeps",
    "forceShare",
    "format",
    "goSum",
    "hardeningDisable",
    "hardeningEnable",
    "hash",
    "impureEnvVars",
    "inputDerivation",
    "installTargets",
    "installTarget",
    "isPy3k",
    "logLevel",
    "LC_ALL",
    "libPath",
    "makeCacheWritable",
    "makefile",
    "makeWrapperArgs",
    "mesonBuildType",
    "mesonCheckFlags",
    "modRoot",
    "mvnHash",
    "namePrefix",
    "nimbleFile",
    "noAuditTmpdir",
    "nodejs",
    "npmBuildFlags",
    "npmBuildScript",
    "npmDeps",
    "npmDepsHash",
    "npmFlags",
    "npmInstallFlags",
    "npmPackFlags",
    "npmPruneFlags",
    "npmRoot",
    "npmWorkspace",
    "nugetDeps",
    "outputHash",
    "outputHashAlgo",
    "outputHashMode",
    "overrideModAttrs",
    "parallelBuild",
    "passAsFile",
    "permitUserSite",
    "phases",
    "pnpmDeps",
    "pnpmRoot",
    "pnpmWorkspaces",
    "postPhases",
    "preBuildPhases",
    "preConfigurePhases",
    "preDistPhases",
    "preferLocalBuild",
    "preFixupPhases",
    "preHook",
    "postHook",
    "preInstallPhases",
    "prePhases",
    "projectFile",
    "propagateEnv",
    "proxyVendor",
    "pubspecLock",
    "pyproject",
    "pytestFlags",
    "pytestFlagsArray",
    "pythonImportsCheck",
    "pythonNamespaces",
    "pythonPath",
    "qtWrapperArgs",
    "realBuilder",
    "RUSTFLAGS",
    "RUSTC_BOOTSTRAP",
    "runtimeDependencies",
    "runtimeDeps",
    "runtimeId",
    "selfContainedBuild",
    "separateDebugInfo",
    "setupHook",
    "setupHooks",
    "setupPyBuildFlags",
    "setupPyGlobalFlags",
    "shellHook",
    "showBuildStats",
    "stdenv",
    "stripAllList",
    "stripAllListTarget",
    "stripDebugFlags",
    "stripDebugList",
    "stripDebugListTarget",
    "stripExclude",
    "stripTarget",
    "subPackages",
    "succeedOnFailure",
    "system",
    "testProjectFile",
    "testTarget",
    "unittestFlags",
    "unittestFlagsArray",
    "updateAutotoolsGnuConfigScriptsPhase",
    "useFetchCargoVendor",
    "useNextest",
    "userHook",
    "vendorHash",
    "vendorSha256",
    "wrapGAppsHook",
    "xmlSources",
    "yarnOfflineCache",
    "zigBuildFlags",
];

/// The attributes that take a list of flags.
pub const FLAGS: &[&str] = &[
    "configureFlags",
    "cmakeFlags",
    "mesonFlags",
    "makeFlags",
    "buildFlags",
    "installFlags",
    "checkFlags",
    "ninjaFlags",
    "qmakeFlags",
    "patchFlags",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{FileId, Kind};
    use crate::path::RepoPath;
    use syntax::Text;

    fn makers(text: &str) -> Vec<(Maker, String)> {
        let (file, tree) = File::new(
            FileId(0),
            RepoPath::from("a.nix"),
            Kind::Nix,
            Text::new(text).into(),
            syntax::parse::Limits::default(),
        );
        let tree = tree.expect("a tree");
        let outline = Outline::of(&tree.root);
        let mut topics = Topics::default();
        topics.add(Topic::Packages);
        extract(&file, &outline, topics)
            .into_iter()
            .map(|it| (it.maker, file.text.slice(it.set).to_owned()))
            .collect()
    }

    #[test]
    fn sets_of_packages() {
        let one = |maker, set: &str| vec![(maker, set.to_owned())];
        assert_eq!(
            makers("stdenv.mkDerivation { a = 1; }"),
            one(Maker::Derivation, "{ a = 1; }")
        );
        assert_eq!(
            makers("mkDerivation (finalAttrs: rec { })"),
            one(Maker::Derivation, "rec { }")
        );
        assert_eq!(
            makers("p.buildPythonPackage (let x = 1; in { })"),
            one(Maker::Python, "{ }")
        );
        assert_eq!(
            makers("runCommand \"x\" { } \"\""),
            one(Maker::Command, "{ }")
        );
        assert_eq!(
            makers("x.overrideAttrs (f: p: { })"),
            one(Maker::Override, "{ }")
        );
        assert_eq!(makers("x.overrideAttrs { }"), one(Maker::Override, "{ }"));
        for text in [
            "mkDerivation ({ } // x)",
            "mkDerivation (x: y: { })",
            "mkDerivation { pname = \"x\"; libraryHaskellDepends = [ ]; }",
            "let mkDerivation = x: x; in mkDerivation { }",
            "mkShell { }",
            "runCommand { } \"\"",
            "(mkDerivation { }.x) { }",
        ] {
            assert_eq!(makers(text), [], "{text}");
        }
    }
}
