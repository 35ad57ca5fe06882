//! Prints a report: one file per output format.

pub mod concise;
