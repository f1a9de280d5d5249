//! Signs of mathematics that the language does not have, by their commands and characters: what each is, and what to
//! write instead. A command that is listed here is never taken for a misspelt one.

use super::ast::Span;
use super::error::{Code, SyntaxError};

/// Signs of one kind.
struct Kind {
    commands: &'static [&'static str],
    characters: &'static str,
    what: &'static str,
    help: &'static str,
}

#[rustfmt::skip]
const KINDS: &[Kind] = &[
    Kind {
        commands: &["equiv", "cong", "asymp", "approxeq", "thickapprox", "thicksim", "eqsim", "backsimeq", "bumpeq", "doteqdot", "circeq", "triangleeq"],
        characters: "≡≅≃≍≊≙≛≟",
        what: "a relation other than `=`",
        help: "write `=` for what is meant to be exact",
    },
    Kind {
        commands: &["eqqcolon", "eqcolon"],
        characters: "≕",
        what: "a definition from right to left",
        help: "what is defined stands on the left: J := f(x) = f(x)",
    },
    Kind {
        commands: &["ll", "gg", "lll", "ggg", "lesssim", "gtrsim", "prec", "preceq", "precsim", "succsim", "trianglelefteq"],
        characters: "≪≫≲≳≺≼≽",
        what: "a comparison that is no equation",
        help: "write an equation, or suppose a comparison of numbers: … given a < b",
    },
    Kind {
        commands: &["implies", "impliedby", "iff", "Rightarrow", "Longrightarrow", "Leftarrow", "Longleftarrow", "Leftrightarrow", "Longleftrightarrow"],
        characters: "⇒⇐⇔⟹⟸⟺",
        what: "a sign between statements",
        help: "write each equation on its own, and behind `given` what it rests on: … given a > 0",
    },
    Kind {
        commands: &["mapsto", "longmapsto"],
        characters: "↦⟼",
        what: "an arrow",
        help: "a function is defined behind `where`: … where f(u) = u^2",
    },
    Kind {
        commands: &["to", "rightarrow", "longrightarrow", "leftarrow", "longleftarrow", "gets", "xrightarrow", "xleftarrow", "hookrightarrow", "rightharpoonup", "rightsquigarrow", "leadsto", "uparrow", "downarrow", "nearrow", "searrow"],
        characters: "→←⟶⟵↑↓↗↘⇝↪",
        what: "an arrow",
        help: "the value at a point is written [f(x)]_{x = 0}",
    },
    Kind {
        commands: &["forall", "exists", "nexists"],
        characters: "∀∃∄",
        what: "a quantifier",
        help: "leave it out: a statement is about all values of its letters; what is supposed of them stands behind `given`: … given a > 0",
    },
    Kind {
        commands: &["land", "lor", "lnot", "neg", "wedge", "vee", "therefore", "because", "vdash", "models"],
        characters: "∧∨¬∴∵⊢⊨",
        what: "a sign of logic",
        help: "write each equation on its own; conditions stand with commas between them: … given a > 0, b > 0",
    },
    Kind {
        commands: &["subset", "subseteq", "supset", "supseteq", "notin", "ni", "setminus", "emptyset", "varnothing", "bigcup", "bigcap", "uplus", "sqcap"],
        characters: "⊂⊆⊃⊇∉∋∖∅∪∩⋃⋂⊎",
        what: "a sign of sets",
        help: "an event is written by its conditions: 1{x > 0}, 1{0 < x < 1}",
    },
    Kind {
        commands: &[],
        characters: "ℝℕℤℚℂ",
        what: "a set of numbers",
        help: "letters are real numbers; of a whole one say so: … given n : integer",
    },
    Kind {
        commands: &["pm", "mp"],
        characters: "±∓",
        what: "two signs at once",
        help: "write an equation for each sign",
    },
    Kind {
        commands: &["star", "bullet", "ominus", "oslash", "boxtimes", "circledast", "amalg", "bigoplus", "bigotimes", "coprod", "bowtie", "ltimes", "rtimes", "diamond"],
        characters: "⋆•⊗⊕⊖⊘∐∘",
        what: "an operation other than the product of numbers",
        help: "write x y for the product, f(g(x)) for a function of a function",
    },
    Kind {
        commands: &["Re", "Im"],
        characters: "ℜℑ",
        what: "a part of a complex number",
        help: "numbers are real here: leave it out",
    },
    Kind {
        commands: &["hbar", "imath", "jmath", "wp", "aleph", "beth", "eth", "mho", "complement", "dag", "ddagger"],
        characters: "ℏ℘ℵ†‡",
        what: "a letter or mark",
        help: "take another letter, Latin or Greek, such as h",
    },
    Kind {
        commands: &["perp", "indep"],
        characters: "⟂⊥⫫",
        what: "independence",
        help: "letters with laws of their own are independent: E_{x ~ p, z ~ q}[x z]",
    },
    Kind {
        commands: &["underline", "overrightarrow", "overleftarrow", "mathring", "acute", "grave", "dddot", "cancel", "bcancel", "xcancel"],
        characters: "",
        what: "a decoration",
        help: "take a letter of its own: x', \\tilde{x}, \\bar{x}",
    },
    Kind {
        commands: &["not"],
        characters: "",
        what: "a stroke through the next sign",
        help: "write \\ne",
    },
    Kind {
        commands: &["ref", "eqref", "cref", "Cref", "autoref", "cite", "citep", "citet", "footnote", "url", "href", "input", "include", "intertext", "shortintertext"],
        characters: "",
        what: "a reference or a remark",
        help: "leave it out",
    },
    Kind {
        commands: &["cases"],
        characters: "",
        what: "a command of plain TeX",
        help: "write \\begin{cases} a & x > 0 \\\\ b & x \\le 0 \\end{cases}",
    },
    Kind {
        commands: &["choose"],
        characters: "",
        what: "a binomial coefficient",
        help: "write n!/(k! (n-k)!)",
    },
    Kind {
        commands: &["matrix", "pmatrix", "eqalign", "displaylines", "eqno", "leqno", "buildrel", "atop"],
        characters: "",
        what: "a command of plain TeX",
        help: "write the equation on one line, f(x) = g(x)",
    },
    Kind {
        commands: &["limsup", "liminf", "varlimsup", "varliminf"],
        characters: "",
        what: "a limit",
        help: "the value at a point is written [f(x)]_{x = 0}",
    },
    Kind {
        commands: &["gcd", "deg", "dim", "ker", "hom", "bmod", "pmod", "mod"],
        characters: "",
        what: "a function",
        help: "a function of your own is defined behind `where`: … where f(u) = u^2",
    },
    Kind {
        commands: &["surd"],
        characters: "∛∜",
        what: "a root",
        help: "write x^(1/3)",
    },
    Kind {
        commands: &["iiint", "idotsint", "oiint"],
        characters: "∬∭∮",
        what: "an integral over more than one letter, or along a curve",
        help: "write an integral inside another: int(int(f(x, y), x), y)",
    },
    Kind {
        commands: &[],
        characters: "“”„«»‘‚",
        what: "a quotation mark",
        help: "leave it out",
    },
    Kind {
        commands: &[],
        characters: "%",
        what: "a percent sign",
        help: "50% is written 0.5; a comment begins with `#`",
    },
];

