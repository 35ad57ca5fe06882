//! Words for what is wrong with a text, and the last steps on the list of faults: order, number, fixes that help.

use std::ops::Range;

use rnix::SyntaxKind;

use crate::parse::{Fault, Limits};
use crate::text::size;

/// No more faults than this are told for one file.
const MOST: usize = 10;

/// A text longer than this gets no fixes: each is tried by parsing again.
const FIX_LEN: usize = 1 << 20;

/// The token that comes next, in words.
pub(crate) struct Words<'a> {
    /// `None` at the end of the text.
    pub kind: Option<SyntaxKind>,
    pub text: &'a str,
}

impl Words<'_> {
    /// `` `;` ``, "a string", "the end of the file".
    pub fn name(&self) -> String {
        match self.kind {
            None => "the end of the file".to_owned(),
            Some(SyntaxKind::TOKEN_STRING_START) => "a string".to_owned(),
            Some(_) if self.text.chars().count() > 40 => "this text".to_owned(),
            Some(_) => format!("`{}`", self.text),
        }
    }

    /// "this `;`", "this string", "the end of the file".
    pub fn this(&self) -> String {
        match self.kind {
            None => "the end of the file".to_owned(),
            Some(SyntaxKind::TOKEN_STRING_START) => "this string".to_owned(),
            Some(_) if self.text.chars().count() > 40 => "this text".to_owned(),
            Some(_) => format!("this `{}`", self.text),
        }
    }
}

/// An attribute path as written; its name in a sentence, if it can be shown in one. Every binding has one, hardly any
/// is ever named.
#[derive(Clone, Copy)]
pub(crate) struct PathName<'a>(pub &'a str);

impl std::fmt::Display for PathName<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.0;
        if path.is_empty() || path.len() > 60 || path.contains(['\n', '\r', '`', '"', '$']) {
            f.write_str("this attribute")
        } else {
            write!(f, "`{path}`")
        }
    }
}

/// What is wrong with a character that Nix does not know.
pub(crate) fn character(text: &str) -> String {
    let Some(c) = text.chars().next() else {
        return "unexpected text here".to_owned();
    };
    match c {
        '\u{feff}' => "a byte order mark (U+FEFF) stands here".to_owned(),
        '\u{a0}' => "a no-break space (U+00A0) stands here".to_owned(),
        '\u{c}' => "a form feed (U+000C) stands here".to_owned(),
        '\u{b}' => "a vertical tab (U+000B) stands here".to_owned(),
        '“' | '”' | '„' | '‘' | '’' => {
            format!("`{c}` quotes nothing: strings stand in `\"`")
        }
        '`' => "a backtick means nothing to Nix".to_owned(),
        '\'' => "strings stand in `\"` or `''`".to_owned(),
        '&' => "`&` is no operator: write `&&`".to_owned(),
        '|' => "`|` is no operator: write `||`".to_owned(),
        '$' => "`$` means something in strings only".to_owned(),
        c if c.is_whitespace() || c.is_control() || !is_visible(c) => {
            format!("the character U+{:04X} stands here", u32::from(c))
        }
        c => format!("`{c}` means nothing to Nix"),
    }
}

/// Whether a report may show the character as it is: no mark that turns or hides text.
fn is_visible(c: char) -> bool {
    !matches!(u32::from(c),
        0xad | 0x600..=0x605 | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
        | 0xe000..=0xf8ff | 0xfe00..=0xfe0f | 0xfff0..=0xfffd | 0xe0000.. )
}

/// Puts the faults into their order, sets those of a conflict apart, keeps the fixes that help, and counts.
pub(crate) fn settle(
    text: &str,
    mut faults: Vec<Fault>,
    conflicts: &[Range<usize>],
    limits: Limits,
    try_fixes: bool,
) -> Vec<Fault> {
    if faults.is_empty() && conflicts.is_empty() {
        return faults;
    }
    faults.retain(|fault| {
        let at = usize::from(fault.at.start());
        !conflicts
            .iter()
            .any(|region| region.start <= at && at < region.end)
    });
    for region in conflicts {
        let line = text[region.clone()]
            .lines()
            .next()
            .map_or(0, |line| line.len());
        let at = rnix::TextRange::at(size(region.start), size(line.min(7)));
        let mut fault = Fault::new(at, "unresolved merge conflict");
        let end = region.end - line_len(&text[region.clone()]);
        if end > region.start {
            fault.label = Some((
                rnix::TextRange::at(size(end), size(7.min(region.end - end))),
                "it ends here".to_owned(),
            ));
        }
        fault.help = Some("keep one of the two sides and delete the three marker lines".to_owned());
        faults.push(fault);
    }
    faults.sort_by_key(|fault| (fault.at.start(), fault.at.end()));
    // `a = b.\${c};`: what follows directly is the same fault once more.
    faults.dedup_by(|b, a| b.at.start() <= a.at.end());
    let total = faults.len();
    if try_fixes {
        for fault in &mut faults[..total.min(MOST)] {
            if let Some(fix) = &fault.fix
                && !(text.len() <= FIX_LEN && helps(text, fix, total, limits))
            {
                fault.fix = None;
            }
        }
    }
    if total > MOST {
        faults.truncate(MOST);
        if let Some(last) = faults.last_mut() {
            last.message = format!("{} (and {} more)", last.message, total - MOST);
        }
    }
    faults
}

/// The length of the last line of a region.
fn line_len(region: &str) -> usize {
    region.len() - region.rfind('\n').map_or(0, |at| at + 1)
}

/// Whether a fix leaves fewer faults than there are.
fn helps(text: &str, fix: &crate::parse::FaultFix, total: usize, limits: Limits) -> bool {
    let (start, end) = (usize::from(fix.at.start()), usize::from(fix.at.end()));
    let mut fixed = String::with_capacity(text.len() + fix.text.len());
    fixed.push_str(&text[..start]);
    fixed.push_str(&fix.text);
    fixed.push_str(&text[end..]);
    crate::parse::count(&fixed, limits) < total
}
