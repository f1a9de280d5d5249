//! What comes with an installation: completions for shells, and the manual page.

use super::args::Arguments;
use super::output::Output;
use crate::session::Error;
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints the completions for a shell.
pub fn completions(output: &mut Output, shell: Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "stein", &mut script);
    output.text(&String::from_utf8_lossy(&script));
}

/// Prints the manual page, in roff: the program, then each command.
///
/// # Errors
/// If the page cannot be made.
pub fn manual(output: &mut Output) -> Result<(), Error> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let made = clap_mangen::Man::new(command).render(&mut page);
    made.map_err(|error| Error::input(format!("the manual page cannot be made: {error}"), None))?;
    output.text(&String::from_utf8_lossy(&page));
    Ok(())
}