/// The error for a command that is listed here.
pub(super) fn absent(command: &str, span: Span) -> Option<SyntaxError> {
    let kind = KINDS.iter().find(|kind| kind.commands.contains(&command))?;
    Some(error(&format!("\\{command}"), kind, span))
}

/// The error for a character that is listed here.
pub(super) fn absent_character(c: char, span: Span) -> Option<SyntaxError> {
    let kind = KINDS.iter().find(|kind| kind.characters.contains(c))?;
    Some(error(&c.to_string(), kind, span))
}

fn error(sign: &str, kind: &Kind, span: Span) -> SyntaxError {
    let message = format!("`{sign}`, {}, is not part of the language", kind.what);
    SyntaxError::new(message, span).code(Code::Character).help(kind.help)
}

/// What to write in one dimension, or without the sign, for a command that has no meaning yet.
pub(super) fn instead_of(command: &str) -> Option<&'static str> {
    Some(match command {
        "top" | "intercal" | "odot" | "otimes" => "the product of numbers is written x y",
        "langle" | "rangle" => "write E_{x ~ p}[f(x)] for a mean, x y for the product of numbers",
        "succ" | "succeq" => "of a number write a > 0",
        "lVert" | "rVert" => "of a number write |x|",
        "vec" => "a number is written without a mark above it: x",
        "dot" | "ddot" => "write the derivative out: D_t[x(t)]",
        "lim" => "the value at a point is written [f(x)]_{x = 0}",
        "sup" | "inf" | "arg" | "argmax" | "argmin" => AT_THE_POINT,
        "binom" => "write n!/(k! (n-k)!)",
        "in" => "letters are real numbers; of a whole one say so: … given n : integer",
        "circ" => "write f(g(x))",
        "cup" | "cap" | "sqcup" => "an event is written by its conditions: 1{x > 0}, 1{0 < x < 1}",
        "iint" => "write an integral inside another: int(int(f(x, y), x), y)",
        _ => return None,
    })
}

/// What holds where a function is largest.
pub(super) const AT_THE_POINT: &str = "write what holds at that point: [D_x[f(x)]]_{x = c} = 0";

/// What an author's command usually stands for.
pub(super) fn usual_body(command: &str) -> String {
    let body = match command {
        "E" | "EE" | "Exp" | "Ex" | "ex" | "expect" | "mean" => "\\mathbb{E}",
        "P" | "PP" | "Prob" | "prob" => "\\mathbb{P}",
        "V" | "Var" | "var" => "\\operatorname{Var}",
        "Cov" | "cov" => "\\operatorname{Cov}",
        "KL" | "kl" | "DKL" | "Dkl" => "\\operatorname{KL}",
        "N" | "Normal" | "normal" | "Gauss" => "\\mathcal{N}",
        "L" | "loss" | "Loss" => "\\mathcal{L}",
        "grad" => "\\nabla",
        "R" | "RR" | "reals" => "\\mathbb{R}",
        "half" => "\\frac{1}{2}",
        "eps" => "\\epsilon",
        "sg" | "stopgrad" => "\\operatorname{sg}",
        other => return format!("\\operatorname{{{other}}}"),
    };
    body.into()
}
