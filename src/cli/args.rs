//! The arguments.

use super::number::{DRAWS, THREADS, blocks, count, seconds};
use crate::render::View;
use crate::session::{Drawing, Options};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  stein prove 'D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] = E_{x ~ N(0,1)}[x/σ f(θ + σ x)]'
  stein check 'E_{x ~ N(0,1)}[x^2] = 1'
  stein run examples/note.stein
  stein rules likelihood-ratio

Exit codes: 0 proved (or conditional), 1 refuted, 2 an error of use or syntax, 3 open.
Of a script, the worst of its statements counts: 2, then 1, then 3, then 0; what comes to the verdict that `refute` or
`expect` announces counts as 0.";

/// Proves and refutes formulas about gradients of expectations.
#[derive(Debug, Parser)]
#[command(name = "stein", version, about, after_help = EXAMPLES, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// How to print answers; github, sarif and junit list what `run` and `read` find, coq writes a proof for Coq
    #[arg(long, global = true, value_enum, default_value_t = FormatName::Text)]
    pub format: FormatName,

    /// Show only what is not as it should be, and the tally
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Show the sentence and the conditions of the rule behind each step
    #[arg(long, global = true)]
    pub explain: bool,

    /// LaTeX: a document of its own, with its preamble
    #[arg(long, global = true)]
    pub standalone: bool,

    /// LaTeX: theorems and their proofs alone, without numbers and places
    #[arg(long, global = true)]
    pub proof_only: bool,

    /// Where random numbers begin
    #[arg(long, global = true, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Draws of a simulation, such as 1e6 [default: as many as it takes]
    #[arg(long, global = true, value_name = "N", value_parser = count(DRAWS))]
    pub samples: Option<u64>,

    /// Draw in pairs that mirror each other
    #[arg(long, global = true)]
    pub antithetic: bool,

    /// Draw at scrambled Sobol points: far smaller errors for smooth integrands
    #[arg(long, global = true, alias = "qmc", conflicts_with = "antithetic")]
    pub sobol: bool,

    /// Time for one equation; without it, as much work as a machine of today does in two seconds
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,

    /// A file with rules, laws or functions of your own; may be given several times
    #[arg(long, global = true, value_name = "FILE", action = clap::ArgAction::Append)]
    pub rules: Vec<PathBuf>,

    /// A TeX file whose `\newcommand`s may stand in formulas; may be given several times
    #[arg(long, global = true, value_name = "FILE", action = clap::ArgAction::Append)]
    pub macros: Vec<PathBuf>,

    /// Use rules of your own even if their audit finds them wrong
    #[arg(long, global = true)]
    pub insist: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look for a proof of an equation, check it, and compare the sides numerically
    Prove {
        /// `L = R`, or a chain `A = B = C`; `-` is standard input
        #[arg(allow_hyphen_values = true)]
        statement: String,
        /// Write the proof to a file that `verify` checks again
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
    },
    /// Check saved proofs again with the independent checker alone
    Verify {
        /// Files that `prove --save` has written
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Draw from a seed that nobody knows, so that no file can be made for it
        #[arg(long)]
        fresh: bool,
    },
    /// Compare the sides of an equation numerically
    Check {
        /// `L = R`, or a chain `A = B = C`
        #[arg(allow_hyphen_values = true)]
        statement: String,
        /// Draw these blocks of 16384 draws only; with `--format json` the answer can be merged with others
        #[arg(long, value_name = "A..B", value_parser = blocks)]
        blocks: Option<Range<u64>>,
    },
    /// Put together what `check --blocks … --format json` has printed, to the same bits as one run
    Merge {
        /// Files with a part each
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// List what can be sampled in the place of an expression, with proofs
    Derive(super::derive::Arguments),
    /// The value of an expression: the shortest form that is proved equal to it
    Eval {
        /// An expression, such as `E_{x ~ N(0,1)}[x^4]`
        #[arg(allow_hyphen_values = true)]
        expression: String,
    },
    /// What makes an equation with `?` true: the value of its other side
    Solve {
        /// `e = ?`
        #[arg(allow_hyphen_values = true)]
        equation: String,
    },
    /// Run scripts of statements
    Run {
        /// The scripts, each from the beginning; `-` is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Read documents (.tex, .md, .ipynb or .py): every displayed equation with its verdict and place
    Read(super::document::Arguments),
    /// Rewrite refuted statements as the true ones that were meant, each proved before it is written
    Fix(super::fix::Arguments),
    /// Serve an editor: diagnostics, hover, fixes and completion, by the Language Server Protocol over standard input
    Lsp,
    /// Explain an error by its number, or describe a rule, law or function by its name
    Explain {
        /// A number such as `E002`, or a name such as `likelihood-ratio`
        topic: String,
    },
    /// Check rules, laws and functions numerically: those of the files, or all
    Audit {
        /// Files in the language of `rules/`
        files: Vec<PathBuf>,
    },
    /// List the rules, or describe one
    Rules {
        /// The name of a rule
        name: Option<String>,
    },
    /// Measure how fast draws are made
    Bench(BenchArguments),
    /// Print completions for a shell
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    Man,
}

/// What is measured.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// One of five integrands over standard Gaussian noise x, at θ = 0.7 and σ = 1.3
    #[arg(long, default_value = "i", value_parser = ["i", "ii", "iii", "iv", "v"])]
    pub case: String,
    /// An integrand of your own, such as `x/σ tanh(θ + σ x)`
    #[arg(long, value_name = "EXPRESSION", conflicts_with = "case", allow_hyphen_values = true)]
    pub integrand: Option<String>,
    /// How many draws, such as 1e8
    #[arg(long, value_name = "N", default_value = "1e8", value_parser = count(DRAWS))]
    pub n: u64,
    /// How many threads [default: all]
    #[arg(long, value_name = "N", value_parser = count(THREADS))]
    pub threads: Option<u64>,
    /// `avx512`, `avx2` or `portable` [default: the best]
    #[arg(long, value_name = "NAME")]
    pub instructions: Option<String>,
}

/// The formats by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    Text,
    Json,
    Latex,
    Markdown,
    Html,
    Github,
    Sarif,
    Junit,
    Coq,
}

impl Arguments {
    /// How documents are shown.
    pub fn view(&self) -> View {
        View { explain: self.explain, width: None, standalone: self.standalone, proof_only: self.proof_only }
    }

    pub fn options(&self) -> Options {
        let standard = Options::default();
        Options {
            seed: self.seed,
            samples: self.samples,
            timeout: self.timeout.unwrap_or(standard.timeout),
            // Who sets a time means the clock's.
            clock_factor: if self.timeout.is_some() { 1 } else { standard.clock_factor },
            // Only pages have plots.
            convergence: matches!(self.format, FormatName::Html),
            use_failed: self.insist,
            drawing: match (self.antithetic, self.sobol) {
                (true, _) => Drawing::Antithetic,
                (_, true) => Drawing::Sobol,
                _ => Drawing::Plain,
            },
            ..standard
        }
    }
}
