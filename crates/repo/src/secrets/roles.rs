//! What stands around a literal: a test, a virtual machine, an option's example, a message. There a secret weighs less,
//! or is none.

use serde::{Deserialize, Serialize};
use syntax::{AstNode, HasEntry, SyntaxKind, SyntaxNode, ast, attrpath, expr};

use crate::RepoPath;

/// The part that a file or a place in it plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Role {
    /// A real machine or home.
    #[default]
    Real,
    /// A test, with its throw-away machines.
    Test,
    /// An example or a template.
    Example,
    /// A virtual machine to try things in.
    Vm,
    /// An installer image.
    Installer,
    /// A container that the host declares.
    Container,
    /// The user is a system user without `wheel`.
    SystemUser,
}

impl Role {
    /// Whether nothing here ever meets a real secret.
    #[must_use]
    pub fn is_test(self) -> bool {
        matches!(self, Role::Test | Role::Example)
    }

    /// Whether the passwords of users are a matter of comfort here.
    #[must_use]
    pub fn has_easy_logins(self) -> bool {
        self != Role::Real
    }
}

/// The role of a file by its path.
#[must_use]
pub fn of_path(path: &RepoPath) -> Role {
    let parts: Vec<_> = path.components().collect();
    let name = path.file_name();
    let any = |wanted: &[&str]| parts.iter().any(|part| wanted.contains(&&**part));
    let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
    if any(&[
        "test",
        "tests",
        "nixos-tests",
        "vm-tests",
        "checks",
        "fixtures",
        "testdata",
        "test-data",
        "test-assets",
    ]) || stem.starts_with("test-")
        || stem.ends_with("-test")
        || stem.ends_with("-tests")
        || stem.ends_with("_test")
        || matches!(stem, "test" | "tests")
    {
        return Role::Test;
    }
    let suffix = name.rsplit_once('.').map(|(_, suffix)| suffix);
    if any(&["example", "examples", "template", "templates"])
        // sops keeps its age identities in `keys.txt`.
        || matches!(suffix, Some("example" | "sample" | "md" | "txt" | "org")) && name != "keys.txt"
        || stem.contains(".example")
        || stem.ends_with("-example")
    {
        return Role::Example;
    }
    let is_vm = |part: &str| {
        let part = part.strip_suffix(".nix").unwrap_or(part);
        part == "vm" || part.starts_with("vm-") || part.ends_with("-vm")
    };
    if parts.iter().any(|part| is_vm(part)) {
        return Role::Vm;
    }
    if any(&["iso", "installer", "iso.nix", "installer.nix"]) {
        return Role::Installer;
    }
    Role::Real
}

/// The role of a file by what it imports and sets.
#[must_use]
pub fn of_text(text: &str) -> Role {
    if text.contains("qemu-vm.nix") {
        Role::Vm
    } else if ["installer/", "cd-dvd/", "iso-image", "netboot", "isoImage."]
        .iter()
        .any(|mark| text.contains(mark))
    {
        Role::Installer
    } else {
        Role::Real
    }
}

/// What stands around a literal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around {
    /// The arguments of `mkOption` and its like: nothing here is a value.
    pub declaration: bool,
    /// Messages, descriptions, phases of a build, key bindings: text for people, or about tools.
    pub aside: bool,
    /// Declarations of encrypted secrets: file names, owners, modes.
    pub wiring: bool,
    /// The arguments of a builder of packages.
    pub package: bool,
    /// Text that a function writes to a file: `writeText`, `writeShellScript`, `toFile`.
    pub written: bool,
    /// The role of the place.
    pub role: Role,
}

/// How many nodes above a literal are looked at; deeper places are taken as having nothing around them.
const REACH: usize = 1_500;

