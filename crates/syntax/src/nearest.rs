//! The name that a misspelt one was meant to be.

/// The candidate nearest to `name`: at most two letters changed, added, dropped or swapped, fewer for short names. Of
/// equals, one with the same first letter wins, then the first in order of letters.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let most = match length {
        0 | 1 => return None,
        2..=4 => 1,
        _ => 2,
    };
    let letters: Vec<char> = name.chars().collect();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| {
            let distance = distance(&letters, candidate, most)?;
            let other = candidate.chars().next() != letters.first().copied();
            Some((distance, other, candidate))
        })
        .min()
        .map(|(_, _, candidate)| candidate)
}

/// Whether at most `most` letters are changed, added, dropped or swapped between two names.
#[must_use]
pub fn within(a: &str, b: &str, most: usize) -> bool {
    let letters: Vec<char> = a.chars().collect();
    distance(&letters, b, most).is_some()
}

/// How many letters are changed, added, dropped or swapped with their neighbour; `None` if more than `most`.
fn distance(a: &[char], b: &str, most: usize) -> Option<usize> {
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    let distance = above[b.len()];
    (distance <= most).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_letters_away() {
        let names = ["stdenv", "stderr", "lib", "pkgs", "atlas"];
        assert_eq!(nearest("stdnev", names), Some("stdenv"));
        assert_eq!(nearest("pkg", names), Some("pkgs"));
        assert_eq!(nearest("lid", names), Some("lib"));
        assert_eq!(nearest("lodash", names), None);
        assert_eq!(nearest("x", ["y"]), None);
    }
}
