//! The program `nivis`: one straight main.

use std::io::{self, Write};
use std::process::ExitCode;

use engine::{Plan, Settings};
use lint_api::Level;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let _command = arguments.next();
    let root = arguments.next().unwrap_or_else(|| ".".to_owned());
    let settings = Settings {
        root: root.into(),
        ..Settings::default()
    };
    match run(&settings) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(settings: &Settings) -> Result<u8, engine::Error> {
    let plan = Plan::new(lints::ALL.iter().chain(engine::own::ALL).copied(), settings);
    let input = engine::load(settings)?;
    let checked = engine::check(input, &plan, settings);
    let report = engine::settle(checked, &plan, settings);
    let _ = report::concise::print(&report, &report::Style::default(), &mut io::stdout().lock());
    Ok(report.exit_code(Some(Level::Warn)))
}
