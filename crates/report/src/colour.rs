//! Whether a stream is coloured: decided here and nowhere else.

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// As the environment and the stream say.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Whether a stream is coloured: `--color`, then `NO_COLOR` (not empty), `FORCE_COLOR` or `CLICOLOR_FORCE` (not empty,
/// not `0`), `CLICOLOR=0`, `TERM=dumb`, and at last whether that very stream is a terminal.
pub fn decide(choice: Choice, variable: impl Fn(&str) -> Option<String>, terminal: bool) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let forced = |name: &str| set(name).is_some_and(|value| value != "0");
    match choice {
        Choice::Always => true,
        Choice::Never => false,
        Choice::Auto if set("NO_COLOR").is_some() => false,
        Choice::Auto if forced("FORCE_COLOR") || forced("CLICOLOR_FORCE") => true,
        Choice::Auto if set("CLICOLOR").as_deref() == Some("0") => false,
        Choice::Auto if set("TERM").as_deref() == Some("dumb") => false,
        Choice::Auto => terminal,
    }
}

/// Whether frames are drawn in ASCII: on a terminal that is dumb, or whose locale is not UTF-8. Never in a pipe.
pub fn ascii(variable: impl Fn(&str) -> Option<String>, terminal: bool) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let locale = || {
        ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(set)
            .map(|value| value.to_ascii_lowercase())
    };
    let other = |value: String| !(value.contains("utf-8") || value.contains("utf8"));
    terminal && (set("TERM").as_deref() == Some("dumb") || locale().is_some_and(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn the_stronger_word_wins() {
        let auto = |variables: &[(&str, &str)], tty| decide(Choice::Auto, with(variables), tty);
        assert!(auto(&[], true));
        assert!(!auto(&[], false));
        assert!(!auto(&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], true));
        assert!(auto(&[("NO_COLOR", "")], true));
        assert!(auto(&[("FORCE_COLOR", "1"), ("TERM", "dumb")], false));
        assert!(auto(&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], false));
        assert!(!auto(&[("FORCE_COLOR", "0")], false));
        assert!(!auto(&[("CLICOLOR_FORCE", "0")], false));
        assert!(!auto(&[("CLICOLOR", "0")], true));
        assert!(auto(&[("CLICOLOR", "1")], true));
        assert!(!auto(&[("CLICOLOR", "1")], false));
        assert!(!auto(&[("TERM", "dumb")], true));
        assert!(decide(Choice::Always, with(&[("NO_COLOR", "1")]), false));
        assert!(!decide(Choice::Never, with(&[("FORCE_COLOR", "1")]), true));
    }

    #[test]
    fn ascii_only_on_terminals() {
        assert!(!ascii(with(&[]), true));
        assert!(ascii(with(&[("TERM", "dumb")]), true));
        assert!(!ascii(with(&[("TERM", "dumb")]), false));
        assert!(ascii(with(&[("LANG", "C")]), true));
        assert!(!ascii(with(&[("LANG", "C"), ("LC_ALL", "C.UTF-8")]), true));
    }
}
