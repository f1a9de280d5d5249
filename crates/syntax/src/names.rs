//! The vocabulary: Greek letters, known functions and laws, reserved words, and "did you mean".

/// Greek letters with their ASCII names, which are also their LaTeX commands. `Gamma` and `Beta` are laws
/// in plain text, so the capital letters of those names have no ASCII spelling.
pub(crate) const GREEK: &[(&str, &str)] = &[
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("eps", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("iota", "ι"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("upsilon", "υ"),
    ("phi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Theta", "Θ"),
    ("Lambda", "Λ"),
    ("Xi", "Ξ"),
    ("Pi", "Π"),
    ("Sigma", "Σ"),
    ("Phi", "Φ"),
    ("Psi", "Ψ"),
    ("Omega", "Ω"),
    ("ell", "ℓ"),
];

/// Further spellings of Greek letters, read but never printed.
const GREEK_VARIANTS: &[(&str, &str)] = &[
    ("epsilon", "ε"),
    ("varepsilon", "ε"),
    ("vartheta", "θ"),
    ("varphi", "φ"),
    ("varsigma", "σ"),
    ("varrho", "ρ"),
    ("ϵ", "ε"),
    ("ϑ", "θ"),
    ("ϕ", "φ"),
    ("ς", "σ"),
    ("ϱ", "ρ"),
    ("µ", "μ"),
];

/// The Greek letter of an ASCII name or of a variant glyph.
pub(crate) fn greek(name: &str) -> Option<&'static str> {
    let table = GREEK.iter().chain(GREEK_VARIANTS);
    table.clone().find(|(ascii, _)| *ascii == name).map(|(_, letter)| *letter)
}

/// The ASCII name of a Greek letter, if it has one.
pub fn ascii_of(letter: &str) -> Option<&'static str> {
    GREEK.iter().find(|(_, greek)| *greek == letter).map(|(ascii, _)| *ascii)
}

/// Functions of one argument that may stand before it without a bracket: `sin x`.
pub(crate) const PREFIX_FUNCTIONS: &[&str] = &[
    "abs", "arccos", "arcsin", "arctan", "cos", "cosh", "digamma", "erf", "erfc", "erfinv", "exp", "expm1", "floor",
    "lngamma", "ln", "log1p", "relu", "sigmoid", "sign", "sin", "sinh", "softplus", "sqrt", "step", "stopgrad", "tan",
    "tanh", "trigamma", "He", "acosh", "asinh", "atanh", "ceil", "cot", "expit", "logit", "probit", "det", "tr",
];

/// Functions that need their bracket.
const BRACKET_FUNCTIONS: &[&str] = &[
    "beta",
    "clamp",
    "diag",
    "dot",
    "gamma",
    "hadamard",
    "int",
    "lnbeta",
    "max",
    "min",
    "norm",
    "polygamma",
    "softmax",
];

/// Functions of vectors and matrices whose names could be products of letters.
pub(crate) const OF_MATRICES: &[&str] = &["det", "diag", "dot", "norm", "tr"];

/// Other spellings of known functions, with the name that is meant.
const FUNCTION_ALIASES: &[(&str, &str)] = &[
    ("log", "ln"),
    ("sgn", "sign"),
    ("atan", "arctan"),
    ("asin", "arcsin"),
    ("acos", "arccos"),
    ("lgamma", "lngamma"),
    ("artanh", "atanh"),
    ("arctanh", "atanh"),
    ("arsinh", "asinh"),
    ("arcosh", "acosh"),
    ("clip", "clamp"),
    ("sg", "stopgrad"),
    ("Tr", "tr"),
    ("trace", "tr"),
];

/// The canonical name of a function that may stand without a bracket.
pub(crate) fn prefix_function(name: &str) -> Option<&'static str> {
    let alias = FUNCTION_ALIASES.iter().find(|(other, _)| *other == name).map(|(_, known)| *known);
    alias.or_else(|| PREFIX_FUNCTIONS.iter().find(|known| **known == name).copied())
}

/// The canonical name of any known function.
pub(crate) fn known_function(name: &str) -> Option<&'static str> {
    prefix_function(name).or_else(|| BRACKET_FUNCTIONS.iter().find(|known| **known == name).copied())
}

/// The letters of unknown functions.
pub(crate) fn is_function_letter(base: &str) -> bool {
    matches!(base, "f" | "g" | "h" | "φ" | "ψ" | "u" | "v")
}

/// The letters of unspecified laws; `P` and `Q` are those of rules.
pub(crate) fn is_law_letter(base: &str) -> bool {
    matches!(base, "p" | "q" | "P" | "Q")
}

/// Names of laws. Only a help for reading: in LaTeX they are words rather than products of letters. A law that
/// is missing here is read all the same after `\sim`, or inside `\operatorname{}`.
pub(crate) const LAWS: &[&str] = &[
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "DoubleMaxwell",
    "Exp",
    "Gamma",
    "Geometric",
    "Gumbel",
    "Laplace",
    "LogNormal",
    "Logistic",
    "N",
    "Poisson",
    "Rademacher",
    "StudentT",
    "U",
    "Weibull",
];

/// A single letter that can name an unspecified law: any but those of the Gaussian and the uniform law.
pub(crate) fn is_letter_of_a_law(base: &str) -> bool {
    (is_latin_letter(base) || is_greek_letter(base)) && !matches!(base, "N" | "U")
}

/// Words that are no names: they join the parts of statements and of conditions.
pub(crate) const RESERVED: &[&str] = &["given", "where", "and", "is", "in", "for", "vanishes", "exists"];

/// Is this a word that joins the parts of a statement?
pub(crate) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

/// A letter without its decoration: `x` of `x̂'`, `V` of `V^π`.
pub fn undecorated(base: &str) -> &str {
    let end = base.char_indices().skip(1).find(|(_, c)| matches!(c, '\u{300}'..='\u{36f}' | '\'' | '*' | '^'));
    end.map_or(base, |(end, _)| &base[..end])
}

/// A single Latin letter, whatever stands above it; `ℓ` and script letters count.
pub(crate) fn is_latin_letter(base: &str) -> bool {
    let mut letters = undecorated(base).chars();
    let first = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == 'ℓ' || is_script(c));
    first && letters.next().is_none()
}

/// A single Greek letter, whatever stands above it.
pub(crate) fn is_greek_letter(base: &str) -> bool {
    let mut letters = undecorated(base).chars();
    letters.next().is_some_and(|c| ('\u{370}'..='\u{3ff}').contains(&c)) && letters.next().is_none()
}

/// A script capital, as `\mathcal` makes it.
pub(crate) fn is_script(c: char) -> bool {
    ('\u{1d4d0}'..='\u{1d4e9}').contains(&c)
}

/// The names of notation that are never variables.
const NOTATION: &[&str] =
    &["D", "E", "S", "H", "M", "Var", "Cov", "KL", "Delta", "sg", "stopgrad", "int", "oo", "propto"];

/// Is a run of Latin letters a word even in LaTeX, where an unknown run is a product?
pub(crate) fn is_word(run: &str) -> bool {
    greek(run).is_some()
        || known_function(run).is_some()
        || LAWS.contains(&run)
        || RESERVED.contains(&run)
        || NOTATION.contains(&run)
}

/// The candidate that differs least from `word`, if it is near enough to be meant.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = if word.chars().count() < 4 { 1 } else { 2 };
    let scored = candidates.into_iter().map(|candidate| (distance(word, candidate), candidate));
    scored.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

/// Edits (insertions, deletions, replacements, swaps of neighbours) between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(40).collect(), b.chars().take(40).collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