/// Looks at everything above a node.
#[must_use]
pub fn around(node: &SyntaxNode) -> Around {
    let mut around = Around::default();
    let mut below = node.clone();
    let mut names: Vec<String> = Vec::new();
    for ancestor in node.ancestors().skip(1).take(REACH) {
        match ancestor.kind() {
            SyntaxKind::NODE_APPLY if is_argument(&ancestor, &below) => {
                call(&ancestor, &mut around);
            }
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                // The literal may be a name in the path itself.
                if below.kind() != SyntaxKind::NODE_ATTRPATH
                    && let Some(path) =
                        ast::AttrpathValue::cast(ancestor.clone()).and_then(|it| it.attrpath())
                {
                    for key in attrpath::keys(&path).into_iter().rev() {
                        if names.len() < 64 {
                            names.push(key.name().unwrap_or_default().to_owned());
                        }
                    }
                }
            }
            SyntaxKind::NODE_ATTR_SET if around.role == Role::Real && is_test_set(&ancestor) => {
                around.role = Role::Test;
            }
            _ => {}
        }
        below = ancestor;
    }
    for (at, name) in names.iter().enumerate() {
        let above = |n: usize| names.get(at + n).map(String::as_str);
        match name.as_str() {
            "assertions" | "warnings" | "meta" | "description" | "longDescription" | "message"
            | "buildPhase" | "checkPhase" | "installCheckPhase" | "installPhase"
            | "shellAliases" | "keybindings" | "bindings" | "lifespans" | "postPatch"
            | "patchPhase" | "configurePhase" | "preBuild" | "postInstall" | "preCheck"
            | "postBuild" | "preInstall" | "preConfigure" | "shellAbbrs" | "changelog" => {
                around.aside = true
            }
            "secrets"
                if at > 0
                    && matches!(above(1), Some("sops" | "age"))
                    // `age.secrets.<n>.x`: the literal stands below the name of the secret.
                    && names.len() > 1 =>
            {
                around.wiring = true;
            }
            "keys" if above(1) == Some("deployment") => around.wiring = true,
            // `let dummy = { … }; in`: what a flake evaluates its modules with.
            "dummy" => around.role = strongest(around.role, Role::Example),
            "vmVariant" | "vmVariantWithBootLoader" if above(1) == Some("virtualisation") => {
                around.role = strongest(around.role, Role::Vm);
            }
            "config" if above(2) == Some("containers") => {
                around.role = strongest(around.role, Role::Container);
            }
            _ => {}
        }
    }
    around
}

fn strongest(a: Role, b: Role) -> Role {
    if a.is_test() { a } else { b }
}

/// Whether `child` is the argument of the application, not its function.
fn is_argument(apply: &SyntaxNode, child: &SyntaxNode) -> bool {
    apply.first_child().as_ref() != Some(child)
}

fn call(apply: &SyntaxNode, around: &mut Around) {
    let mut head = ast::Apply::cast(apply.clone()).and_then(|it| it.lambda());
    while let Some(ast::Expr::Apply(inner)) = head {
        head = inner.lambda();
    }
    let Some(name) = head.as_ref().and_then(expr::last_name) else {
        return;
    };
    match &*name {
        "mkOption" | "mkEnableOption" | "mkPackageOption" | "mkPackageOptionMD"
        | "literalExpression" | "literalMD" | "literalExample" | "mdDoc" => {
            around.declaration = true
        }
        "throw" | "abort" | "trace" | "traceSeq" | "warn" | "warnIf" | "throwIf" | "throwIfNot"
        | "assertMsg" | "addErrorContext" | "hasPrefix" | "hasSuffix" | "hasInfix"
        | "removePrefix" | "removeSuffix" | "splitString" => around.aside = true,
        "runNixOSTest"
        | "nixosTest"
        | "makeTest"
        | "runTest"
        | "makeTestPython"
        | "nixosSystemTest"
        | "testNixosConfiguration" => around.role = Role::Test,
        "mkDerivation" | "runCommand" | "runCommandLocal" | "runCommandCC" | "fetchFromGitHub"
        | "fetchurl" | "fetchzip" | "fetchgit" | "fetchpatch" => around.package = true,
        name if name.starts_with("build")
            && (name.ends_with("Package") || name.ends_with("Module")) =>
        {
            around.package = true;
        }
        name if name.starts_with("writeText")
            || name.starts_with("writeShell")
            || name.starts_with("writeScript")
            || matches!(
                name,
                "toFile" | "writeFish" | "writeBash" | "writeDash" | "writeNushell"
            ) =>
        {
            around.written = true;
        }
        _ => {}
    }
}

/// `{ nodes.m = …; testScript = …; }`
fn is_test_set(set: &SyntaxNode) -> bool {
    let Some(set) = ast::AttrSet::cast(set.clone()) else {
        return false;
    };
    let mut script = false;
    let mut machines = false;
    for entry in set.attrpath_values().take(64) {
        let Some(first) = entry.attrpath().and_then(|path| path.attrs().next()) else {
            continue;
        };
        match attrpath::key(&first).name() {
            Some("testScript") => script = true,
            Some("nodes" | "machine" | "containers") => machines = true,
            _ => {}
        }
    }
    script && machines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_by_path() {
        for (path, role) in [
            ("hosts/atlas/default.nix", Role::Real),
            ("nixos/tests/a.nix", Role::Test),
            ("a/test-b.nix", Role::Test),
            ("contest/a.nix", Role::Real),
            ("examples/a.nix", Role::Example),
            ("templates/host/a.nix", Role::Example),
            ("README.md", Role::Example),
            ("notes/keys.md", Role::Example),
            ("age/keys.txt", Role::Real),
            ("hosts/build-vm/a.nix", Role::Vm),
            ("hosts/iso/default.nix", Role::Installer),
            ("sd-image/a.nix", Role::Real),
        ] {
            assert_eq!(of_path(&RepoPath::from(path)), role, "{path}");
        }
    }
}
