//! Attributes that `flake.nix` does not know, and values of the wrong type.

use lint_api::prelude::*;
use lint_api::repo::outline::{Binding, Key, Node, Shape};

/// The lint.
pub static LINT: Lint = Lint {
    name: "flake-attribute",
    group: Group::Flakes,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "an attribute that `flake.nix` does not know, or of the wrong type",
    page: include_str!("flake_attribute.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let file = cx.file;
    if file.facts.flake.is_none() || !file.facts.faults.is_empty() {
        return;
    }
    let Some(root) = file.facts.outline.root(file.text.contents()).map(Node::bare) else { return };
    if !matches!(root.shape(), Shape::Set { .. }) {
        return;
    }
    let mut has_outputs = false;
    for binding in root.bindings() {
        let (key, path, value) = match binding {
            Binding::Value { path, value } => (path.child(0), Some(path), Some(value)),
            Binding::Inherit { name, .. } => (Some(name), None, None),
        };
        let Some(key) = key else { continue };
        let Key::Static(name) = key.key() else { continue };
        let rest: Vec<Node<'_>> = path.into_iter().flat_map(Node::children).skip(1).collect();
        match (name.as_ref(), value) {
            ("description", Some(value)) if !is_text(value) && is_plain(value) => {
                cx.report(value.range(), "`description` must be a string");
            }
            ("outputs", value) => {
                has_outputs = true;
                if let Some(value) = value.filter(|it| is_plain(*it) || is_text(*it)) {
                    cx.report(value.range(), "`outputs` must be a function");
                }
            }
            ("inputs", Some(value)) => inputs(cx, &rest, value),
            ("nixConfig", Some(value)) => config(cx, &rest, value),
            ("description" | "inputs" | "nixConfig", _) => {}
            (other, _) => {
                let message = format!("flakes have no attribute `{other}` at the top level");
                let message = if is_output(other) {
                    format!("{message}; it belongs into the result of `outputs`")
                } else {
                    message
                };
                cx.report(key.range(), message);
            }
        }
    }
    if !has_outputs {
        let at = TextRange::at(root.range().start(), 1.into());
        cx.report(at, "this flake has no `outputs`");
    }
}

/// A literal of a type that is no string.
fn is_plain(value: Node<'_>) -> bool {
    matches!(value.shape(), Shape::Set { .. } | Shape::List | Shape::Int(_) | Shape::Number | Shape::Ident("true" | "false" | "null"))
}

fn is_text(value: Node<'_>) -> bool {
    matches!(value.shape(), Shape::Str | Shape::Uri(_))
}

fn is_output(name: &str) -> bool {
    matches!(
        name,
        "packages" | "apps" | "devShells" | "checks" | "overlays" | "nixosModules" | "nixosConfigurations"
            | "darwinConfigurations" | "homeConfigurations" | "formatter" | "templates" | "legacyPackages" | "lib"
            | "devShell" | "defaultPackage" | "overlay" | "hydraJobs" | "homeModules" | "darwinModules"
    )
}

/// Each binding of a set with the nodes of its path.
fn bindings(value: Node<'_>) -> Vec<(Vec<Node<'_>>, Node<'_>)> {
    value
        .bindings()
        .filter_map(|binding| match binding {
            Binding::Value { path, value } => Some((path.children().collect(), value)),
            Binding::Inherit { .. } => None,
        })
        .collect()
}

fn inputs(cx: &mut FileCx<'_>, places: &[Node<'_>], value: Node<'_>) {
    if let Some((name, rest)) = places.split_first() {
        let Key::Static(name) = name.key() else { return };
        input(cx, &name, &[], rest, value);
        return;
    }
    if matches!(value.shape(), Shape::Set { .. }) {
        for (places, value) in bindings(value) {
            inputs(cx, &places, value);
        }
    } else if is_plain(value) || is_text(value) {
        cx.report(value.range(), "`inputs` must be a set");
    }
}

