//! The functions of `builtins`, `lib` and `lib.types` that are modelled: one row each.
//!
//! Goal: the names that option declarations use. Every function answers with a superset where an argument is not
//! known: what may be filtered out stays, a condition that is not known includes. Limits: strings lose their context;
//! a name that is not here is unknown, and counted.

mod control;
mod lists;
mod options;
mod sets;
mod strings;
mod types;
mod world;

use std::rc::Rc;

use crate::eval::Eval;
use crate::expr::Name;
use crate::value::{Attr, Attrs, List, Thunk, Value};

pub(crate) use options::mk_package_option;
pub(crate) use sets::segments;
pub(crate) use types::{NUMBERS, type_constant};

/// A modelled function: gets as many arguments as its row says.
type Native = fn(&mut Eval<'_>, &[Thunk]) -> Value;

/// Name, number of arguments, function.
pub(crate) static PRIMS: &[(&str, u8, Native)] = &[
    // options
    ("mkOption", 1, options::mk_option),
    ("mkEnableOption", 1, options::mk_enable_option),
    ("mkPackageOption", 3, options::mk_package_option),
    ("mkPackageOptionMD", 3, options::mk_package_option),
    ("mkSinkUndeclaredOptions", 1, options::mk_sink),
    ("literalExpression", 1, options::text),
    ("literalMD", 1, options::text),
    ("literalExample", 1, options::text),
    ("literalDocBook", 1, options::text),
    ("mdDoc", 1, control::id),
    ("isOption", 1, options::is_option),
    ("mkRenamedOptionModule", 2, options::renamed),
    ("mkRenamedOptionModuleWith", 1, options::renamed_with),
    ("mkRemovedOptionModule", 2, options::removed),
    ("mkChangedOptionModule", 3, options::changed),
    ("mkMergedOptionModule", 3, options::merged),
    ("mkAliasOptionModule", 2, options::alias),
    ("mkAliasOptionModuleMD", 2, options::alias),
    ("doRename", 1, options::do_rename),
    ("mkIf", 2, options::mk_if),
    ("mkMerge", 1, options::mk_merge),
    ("mkOverride", 2, options::mk_content_2),
    ("mkOrder", 2, options::mk_content_2),
    ("mkDefault", 1, options::mk_content_1),
    ("mkForce", 1, options::mk_content_1),
    ("mkVMOverride", 1, options::mk_content_1),
    ("mkImageMediaOverride", 1, options::mk_content_1),
    ("mkOptionDefault", 1, options::mk_content_1),
    ("mkBefore", 1, options::mk_content_1),
    ("mkAfter", 1, options::mk_content_1),
    ("mkOptionType", 1, types::option_type),
    ("setDefaultModuleLocation", 2, control::second),
    ("importApply", 2, world::import_apply),
    ("formats", 2, types::formats),
    ("types.json", 1, types::formats_value),
    ("getSubOptions", 2, types::sub_options),
    // types
    ("types.strMatching", 1, types::str_matching),
    ("types.separatedString", 1, types::separated),
    ("types.passwdEntry", 1, control::id),
    ("types.pathWith", 1, types::path_with),
    ("types.enum", 1, types::enumeration),
    ("types.nullOr", 1, types::null_or),
    ("types.either", 2, types::either),
    ("types.oneOf", 1, types::one_of),
    ("types.coercedTo", 3, types::coerced_to),
    ("types.listOf", 1, types::list_of),
    ("types.nonEmptyListOf", 1, types::non_empty_list_of),
    ("types.attrsOf", 1, types::attrs_of),
    ("types.lazyAttrsOf", 1, types::attrs_of),
    ("types.attrsWith", 1, types::attrs_with),
    ("types.loaOf", 1, types::loa_of),
    ("types.attrListOf", 1, types::attr_list_of),
    ("types.attrTag", 1, types::attr_tag),
    ("types.functionTo", 1, types::function_to),
    ("types.uniq", 1, control::id),
    ("types.unique", 2, control::second),
    ("types.addCheck", 2, types::add_check),
    ("types.submodule", 1, types::submodule),
    ("types.submoduleWith", 1, types::submodule_with),
    ("types.deferredModuleWith", 1, types::deferred_module),
    ("types.serializableValueWith", 1, types::serializable),
    ("types.mkOptionType", 1, types::option_type),
    ("types.ints.between", 2, types::between),
    ("types.numbers.between", 2, types::number_between),
    // lists
    ("map", 2, lists::map),
    ("forEach", 2, lists::for_each),
    ("imap0", 2, lists::imap0),
    ("imap1", 2, lists::imap1),
    ("filter", 2, lists::filter),
    ("remove", 2, lists::remove),
    ("subtractLists", 2, lists::subtract),
    ("intersectLists", 2, lists::intersect),
    ("concatMap", 2, lists::concat_map),
    ("concatLists", 1, lists::concat_lists),
    ("concat", 2, lists::concat),
    ("flatten", 1, lists::flatten),
    ("unique", 1, lists::unique),
    ("uniqueStrings", 1, lists::unique),
    ("naturalSort", 1, lists::shuffled),
    ("sort", 2, lists::shuffled_second),
    ("sortOn", 2, lists::shuffled_second),
    ("reverseList", 1, lists::reverse),
    ("toList", 1, lists::to_list),
    ("singleton", 1, lists::singleton),
    ("head", 1, lists::head),
    ("last", 1, lists::last),
    ("tail", 1, lists::tail),
    ("init", 1, lists::init),
    ("take", 2, lists::take),
    ("drop", 2, lists::drop),
    ("sublist", 3, lists::sublist),
    ("elemAt", 2, lists::elem_at),
    ("length", 1, lists::length),
    ("elem", 2, lists::elem),
    ("any", 2, lists::any),
    ("all", 2, lists::all),
    ("findFirst", 3, lists::find_first),
    ("range", 2, lists::range),
    ("genList", 2, lists::gen_list),
    ("replicate", 2, lists::replicate),
    ("partition", 2, lists::partition),
    ("catAttrs", 2, lists::cat_attrs),
    ("zipListsWith", 3, lists::zip_lists_with),
    ("zipLists", 2, lists::zip_lists),
    ("foldl", 3, lists::foldl),
    ("foldl'", 3, lists::foldl),
    ("foldr", 3, lists::foldr),
    ("fold", 3, lists::foldr),
    ("count", 2, lists::count),
    ("optional", 2, lists::optional),
    ("optionals", 2, lists::optionals),
    // sets
    ("mapAttrs", 2, sets::map_attrs),
    ("mapAttrs'", 2, sets::map_attrs_renamed),
    ("mapAttrsToList", 2, sets::map_attrs_to_list),
    ("attrsToList", 1, sets::attrs_to_list),
    ("concatMapAttrs", 2, sets::concat_map_attrs),
    ("filterAttrs", 2, sets::filter_attrs),
    ("filterAttrsRecursive", 2, control::second),
    ("genAttrs", 2, sets::gen_attrs),
    ("genAttrs'", 2, sets::gen_attrs_renamed),
    ("listToAttrs", 1, sets::list_to_attrs),
    ("nameValuePair", 2, sets::name_value_pair),
    ("attrNames", 1, sets::attr_names),
    ("attrValues", 1, sets::attr_values),
    ("attrVals", 2, sets::attr_vals),
    ("getAttr", 2, sets::get_attr),
    ("hasAttr", 2, sets::has_attr),
    ("getAttrs", 2, sets::get_attrs),
    ("removeAttrs", 2, sets::remove_attrs),
    ("intersectAttrs", 2, sets::intersect_attrs),
    ("recursiveUpdate", 2, sets::recursive_update),
    ("mergeAttrs", 2, sets::merge_attrs),
    ("unionOfDisjoint", 2, sets::merge_attrs),
    ("overrideExisting", 2, sets::override_existing),
    ("zipAttrs", 1, sets::zip_attrs),
    ("mergeAttrsList", 1, sets::merge_attrs_list),
    ("foldlAttrs", 3, sets::foldl_attrs),
    ("foldAttrs", 3, sets::unknown_set),
    ("zipAttrsWith", 2, sets::zip_attrs_with),
    ("cartesianProduct", 1, sets::unknown_list),
    ("setAttrByPath", 2, sets::set_attr_by_path),
    ("getAttrFromPath", 2, sets::get_attr_from_path),
    ("attrByPath", 3, sets::attr_by_path),
    ("hasAttrByPath", 2, sets::has_attr_by_path),
    ("optionalAttrs", 2, sets::optional_attrs),
    // strings
    ("concatStrings", 1, strings::concat_strings),
    ("concatStringsSep", 2, strings::concat_strings_sep),
    ("join", 2, strings::concat_strings_sep),
    ("concatMapStrings", 2, strings::concat_map_strings),
    ("concatMapStringsSep", 3, strings::concat_map_strings_sep),
    ("concatImapStringsSep", 3, strings::any_text),
    ("concatMapAttrsStringSep", 3, strings::any_text),
    ("splitString", 2, strings::split_string),
    ("stringToCharacters", 1, strings::characters),
    ("split", 2, strings::split),
    ("match", 2, strings::unknown),
    ("substring", 3, strings::substring),
    ("stringLength", 1, strings::length),
    ("toLower", 1, strings::to_lower),
    ("toUpper", 1, strings::to_upper),
    ("toSentenceCase", 1, strings::to_sentence_case),
    ("hasPrefix", 2, strings::has_prefix),
    ("hasSuffix", 2, strings::has_suffix),
    ("hasInfix", 2, strings::has_infix),
    ("removePrefix", 2, strings::remove_prefix),
    ("removeSuffix", 2, strings::remove_suffix),
    ("replaceStrings", 3, strings::replace),
    ("replaceChars", 3, strings::replace),
    ("escapeShellArg", 1, strings::any_text),
    ("escapeShellArgs", 1, strings::any_text),
    ("escape", 2, strings::any_text),
    ("escapeNixIdentifier", 1, strings::any_text),
    ("escapeNixString", 1, strings::any_text),
    ("optionalString", 2, strings::optional_string),
    ("toString", 1, strings::to_string),
    ("boolToString", 1, strings::any_text),
    ("boolToYesNo", 1, strings::any_text),
    ("baseNameOf", 1, strings::base_name),
    ("dirOf", 1, strings::dir_of),
    ("versionAtLeast", 2, strings::version_at_least),
    ("versionOlder", 2, strings::version_older),
    ("versions.majorMinor", 1, strings::any_text),
    ("showOption", 1, strings::show_option),
    ("showFiles", 1, strings::any_text),
    ("toJSON", 1, strings::any_text),
    ("toXML", 1, strings::any_text),
    ("getExe", 1, strings::any_text),
    ("getExe'", 2, strings::any_text),
    ("makeBinPath", 1, strings::any_text),
    ("makeLibraryPath", 1, strings::any_text),
    ("makeSearchPath", 2, strings::any_text),
    ("getName", 1, strings::any_text),
    ("getVersion", 1, strings::any_text),
    ("trim", 1, strings::trim),
    ("fixedWidthString", 3, strings::any_text),
    ("fixedWidthNumber", 2, strings::any_text),
    ("hashString", 2, strings::any_text),
    ("unsafeDiscardStringContext", 1, control::id),
    ("unsafeDiscardOutputDependency", 1, control::id),
    ("concatLines", 1, strings::concat_lines),
    ("compareVersions", 2, strings::compare_versions),
    ("splitVersion", 1, strings::split_version),
    ("stringAsChars", 2, strings::any_text),
    ("concatImapStrings", 2, strings::any_text),
    ("toInt", 1, strings::to_int),
    ("add", 2, strings::add),
    // functions and control
    ("id", 1, control::id),
    ("const", 2, control::first),
    ("flip", 3, control::flip),
    ("pipe", 2, control::pipe),
    ("fix", 1, control::fix),
    ("makeExtensible", 1, control::fix),
    ("extend", 1, control::extend),
    ("mapNullable", 2, control::map_nullable),
    ("defaultTo", 2, control::default_to),
    ("setFunctionArgs", 2, control::first),
    ("makeOverridable", 1, control::id),
    ("toFunction", 1, control::to_function),
    ("lowPrio", 1, control::id),
    ("hiPrio", 1, control::id),
    ("dontDistribute", 1, control::id),
    ("throw", 1, control::never),
    ("abort", 1, control::never),
    ("throwIf", 3, control::third),
    ("throwIfNot", 3, control::third),
    ("warn", 2, control::second),
    ("warnIf", 3, control::third),
    ("warnIfNot", 3, control::third),
    ("trace", 2, control::second),
    ("traceVal", 1, control::id),
    ("traceValSeq", 1, control::id),
    ("seq", 2, control::second),
    ("deepSeq", 2, control::second),
    ("addErrorContext", 2, control::second),
    ("showWarnings", 2, control::second),
    ("isString", 1, control::is_string),
    ("isList", 1, control::is_list),
    ("isAttrs", 1, control::is_attrs),
    ("isFunction", 1, control::is_function),
    ("isNull", 1, control::is_null),
    ("isPath", 1, control::is_path),
    ("isInt", 1, control::is_int),
    ("isBool", 1, control::is_bool),
    ("isFloat", 1, control::is_float),
    ("isType", 2, control::is_type),
    ("typeOf", 1, control::type_of),
    ("tryEval", 1, control::try_eval),
    // files
    ("import", 1, world::import),
    ("scopedImport", 2, world::scoped_import),
    ("readDir", 1, world::read_dir),
    ("pathExists", 1, world::path_exists),
    ("pathIsDirectory", 1, world::path_is_directory),
    ("append", 2, world::append),
    ("readFile", 1, world::read_file),
    ("fileContents", 1, world::read_file),
    ("importJSON", 1, world::import_json),
    ("fromJSON", 1, world::from_json),
    ("listFilesRecursive", 1, world::list_files_recursive),
];

impl Eval<'_> {
    pub fn list(&mut self, thunk: Thunk) -> Rc<List> {
        let value = self.force(thunk);
        self.as_list(&value)
    }

    /// The set that a value is; without any name and open if it is not known.
    pub fn known_set(&mut self, thunk: Thunk) -> Rc<Attrs> {
        match self.force(thunk) {
            Value::Attrs(set) => set,
            _ => Rc::new(Attrs::empty(true)),
        }
    }

    pub fn known_str(&mut self, thunk: Thunk) -> Option<Rc<str>> {
        match self.force(thunk) {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    pub fn known_int(&mut self, thunk: Thunk) -> Option<i64> {
        match self.force(thunk) {
            Value::Int(it) => Some(it),
            _ => None,
        }
    }

    pub fn known_bool(&mut self, thunk: Thunk) -> Option<bool> {
        match self.force(thunk) {
            Value::Bool(it) => Some(it),
            _ => None,
        }
    }

    /// What a predicate says of arguments.
    pub fn holds(&mut self, predicate: &Value, arguments: &[Thunk]) -> Option<bool> {
        match self.call(predicate, arguments) {
            Value::Bool(it) => Some(it),
            _ => None,
        }
    }

    pub fn bool_or_unknown(&mut self, it: Option<bool>) -> Value {
        match it {
            Some(it) => Value::Bool(it),
            None => self.unknown("a condition that is not known"),
        }
    }

    /// A name as a string.
    pub fn name_value(&mut self, name: Name) -> Thunk {
        let value = if name == Name::ANY {
            Value::StrAny
        } else {
            Value::Str(self.text(name).clone())
        };
        self.done(value)
    }

    /// The attributes of a set in the order of their names.
    pub fn ordered(&self, set: &Attrs) -> Vec<(Name, Attr)> {
        let mut entries = set.entries.clone();
        entries.sort_by(|(a, _), (b, _)| self.text(*a).cmp(self.text(*b)));
        entries
    }

    /// Counts what is made.
    pub fn make_list(&mut self, items: Vec<Thunk>, like: &List) -> Value {
        self.charge(items.len());
        Value::List(Rc::new(List {
            items,
            open: like.open,
            loose: like.loose,
        }))
    }
}
