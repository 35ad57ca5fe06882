//! Names that other tools give to what a lint of nivis finds. They are accepted wherever a lint is named.

/// A name of another tool and the lints that do its work. Sorted by the name.
pub static TAKEN: &[(&str, &[&str])] = &[
    ("ArgsToOptionalIsList", &["optional-list"]),
    (
        "BuildTimeToolInBuildInputs",
        &["build-tool-in-build-inputs"],
    ),
    ("E00", &["syntax-error"]),
    ("EmptyInherit", &["empty-inherit"]),
    ("EmptyLet", &["empty-let"]),
    ("FlagsNotList", &["flags-not-list"]),
    ("ListLiteralConcat", &["empty-operand"]),
    ("PnameInSrc", &["pname-in-src"]),
    ("UnusedArg", &["unused-argument"]),
    ("UnusedLetBind", &["unused-let"]),
    ("UpdateEmptySet", &["empty-operand"]),
    ("W01", &["bool-comparison"]),
    ("W02", &["empty-let"]),
    ("W03", &["manual-inherit"]),
    ("W04", &["manual-inherit-from"]),
    ("W05", &["legacy-let"]),
    ("W06", &["collapsible-let"]),
    ("W07", &["eta-reduction"]),
    ("W08", &["redundant-parens"]),
    ("W10", &["empty-pattern"]),
    ("W11", &["redundant-pattern-bind"]),
    ("W12", &["url-literal"]),
    ("W14", &["empty-inherit"]),
    ("W17", &["deprecated-builtin"]),
    ("W18", &["negated-comparison"]),
    ("W19", &["has-attr-or"]),
    ("W20", &["repeated-keys"]),
    ("W23", &["empty-operand"]),
    ("attribute-ordering", &["build-attribute-order"]),
    ("attribute-typo", &["build-attribute-typo"]),
    ("bool_comparison", &["bool-comparison"]),
    ("bool_simplification", &["negated-comparison"]),
    (
        "build-tools-in-build-inputs",
        &["build-tool-in-build-inputs"],
    ),
    ("collapsible_let_in", &["collapsible-let"]),
    ("deprecated-let", &["legacy-let"]),
    ("deprecated-let-missing-body", &["legacy-let"]),
    ("deprecated-url-literal", &["url-literal"]),
    ("deprecated_to_path", &["deprecated-builtin"]),
    ("duplicated_key", &["duplicate-key"]),
    ("duplicated_param", &["duplicate-formal"]),
    ("empty_inherit", &["empty-inherit"]),
    ("empty_let_in", &["empty-let"]),
    ("empty_list_concat", &["empty-operand"]),
    ("empty_pattern", &["empty-pattern"]),
    ("environment-variables-go-to-env", &["variable-outside-env"]),
    ("eta_reduction", &["eta-reduction"]),
    ("explicit-phases", &["overridden-phase"]),
    ("fixup-phase", &["overridden-phase"]),
    ("invalid_dynamic", &["syntax-error"]),
    ("lambda-arg", &["unused-argument"]),
    ("lambda-pattern-names", &["unused-formal"]),
    ("legacy_let_syntax", &["legacy-let"]),
    ("let-dynamic", &["syntax-error"]),
    ("let_attrset", &["legacy-let"]),
    ("lex-unterminated-bcomment", &["syntax-error"]),
    ("license-missing", &["missing-license"]),
    ("maintainers-missing", &["missing-maintainers"]),
    ("manual_inherit", &["manual-inherit"]),
    ("manual_inherit_from", &["manual-inherit-from"]),
    ("merge-diff-rec", &["merged-rec-set"]),
    ("merge_plain_rec_attrset", &["merged-rec-set"]),
    ("merge_rec_attrset", &["merged-rec-set"]),
    ("no-flags-array", &["flags-array-attribute"]),
    ("no-flags-spaces", &["flag-with-space"]),
    ("no-uri-literals", &["url-literal"]),
    ("outdated", &["stale-lock"]),
    ("owner", &["unofficial-nixpkgs"]),
    ("parse-expected", &["syntax-error"]),
    ("parse-float-extra-dot", &["syntax-error"]),
    ("parse-inherit-extra-dot", &["syntax-error"]),
    ("parse-int-too-big", &["syntax-error"]),
    ("parse-kw-or-isnot-binary-op", &["syntax-error"]),
    ("parse-lambda-arg-extra-at", &["syntax-error"]),
    ("parse-missing-sep-formals", &["syntax-error"]),
    ("parse-operator-noassoc", &["syntax-error"]),
    ("parse-redundant-paren", &["redundant-parens"]),
    ("parse-select-extra-dot", &["syntax-error"]),
    ("parse-unexpected", &["syntax-error"]),
    ("parse-unexpected-between", &["syntax-error"]),
    ("patch-phase", &["overridden-phase"]),
    ("path-trailing-slash", &["syntax-error"]),
    ("python-explicit-check-phase", &["python-check-phase"]),
    ("python-imports-check-typo", &["python-check-typo"]),
    ("redundant_pattern_bind", &["redundant-pattern-bind"]),
    ("repeated_keys", &["repeated-keys"]),
    ("sema-constant-overridden", &["shadowed-constant"]),
    ("sema-dup-formal", &["duplicate-formal"]),
    ("sema-dup-formal-arg", &["duplicate-formal"]),
    ("sema-duplicated-attrname", &["duplicate-key"]),
    ("sema-dynamic-inherit", &["syntax-error"]),
    ("sema-empty-formal", &["syntax-error"]),
    ("sema-extra-rec", &["unneeded-rec"]),
    ("sema-extra-with", &["unused-with"]),
    ("sema-formal-extra-ellipsis", &["syntax-error"]),
    ("sema-formal-missing-comma", &["syntax-error"]),
    ("sema-misplaced-ellipsis", &["syntax-error"]),
    ("sema-primop-needs-prefix", &["undefined-name"]),
    ("sema-primop-overridden", &["shadowed-constant"]),
    ("sema-primop-unknown", &["unknown-builtin"]),
    ("sema-undefined-variable", &["undefined-name"]),
    ("sema-unused-def-lambda-noarg-formal", &["unused-formal"]),
    ("sema-unused-def-lambda-witharg-arg", &["unused-at-name"]),
    ("sema-unused-def-lambda-witharg-formal", &["unused-formal"]),
    ("sema-unused-def-let", &["unused-let"]),
    ("supported", &["end-of-life-release"]),
    ("syntax_error", &["syntax-error"]),
    ("unclear-gpl", &["ambiguous-gpl"]),
    ("undefined_name", &["undefined-name"]),
    ("unquoted_uri", &["url-literal"]),
    (
        "unused_binding",
        &["unused-let", "unused-formal", "unused-at-name"],
    ),
    ("unused_rec", &["unneeded-rec"]),
    ("unused_with", &["unused-with"]),
    ("uri_literal", &["url-literal"]),
    ("useless_has_attr", &["has-attr-or"]),
    ("useless_parens", &["redundant-parens"]),
    ("warn-used-underscore", &["used-underscore"]),
];

