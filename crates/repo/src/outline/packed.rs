//! An outline in few bytes: of each node its kind, how many open ones end before it, how far behind the last one it starts,
//! and its length. Numbers of seven bits a byte, the lowest first.

use super::Record;

/// The records as bytes.
pub(super) fn write(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(records.len() * 4);
    let mut open: Vec<u32> = Vec::new();
    let mut last = 0;
    for (index, record) in (0u32..).zip(records) {
        let mut ended = 0;
        while open.len() > 1 && open.last() != Some(&record.parent) {
            open.pop();
            ended += 1;
        }
        open.push(index);
        for number in [
            u32::from(record.kind),
            ended,
            record.start - last,
            record.end - record.start,
        ] {
            put(&mut bytes, number);
        }
        last = record.start;
    }
    bytes
}

/// The records again; `None` when the bytes are none.
pub(super) fn read(mut bytes: &[u8]) -> Option<Vec<Record>> {
    let mut records: Vec<Record> = Vec::with_capacity(bytes.len() / 4);
    let mut open: Vec<u32> = Vec::with_capacity(64);
    let mut last = 0u32;
    while !bytes.is_empty() {
        let index = u32::try_from(records.len()).ok()?;
        let [kind, ended, gap, length] = match bytes.split_first_chunk::<4>() {
            // Most numbers are small.
            Some((four, rest)) if four.iter().all(|byte| *byte < 128) => {
                bytes = rest;
                four.map(u32::from)
            }
            _ => {
                let mut number = || take(&mut bytes);
                [number()?, number()?, number()?, number()?]
            }
        };
        let kind = u16::try_from(kind).ok()?;
        for _ in 0..ended {
            let ended = open.pop().filter(|_| !open.is_empty())?;
            records[ended as usize].after = index;
        }
        let start = last.checked_add(gap)?;
        let end = start.checked_add(length)?;
        records.push(Record {
            kind,
            start,
            end,
            parent: open.last().copied().unwrap_or(0),
            after: 0,
        });
        open.push(index);
        last = start;
    }
    let count = u32::try_from(records.len()).ok()?;
    for ended in open {
        records[ended as usize].after = count;
    }
    Some(records)
}

fn put(bytes: &mut Vec<u8>, mut number: u32) {
    while number > 127 {
        bytes.push(number as u8 & 127 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0u32;
    for shift in 0..5 {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(first & 127) << (7 * shift);
        if *first < 128 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outline::Outline;

    fn outline(text: &str) -> Vec<Record> {
        let parsed = syntax::parse(text, syntax::parse::Limits::default());
        Outline::of(&parsed.root().unwrap()).records
    }

    #[test]
    fn there_and_back() {
        for text in [
            "1",
            "{ a = \"${b}\"; inherit (c) d e; } # x",
            "{ a, b ? 1, ... }@args: let x = [ 1 ./a.nix <nixpkgs> ]; in with x; a.b.c or d",
            "{ a = ; b = (1; }",
            "",
            &format!("[{}]", " { a = x: \"\"; }".repeat(300)),
        ] {
            let records = outline(text);
            let bytes = write(&records);
            assert_eq!(read(&bytes).as_deref(), Some(&records[..]), "{text}");
            assert!(bytes.len() <= records.len() * 6);
            // Whatever is cut off or damaged is some outline or none, and no panic.
            for at in 0..bytes.len().min(400) {
                let _ = read(&bytes[..at]);
                let mut damaged = bytes.clone();
                damaged[at] ^= 0x81;
                let _ = read(&damaged);
            }
        }
        assert_eq!(read(&[]), Some(Vec::new()));
        assert_eq!(read(&[1, 1, 0, 0]), None);
        assert_eq!(read(&[128, 128, 128, 128, 128, 1]), None);
    }
}
