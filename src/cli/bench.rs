//! The command that measures how fast draws are made.

use super::args::BenchArguments;
use super::output::Output;
use crate::session::{CASES, Error, Means, Session};

/// Measures one integrand.
///
/// # Errors
/// If there is no such case, or the integrand cannot be read.
pub fn run(output: &mut Output, session: &Session, arguments: &BenchArguments) -> Result<(), Error> {
    let integrand = match &arguments.integrand {
        Some(integrand) => integrand.as_str(),
        None => CASES.iter().find(|(name, _)| *name == arguments.case).map_or(CASES[0].1, |(_, integrand)| *integrand),
    };
    let means =
        Means { instructions: arguments.instructions.clone(), threads: arguments.threads.map(|count| count as usize) };
    output.document(&session.bench(integrand, arguments.n, &means)?.document());
    Ok(())
}
