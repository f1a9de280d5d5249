//! How fast draws are made: five integrands that other systems can be measured on, or one of the user's own.

use super::{Error, Session, guarded};
use crate::check::{self, Instance};
use crate::render::{Block, Document, Line, grouped, rounded};
use crate::term::{Elaborator, Identity};
use crate::vector::Level;
use serde_json::json;
use std::time::Instant;

/// The integrands over standard Gaussian noise x, with θ = 0.7 and σ = 1.3.
pub const CASES: [(&str, &str); 5] = [
    ("i", "x/σ (θ + σ x)^3"),
    ("ii", "x/σ sin(θ + σ x)"),
    ("iii", "x/σ exp(-(θ + σ x)^2/2)"),
    ("iv", "x/σ ln(1 + exp(θ + σ x))"),
    ("v", "cos(θ + σ x) - x/σ sin(θ + σ x)"),
];
const PARAMETERS: [(&str, f64); 2] = [("θ", 0.7), ("σ", 1.3)];

/// What a measurement may use; all there is, if nothing is said.
#[derive(Clone, Debug, Default)]
pub struct Means {
    /// `avx512`, `avx2` or `portable`.
    pub instructions: Option<String>,
    /// How many threads.
    pub threads: Option<usize>,
}

/// What a measurement came to.
#[derive(Clone, Debug)]
pub struct Throughput {
    /// What was averaged.
    pub integrand: String,
    /// Draws that were made.
    pub samples: u64,
    /// Time that they took.
    pub seconds: f64,
    /// The mean of the integrand.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
    /// Threads that worked.
    pub threads: usize,
    /// The instructions that were used: `avx512`, `avx2` or `portable`.
    pub instructions: &'static str,
}

impl Session {
    /// Draws samples of an integrand over standard Gaussian noise `x`, with `θ = 0.7` and `σ = 1.3`, and takes the time.
    ///
    /// # Errors
    /// Shows the place that cannot be read, and says which instructions there are.
    pub fn bench(&self, integrand: &str, samples: u64, means: &Means) -> Result<Throughput, Error> {
        guarded(|| match means.threads {
            None => self.throughput(integrand, samples, means),
            Some(threads) => rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .map_err(|error| Error::input(format!("no threads could be started: {error}"), None))?
                .install(|| self.throughput(integrand, samples, means)),
        })
    }

    fn throughput(&self, integrand: &str, samples: u64, means: &Means) -> Result<Throughput, Error> {
        let level = match &means.instructions {
            None => Level::best(),
            Some(name) => Level::all().into_iter().find(|level| level.name() == name).ok_or_else(|| {
                let names: Vec<&str> = Level::all().into_iter().map(Level::name).collect();
                let help = format!("it has {}", names.join(", "));
                Error::input(format!("this processor has no instructions `{name}`"), Some(&help))
            })?,
        };
        let text = format!("E_{{x ~ N(0,1)}}[{integrand}] = 0");
        let statement = crate::syntax::parse_statement(&text).map_err(|e| Error::syntax(e, &text))?;
        let problem = Elaborator::new(&self.library().definitions)
            .statement(&statement, &[])
            .map_err(|e| Error::meaning(*e, &text))?;
        let expectation = &problem.members[0];
        let parameters = PARAMETERS.map(|(name, value)| (name.into(), value)).into();
        let instance = Instance { parameters, ..Instance::default() };
        let unknown = |help: &str| Error::unsupported("this integrand has no value at every draw", help, &text);
        let known = |v: &crate::term::Var| match &v.identity {
            Identity::Free(name) => instance.parameters.contains_key(name),
            Identity::Bound(_) => true,
        };
        if !expectation.free().iter().all(known) {
            return Err(unknown("it may use the noise x and the parameters θ and σ"));
        }
        let watch = self.options.watch.clone();
        let options = check::Options { seed: self.options.seed, samples, level, watch, ..check::Options::default() };
        let draw = |options: &check::Options| {
            check::sample_moments(&self.library().definitions, expectation, &instance, options)
                .ok_or_else(|| unknown("write a function that is finite wherever x is"))
        };
        // Threads are started before the clock.
        draw(&check::Options { samples: samples.min(1 << 22), watch: None, ..options.clone() })?;
        let start = Instant::now();
        let moments = draw(&options)?;
        Ok(Throughput {
            integrand: integrand.into(),
            samples: moments.count as u64,
            seconds: start.elapsed().as_secs_f64(),
            mean: moments.mean,
            variance: moments.variance(),
            threads: rayon::current_num_threads(),
            instructions: level.name(),
        })
    }
}

impl Throughput {
    /// Draws a second.
    pub fn rate(&self) -> f64 {
        self.samples as f64 / self.seconds
    }

    /// What is shown: last the number of draws a second.
    pub fn document(&self) -> Document {
        let threads = format!("{} thread{}", self.threads, if self.threads == 1 { "" } else { "s" });
        let entries = [
            ("integrand", Line::code(self.integrand.clone())),
            ("mean", Line::text(rounded(self.mean, 10))),
            ("variance", Line::text(rounded(self.variance, 10))),
            ("work", Line::text(format!("{} draws on {threads}, {}", grouped(self.samples), self.instructions))),
            ("samples/s", Line::text(format!("{:.0}", self.rate()))),
        ];
        let mut document = Document::default();
        let entries = entries.map(|(label, line)| (label.to_string(), line)).to_vec();
        document.push(Block::Entries { title: String::new(), entries });
        document.data.push(json!({
            "schema": 1,
            "integrand": self.integrand,
            "mean": self.mean,
            "variance": self.variance,
            "samples": self.samples,
            "seconds": self.seconds,
            "threads": self.threads,
            "instructions": self.instructions,
            "samples_per_second": self.rate(),
        }));
        document
    }
}
