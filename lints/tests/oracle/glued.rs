//! Random expressions whose tokens stand close: no space, comments and CRLF in every gap, names that shadow each other.

/// A small random source (xorshift): the same cases everywhere.
pub struct Dice(u64);

impl Dice {
    /// A source for one case.
    pub fn new(case: u64) -> Dice {
        Dice(case.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// What stands between two tokens: hardly ever nothing but a space.
fn gap(dice: &mut Dice) -> &'static str {
    ["", " ", "\n  ", " /* c */ ", "\r\n", " # c\n"][dice.below(6)]
}

/// A random expression whose free names are among `known`.
pub fn expression(dice: &mut Dice, depth: usize, known: &mut Vec<&'static str>) -> String {
    const NAMES: &[&str] = &["a", "b", "c", "map", "x'"];
    if depth == 0 {
        return match dice.below(4) {
            0 if !known.is_empty() => known[dice.below(known.len())].to_owned(),
            1 => "\"s\"".to_owned(),
            2 => "http://x.y/z".to_owned(),
            _ => dice.below(9).to_string(),
        };
    }
    let mark = known.len();
    let (g, h, i) = (gap(dice), gap(dice), gap(dice));
    let n = dice.pick(NAMES);
    let m = dice.pick(&["p", "q"]);
    let text = match dice.below(20) {
        0 | 1 => {
            let outer = expression(dice, depth - 1, known);
            known.extend([n, m]);
            let value = expression(dice, depth - 1, known);
            let body = expression(dice, depth - 1, known);
            let _ = outer;
            format!("let{g} {n}{h}={i}{value};{g}{m} = 1;{h} in {body}")
        }
        2 => {
            let value = expression(dice, depth - 1, known);
            known.push(n);
            let body = expression(dice, depth - 1, known);
            format!("let inherit{g} ({{ {n}={value}; z = 1; }}){h} {n}{i} z;in{g} {body}")
        }
        3 => {
            known.extend([n, m]);
            let value = expression(dice, depth - 1, known);
            let body = expression(dice, depth - 1, known);
            format!("(rec{g}{{{h}{n}={value};{i}{m} = 2; out ={body};}}).out")
        }
        4 => {
            let body = expression(dice, depth - 1, known);
            format!("(with{g} {{ {n} = 1; }};{h}{body})")
        }
        5 => {
            known.push(n);
            let body = expression(dice, depth - 1, known);
            format!("({{{g}{m} ? 1,{h} {n} ? 2{i},{g} ... }}: {body}) {{ }}")
        }
        6 => {
            known.push(n);
            let body = expression(dice, depth - 1, known);
            format!("({{ {n} ? 3, ... }}{g}@{h} {m}all:{i}({body})) {{ }}")
        }
        7 => {
            known.push(n);
            let value = expression(dice, depth - 1, known);
            let body = expression(dice, depth - 1, known);
            format!("let{g}{{{h}{n}={value};{i}body ={body};{g}}}")
        }
        8 => {
            let left = expression(dice, depth - 1, known);
            let right = expression(dice, depth - 1, known);
            format!("[{g}({left}){h}({right}) ]")
        }
        9 => {
            let value = expression(dice, depth - 1, known);
            format!("{{{g}k = {value};{h}}}")
        }
        10 => {
            known.push(n);
            let body = expression(dice, depth - 1, known);
            format!("({n}:{g} {body}) 4")
        }
        11 => {
            let (left, right) = pair(dice, depth, known);
            let operator = dice.pick(&["==", "!="]);
            format!("!{g}({h}{left}{i}{operator}{g}{right})")
        }
        12 => {
            let (left, right) = pair(dice, depth, known);
            let branches = dice.pick(&["(true)else(false)", " false else true"]);
            format!("if{g}({left}{h}=={i}{right})then{branches}")
        }
        13 => {
            let (left, right) = pair(dice, depth, known);
            let end = dice.pick(&["== true", "!= true", "==false", "!= (false)"]);
            format!("(({left}{g}!={h}{right}){i}{end})")
        }
        14 => {
            let (value, other) = pair(dice, depth, known);
            let key = dice.pick(&["p", "\"p\"", "q", "q.r"]);
            format!(
                "let o ={g}{{ p = {value}; }};in if o{h}? {key} then {i}o.{key} else {g}{other}"
            )
        }
        15 => {
            let (left, right) = pair(dice, depth, known);
            let empty = dice.pick(&["[ ]", "[]"]);
            format!("{empty}{g}++{h}[ {left} ]{i}++ {empty} ++{g}[{right}]")
        }
        16 => {
            let value = expression(dice, depth - 1, known);
            known.extend([n, m]);
            let other = expression(dice, depth - 1, known);
            let body = expression(dice, depth - 1, known);
            format!("let{g} {n} = {value};{h}in {i}let{g} {m} = {other}; inherit;{h} in {body}")
        }
        17 => {
            let value = expression(dice, depth - 1, known);
            format!("let o ={g}{{ {m} = {value}; }}; in {h}let {m} = o.{m}; in{i}{{{g}{m}={m}; }}")
        }
        18 => {
            let (left, right) = pair(dice, depth, known);
            format!("(({g}({left}){h})=={i}{{ k = {right}; }})")
        }
        _ => {
            let inner = expression(dice, depth - 1, known);
            format!("\"${{{g}builtins.toJSON({inner}){h}}}\"")
        }
    };
    known.truncate(mark);
    format!("({text})")
}

fn pair(dice: &mut Dice, depth: usize, known: &mut Vec<&'static str>) -> (String, String) {
    let left = expression(dice, depth - 1, known);
    (left, expression(dice, depth - 1, known))
}
