//! Format `full`, for people: frames with source text, drawn by codespan-reporting, which only this file knows.
//!
//! Codespan never sees a file. Per finding it gets a small *view*: the lines that the frame needs, masked, sanitised and
//! cut, joined to a text of their own, with a table that leads back to the real lines and columns.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

use codespan_reporting::diagnostic::{Diagnostic, Label, LabelStyle, Severity};
use codespan_reporting::files::{Error, Files, Location};
use codespan_reporting::term::termcolor::{Ansi, Color, ColorSpec, NoColor, WriteColor};
use codespan_reporting::term::{self, Chars, Config, DisplayStyle, Styles, WriteStyle};
use lint_api::report::Settled;
use lint_api::{Level, Lint, Report, Safety};
use repo::{FileId, Span};
use syntax::TextSize;

use crate::masks::{Line, masked_line};
use crate::{Shown, Sources, Style, sanitise, shown};

/// Lines are cut to so many characters.
const WIDTH: usize = 240;
/// A finding shows at most so many files …
const FILES: usize = 5;
/// … and places, the primary one included.
const PLACES: usize = 8;
/// Of a range of more lines than this, the first [`HEAD`] and the last are shown.
const WHOLE: u32 = 6;
const HEAD: u32 = 3;

/// Prints the active findings.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let page = |lint: &Lint| if style.links { lint.url() } else { None };
    if style.colour {
        print_to(report, style, page, Ansi::new(out))
    } else {
        print_to(report, style, page, NoColor::new(out))
    }
}

fn print_to(
    report: &Report,
    style: &Style,
    page: impl Fn(&Lint) -> Option<String>,
    out: impl WriteColor,
) -> io::Result<()> {
    let sources = Sources::of(report);
    let mut painter = Painter {
        out,
        styles: styles(),
        bullet: Bullet::None,
        link: None,
    };
    for settled in shown(report, style) {
        let lint = settled.finding.lint;
        painter.link = page(lint).map(|url| (lint.name, url));
        let (views, diagnostic, long) = frame(settled, &sources, style);
        let recalled = sources
            .get(settled.finding.at.file)
            .source
            .recalled
            .is_some();
        let config = Config {
            // A report that was read back has no text to draw a frame around.
            display_style: if recalled {
                DisplayStyle::Medium
            } else {
                DisplayStyle::Rich
            },
            chars: if style.ascii {
                Chars::ascii()
            } else {
                Chars::box_drawing()
            },
            start_context_lines: if long {
                HEAD as usize - 1
            } else {
                WHOLE as usize
            },
            end_context_lines: 0,
            ..Config::default()
        };
        match term::emit_to_write_style(&mut painter, &config, &views, &diagnostic) {
            Ok(()) => {}
            Err(Error::Io(error)) => return Err(error),
            Err(other) => return Err(io::Error::other(other.to_string())),
        }
    }
    Ok(())
}

