//! Settings of one lint, declared by the lint as a type and parsed once, at start.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

/// The parsed settings of one lint.
pub type Parsed = Arc<dyn Any + Send + Sync>;

/// How a lint's table `[lints.<name>]` is read.
#[derive(Clone, Copy)]
pub struct Options {
    /// Reads the table; an empty table gives the defaults. The error is the words of the deserialiser.
    pub parse: fn(toml::Table) -> Result<Parsed, toml::de::Error>,
    /// The names of the fields with their defaults, as TOML values, for `nivis lints` and `explain`.
    pub defaults: fn() -> toml::Table,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Options")
    }
}

/// The type of a lint without options.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct None {}

impl Options {
    /// No options.
    pub const NONE: Options = Options::of::<None>();

    /// The options are the fields of `T`, which has `#[serde(default, deny_unknown_fields)]`.
    #[must_use]
    pub const fn of<T>() -> Options
    where
        T: DeserializeOwned + serde::Serialize + Default + Any + Send + Sync,
    {
        Options {
            parse: |table| Ok(Arc::new(toml::Value::Table(table).try_into::<T>()?) as Parsed),
            defaults: || toml::Table::try_from(T::default()).unwrap_or_default(),
        }
    }
}

/// The options of the lints that judge literals of the group `secrets`.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JudgeTests {
    /// Treat tests, examples and templates like real machines.
    pub tests: bool,
}

/// The options of the lints that write `inherit`.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MergeInherits {
    /// Write one `inherit` for bindings on lines next to each other.
    pub merge: bool,
}

impl Default for MergeInherits {
    fn default() -> MergeInherits {
        MergeInherits { merge: true }
    }
}

/// A setting that is a regular expression over names.
#[derive(Debug, Clone)]
pub struct NamePattern(regex::Regex);

impl NamePattern {
    /// The pattern of a text that is known to be one.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn new(pattern: &str) -> NamePattern {
        NamePattern(regex::Regex::new(pattern).expect("a lint's own default is a pattern"))
    }

    /// Whether it is found in a name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

impl serde::Serialize for NamePattern {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for NamePattern {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<NamePattern, D::Error> {
        let pattern = String::deserialize(from)?;
        regex::Regex::new(&pattern)
            .map(NamePattern)
            .map_err(serde::de::Error::custom)
    }
}
