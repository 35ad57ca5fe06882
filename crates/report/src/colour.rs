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

/// Whether names of lints are links: `FORCE_HYPERLINK` (`0` or not), else on a coloured terminal that is known to understand
/// them. Others would show the address, or nothing at all.
pub fn links(variable: impl Fn(&str) -> Option<String>, coloured_terminal: bool) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(forced) = set("FORCE_HYPERLINK") {
        return forced != "0";
    }
    let program = set("TERM_PROGRAM").unwrap_or_default();
    let terminal = set("TERM").unwrap_or_default();
    // VTE knows them since 0.50, which it calls 5000.
    let vte = set("VTE_VERSION").and_then(|it| it.parse::<u32>().ok());
    coloured_terminal
        && (matches!(
            &*program,
            "iTerm.app" | "WezTerm" | "vscode" | "Hyper" | "ghostty" | "Tabby"
        ) || matches!(
            &*terminal,
            "xterm-kitty" | "xterm-ghostty" | "alacritty" | "foot" | "foot-extra"
        ) || vte.is_some_and(|version| version >= 5000))
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
    fn links_where_they_are_understood() {
        let on = |variables: &[(&str, &str)]| links(with(variables), true);
        assert!(!on(&[]) && !on(&[("TERM", "xterm-256color")]));
        assert!(on(&[("TERM", "xterm-kitty")]) && on(&[("TERM_PROGRAM", "WezTerm")]));
        assert!(on(&[("VTE_VERSION", "6003")]) && !on(&[("VTE_VERSION", "4600")]));
        assert!(!on(&[("TERM", "xterm-kitty"), ("FORCE_HYPERLINK", "0")]));
        assert!(!links(with(&[("TERM", "xterm-kitty")]), false));
        assert!(links(with(&[("FORCE_HYPERLINK", "1")]), false));
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
