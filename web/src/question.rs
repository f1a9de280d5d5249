//! What a page may ask.

use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub enum Question {
    /// To judge the statements of a text, which is a script or TeX.
    Run { text: String },
    /// To rank the estimators that the last text had listed: which list, and where.
    Rank {
        list: usize,
        #[serde(default)]
        with: Vec<String>,
        #[serde(default)]
        at: BTreeMap<String, f64>,
        /// A parameter along which the variances are wanted, and its values.
        #[serde(default)]
        along: Option<(String, Vec<f64>)>,
    },
}

/// Is a text TeX with formulas in it, rather than a statement in the spelling of LaTeX?
pub fn is_tex(text: &str) -> bool {
    let displayed = |(at, _): (usize, &str)| !text[..at].ends_with('\\');
    text.contains('$') || text.contains("\\begin{") || text.match_indices("\\[").any(displayed)
}