/// One finding as codespan takes it, and whether a range of it is shown in part only.
fn frame(
    settled: &Settled,
    sources: &Sources<'_>,
    style: &Style,
) -> (Views, Diagnostic<usize>, bool) {
    let finding = &settled.finding;
    let mut places: Vec<(Span, &str)> = vec![(finding.at, "")];
    let mut files: Vec<FileId> = vec![finding.at.file];
    for label in &finding.labels {
        let known = files.contains(&label.at.file);
        if places.len() == PLACES || (!known && files.len() == FILES) {
            continue;
        }
        if !known {
            files.push(label.at.file);
        }
        places.push((label.at, &label.message));
    }
    let left_out = finding.labels.len() + 1 - places.len();

    let mut views = Views(Vec::new());
    let mut labels: Vec<(usize, Label<usize>)> = Vec::new();
    let mut long = false;
    let mut notes = Vec::new();
    let own = sources.get(finding.at.file);
    if own.source.recalled.is_some() {
        for (at, message) in places.drain(1..) {
            let file = sources.get(at.file);
            let place = file.places.position(at.range.start());
            notes.push(format!(
                "{}:{}:{}: {}",
                sanitise::bytes(file.source.path.bytes()),
                place.line,
                place.column,
                sanitise::text(message)
            ));
        }
        views.0.push(View::without_text(own, finding.at));
        labels.push((0, Label::primary(0, 0..0)));
        files.clear();
    }
    for (id, file) in files.iter().enumerate() {
        let of_file: Vec<(usize, (Span, &str))> = places
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, (at, _))| at.file == *file)
            .collect();
        let spans: Vec<Span> = of_file.iter().map(|(_, (at, _))| *at).collect();
        let (view, ranges, cut) = View::of(sources.get(*file), &spans);
        views.0.push(view);
        long |= cut;
        for ((index, (_, message)), range) in of_file.into_iter().zip(ranges) {
            let style = if index == 0 {
                LabelStyle::Primary
            } else {
                LabelStyle::Secondary
            };
            labels.push((
                index,
                Label::new(style, id, range).with_message(sanitise::text(message)),
            ));
        }
    }
    labels.sort_by_key(|(index, _)| *index);

    if style.notes {
        notes.extend(finding.notes.iter().map(|note| sanitise::text(note)));
        if left_out > 0 {
            let s = if left_out == 1 { "" } else { "s" };
            notes.push(format!("{left_out} more place{s}"));
        }
        if let Some(help) = &finding.help {
            notes.push(format!("help: {}", sanitise::text(help)));
        }
        let source = sources.get(finding.at.file);
        if let Some(fix) = &finding.fix
            && source.permits(fix)
        {
            let safety = match fix.safety {
                Safety::Safe => "safe",
                Safety::Unsafe => "unsafe",
            };
            notes.push(format!("fix: {} ({safety})", sanitise::text(&fix.title)));
        }
    }
    let severity = match settled.level {
        Level::Error => Severity::Error,
        Level::Warn => Severity::Warning,
        Level::Info | Level::Off => Severity::Note,
    };
    let diagnostic = Diagnostic::new(severity)
        .with_code(finding.lint.name)
        .with_message(sanitise::text(&finding.message))
        .with_labels(labels.into_iter().map(|(_, label)| label).collect())
        .with_notes(notes);
    (views, diagnostic, long)
}

/// The views of one finding, by the order of its files.
struct Views(Vec<View>);

/// The lines of one file that a frame needs.
struct View {
    name: String,
    text: String,
    lines: Vec<ViewLine>,
    /// Where each label begins: offset in `text`, real line and column.
    places: Vec<(usize, Location)>,
}

/// One line of a view. Two empty ones stand for any number of lines left out: codespan draws a break there.
struct ViewLine {
    range: Range<usize>,
    /// 1-based, as in the file.
    number: usize,
}

impl View {
    /// An empty line with the number of the one where something is.
    fn without_text(file: &Shown<'_>, at: Span) -> View {
        let place = file.places.position(at.range.start());
        let location = Location {
            line_number: place.line as usize,
            column_number: place.column as usize,
        };
        let mut view = View {
            name: sanitise::bytes(file.source.path.bytes()),
            text: String::new(),
            lines: Vec::new(),
            places: vec![(0, location)],
        };
        view.push_text("", place.line);
        view
    }

    /// The view, the range in it of each span, and whether a range is shown in part only.
    fn of(file: &Shown<'_>, spans: &[Span]) -> (View, Vec<Range<usize>>, bool) {
        let text = &*file.source.text;
        let mut long = false;
        // Each line needed, with the place around which it is cut if it is too long.
        let mut needed: BTreeMap<u32, TextSize> = BTreeMap::new();
        for span in spans {
            let (first, last) = lines_of(text, *span);
            needed.entry(first).or_insert(span.range.start());
            needed.entry(last).or_insert(span.range.end());
            let head = if last - first < WHOLE {
                last
            } else {
                first + HEAD
            };
            long |= head != last;
            for line in first + 1..head {
                needed.entry(line).or_insert(text.line_range(line).start());
            }
        }
        let mut view = View {
            name: sanitise::bytes(file.source.path.bytes()),
            text: String::new(),
            lines: Vec::new(),
            places: Vec::new(),
        };
        let mut drawn: BTreeMap<u32, (usize, Line)> = BTreeMap::new();
        let mut before: Option<u32> = None;
        for (&line, &around) in &needed {
            match before.map_or(0, |before| line - before - 1) {
                0 => {}
                1 => {
                    let between = text.line_range(line - 1).start();
                    view.push(file, line - 1, between);
                }
                _ => {
                    for _ in 0..2 {
                        view.push_text("", line);
                    }
                }
            }
            let (start, shown) = view.push(file, line, around);
            drawn.insert(line, (start, shown));
            before = Some(line);
        }
        let ranges = spans
            .iter()
            .map(|span| {
                let (first, last) = lines_of(text, *span);
                let (start, line) = &drawn[&first];
                let from = start + line.start(span.range.start());
                let (start, line) = &drawn[&last];
                let to = start + line.end(span.range.end());
                let place = file.places.position(span.range.start());
                view.places.push((
                    from,
                    Location {
                        line_number: place.line as usize,
                        column_number: place.column as usize,
                    },
                ));
                from..to.max(from)
            })
            .collect();
        (view, ranges, long)
    }

