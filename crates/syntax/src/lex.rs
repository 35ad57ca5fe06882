//! From text to tokens, as Nix's own lexer cuts them, in linear time.
//!
//! Goals: the tokens of [`SyntaxKind`] for every text, lossless, never more than a few steps per byte. What Nix does
//! not know becomes `TOKEN_ERROR`; conflict markers of git become trivia and are remembered in [`Lexed::conflicts`].

use std::ops::Range;

use rnix::SyntaxKind::{self, *};

/// A token; it begins where the one before it ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub kind: SyntaxKind,
    pub end: u32,
}

/// The tokens of a text.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    pub tokens: Vec<Token>,
    /// Regions between `<<<<<<<` and `>>>>>>>`, both lines included. Of the two sides only the first has tokens.
    pub conflicts: Vec<Range<usize>>,
}

/// What the lexer is inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// `{ … }`
    Braces,
    /// `${ … }`
    Interpolation,
    /// `"…"`
    Quoted,
    /// `''…''`
    Indented,
    /// A path that went on after an interpolation or may go on with one.
    Path(SyntaxKind),
}

const IDENT: u8 = 1;
const PATH: u8 = 2;
const SCHEME: u8 = 4;
const URI: u8 = 8;
const DIGIT: u8 = 16;
const LETTER: u8 = 32;
const SPACE: u8 = 64;

const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        let letter = c.is_ascii_alphabetic();
        let digit = c.is_ascii_digit();
        let mut class = 0;
        if letter || digit || matches!(c, b'_' | b'\'' | b'-') {
            class |= IDENT;
        }
        if letter || digit || matches!(c, b'.' | b'_' | b'-' | b'+') {
            class |= PATH;
        }
        if letter || digit || matches!(c, b'+' | b'-' | b'.') {
            class |= SCHEME;
        }
        if letter
            || digit
            || matches!(
                c,
                b'%' | b'/'
                    | b'?'
                    | b':'
                    | b'@'
                    | b'&'
                    | b'='
                    | b'+'
                    | b'$'
                    | b','
                    | b'-'
                    | b'_'
                    | b'.'
                    | b'!'
                    | b'~'
                    | b'*'
                    | b'\''
            )
        {
            class |= URI;
        }
        if digit {
            class |= DIGIT;
        }
        if letter || c == b'_' {
            class |= LETTER;
        }
        if matches!(c, b' ' | b'\t' | b'\r' | b'\n') {
            class |= SPACE;
        }
        table[byte] = class;
        byte += 1;
    }
    table
};

fn is(byte: u8, class: u8) -> bool {
    CLASS[byte as usize] & class != 0
}

/// Cuts a text into tokens. The ends of the tokens fit in `u32`: files over 4 GiB are never read.
pub(crate) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer {
        bytes: text.as_bytes(),
        at: 0,
        modes: Vec::new(),
        lexed: Lexed::default(),
        path_run: 0,
        scheme_run: 0,
        no_region_ends: false,
    };
    lexer.lexed.tokens.reserve(text.len() / 4 + 1);
    lexer.run();
    lexer.lexed
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    modes: Vec<Mode>,
    lexed: Lexed,
    /// End of the run of path characters that was looked at last; keeps looking ahead linear over `a.b.c.d…`.
    path_run: usize,
    /// The same for the characters of a URL scheme.
    scheme_run: usize,
    /// No `>>>>>>>` follows any more.
    no_region_ends: bool,
}

