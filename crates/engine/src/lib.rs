//! The straight line: load, check, settle. The only room that reads the disk and the git directory.
//!
//! It is handed the lints and never names one of them, but for its own few (`own`).

pub mod apply;
pub mod check;
pub mod error;
pub mod git;
pub mod load;
pub mod own;
pub mod plan;
pub mod settings;
pub mod settle;
pub mod walk;

pub use check::{Checked, check};
pub use error::Error;
pub use load::{Input, Source, load};
pub use plan::Plan;
pub use settings::Settings;
pub use settle::settle;