    fn push(&mut self, file: &Shown<'_>, line: u32, around: TextSize) -> (usize, Line) {
        let shown = masked_line(&file.source.text, line, &file.masks, around, WIDTH);
        let start = self.push_text(&shown.text, line + 1);
        (start, shown)
    }

    fn push_text(&mut self, text: &str, number: u32) -> usize {
        let start = self.text.len();
        self.text.push_str(text);
        self.lines.push(ViewLine {
            range: start..self.text.len(),
            number: number as usize,
        });
        self.text.push('\n');
        start
    }
}

/// The first and the last 0-based line of a span; a line end at its end does not count.
fn lines_of(text: &syntax::Text, span: Span) -> (u32, u32) {
    let first = text.line_of(span.range.start());
    let end = if span.range.is_empty() {
        span.range.end()
    } else {
        span.range.end() - TextSize::from(1)
    };
    (first, text.line_of(end).max(first))
}

impl<'a> Files<'a> for Views {
    type FileId = usize;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.view(id)?.name)
    }

    fn source(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.view(id)?.text)
    }

    fn line_index(&'a self, id: usize, offset: usize) -> Result<usize, Error> {
        let lines = &self.view(id)?.lines;
        Ok(lines
            .partition_point(|line| line.range.start <= offset)
            .saturating_sub(1))
    }

    fn line_number(&'a self, id: usize, index: usize) -> Result<usize, Error> {
        Ok(self.line(id, index)?.number)
    }

    fn line_range(&'a self, id: usize, index: usize) -> Result<Range<usize>, Error> {
        Ok(self.line(id, index)?.range.clone())
    }

    fn location(&'a self, id: usize, offset: usize) -> Result<Location, Error> {
        let places = &self.view(id)?.places;
        let place = places.iter().find(|(start, _)| *start == offset);
        place.map(|(_, place)| *place).ok_or(Error::IndexTooLarge {
            given: offset,
            max: self.view(id)?.text.len(),
        })
    }
}

impl Views {
    fn view(&self, id: usize) -> Result<&View, Error> {
        self.0.get(id).ok_or(Error::FileMissing)
    }

    fn line(&self, id: usize, index: usize) -> Result<&ViewLine, Error> {
        let lines = &self.view(id)?.lines;
        lines.get(index).ok_or(Error::LineTooLarge {
            given: index,
            max: lines.len(),
        })
    }
}

/// Error red, warning yellow, note blue, all bold; message bold; gutter blue.
fn styles() -> Styles {
    let colour = |colour| {
        let mut spec = ColorSpec::new();
        spec.set_fg(Some(colour));
        spec
    };
    let bold = |mut spec: ColorSpec| {
        spec.set_bold(true);
        spec
    };
    Styles {
        header_error: bold(colour(Color::Red)),
        header_warning: bold(colour(Color::Yellow)),
        header_note: bold(colour(Color::Blue)),
        header_message: bold(ColorSpec::new()),
        primary_label_error: colour(Color::Red),
        primary_label_warning: colour(Color::Yellow),
        primary_label_note: colour(Color::Blue),
        secondary_label: colour(Color::Blue),
        line_number: colour(Color::Blue),
        source_border: colour(Color::Blue),
        note_bullet: colour(Color::Blue),
        ..Styles::default()
    }
}

/// Paints what codespan writes. The word `help:` after a bullet is cyan, which codespan has no style for.
struct Painter<W> {
    out: W,
    styles: Styles,
    bullet: Bullet,
    /// The name of the lint, until it is written, and the page that it leads to.
    link: Option<(&'static str, String)>,
}

/// How far a note has been written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bullet {
    None,
    /// The bullet is being written.
    Sign,
    /// Its text comes next.
    Text,
}

