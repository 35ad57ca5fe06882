//! Days, without a clock: what a run takes for today, and days as words.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lock::{Attributes, LockState};
use crate::{Repo, dated};

/// A day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(i64);

impl Day {
    /// The day of a time in seconds since 1970, as Greenwich counts.
    #[must_use]
    pub fn of_seconds(seconds: i64) -> Day {
        Day(seconds.div_euclid(86_400))
    }

    /// The day of a date; `None` when there is no such date from 1970 on.
    #[must_use]
    pub fn of(year: i64, month: u8, day: u8) -> Option<Day> {
        if !(1970..=9999).contains(&year) {
            return None;
        }
        let month = month.checked_sub(1)?;
        let lengths = lengths(year);
        let length = *lengths.get(usize::from(month))?;
        if day == 0 || i64::from(day) > length {
            return None;
        }
        let years: i64 = (1970..year).map(lengths_of_year).sum();
        let months: i64 = lengths.iter().take(usize::from(month)).sum();
        Some(Day(years + months + i64::from(day) - 1))
    }

    /// Reads `2026-11-21`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Day> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |it: &str, count: usize| {
            it.len() == count && it.bytes().all(|byte| byte.is_ascii_digit())
        };
        if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
            return None;
        }
        Day::of(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// How many days lie between an earlier day and this one; negative when that one is later.
    #[must_use]
    pub fn since(self, earlier: Day) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The day so many days later.
    #[must_use]
    pub fn plus(self, days: i64) -> Day {
        Day(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match civil(self.0.saturating_mul(86_400)) {
            Some((year, month, day)) => write!(f, "{year:04}-{month:02}-{day:02}"),
            None => f.write_str("a day that no calendar has"),
        }
    }
}

/// Year, month and day of a time in seconds since 1970.
#[must_use]
pub fn civil(seconds: i64) -> Option<(i64, u8, u8)> {
    let mut days = seconds.div_euclid(86_400);
    if !(0..200_000).contains(&days) {
        return None;
    }
    let mut year = 1970;
    while days >= lengths_of_year(year) {
        days -= lengths_of_year(year);
        year += 1;
    }
    for (month, length) in (1..).zip(lengths(year)) {
        if days < length {
            return Some((year, month, u8::try_from(days + 1).ok()?));
        }
        days -= length;
    }
    None
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn lengths_of_year(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn lengths(year: i64) -> [i64; 12] {
    let february = if is_leap(year) { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

impl Repo {
    /// The day against which ages are judged: what the run was told, else the day of the last commit, else the newest
    /// change that the lock at the root pins, else the day when nivis' own tables were read. Never a clock: a run says the
    /// same until somebody commits.
    #[must_use]
    pub fn today(&self) -> Day {
        let commit = || self.git.as_ref()?.head_time.map(Day::of_seconds);
        let locked = || {
            let (_, state) = self.lock_of(self.main_flake()?)?;
            let LockState::Read(lock) = state else {
                return None;
            };
            let nodes = lock.nodes.values();
            let times = nodes.filter_map(|it| it.locked.as_ref()?.last_modified());
            times.max().map(Day::of_seconds)
        };
        self.given
            .today
            .or_else(commit)
            .or_else(locked)
            .unwrap_or_else(|| Day::of_seconds(dated::READ_AT))
    }
}

/// The day of the last change of a pinned revision.
#[must_use]
pub fn day_of(locked: &Attributes) -> Option<Day> {
    locked.last_modified().map(Day::of_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates() {
        assert_eq!(civil(0), Some((1970, 1, 1)));
        assert_eq!(civil(951_782_400), Some((2000, 2, 29)));
        assert_eq!(civil(dated::DARWIN_READ), Some((2026, 6, 18)));
        assert_eq!(civil(i64::MAX), None);
        assert_eq!(civil(-1), None);
        for text in [
            "1970-01-01",
            "2000-02-29",
            "2024-12-31",
            "2026-11-21",
            "9999-12-31",
        ] {
            let day = Day::parse(text);
            if text < "2500" {
                assert_eq!(day.map(|it| it.to_string()).as_deref(), Some(text));
            }
            assert!(day.is_some(), "{text}");
        }
        for text in [
            "2023-02-29",
            "2023-13-01",
            "2023-00-01",
            "2023-01-00",
            "2023-1-1",
            "1969-12-31",
            "2023-01-01-01",
            "",
            "today",
            "+023-01-01",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
        let day = |text| Day::parse(text).unwrap();
        assert_eq!(day("2025-03-01").since(day("2025-02-01")), 28);
        assert_eq!(day("2025-02-01").since(day("2025-03-01")), -28);
        assert_eq!(day("2024-12-31").plus(1), day("2025-01-01"));
        assert_eq!(
            Day::of_seconds(dated::READ_AT).to_string()[..7],
            *dated::READ_ON
        );
        assert_eq!(
            Day::of_seconds(i64::MIN).plus(i64::MIN).to_string(),
            "a day that no calendar has"
        );
    }
}