/// `inputs.<name>.<places> = value`; `above` are the inputs of inputs on the way.
fn input(cx: &mut FileCx<'_>, name: &str, above: &[String], places: &[Node<'_>], value: Node<'_>) {
    if above.len() > 16 {
        return;
    }
    let Some((place, rest)) = places.split_first() else {
        if matches!(value.shape(), Shape::Set { .. }) {
            for (places, value) in bindings(value) {
                input(cx, name, above, &places, value);
            }
        } else if is_text(value) {
            let text = value.literal().unwrap_or_default().into_owned();
            cx.report(value.range(), format!("an input is a set: write `{name}.url = \"{text}\"`"));
        } else if is_plain(value) {
            cx.report(value.range(), "an input is a set");
        }
        return;
    };
    let Key::Static(key) = place.key() else { return };
    match key.as_ref() {
        "inputs" => match rest.split_first() {
            Some((inner, rest)) => {
                let Key::Static(inner) = inner.key() else { return };
                let above = [above, &[name.to_owned()]].concat();
                input(cx, &inner, &above, rest, value);
            }
            None => {
                let above = [above, &[name.to_owned()]].concat();
                for (places, value) in bindings(value) {
                    let Some((inner, rest)) = places.split_first() else { continue };
                    let Key::Static(inner) = inner.key() else { continue };
                    input(cx, &inner, &above, rest, value);
                }
            }
        },
        "url" | "follows" if is_plain(value) => {
            cx.report(value.range(), format!("`{key}` must be a string"));
        }
        "follows" => {
            let text = value.literal().unwrap_or_default().into_owned();
            if !text.is_empty() && text.contains('.') && !text.contains('/') {
                cx.report(
                    value.range(),
                    format!("parts of `follows` are separated by `/`: write `\"{}\"`", text.replace('.', "/")),
                );
            }
        }
        "flake" => {
            if is_text(value) || is_plain(value) && !matches!(value.shape(), Shape::Ident("true" | "false")) {
                cx.report(value.range(), "`flake` must be `true` or `false`");
            }
        }
        "url" | "type" | "owner" | "repo" | "ref" | "rev" | "dir" | "host" | "path" | "narHash" | "submodules"
        | "shallow" | "lfs" | "lastModified" | "revCount" | "id" | "allRefs" | "exportIgnore" | "name" | "unpack"
        | "verifyCommit" | "publicKey" | "publicKeys" | "keytype" | "parent" | "buildTime" | "dirtyRev"
        | "dirtyShortRev" | "allowDirtyLocks" => {}
        other => {
            let follows = rest.last().is_some_and(|it| it.key().name() == Some("follows"))
                || rest.is_empty()
                    && matches!(value.shape(), Shape::Set { .. })
                    && value.bindings().any(|it| matches!(it, Binding::Value { path, .. } if path.keys()[0].name() == Some("follows")));
            let message = if follows {
                let path: Vec<String> = above.iter().flat_map(|it| [it.clone(), "inputs".to_owned()]).collect();
                let path = path.iter().map(|it| format!("{it}.")).collect::<String>();
                format!("inputs have no attribute `{other}`: write `inputs.{path}{name}.inputs.{other}.follows`")
            } else {
                format!("inputs have no attribute `{other}`")
            };
            cx.report(place.range(), message);
        }
    }
}

fn config(cx: &mut FileCx<'_>, places: &[Node<'_>], value: Node<'_>) {
    let Some((place, rest)) = places.split_first() else {
        for (places, value) in bindings(value) {
            if !places.is_empty() {
                config(cx, &places, value);
            }
        }
        return;
    };
    let Key::Static(name) = place.key() else { return };
    if name == "experimental-features" || name == "extra-experimental-features" {
        cx.report(
            place.range(),
            format!("`{name}` has no effect here: Nix must know it before it reads the flake"),
        )
        .soften(2);
    }
    let wrong = !rest.is_empty() || matches!(value.shape(), Shape::Set { .. } | Shape::Path(_) | Shape::Lambda { .. });
    if wrong {
        cx.report(
            value.range(),
            format!("the setting `{name}` must be a string, number, boolean or list of strings"),
        );
    }
}
