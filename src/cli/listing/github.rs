//! Commands of GitHub's workflows, which become annotations of a change.

use super::Listed;
use crate::document::{Finding, Level};
use crate::session::Error;

pub fn list(all: &[Listed]) -> String {
    let mut out = String::new();
    for listed in all {
        for finding in listed.problems() {
            out.push_str(&annotation(&listed.file, finding));
        }
        match &listed.found {
            Ok(_) => out.push_str(&format!("{}: {}\n", plain(&listed.file), said(&listed.tally.line()))),
            Err(error) => out.push_str(&unreadable(&listed.file, error)),
        }
    }
    out
}

fn said(tally: &str) -> &str {
    if tally.is_empty() { "nothing to judge" } else { tally }
}

fn annotation(file: &str, finding: &Finding) -> String {
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note | Level::Good => "notice",
    };
    let (place, end) = (finding.place, finding.end);
    let mut properties = vec![("file", file.to_string())];
    // The lines of a cell are no lines of the file.
    if place.cell.is_none() {
        properties.extend([("line", place.line.to_string()), ("endLine", end.line.to_string())]);
        if place.line == end.line {
            properties.extend([("col", place.column.to_string()), ("endColumn", end.column.to_string())]);
        }
    }
    let cell = place.cell.map_or(String::new(), |cell| format!(", cell {cell}"));
    properties.push(("title", format!("stein: {}{cell}", finding.kind)));
    command(level, &properties, &finding.message())
}

fn unreadable(file: &str, error: &Error) -> String {
    let help = error.help().map_or(String::new(), |help| format!("\nhelp: {help}"));
    let properties = [("file", file.to_string()), ("title", format!("stein: {}", error.code().number()))];
    command("error", &properties, &format!("{error}{help}"))
}

fn command(name: &str, properties: &[(&str, String)], message: &str) -> String {
    let properties: Vec<String> = properties
        .iter()
        .map(|(key, value)| format!("{key}={}", escaped(value).replace(':', "%3A").replace(',', "%2C")))
        .collect();
    format!("::{name} {}::{}\n", properties.join(","), escaped(message))
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A name at the beginning of a line must not be taken for a command.
fn plain(name: &str) -> String {
    name.replace("::", ": :").replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_github_takes_for_its_own_is_escaped() {
        let said = command("error", &[("file", "a,b:c%.stein".into()), ("line", "3".into())], "50 %\r\nx: y, z::");
        assert_eq!(said, "::error file=a%2Cb%3Ac%25.stein,line=3::50 %25%0D%0Ax: y, z::\n");
    }
}