impl Lexer<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn is(&self, ahead: usize, class: u8) -> bool {
        is(self.byte(ahead), class)
    }

    fn push(&mut self, kind: SyntaxKind) {
        let end = u32::try_from(self.at).unwrap_or(u32::MAX);
        self.lexed.tokens.push(Token { kind, end });
    }

    fn skip(&mut self, class: u8) {
        self.skip_while(|byte| is(byte, class));
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        let rest = &self.bytes[self.at..];
        let run = rest.iter().position(|byte| !wanted(*byte));
        self.at += run.unwrap_or(rest.len());
    }

    /// What is left of the text.
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The end of the run of `class` that `from` stands in; looks at every byte once.
    fn run_end(bytes: &[u8], from: usize, class: u8, known: &mut usize) -> usize {
        if *known <= from {
            *known = from
                + bytes[from..]
                    .iter()
                    .take_while(|byte| is(**byte, class))
                    .count();
        }
        *known
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            match self.modes.last() {
                Some(Mode::Quoted) => self.quoted(),
                Some(Mode::Indented) => self.indented(),
                Some(Mode::Path(kind)) => self.in_path(*kind),
                _ => self.code(),
            }
        }
    }

    fn quoted(&mut self) {
        let start = self.at;
        while let Some(plain) = memchr::memchr3(b'"', b'\\', b'$', self.rest()) {
            self.at += plain;
            match self.byte(0) {
                b'"' => {
                    self.content(start);
                    self.at += 1;
                    self.push(TOKEN_STRING_END);
                    self.modes.pop();
                    return;
                }
                b'\\' => self.at += 2,
                b'$' if self.byte(1) == b'{' => return self.interpolation(start),
                b'$' if self.byte(1) == b'$' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
        self.content(start);
    }

    fn indented(&mut self) {
        let start = self.at;
        while let Some(plain) = memchr::memchr2(b'\'', b'$', self.rest()) {
            self.at += plain;
            match self.byte(0) {
                b'\'' if self.byte(1) == b'\'' => match self.byte(2) {
                    b'\'' | b'$' => self.at += 3,
                    // The escaped character may be longer than a byte; its other bytes are plain.
                    b'\\' => self.at += 4,
                    _ => {
                        self.content(start);
                        self.at += 2;
                        self.push(TOKEN_STRING_END);
                        self.modes.pop();
                        return;
                    }
                },
                b'$' if self.byte(1) == b'{' => return self.interpolation(start),
                b'$' if self.byte(1) == b'$' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
        self.content(start);
    }

    fn content(&mut self, start: usize) {
        if start < self.at {
            self.push(TOKEN_STRING_CONTENT);
        }
    }

    fn interpolation(&mut self, start: usize) {
        self.content(start);
        self.at += 2;
        self.push(TOKEN_INTERPOL_START);
        self.modes.push(Mode::Interpolation);
    }

    /// Behind the first part of a path: it goes on, or ends here.
    fn in_path(&mut self, kind: SyntaxKind) {
        if self.byte(0) == b'$' && self.byte(1) == b'{' {
            self.interpolation(self.at);
        } else if self.is(0, PATH) || self.byte(0) == b'/' {
            self.path_part();
            self.push(kind);
        } else {
            self.modes.pop();
        }
    }

    fn path_part(&mut self) {
        self.skip_while(|byte| is(byte, PATH) || byte == b'/');
    }

    fn path(&mut self, kind: SyntaxKind) {
        self.path_part();
        self.push(kind);
        if self.byte(0) == b'$' && self.byte(1) == b'{' {
            self.modes.push(Mode::Path(kind));
        }
    }

    /// Whether a path begins here: `a/b`, `/a`, `a/${`, but not `a//b`, `a / b`, `a/*`.
    fn path_begins(&mut self) -> bool {
        let slash = Self::run_end(self.bytes, self.at, PATH, &mut self.path_run);
        let after = |n: usize| self.bytes.get(slash + n).copied().unwrap_or(0);
        after(0) == b'/' && (is(after(1), PATH) || (after(1) == b'$' && after(2) == b'{'))
    }

    fn uri_begins(&mut self) -> bool {
        let colon = Self::run_end(self.bytes, self.at, SCHEME, &mut self.scheme_run);
        let after = |n: usize| self.bytes.get(colon + n).copied().unwrap_or(0);
        after(0) == b':' && is(after(1), URI)
    }

    fn code(&mut self) {
        let byte = self.byte(0);
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                self.skip(SPACE);
                self.push(TOKEN_WHITESPACE);
            }
            b'#' => {
                let end = memchr::memchr2(b'\n', b'\r', self.rest());
                self.at = end.map_or(self.bytes.len(), |end| self.at + end);
                self.push(TOKEN_COMMENT);
            }
            b'/' if self.byte(1) == b'*' => {
                let end = self.bytes[self.at + 2..]
                    .windows(2)
                    .position(|pair| pair == b"*/");
                match end {
                    Some(end) => {
                        self.at += end + 4;
                        self.push(TOKEN_COMMENT);
                    }
                    None => {
                        self.at = self.bytes.len();
                        self.push(TOKEN_ERROR);
                    }
                }
            }
            _ if is(byte, LETTER) => self.word(),
            b'<' | b'>' | b'=' | b'|' if self.conflict() => {}
            _ if (is(byte, PATH) || byte == b'/') && self.path_begins() => {
                self.path(if byte == b'/' {
                    TOKEN_PATH_ABS
                } else {
                    TOKEN_PATH_REL
                });
            }
            _ if is(byte, DIGIT) || (byte == b'.' && self.is(1, DIGIT)) => self.number(),
            b'~' if self.byte(1) == b'/'
                && (self.is(2, PATH) || (self.byte(2) == b'$' && self.byte(3) == b'{')) =>
            {
                self.at += 1;
                self.path(TOKEN_PATH_HOME);
            }
            b'<' if self.search_path() => self.push(TOKEN_PATH_SEARCH),
            b'"' => {
                self.at += 1;
                self.push(TOKEN_STRING_START);
                self.modes.push(Mode::Quoted);
            }
            b'\'' if self.byte(1) == b'\'' => {
                self.at += 2;
                self.push(TOKEN_STRING_START);
                self.modes.push(Mode::Indented);
            }
            b'$' if self.byte(1) == b'{' => self.interpolation(self.at),
            // To Nix the text ends here.
            0 => {
                self.at = self.bytes.len();
                self.push(TOKEN_WHITESPACE);
            }
            _ => self.operator(),
        }
    }

    /// An identifier, a keyword, or a path or URL that begins like one.
    fn word(&mut self) {
        let start = self.at;
        self.skip(IDENT);
        let end = self.at;
        if matches!(self.byte(0), b'.' | b'+' | b'/' | b':') {
            self.at = start;
            if self.path_begins() {
                return self.path(TOKEN_PATH_REL);
            }
            // The characters of a scheme are some of those of a path: seldom does its colon stand behind them.
            if self.bytes.get(self.path_run) == Some(&b':')
                && self.byte(0) != b'_'
                && self.uri_begins()
            {
                self.at = self.scheme_run + 1;
                self.skip(URI);
                return self.push(TOKEN_URI);
            }
            self.at = end;
        }
        self.push(match &self.bytes[start..end] {
            b"if" => TOKEN_IF,
            b"in" => TOKEN_IN,
            b"or" => TOKEN_OR,
            b"let" => TOKEN_LET,
            b"rec" => TOKEN_REC,
            b"then" => TOKEN_THEN,
            b"else" => TOKEN_ELSE,
            b"with" => TOKEN_WITH,
            b"assert" => TOKEN_ASSERT,
            b"inherit" => TOKEN_INHERIT,
            _ => TOKEN_IDENT,
        });
    }

    fn number(&mut self) {
        let start = self.at;
        self.skip(DIGIT);
        // `0.5`, `1.`, `.5` are numbers; `00.5` is two, `0.a` a selection.
        let float = self.byte(0) == b'.'
            && match &self.bytes[start..self.at] {
                [] | [b'0'] => self.is(1, DIGIT),
                digits => digits[0] != b'0',
            };
        if !float {
            return self.push(TOKEN_INTEGER);
        }
        self.at += 1;
        self.skip(DIGIT);
        if matches!(self.byte(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
            if self.is(1 + sign, DIGIT) {
                self.at += 1 + sign;
                self.skip(DIGIT);
            }
        }
        self.push(TOKEN_FLOAT);
    }

    /// Takes `<a/b>`, if it stands here.
    fn search_path(&mut self) -> bool {
        let mut end = self.at + 1;
        loop {
            let part = end;
            while end < self.bytes.len() && is(self.bytes[end], PATH) {
                end += 1;
            }
            if end == part {
                return false;
            }
            match self.bytes.get(end) {
                Some(b'/') => end += 1,
                Some(b'>') => break,
                _ => return false,
            }
        }
        self.at = end + 1;
        true
    }

    /// Takes a line that git left behind in a conflict, and the side of it that is not believed.
    fn conflict(&mut self) -> bool {
        let byte = self.byte(0);
        if self.at > 0 && !matches!(self.bytes[self.at - 1], b'\n' | b'\r') {
            return false;
        }
        if !Self::is_marker(&self.bytes[self.at..], byte) {
            return false;
        }
        let start = self.at;
        let line_end = |from: usize| {
            let from = from.min(self.bytes.len());
            self.bytes[from..]
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(self.bytes.len(), |n| from + n)
        };
        let mut end = line_end(start);
        match byte {
            b'<' => self.lexed.conflicts.push(start..end),
            b'>' => {}
            // The other side, up to the end of the region; looked for in vain only once.
            _ if !self.no_region_ends => {
                let mut line = end;
                self.no_region_ends = true;
                while line < self.bytes.len() {
                    let next = line_end(line + 1);
                    if Self::is_marker(&self.bytes[line + 1..], b'>') {
                        end = next;
                        self.no_region_ends = false;
                        break;
                    }
                    line = next;
                }
            }
            _ => {}
        }
        match self.lexed.conflicts.last_mut() {
            Some(last) => last.end = end,
            None => self.lexed.conflicts.push(start..end),
        }
        self.at = end;
        self.push(TOKEN_COMMENT);
        true
    }

    fn is_marker(bytes: &[u8], byte: u8) -> bool {
        bytes.len() >= 7
            && bytes[..7].iter().all(|b| *b == byte)
            && matches!(bytes.get(7), None | Some(b' ' | b'\r' | b'\n'))
    }

    fn operator(&mut self) {
        let (len, kind) = match (self.byte(0), self.byte(1)) {
            (b'.', b'.') if self.byte(2) == b'.' => (3, TOKEN_ELLIPSIS),
            (b'=', b'=') => (2, TOKEN_EQUAL),
            (b'!', b'=') => (2, TOKEN_NOT_EQUAL),
            (b'<', b'=') => (2, TOKEN_LESS_OR_EQ),
            (b'>', b'=') => (2, TOKEN_MORE_OR_EQ),
            (b'&', b'&') => (2, TOKEN_AND_AND),
            (b'|', b'|') => (2, TOKEN_OR_OR),
            (b'-', b'>') => (2, TOKEN_IMPLICATION),
            (b'/', b'/') => (2, TOKEN_UPDATE),
            (b'+', b'+') => (2, TOKEN_CONCAT),
            (b'<', b'|') => (2, TOKEN_PIPE_LEFT),
            (b'|', b'>') => (2, TOKEN_PIPE_RIGHT),
            (b'{', _) => {
                self.modes.push(Mode::Braces);
                (1, TOKEN_L_BRACE)
            }
            (b'}', _) => match self.modes.pop() {
                Some(Mode::Interpolation) => (1, TOKEN_INTERPOL_END),
                _ => (1, TOKEN_R_BRACE),
            },
            (b'[', _) => (1, TOKEN_L_BRACK),
            (b']', _) => (1, TOKEN_R_BRACK),
            (b'(', _) => (1, TOKEN_L_PAREN),
            (b')', _) => (1, TOKEN_R_PAREN),
            (b'=', _) => (1, TOKEN_ASSIGN),
            (b'@', _) => (1, TOKEN_AT),
            (b':', _) => (1, TOKEN_COLON),
            (b',', _) => (1, TOKEN_COMMA),
            (b';', _) => (1, TOKEN_SEMICOLON),
            (b'.', _) => (1, TOKEN_DOT),
            (b'?', _) => (1, TOKEN_QUESTION),
            (b'!', _) => (1, TOKEN_INVERT),
            (b'+', _) => (1, TOKEN_ADD),
            (b'-', _) => (1, TOKEN_SUB),
            (b'*', _) => (1, TOKEN_MUL),
            (b'/', _) => (1, TOKEN_DIV),
            (b'<', _) => (1, TOKEN_LESS),
            (b'>', _) => (1, TOKEN_MORE),
            (byte, _) => (Self::char_len(byte), TOKEN_ERROR),
        };
        self.at = (self.at + len).min(self.bytes.len());
        self.push(kind);
    }

    /// The length of a character by its first byte; the bytes are those of a `str`.
    fn char_len(first: u8) -> usize {
        match first {
            0xf0.. => 4,
            0xe0.. => 3,
            0xc0.. => 2,
            _ => 1,
        }
    }
}
