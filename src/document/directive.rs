//! What comments say to the program: `stein: given σ > 0`.

use crate::session::{Error, Verdict};

/// What a comment asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    /// Hypotheses of the next formula.
    Given(String),
    /// A definition for the next formula.
    Where(String),
    /// Hypotheses from here on.
    Assume(String),
    /// A definition from here on.
    Let(String),
    /// Names whose hypotheses and definitions end here; all, if there are none.
    Forget(String),
    /// The next formula is not read.
    Skip,
    /// The next formula is a definition, whatever it looks like.
    Define,
    /// The next formula is a claim, whatever it looks like.
    Claim,
    /// The next formula is said to come to this verdict; `refute` says that it is false.
    Expect(Verdict),
}

/// The text of a comment, if it speaks to this program: empty for a mark.
pub(super) fn spoken(comment: &str) -> Option<&str> {
    let rest = comment.trim().strip_prefix("stein")?;
    if rest.trim().is_empty() {
        return Some("");
    }
    rest.trim_start().strip_prefix(':').map(str::trim)
}

impl Directive {
    /// Reads what stands behind `stein:`.
    pub fn of(text: &str) -> Result<Directive, Error> {
        let text = text.trim();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim().to_string();
        let directive = match (word, rest.is_empty()) {
            ("given", false) => Directive::Given(rest),
            ("where", false) => Directive::Where(rest),
            ("assume", false) => Directive::Assume(rest),
            ("let", false) => Directive::Let(rest),
            ("forget", _) => Directive::Forget(rest),
            ("skip", true) => Directive::Skip,
            ("define", true) => Directive::Define,
            ("claim", true) => Directive::Claim,
            ("refute", true) => Directive::Expect(Verdict::Refuted),
            ("expect", _) if Verdict::of(&rest).is_some() => {
                Directive::Expect(Verdict::of(&rest).unwrap_or(Verdict::Proved))
            }
            ("expect", _) => {
                let help = "write `stein: expect open`; the verdicts are proved, conditional, open and refuted";
                return Err(Error::input("`stein: expect` needs a verdict behind it", Some(help)));
            }
            ("given" | "where" | "assume" | "let", true) => {
                return Err(Error::input(format!("`stein: {word}` needs something behind it"), Some(EXAMPLES)));
            }
            _ => return Err(Error::input(format!("`stein: {word}` is not known in a comment"), Some(EXAMPLES))),
        };
        Ok(directive)
    }
}

const EXAMPLES: &str = "write `stein: given σ > 0` or `where`, `skip`, `define`, `claim`, `refute`, `expect open` for the next formula, \
                        `assume`, `let` or `forget` for all that follow";
