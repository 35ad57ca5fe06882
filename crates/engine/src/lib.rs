//! The straight line: load, check, settle. The only room that reads the disk and the git directory.
//!
//! It is handed the lints and never names one of them, but for its own few (`own`).

pub mod aliases;
pub mod allow_all;
pub mod allow_here;
pub mod allows;
pub mod apply;
pub mod baseline;
mod change;
pub mod check;
pub mod config;
pub mod disk;
pub mod error;
pub mod git;
pub mod kind;
pub mod load;
mod look;
pub mod memo;
pub mod names;
pub mod own;
pub mod panics;
pub mod patch;
pub mod pins;
pub mod plan;
pub mod pool;
pub mod pragmas;
pub mod root;
pub mod rules;
pub mod session;
pub mod settings;
pub mod settle;
pub mod shard;
mod staged;
pub mod timing;
pub mod tried;
pub mod walk;

pub use allow_all::{AllowedAll, allow_all};
pub use allow_here::allow_here;
pub use apply::{Changed, Fixed, Wanted, fix};
pub use check::{Checked, check, check_with};
pub use error::Error;
pub use load::{Input, Source, load};
pub use plan::Plan;
pub use pragmas::{OwnPragmas, own_pragmas};
pub use rules::Lints;
pub use session::Session;
pub use settings::{Flags, PathSettings, Settings};
pub use settle::settle;