impl<W: WriteColor> Write for Painter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const HELP: &[u8] = b"help:";
        // The first thing of a frame that reads like the name of the lint is the name of the lint.
        if let Some((_, url)) = self.link.take_if(|(name, _)| bytes == name.as_bytes()) {
            write!(self.out, "\u{1b}]8;;{url}\u{1b}\\")?;
            self.out.write_all(bytes)?;
            self.out.write_all(b"\x1b]8;;\x1b\\")?;
            return Ok(bytes.len());
        }
        if self.bullet == Bullet::Text && bytes != b" " {
            self.bullet = Bullet::None;
            if bytes.starts_with(HELP) {
                let mut cyan = ColorSpec::new();
                cyan.set_fg(Some(Color::Cyan));
                self.out.set_color(&cyan)?;
                self.out.write_all(HELP)?;
                self.out.reset()?;
                return Ok(HELP.len());
            }
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: WriteColor> WriteStyle for Painter<W> {
    fn set_header(&mut self, severity: Severity) -> io::Result<()> {
        self.out.set_color(self.styles.header(severity))
    }

    fn set_header_message(&mut self) -> io::Result<()> {
        self.out.set_color(self.styles.header_message())
    }

    fn set_line_number(&mut self) -> io::Result<()> {
        self.out.set_color(self.styles.line_number())
    }

    fn set_note_bullet(&mut self) -> io::Result<()> {
        self.bullet = Bullet::Sign;
        self.out.set_color(self.styles.note_bullet())
    }

    fn set_source_border(&mut self) -> io::Result<()> {
        self.out.set_color(self.styles.source_border())
    }

    fn set_label(&mut self, severity: Severity, style: LabelStyle) -> io::Result<()> {
        self.out.set_color(self.styles.label(severity, style))
    }

    fn reset(&mut self) -> io::Result<()> {
        if self.bullet == Bullet::Sign {
            self.bullet = Bullet::Text;
        }
        self.out.reset()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn draw(style: &Style) -> String {
        let mut out = Vec::new();
        print(&fixture::report(), style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn frames() {
        insta::assert_snapshot!(draw(&Style::default()));
    }

    #[test]
    fn in_ascii_without_notes() {
        let style = Style {
            ascii: true,
            notes: false,
            min_level: Level::Warn,
            ..Style::default()
        };
        let drawn = draw(&style);
        assert!(drawn.contains("-->"));
        assert!(!drawn.lines().any(|line| line.trim().starts_with('=')));
        assert!(!drawn.contains("note["));
    }

    #[test]
    fn names_lead_to_their_pages() {
        let mut out = Vec::new();
        let page = |lint: &Lint| Some(format!("https://example.org/{}.md", lint.name));
        let style = Style::default();
        print_to(&fixture::report(), &style, page, NoColor::new(&mut out)).unwrap();
        let drawn = String::from_utf8(out).unwrap();
        let link = "error[\u{1b}]8;;https://example.org/untracked-import.md\u{1b}\\untracked-import\u{1b}]8;;\u{1b}\\]: ";
        assert!(drawn.contains(link), "{drawn}");
        assert_eq!(drawn.matches("\u{1b}]8;;h").count(), 5);
        // While pages are not published, there is nothing to lead to.
        let with_links = Style {
            links: true,
            ..Style::default()
        };
        if lint_api::PAGE_BASE.is_empty() {
            assert_eq!(draw(&with_links), draw(&style));
        }
    }

    #[test]
    fn colours_are_only_added() {
        let plain = draw(&Style::default());
        let colour = draw(&Style {
            colour: true,
            ..Style::default()
        });
        assert!(colour.contains("\u{1b}[36mhelp:\u{1b}[0m"), "{colour:?}");
        let mut bare = String::new();
        let mut rest = colour.as_str();
        while let Some(at) = rest.find('\u{1b}') {
            bare.push_str(&rest[..at]);
            let end = rest[at..].find('m').unwrap();
            rest = &rest[at + end + 1..];
        }
        bare.push_str(rest);
        assert_eq!(bare, plain);
    }
}