/// A name of another tool that no lint answers to, and why. Sorted by the name.
pub static NOT_TAKEN: &[(&str, &str)] = &[
    ("AlphabeticalArgs", ORDER),
    ("AlphabeticalBindings", ORDER),
    ("AttrPathNotFound", NEEDS_BUILD),
    ("BetaReduction", ORDER),
    ("EvalError", NEEDS_BUILD),
    ("FreeLetInFunc", ORDER),
    ("NegateAtom", ORDER),
    ("RedundantPackageFromStdenv", "it may be wanted for clarity"),
    ("UnneededAntiquote", ORDER),
    ("W09", DISLIKED),
    ("W13", RETIRED),
    ("W15", RETIRED),
    ("W16", RETIRED),
    ("deprecated_is_null", RETIRED),
    ("duplicate-check-inputs", NEEDS_EVALUATION),
    ("faster_groupby", RETIRED),
    ("faster_zipattrswith", RETIRED),
    ("lex-float-leading-zero", TOO_RARE),
    ("lex-float-no-exp", TOO_RARE),
    ("meson-cmake", NEEDS_EVALUATION),
    ("no-build-output", NEEDS_BUILD),
    (
        "python-include-tests",
        "whether tests run is decided in evaluation",
    ),
    ("python-inconsistent-interpreters", NEEDS_EVALUATION),
    (
        "sema-escaping-with",
        "any use of a `let` inside a `with` was flagged",
    ),
    (
        "sema-primop-removed-prefix",
        "it is a matter of taste, and the rewrite is wrong where the name is shadowed",
    ),
    ("stale-substitute", NEEDS_BUILD),
    ("unnecessary-parallel-building", NEEDS_EVALUATION),
    ("unquoted_splice", DISLIKED),
];

const ORDER: &str = "order and reshaping are the author's choice";
const NEEDS_BUILD: &str = "it needs a build or an evaluation";
const NEEDS_EVALUATION: &str = "a right answer needs the evaluated derivation";
const DISLIKED: &str = "statix itself removed it";
const RETIRED: &str = "its advice is tied to one version of Nix";
const TOO_RARE: &str = "such a number parses as an application, and is too rare for a lint";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once_and_in_order() {
        assert!(TAKEN.is_sorted_by(|a, b| a.0 < b.0));
        assert!(NOT_TAKEN.is_sorted_by(|a, b| a.0 < b.0));
        for (name, _) in NOT_TAKEN {
            assert!(TAKEN.iter().all(|(taken, _)| taken != name), "{name}");
        }
        for (name, lints) in TAKEN {
            assert!(!lints.is_empty() && !lints.contains(name), "{name}");
        }
    }
}
