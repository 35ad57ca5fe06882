//! Makes a failing input small: whatever can be left out is left out.

use std::time::{Duration, Instant};

use crate::Bundle;

/// The smallest text found for which `fails` still holds, after at most so many tries and so long.
pub fn shrink(
    text: &[u8],
    tries: usize,
    patience: Duration,
    mut fails: impl FnMut(&[u8]) -> bool,
) -> Vec<u8> {
    let mut best = text.to_vec();
    let mut left = tries;
    let end = Instant::now() + patience;
    let mut holds = |candidate: &[u8], left: &mut usize| {
        *left = if Instant::now() < end {
            left.saturating_sub(1)
        } else {
            0
        };
        *left > 0 && fails(candidate)
    };
    // Whole files first.
    let mut index = 0;
    loop {
        let mut bundle = Bundle::read(&best);
        if bundle.parts.len() < 2 || index >= bundle.parts.len() {
            break;
        }
        bundle.parts.remove(index);
        let candidate = bundle.write();
        if holds(&candidate, &mut left) {
            best = candidate;
        } else {
            index += 1;
        }
    }
    // Then ever smaller pieces.
    let mut size = (best.len() / 2).max(1);
    while left > 0 {
        let mut at = 0;
        let before = best.len();
        while at < best.len() && left > 0 {
            let end = (at + size).min(best.len());
            let candidate = [&best[..at], &best[end..]].concat();
            if holds(&candidate, &mut left) {
                best = candidate;
            } else {
                at = end;
            }
        }
        if size > 1 {
            size /= 2;
        } else if best.len() == before {
            break;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_stays() {
        let text = b"=== a.nix\nlong text with a NEEDLE in it\n=== b.nix\nmore\n";
        let small = shrink(text, 2_000, Duration::from_secs(9), |it| {
            String::from_utf8_lossy(it).contains("NEEDLE")
        });
        assert_eq!(small, b"NEEDLE");
    }
}
