//! Random expressions that have a value: numbers, truths, lists and strings in their places, with every construct that
//! a fix rewrites.

use proptest::prelude::*;

/// What a random expression is made from: which form, which names and gaps, what it is made of.
#[derive(Debug, Clone)]
pub struct Plan {
    form: u8,
    name: u8,
    gap: u8,
    parts: Vec<Plan>,
}

/// The plans, at most four levels deep.
pub fn plan() -> impl Strategy<Value = Plan> {
    let leaf = any::<(u8, u8, u8)>().prop_map(|(form, name, gap)| Plan {
        form,
        name,
        gap,
        parts: Vec::new(),
    });
    leaf.prop_recursive(4, 24, 3, |inner| {
        (any::<(u8, u8, u8)>(), prop::collection::vec(inner, 2..=3)).prop_map(
            |((form, name, gap), parts)| Plan {
                form,
                name,
                gap,
                parts,
            },
        )
    })
}

/// Names that collide with one another, and with a builtin.
const NAMES: &[&str] = &["a", "b", "c", "map", "x'", "d-e"];
const GAPS: &[&str] = &[" ", "  ", "\n  ", " /*c*/ ", " #c\n", "\n\n", "\t"];

impl Plan {
    fn name(&self) -> &'static str {
        NAMES[usize::from(self.name) % NAMES.len()]
    }

    /// Another name.
    fn other(&self) -> &'static str {
        NAMES[(usize::from(self.name) + 1 + usize::from(self.name) / 6 % 5) % NAMES.len()]
    }

    fn gap(&self, place: usize) -> &'static str {
        let turn = usize::from(self.gap) / 7 + place * usize::from(self.gap);
        if turn.is_multiple_of(3) {
            GAPS[turn % GAPS.len()]
        } else {
            " "
        }
    }

    fn part(&self, index: usize) -> &Plan {
        &self.parts[index % self.parts.len()]
    }

    /// A whole number as an operand: in parentheses, unless it is one token.
    fn operand(&self, known: &[&'static str]) -> String {
        let text = self.number(known);
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match (plain, self.gap % 5) {
            (true, 0) => format!("({text})"),
            (true, _) => text,
            (false, 0) => format!("(({text}))"),
            (false, _) => format!("({text})"),
        }
    }

    /// An expression that is a whole number; every name in `known` is one.
    fn number(&self, known: &[&'static str]) -> String {
        if self.parts.is_empty() {
            return match known.get(usize::from(self.name) % (known.len() + 2)) {
                Some(name) => (*name).to_owned(),
                None => (self.form % 10).to_string(),
            };
        }
        let (n, m) = (self.name(), self.other());
        let (g, h, i) = (self.gap(0), self.gap(1), self.gap(2));
        let (x, y, z) = (self.part(0), self.part(1), self.part(2));
        let without: Vec<_> = known
            .iter()
            .copied()
            .filter(|it| *it != n && *it != m)
            .collect();
        let with_n = [&without[..], &[n]].concat();
        let with_both = [&without[..], &[n, m]].concat();
        match self.form % 36 {
            0 => format!(
                "let{g}{n} ={h}{};{i}{m} = {}; in {}",
                x.number(&without),
                y.number(&with_n),
                z.number(&with_both)
            ),
            1 => format!(
                "let {n} = {};{g}in{h}let {m} = {}; in {}",
                x.number(&without),
                y.number(&with_n),
                y.number(&with_both)
            ),
            2 => format!(
                "rec{g}{{ {n} = {};{h}{m} = {}; }}.{m}",
                x.number(&without),
                y.number(&with_n)
            ),
            3 => format!(
                "let{g}inherit ({{ {n} = {}; z = 1; }}){h}{n} z;{i}in {}",
                x.number(&without),
                y.number(&with_n)
            ),
            4 => format!(
                "with{g}{{ {n} = {};{h}{m} = 1; }};{i}{}",
                x.number(known),
                y.number(&[known, &[n, m]].concat())
            ),
            5 => format!(
                "({{{g}{n} ? {},{h}{m} ? 2,{i}... }}: {}) {{ {m} = {}; }}",
                x.number(&without),
                y.number(&with_both),
                z.number(known)
            ),
            6 => format!(
                "({{ {n} ? 3,{g}... }}{h}@{i}{m}: {}) {{ }}",
                x.number(&with_n)
            ),
            7 => format!(
                "({m}@{{{g}{n} ? {} }}: ({m}.q or {n})) {{ }}",
                x.number(&without)
            ),
            8 => format!("({n}:{g}{}){h}{}", x.number(&with_n), y.operand(known)),
            9 => format!(
                "let{g}{{ {n} = {};{h}body = {};{i}}}",
                x.number(&without),
                y.number(&with_n)
            ),
            10 | 33..=35 => format!(
                "if{g}{}{h}then {}{i}else {}",
                x.truth(known),
                y.number(known),
                z.number(known)
            ),
            11 => format!("{}{g}+{h}{}", x.operand(known), y.operand(known)),
            12 => format!("{}{g}-{h}{}", x.operand(known), y.operand(known)),
            13 => format!("-{}{g}*{h}{}", x.operand(known), y.operand(known)),
            14 => format!(
                "{{{g}{n} = {};{h}{m}.k = {}; }}.{m}.k",
                x.number(known),
                y.number(known)
            ),
            15 => format!(
                "{{ {n} = {};{g}}}.z{h}or {}",
                x.number(known),
                y.operand(known)
            ),
            16 => format!("builtins.length{g}({}{h}++ [ ])", self.part(1).list(known)),
            17 => format!("builtins.elemAt{g}({}){h}0", self.part(1).list(known)),
            18 => format!(
                "builtins.foldl' ({n}:{g}{m}: {}){h}0 [ {} {} ]",
                x.number(&with_both),
                y.operand(known),
                z.operand(known)
            ),
            19 => format!("builtins.stringLength{g}({})", x.words(known)),
            20 => format!(
                "({{ k = {}; }}{g}// {{ inherit;{h}}}{i}// {{ }}).k",
                x.number(known)
            ),
            21 => match known.first() {
                // `inherit` by hand, and a name that only a quotation reaches.
                Some(name) => format!(
                    "{{{g}{name} = {name};{h}k = {};{i}}}.\"{name}\"",
                    x.number(known)
                ),
                None => format!("{{ inherit ({{ k = {}; }}) k; }}.k", x.number(known)),
            },
            22 => format!("let{g}in{h}{}", x.number(known)),
            23 => format!(
                "assert{g}{};{h}{}",
                ["true", "1 == 1", "!false", "!(1 == 2)", "{ a = 1; } ? a"]
                    [usize::from(self.name) % 5],
                x.number(known)
            ),
            24 => format!(
                "let f ={g}{n}: {n} + {}; g = {m}:{h}f {m}; in g {}",
                x.operand(&with_n),
                y.operand(known)
            ),
            25 => format!(
                "let s = {{ {n} = {};{g}{m} = 1; }};{h}{n} = s.{n}; in {n} + s.{m}",
                x.number(&without)
            ),
            26 => format!(
                "(rec {{{g}{n} = {};{h}{m}.a = 1;{i}{m}.b = {n}; }}).{m}.b",
                x.number(&without)
            ),
            27 => format!(
                "let s = {{ {n} = {}; }}; in{g}if s{h}? {n} then s.{n} else {}",
                x.number(&without),
                y.operand(known)
            ),
            28 => format!(
                "({{ {n},{g}{m} ? {n} }}: {m}) {{ {n} ={h}{}; }}",
                x.number(known)
            ),
            29 => format!(
                "{{{g}s.{n} = {};{h}s.{m} = {};{i}s.k = {}; }}.s.k",
                x.number(known),
                y.number(known),
                z.number(known)
            ),
            30 => format!(
                "let f = {{{g}... }}:{h}{}; in f {{ {n} ={i}{}; }}",
                x.number(known),
                y.number(known)
            ),
            31 => format!(
                "let {n} = {};{g}{m} = 1; in {{ {n} = {n};{h}{m}{i}= {m}; }}.{n}",
                x.number(&without)
            ),
            _ => format!(
                "let {n} = {};{g}{m} ={h}{n}; in{i}with {{ inherit {n}; }}; {m}",
                x.number(&without)
            ),
        }
    }

    fn truth(&self, known: &[&'static str]) -> String {
        if self.parts.is_empty() {
            return ["true", "false", "!true", "(true)"][usize::from(self.form) % 4].to_owned();
        }
        let (g, x, y) = (self.gap(3), self.part(0), self.part(1));
        match self.form % 10 {
            0 => format!("{} =={g}{}", x.operand(known), y.operand(known)),
            1 => format!("!({}{g}< {})", x.operand(known), y.operand(known)),
            2 => format!("!({}{g}== {})", x.operand(known), y.operand(known)),
            3 => format!("({}){g}== true", x.truth(known)),
            4 => format!("false !={g}({})", x.truth(known)),
            5 => format!("({}){g}&& !({})", x.truth(known), y.truth(known)),
            6 => format!("({}){g}|| ({})", x.truth(known), y.truth(known)),
            7 => format!("({}){g}-> ({})", x.truth(known), y.truth(known)),
            8 => format!("(if {} then{g}true else false)", x.truth(known)),
            _ => format!("{} =={g}[ ]", self.part(1).list(known)),
        }
    }

    /// A list of one number or more.
    fn list(&self, known: &[&'static str]) -> String {
        let g = self.gap(4);
        if self.parts.is_empty() {
            return format!("[{g}{} ]", self.number(known));
        }
        let (x, y) = (self.part(0), self.part(1));
        match self.form % 5 {
            0 => format!("[ {}{g}({}) ]", x.operand(known), y.number(known)),
            1 => format!("([ {} ]{g}++ [ {} ])", x.operand(known), y.operand(known)),
            2 => format!("([ ]{g}++ [ ({}) ] ++ {})", x.number(known), y.list(known)),
            3 => format!(
                "(builtins.map (v:{g}builtins.add v 1) [ {} ])",
                x.operand(known)
            ),
            _ => format!(
                "(builtins.concatLists [ [ {} ]{g}{} ])",
                x.operand(known),
                y.list(known)
            ),
        }
    }

    /// A string.
    fn words(&self, known: &[&'static str]) -> String {
        if self.parts.is_empty() {
            return ["http://x.y/z", "\"s\"", "''t''", "\"\""][usize::from(self.form) % 4]
                .to_owned();
        }
        let (g, x, y) = (self.gap(5), self.part(0), self.part(1));
        match self.form % 6 {
            0 => format!("\"a${{{g}toString {}}}b\"", x.operand(known)),
            1 => format!("\"${{{}}}\"", x.words(known)),
            2 => format!("({} +{g}{})", x.words(known), y.words(known)),
            3 => format!("(\"\" +{g}{})", x.words(known)),
            4 => format!("''\n  ${{{g}builtins.toJSON ({})}}\n''", x.number(known)),
            _ => format!("(toString{g}({}))", x.number(known)),
        }
    }

    /// Anything.
    pub fn value(&self) -> String {
        match self.name % 4 {
            0 => self.list(&[]),
            1 => self.words(&[]),
            2 => format!("{{ k ={}{}; }}", self.gap(6), self.number(&[])),
            _ => self.number(&[]),
        }
    }
}
