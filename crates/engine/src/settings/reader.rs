//! From what `nivis.toml` says to what holds: names, levels, options, globs, bounds; every error has its place.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use ::options::Class;
use globset::{GlobBuilder, GlobSetBuilder};
use lint_api::{Level, options};
use toml::Spanned;

use super::{CLASSES, Foreign, Globs, Override, Settings, no_level};
use crate::Error;
use crate::config::{self, ByName, Config, ConfigText, OptionsTable};
use crate::names::{Named, did_you_mean};

/// Takes a file into settings that hold the defaults.
///
/// # Errors
/// When a name, a level, an option, a pattern or a bound is wrong.
pub(super) fn take(
    file: &ConfigText,
    config: &Config,
    settings: &mut Settings,
) -> Result<(), Error> {
    Reader { file, settings }.take(config)
}

/// The options of a lint by its index, unread, with the place of their table.
type Written<'t> = (usize, &'t OptionsTable, Range<usize>);

struct Reader<'a> {
    file: &'a ConfigText,
    settings: &'a mut Settings,
}

impl Reader<'_> {
    fn take(&mut self, config: &Config) -> Result<(), Error> {
        if let Some(baseline) = &config.baseline {
            let path = baseline.get_ref();
            let inside = !path.is_empty()
                && !path.starts_with('/')
                && !path.contains('\0')
                && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
            if !inside {
                return Err(self.error(baseline.span(), "`baseline` must be a path below the root"));
            }
            self.settings.baseline_path = Some(path.clone());
        }
        self.settings.exclude = self.globs(&config.exclude)?;
        if let Some(pragmas) = &config.foreign_pragmas {
            self.settings.foreign = self.foreign(pragmas)?;
        }
        self.limits(&config.limits)?;
        self.repository(&config.repository)?;
        self.sources(&config.options)?;

        for (lint, level) in self.levels(&config.levels)? {
            self.settings.base[lint].level = level;
        }
        for (lint, table, at) in self.options(&config.lints)? {
            let parsed = self.parse(lint, table, &at, &toml::Table::new())?;
            let set = &mut self.settings.base[lint];
            set.parsed = parsed;
            set.options = plain(table);
        }

        let mut globs = GlobSetBuilder::new();
        for (index, entry) in config.overrides.iter().enumerate() {
            if entry.paths.get_ref().is_empty() {
                return Err(self.error(entry.paths.span(), "`paths` is empty"));
            }
            for pattern in entry.paths.get_ref() {
                globs.add(self.glob(pattern)?);
                self.settings.override_of.push(index);
            }
            let mut options = Vec::new();
            for (lint, table, at) in self.options(&entry.lints)? {
                let base = self.settings.base[lint].options.clone();
                self.parse(lint, table, &at, &base)?;
                options.push((lint, plain(table)));
            }
            let levels = self.levels(&entry.levels)?;
            self.settings.overrides.push(Override { levels, options });
        }
        self.settings.override_globs = globs
            .build()
            .map_err(|error| self.error(0..0, error.kind().to_string()))?;
        Ok(())
    }

    /// Where the trees lie that declare options.
    fn sources(&mut self, table: &config::SourcesTable) -> Result<(), Error> {
        let trees = self.by_class(&table.sources)?;
        let json = self.by_class(&table.json)?;
        let clones = table.clones.iter().map(|path| self.place(path));
        let clones = clones.collect::<Result<_, Error>>()?;
        let store = table.store.as_ref().map(|path| self.place(path));
        let store = store.transpose()?;
        let options = &mut self.settings.options;
        (options.trees, options.json) = (trees, json);
        (options.clones, options.store) = (clones, store);
        Ok(())
    }

    /// Paths of the disk by the class that they are for.
    fn by_class(
        &self,
        table: &BTreeMap<Spanned<String>, Spanned<String>>,
    ) -> Result<Vec<(Class, PathBuf)>, Error> {
        let classes = [Class::Nixos, Class::Home, Class::Darwin];
        let words = classes.map(crate::pins::class_word);
        let mut paths = Vec::new();
        for (word, path) in table {
            let class = classes
                .into_iter()
                .find(|class| crate::pins::class_word(*class) == word.get_ref());
            let class = class.ok_or_else(|| {
                let known = config::list(words.into_iter());
                let near = did_you_mean(word.get_ref(), words);
                let message = format!(
                    "`{}` has no options, these have: {known}{near}",
                    word.get_ref()
                );
                self.error(word.span(), message)
            })?;
            paths.push((class, self.place(path)?));
        }
        paths.sort();
        Ok(paths)
    }

    /// A path of the disk.
    fn place(&self, path: &Spanned<String>) -> Result<PathBuf, Error> {
        if path.get_ref().is_empty() || path.get_ref().contains('\0') {
            return Err(self.error(path.span(), "this is no path"));
        }
        Ok(PathBuf::from(path.get_ref()))
    }

    fn error(&self, at: Range<usize>, message: impl Into<String>) -> Error {
        self.file.error(&at, message)
    }

    /// Levels by index of lint: those of groups first, so that a lint beats its group.
    fn levels(&mut self, table: &ByName<String>) -> Result<Vec<(usize, Level)>, Error> {
        let mut groups = Vec::new();
        let mut lints: Vec<(usize, Level)> = Vec::new();
        let mut seen: BTreeMap<usize, (u32, u32)> = BTreeMap::new();
        for (name, word) in in_order(table) {
            let named = self.resolve(name, true)?;
            let level = Level::parse(word.get_ref())
                .ok_or_else(|| self.error(word.span(), no_level(word.get_ref())))?;
            self.settings.ask(&named);
            let covered = self.settings.names.covered(&named);
            if matches!(named, Named::Group(_)) {
                groups.extend(covered.into_iter().map(|lint| (lint, level)));
                continue;
            }
            for lint in covered {
                self.once(&mut seen, lint, name)?;
                lints.push((lint, level));
            }
        }
        groups.extend(lints);
        Ok(groups)
    }

    /// Options by index of lint, unread, with the place of the table.
    fn options<'t>(&mut self, table: &'t ByName<OptionsTable>) -> Result<Vec<Written<'t>>, Error> {
        let mut found = Vec::new();
        let mut seen: BTreeMap<usize, (u32, u32)> = BTreeMap::new();
        for (name, options) in in_order(table) {
            let named = self.resolve(name, false)?;
            let covered = self.settings.names.covered(&named);
            if let [_, _, ..] = covered.as_slice() {
                let names = self.settings.names.lints();
                let own = covered.iter().map(|lint| names[*lint].name);
                return Err(self.error(
                    name.span(),
                    format!(
                        "`{}` stands for several lints, name one of {}",
                        name.get_ref(),
                        config::list(own)
                    ),
                ));
            }
            for lint in covered {
                self.once(&mut seen, lint, name)?;
                found.push((lint, options.get_ref(), options.span()));
            }
        }
        Ok(found)
    }

    /// Reads the options of one lint by the lint's own type, over a table that was read before.
    fn parse(
        &self,
        lint: usize,
        table: &OptionsTable,
        at: &Range<usize>,
        base: &toml::Table,
    ) -> Result<options::Parsed, Error> {
        let lint = self.settings.names.lints()[lint];
        let parse = |more: toml::Table| {
            let mut all = base.clone();
            all.extend(more);
            (lint.options.parse)(all)
        };
        let error = match parse(plain(table)) {
            Ok(parsed) => return Ok(parsed),
            Err(error) => error,
        };
        // The lint's type saw no places; the first key that is wrong when it stands alone is the one.
        for (key, value) in in_order(table) {
            let alone = toml::Table::from_iter([(key.get_ref().clone(), value.get_ref().clone())]);
            let Err(error) = parse(alone) else { continue };
            let unknown = !(lint.options.defaults)().contains_key(key.get_ref());
            let words = config::words(error.message(), || Some(key.get_ref().clone()));
            if unknown {
                let known = (lint.options.defaults)();
                let known: Vec<&str> = known.keys().map(String::as_str).collect();
                let offer = match known.as_slice() {
                    [] => "; it has none".to_owned(),
                    known => {
                        let near = did_you_mean(key.get_ref(), known.iter().copied());
                        if near.is_empty() {
                            format!("; it has {}", config::list(known.iter().copied()))
                        } else {
                            near
                        }
                    }
                };
                return Err(self.error(
                    key.span(),
                    format!("`{}` is no option of `{}`{offer}", key.get_ref(), lint.name),
                ));
            }
            return Err(self.error(value.span(), words));
        }
        Err(self.error(at.clone(), config::words(error.message(), || None)))
    }

    fn resolve(&mut self, name: &Spanned<String>, groups: bool) -> Result<Named, Error> {
        let word = name.get_ref();
        let named = self.settings.names.resolve(word);
        if !groups && matches!(named, Some(Named::Group(_))) {
            return Err(self.error(
                name.span(),
                format!("`{word}` is a group; only a lint has options"),
            ));
        }
        let Some(named) = named else {
            let what = if groups { "lint or group" } else { "lint" };
            return Err(self.error(
                name.span(),
                format!(
                    "no {what} is called `{word}`{}",
                    self.settings.names.did_you_mean(word, groups)
                ),
            ));
        };
        self.settings.note(word, &named);
        Ok(named)
    }

    /// Two settings for one lint, also by an alias, are an error.
    fn once(
        &self,
        seen: &mut BTreeMap<usize, (u32, u32)>,
        lint: usize,
        name: &Spanned<String>,
    ) -> Result<(), Error> {
        let place = self.file.place(&name.span());
        match seen.insert(lint, place) {
            None => Ok(()),
            Some((line, _)) => Err(self.error(
                name.span(),
                format!(
                    "`{}` is set twice: also on line {line}",
                    self.settings.names.lints()[lint].name
                ),
            )),
        }
    }

    fn globs(&self, patterns: &[Spanned<String>]) -> Result<Globs, Error> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            set.add(self.glob(pattern)?);
        }
        Ok(Globs {
            patterns: patterns.iter().map(|it| it.get_ref().clone()).collect(),
            set: set
                .build()
                .map_err(|error| self.error(0..0, error.kind().to_string()))?,
        })
    }

    /// A pattern from the root; a trailing `/` means the whole folder.
    fn glob(&self, pattern: &Spanned<String>) -> Result<globset::Glob, Error> {
        let written = pattern.get_ref();
        let wrong = |what: &str| Err(self.error(pattern.span(), what));
        if written.is_empty() {
            return wrong("an empty pattern matches nothing");
        }
        if written.starts_with('/') {
            return wrong("a pattern begins at the root of the repository, without `/`");
        }
        if written.split('/').any(|part| part == "..") {
            return wrong("a pattern cannot leave the repository: it holds `..`");
        }
        let mut text = written.strip_prefix("./").unwrap_or(written).to_owned();
        if text.ends_with('/') {
            text.push_str("**");
        }
        GlobBuilder::new(&text)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| {
                self.error(
                    pattern.span(),
                    format!("this is no pattern: {}", error.kind()),
                )
            })
    }

    fn foreign(&self, pragmas: &[Spanned<String>]) -> Result<Foreign, Error> {
        let mut foreign = Foreign {
            deadnix: false,
            gitleaks: false,
        };
        for pragma in pragmas {
            match pragma.get_ref().as_str() {
                "deadnix" => foreign.deadnix = true,
                "gitleaks" => foreign.gitleaks = true,
                word => {
                    return Err(self.error(
                        pragma.span(),
                        format!(
                            "`{word}` is no tool whose comments are known, these are `deadnix`, `gitleaks`{}",
                            did_you_mean(word, ["deadnix", "gitleaks"])
                        ),
                    ));
                }
            }
        }
        Ok(foreign)
    }

    fn limits(&mut self, table: &config::LimitsTable) -> Result<(), Error> {
        if let Some(written) = &table.file_size {
            let bytes = config::bytes(written.get_ref()).ok_or_else(|| {
                self.error(
                    written.span(),
                    "`file-size` must be a number with `B`, `KiB`, `MiB` or `GiB`, such as `16 MiB`",
                )
            })?;
            if bytes > 256 << 20 {
                return Err(self.error(written.span(), "`file-size` cannot be above `256 MiB`"));
            }
            self.settings.disk.file_size = bytes;
        }
        if let Some(depth) = self.bound(table.depth.as_ref(), "depth", 500)? {
            self.settings.limits.depth = u32::try_from(depth).unwrap_or(500);
        }
        if let Some(run) = self.bound(table.run.as_ref(), "run", 10_000)? {
            self.settings.limits.run = u32::try_from(run).unwrap_or(10_000);
        }
        if let Some(files) = self.bound(table.files.as_ref(), "files", 10_000_000)? {
            self.settings.disk.files = usize::try_from(files).unwrap_or(10_000_000);
        }
        let findings = self.bound(
            table.findings_per_lint.as_ref(),
            "findings-per-lint",
            1_000_000,
        )?;
        if let Some(findings) = findings {
            self.settings.bounds.findings_per_lint = usize::try_from(findings).unwrap_or(1_000_000);
        }
        Ok(())
    }

    fn bound(
        &self,
        written: Option<&Spanned<u64>>,
        name: &str,
        ceiling: u64,
    ) -> Result<Option<u64>, Error> {
        let Some(written) = written else {
            return Ok(None);
        };
        let value = *written.get_ref();
        if value == 0 {
            return Err(self.error(written.span(), format!("`{name}` must be at least 1")));
        }
        if value > ceiling {
            return Err(self.error(
                written.span(),
                format!("`{name}` cannot be above {ceiling}"),
            ));
        }
        Ok(Some(value))
    }

    fn repository(&mut self, table: &config::RepositoryTable) -> Result<(), Error> {
        if let Some(release) = &table.release {
            let word = release.get_ref();
            let numbers = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            if !word
                .split_once('.')
                .is_some_and(|(year, month)| numbers(year) && numbers(month))
            {
                return Err(self.error(
                    release.span(),
                    "`release` must be a release of nixpkgs, such as `25.11`",
                ));
            }
            self.settings.repository.release = Some(word.clone());
        }
        self.settings.repository.entries = self.globs(&table.entries)?;
        self.settings.repository.loaders = self.globs(&table.loaders)?;
        for (pattern, class) in in_order(&table.class) {
            let word = class.get_ref();
            if !CLASSES.contains(&word.as_str()) {
                return Err(self.error(
                    class.span(),
                    format!(
                        "`{word}` is no module class, these are {}{}",
                        config::list(CLASSES.into_iter()),
                        did_you_mean(word, CLASSES)
                    ),
                ));
            }
            let globs = self.globs(std::slice::from_ref(pattern))?;
            self.settings.repository.class.push((globs, word.clone()));
        }
        Ok(())
    }
}

/// The entries of a table in the order of the file.
fn in_order<V>(
    table: &BTreeMap<Spanned<String>, V>,
) -> impl Iterator<Item = (&Spanned<String>, &V)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries.into_iter()
}

/// A table without places.
fn plain(table: &OptionsTable) -> toml::Table {
    table
        .iter()
        .map(|(key, value)| (key.get_ref().clone(), value.get_ref().clone()))
        .collect()
}
