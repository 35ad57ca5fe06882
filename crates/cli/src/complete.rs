//! `nivis completions` and `nivis man`: what shells and manuals know, from the one definition of the arguments.

use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_complete::generate;
use engine::Error;

use crate::args::{Args, CompletionsArgs, ManArgs, Shell};
use crate::{cannot_write, output};

/// Prints the completions for a shell.
///
/// # Errors
/// When stdout cannot be written.
pub fn completions(args: &CompletionsArgs) -> Result<u8, Error> {
    let mut command = Args::command();
    let mut text = Vec::new();
    let (command, out) = (&mut command, &mut text);
    match args.shell {
        Shell::Bash => generate(clap_complete::Shell::Bash, command, "nivis", out),
        Shell::Zsh => generate(clap_complete::Shell::Zsh, command, "nivis", out),
        Shell::Fish => generate(clap_complete::Shell::Fish, command, "nivis", out),
        Shell::Nushell => generate(clap_complete_nushell::Nushell, command, "nivis", out),
        Shell::Elvish => generate(clap_complete::Shell::Elvish, command, "nivis", out),
        Shell::Powershell => generate(clap_complete::Shell::PowerShell, command, "nivis", out),
    }
    output::to_stdout(|out| out.write_all(&text)).map_err(|error| cannot_write(&error))?;
    Ok(0)
}

/// Prints the page of the program, or writes one page for each command.
///
/// # Errors
/// When the pages cannot be written.
pub fn man(args: &ManArgs) -> Result<u8, Error> {
    let mut command = Args::command().name("nivis");
    command.build();
    let Some(folder) = &args.dir else {
        output::to_stdout(|out| page(&command, out)).map_err(|error| cannot_write(&error))?;
        return Ok(0);
    };
    let mut commands: Vec<(String, Command)> = vec![("nivis".to_owned(), command)];
    while let Some((name, command)) = commands.pop() {
        let below = command
            .get_subcommands()
            .filter(|it| it.get_name() != "help");
        commands.extend(below.map(|it| {
            let name = format!("{name}-{}", it.get_name());
            // What the page is called must live as long as the program, and the program is about to end.
            (name.clone(), it.clone().name(&*String::leak(name)))
        }));
        let path = folder.join(format!("{name}.1"));
        output::to_file(&path, |out| page(&command, out)).map_err(|error| {
            Error::at(
                path.display().to_string(),
                format!("cannot be written: {error}"),
            )
        })?;
    }
    Ok(0)
}

fn page(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    out.write_all(&text)
}
