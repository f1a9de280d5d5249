//! Plain text inside other languages.

/// Text inside LaTeX text.
pub fn latex(text: &str) -> String {
    let mut result = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            // A minus sign, not a hyphen.
            '-' if characters.peek().is_some_and(char::is_ascii_digit) && !result.ends_with(char::is_alphanumeric) => {
                result.push_str("$-$");
            }
            '\\' => result.push_str("\\textbackslash{}"),
            '~' => result.push_str("\\textasciitilde{}"),
            '^' => result.push_str("\\textasciicircum{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => result.extend(['\\', c]),
            '<' | '>' | '|' => result.extend(['$', c, '$']),
            '…' => result.push_str("\\dots{}"),
            '·' => result.push_str("$\\cdot$"),
            '²' => result.push_str("$^2$"),
            '³' => result.push_str("$^3$"),
            '≠' => result.push_str("$\\neq$"),
            '≤' => result.push_str("$\\le$"),
            '≥' => result.push_str("$\\ge$"),
            '∞' => result.push_str("$\\infty$"),
            '—' => result.push_str("---"),
            '–' => result.push_str("--"),
            '’' => result.push('\''),
            '→' => result.push_str("$\\to$"),
            '‖' => result.push_str("$\\|$"),
            '∇' => result.push_str("$\\nabla$"),
            '∂' => result.push_str("$\\partial$"),
            '∫' => result.push_str("$\\int$"),
            '∈' => result.push_str("$\\in$"),
            '≻' => result.push_str("$\\succ$"),
            '√' => result.push_str("$\\surd$"),
            '₀'..='₉' => result.push_str(&format!("$_{}$", u32::from(c) - 0x2080)),
            '⁴'..='⁹' => result.push_str(&format!("$^{}$", u32::from(c) - 0x2070)),
            // The bars of a sweep.
            '▁'..='█' => {
                let eighths = u32::from(c) - 0x2580;
                result.push_str(&format!("\\rule{{0.5em}}{{0.{:03}em}}", eighths * 110));
            }
            c if c.is_ascii() => result.push(c),
            c => match greek(c) {
                Some(name) => result.push_str(&format!("$\\{name}$")),
                // Letters of Europe have a place in every font; other signs are named.
                None if c < '\u{180}' => result.push(c),
                None => result.push_str(&format!("[U+{:04X}]", u32::from(c))),
            },
        }
    }
    result
}

/// The LaTeX name of a Greek letter.
fn greek(letter: char) -> Option<&'static str> {
    const NAMES: [(char, &str); 26] = [
        ('α', "alpha"),
        ('β', "beta"),
        ('γ', "gamma"),
        ('δ', "delta"),
        ('ε', "varepsilon"),
        ('ζ', "zeta"),
        ('η', "eta"),
        ('θ', "theta"),
        ('ι', "iota"),
        ('κ', "kappa"),
        ('λ', "lambda"),
        ('μ', "mu"),
        ('ν', "nu"),
        ('ξ', "xi"),
        ('π', "pi"),
        ('ρ', "rho"),
        ('σ', "sigma"),
        ('τ', "tau"),
        ('φ', "varphi"),
        ('χ', "chi"),
        ('ψ', "psi"),
        ('ω', "omega"),
        ('Δ', "Delta"),
        ('Γ', "Gamma"),
        ('Σ', "Sigma"),
        ('Ω', "Omega"),
    ];
    NAMES.iter().find(|(c, _)| *c == letter).map(|(_, name)| *name)
}

/// Text inside HTML.
pub fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Text inside Markdown.
pub fn markdown(text: &str) -> String {
    let mut result = String::new();
    for c in text.chars() {
        if matches!(c, '\\' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '|' | '#' | '$') {
            result.push('\\');
        }
        result.push(c);
    }
    result
}
