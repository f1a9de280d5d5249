//! Python code: a line of a docstring or a comment that begins with `stein:` is a statement of a script.

use crate::syntax::{goes_on, is_unfinished};

/// The script that stands in the code, in its places: everything else is blank.
pub(super) fn script(code: &str) -> String {
    let mut script = String::new();
    // The statement so far, while it may go on.
    let mut statement = String::new();
    for line in code.split_inclusive('\n') {
        let said = line.trim_end();
        let inner = said.trim_start().trim_start_matches('#').trim_start();
        let begun = inner.strip_prefix("stein:");
        let goes_on = !statement.is_empty() && !inner.is_empty() && (goes_on(inner) || is_unfinished(&statement));
        let spoken = begun.or(goes_on.then_some(inner)).map(ending);
        match spoken {
            Some(spoken) => {
                if begun.is_some() {
                    statement.clear();
                }
                statement.push_str(spoken);
                statement.push('\n');
                let start = spoken.as_ptr() as usize - line.as_ptr() as usize;
                script.push_str(&" ".repeat(start));
                script.push_str(spoken);
                script.push_str(&blank(&line[start + spoken.len()..]));
            }
            None => {
                statement.clear();
                script.push_str(&blank(line));
            }
        }
    }
    script
}

/// A docstring may end behind a statement.
fn ending(spoken: &str) -> &str {
    ["\"\"\"", "'''"].iter().find_map(|quotes| spoken.strip_suffix(quotes)).unwrap_or(spoken)
}

fn blank(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '\n' | '\r') { c.to_string() } else { " ".repeat(c.len_utf8()) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_stay_in_their_places() {
        let code = "def f(x):\n    \"\"\"Ä.\n\n    stein: E_{x ~ p}[x]\n        = m\n    stein: x = x\"\"\"\n    # stein: y = y\n    z = 1\n";
        let script = script(code);
        assert_eq!(script.len(), code.len());
        let lines: Vec<&str> = script.lines().map(str::trim).collect();
        assert_eq!(lines, ["", "", "", "E_{x ~ p}[x]", "= m", "x = x", "y = y", ""]);
        assert_eq!(script.find("x = x"), code.find("x = x"));
    }
}
