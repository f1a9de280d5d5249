//! The facade that library users, the command line and its scripts share.
//!
//! ```
//! let session = stein::Session::new()?;
//! let answer = session.prove("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] = E_{x ~ N(0,1)}[x/σ f(θ + σ x)]")?;
//! assert_eq!(answer.verdict(), stein::Verdict::Proved);
//! # Ok::<(), stein::Error>(())
//! ```

mod answer;
mod audit;
mod bench;
mod blocks;
mod catalogue;
mod certificate;
mod conditions;
mod coq;
mod derive;
mod error;
mod explain;
mod judge;
mod letters;
mod lookup;
mod operators;
mod own;
mod parallel;
mod polynomials;
mod record;
mod repair;
mod report;
mod script;
mod sizes;
mod theorems;
mod up_to;
mod value;
mod workspace;

pub use answer::{Answer, Condition, Derivation, Link, Repair, Status, Step, Verdict};
pub use audit::Audit;
pub use bench::{CASES, Means, Throughput};
pub use blocks::Part;
pub use certificate::Verified;
pub use derive::{Constant, Derived, Estimator, Limits, Missing, Open, Place, Sweep, Work};
pub use error::Error;
pub use lookup::{Word, WordKind, nearest};
pub use script::{Event, Script};

pub(crate) use parallel::in_parallel;
pub(crate) use script::{entries, without_comments};

pub use crate::check::{Drawing, Watch};

use crate::array;
use crate::operator;
use crate::render::Formula;
use crate::rule::Library;
use crate::syntax::{self, Assumption, Command, Context, Definition, Expr, Kind, Macros, Name, Statement};
use crate::term::{Elaborator, Problem, deadline};
use judge::Judge;
use letters::Letters;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How much may be spent on a statement, and where its random numbers begin.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where random numbers begin: the same seed gives the same answers.
    pub seed: u64,
    /// For each link of a chain, search and numbers together. A search is bounded by the steps that a machine of today
    /// makes in this time, so that it finds the same on any machine, busy or not.
    pub timeout: Duration,
    /// How many times as long a slow or busy machine may take before the clock ends the work.
    pub clock_factor: u32,
    /// Draws of a simulation; chosen by need if none.
    pub samples: Option<u64>,
    /// Record how the numbers converge, for a plot. It costs as many draws again.
    pub convergence: bool,
    /// Rules of one's own are used even where their audit finds a counterexample.
    pub use_failed: bool,
    /// Estimators that are valid and seldom wanted, such as mixtures of two, are looked for as well.
    pub mixtures: bool,
    /// For each refuted link: time to look for the statement that was meant.
    pub repair: Duration,
    /// How draws are chosen.
    pub drawing: Drawing,
    /// Told how far simulations have come, and asked whether to go on.
    pub watch: Option<Arc<Watch>>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            seed: 1,
            timeout: Duration::from_secs(2),
            clock_factor: 5,
            samples: None,
            repair: Duration::from_millis(1200),
            convergence: false,
            mixtures: false,
            use_failed: false,
            drawing: Drawing::Plain,
            watch: None,
        }
    }
}

/// Rules, definitions and assumptions under which statements are judged.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// For all statements to come.
    pub options: Options,
    library: Arc<Library>,
    /// The library as the kernel crate has it, once a proof is read or written; clones share it.
    certified: Arc<OnceLock<Arc<stein_kernel::library::Library>>>,
    /// Its laws and functions alone, once something is proved; clones share it.
    defined: Arc<OnceLock<Arc<stein_kernel::library::Library>>>,
    /// Relations between operators, once operators are met; clones share them.
    relations: Arc<theorems::Theorems>,
    definitions: Vec<Definition>,
    assumptions: Vec<Assumption>,
    macros: Macros,
}

/// What a line of a script came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reply {
    /// The line was blank, or a comment.
    Nothing,
    /// A statement was judged.
    Answer(Box<Answer>),
    /// Estimators of an expression.
    Derived(Box<Derived>),
    /// Something was defined.
    Defined(Box<Definition>),
    /// Something was assumed.
    Assumed(Vec<Assumption>),
    /// What was forgotten; everything, if there are no names.
    Forgot(Vec<Name>),
}

/// What is wanted of an equation.
#[derive(Clone, Copy, Debug)]
enum Task {
    Prove,
    /// The same of an equation that says what another statement does; it is not the one to repair.
    Settle,
    /// The same of an operator and its normal form: by relations between operators first.
    Order,
    /// A proof, in so much time, of what may be offered as a repair.
    Confirm(Duration),
    Check,
}

/// Terms of the deepest formulas that are accepted fit on a stack of this size.
const STACK: usize = 512 << 20;

impl Session {
    /// A session with the rules, laws and functions that come with the program.
    ///
    /// # Errors
    /// Only if a file that was compiled in is broken, which the tests exclude.
    pub fn new() -> Result<Session, Error> {
        Ok(Session::with_library(Library::built_in()?))
    }

    /// A session with rules, laws and functions of one's own.
    pub fn with_library(mut library: Library) -> Session {
        library.definitions.adjoints = operator::adjoints(&library.definitions).map(|entry| entry.meaning).collect();
        Session { library: Arc::new(library), ..Session::default() }
    }

    /// What proofs may draw on.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Adds rules, laws and functions in the language of the files in `rules/`; `file` names them in messages. Each is
    /// audited, and left out if it is wrong, unless the options [say so](Options::use_failed).
    ///
    /// ```
    /// let mut session = stein::Session::new()?;
    /// let audit = session.load_rules("own.rules", "rule own\n  E_{x ~ N(m, v)}[x^2] = m^2 + v\n  when v > 0\n")?;
    /// assert_eq!(audit.wrong().count(), 0);
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// Reading and auditing take no longer than a statement may take; what could not be audited by then is unaudited, and
    /// what rests on it is conditional.
    ///
    /// # Errors
    /// Shows the first entry that cannot be read.
    pub fn load_rules(&mut self, file: &str, text: &str) -> Result<Audit, Error> {
        let (library, audit) = guarded(|| audit::load(&self.library, file, text, &self.options))?;
        self.library = Arc::new(library);
        (self.certified, self.defined, self.relations) = (Arc::default(), Arc::default(), Arc::default());
        Ok(audit)
    }

    /// Assumes something of all statements to come: `σ > 0, f : jump`.
    ///
    /// ```
    /// use stein::{Session, Verdict};
    ///
    /// let mut session = Session::new()?;
    /// assert_eq!(session.prove("D[S f_θ] = S[D f_θ]")?.verdict(), Verdict::Conditional);
    /// session.assume("f : lipschitz")?;
    /// assert_eq!(session.prove("D[S f_θ] = S[D f_θ]")?.verdict(), Verdict::Proved);
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// Shows the place that cannot be read.
    pub fn assume(&mut self, text: &str) -> Result<(), Error> {
        let assumptions = syntax::parse_assumptions_with(text, &self.macros).map_err(|e| Error::syntax(e, text))?;
        self.assumptions.extend(assumptions);
        Ok(())
    }

    /// Defines a function or an abbreviation for all statements to come: `f(u) = step(u - 1)`.
    ///
    /// ```
    /// let mut session = stein::Session::new()?;
    /// session.define("s(t) = t^2")?;
    /// assert_eq!(session.prove("s(a) = a^2")?.verdict(), stein::Verdict::Proved);
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// Shows the place that cannot be read.
    pub fn define(&mut self, text: &str) -> Result<(), Error> {
        let definition = syntax::parse_definition_with(text, &self.macros).map_err(|e| Error::syntax(e, text))?;
        self.definitions.push(definition);
        Ok(())
    }

    /// Lets statements use the LaTeX commands that a text defines, such as the preamble of a paper.
    ///
    /// ```
    /// let mut session = stein::Session::new()?;
    /// session.define_commands(r"\newcommand{\E}{\mathbb{E}}");
    /// assert_eq!(session.prove(r"\E_{x \sim p}[2 x] = 2 \E_{x \sim p}[x]")?.verdict(), stein::Verdict::Proved);
    /// # Ok::<(), stein::Error>(())
    /// ```
    pub fn define_commands(&mut self, text: &str) {
        self.macros.extend(&Macros::of(text));
    }

    /// The same for commands that have been read already.
    pub fn add_macros(&mut self, macros: &Macros) {
        self.macros.extend(macros);
    }

    /// A text as a statement, in the light of what was defined and assumed before.
    ///
    /// # Errors
    /// Shows the place that cannot be read.
    pub fn parse(&self, text: &str) -> Result<Statement, Error> {
        guarded(|| self.statement(text))
    }

    /// Looks for a proof of an equation, or of each link of a chain, and compares the sides numerically.
    ///
    /// ```
    /// use stein::{Session, Verdict};
    ///
    /// let answer = Session::new()?.prove("D[S_θ f] = S_θ[D f]")?;
    /// assert_eq!(answer.verdict(), Verdict::Refuted);
    /// let witness = answer.links[0].witness.as_ref().expect("where the sides differ");
    /// assert_ne!(witness.left, witness.right);
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// Shows the place that cannot be read.
    pub fn prove(&self, text: &str) -> Result<Answer, Error> {
        guarded(|| {
            let statement = self.statement(text)?;
            self.answer(&statement, text, text, Task::Prove)
        })
    }

    /// Compares the sides of an equation, or of each link of a chain, numerically. The verdict is `Refuted` or `Open`:
    /// numbers that agree prove nothing.
    ///
    /// ```
    /// let answer = stein::Session::new()?.check("E_{x ~ N(0,1)}[x^4] = 3")?;
    /// assert_eq!(answer.verdict(), stein::Verdict::Open);
    /// assert!(answer.links[0].comparisons.iter().all(|comparison| (comparison.left - 3.0).abs() < 0.1));
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// Shows the place that cannot be read.
    pub fn check(&self, text: &str) -> Result<Answer, Error> {
        guarded(|| {
            let statement = self.statement(text)?;
            self.answer(&statement, text, text, Task::Check)
        })
    }

    /// Work that ends at a moment, or when whoever watches wishes.
    fn bounded<T>(&self, moment: Instant, work: impl FnOnce() -> T) -> T {
        let wish = self.options.watch.as_ref().map(|watch| watch.wish());
        deadline::unless(wish, || deadline::until(moment, work))
    }

    /// A text as a statement, where what was defined before is known.
    fn statement(&self, text: &str) -> Result<Statement, Error> {
        syntax::parse_statement_with(text, &self.context()).map_err(|e| Error::syntax(e, text))
    }

    fn context(&self) -> Context<'_> {
        Context { definitions: &self.definitions, assumptions: &self.assumptions, macros: &self.macros }
    }

    /// Does what a statement of a script says, of one line or several. A bare equation is to be proved; `#` begins a comment.
    ///
    /// # Errors
    /// Shows the place that cannot be read.
    pub fn run_line(&mut self, line: &str) -> Result<Reply, Error> {
        let line = script::without_comments(line);
        let line = line.trim_end();
        if line.trim().is_empty() {
            return Ok(Reply::Nothing);
        }
        let done = guarded(|| {
            let command = syntax::parse_command_with(line, &self.context()).map_err(|e| Error::syntax(e, line))?;
            let stated = line.trim_start();
            let answered = match &command {
                Command::Prove(statement) => self.answer(statement, after(stated, "prove"), line, Task::Prove),
                Command::Check(statement) => self.answer(statement, after(stated, "check"), line, Task::Check),
                Command::Expect(expected, statement) => {
                    let rest = after(after(stated, "refute"), "expect");
                    let answer = self.answer(statement, after(rest, expected.word()), line, Task::Prove);
                    answer.map(|answer| Answer { expected: Some(*expected), ..answer })
                }
                Command::Derive(statement) => {
                    let derived = self.derived(statement, after(stated, "derive"), line)?;
                    return Ok((command, Some(Reply::Derived(Box::new(derived)))));
                }
                Command::Eval(statement) => self.value(statement, line),
                Command::Let(_) | Command::Assume(_) | Command::Forget(_) => return Ok((command, None)),
            };
            answered.map(|answer| (command, Some(Reply::Answer(Box::new(answer)))))
        })?;
        Ok(match done {
            (_, Some(reply)) => reply,
            (Command::Let(definition), _) => {
                self.definitions.push(definition.clone());
                Reply::Defined(Box::new(definition))
            }
            (Command::Assume(assumptions), _) => {
                self.assumptions.extend(assumptions.iter().cloned());
                Reply::Assumed(assumptions)
            }
            (Command::Forget(names), _) => {
                self.forget(&names)?;
                Reply::Forgot(names)
            }
            _ => Reply::Nothing,
        })
    }

    /// The answer to a statement; `stated` is its text, `source` the text that its spans point into.
    fn answer(&self, statement: &Statement, stated: &str, source: &str, task: Task) -> Result<Answer, Error> {
        if statement.members.len() < 2 {
            let message = "there is nothing to prove: this is one expression";
            return Err(Error::unsupported(message, "write an equation `L = R`", source));
        }
        if !statement.up_to.is_empty() {
            return self.answer_up_to(statement, stated, source, task);
        }
        let mut elaborator = Elaborator::new(&self.library.definitions);
        elaborator.define(self.definitions.iter().cloned());
        let problem = elaborator.statement(statement, &self.assumptions).map_err(|e| Error::meaning(*e, source))?;
        let given: Vec<Assumption> = self.assumptions.iter().chain(&statement.given).cloned().collect();
        let letters = Letters::of(&statement.members);
        let mut links = Vec::new();
        let mut about_numbers = Vec::new();
        let members = problem.members.windows(2).zip(statement.members.windows(2)).enumerate();
        for (index, (pair, written)) in members {
            let mut hypotheses = problem.hypotheses.clone();
            pair.iter().for_each(|side| hypotheses.read_densities(side));
            let time = if let Task::Confirm(time) = task { time } else { self.options.timeout };
            let deadline = Instant::now() + time * self.options.clock_factor;
            if array::has_arrays(&problem) {
                let written = [&written[0], &written[1]];
                let (given, letters, problem) = (&given, &letters, &problem);
                let sized =
                    sizes::Sized { session: self, problem, statement, given, letters, index, written, time, deadline };
                for (link, reduced) in self.bounded(deadline, || sized.answers(task)) {
                    links.push(link);
                    about_numbers.extend(reduced);
                }
                continue;
            }
            let judge = Judge {
                library: &self.library,
                options: &self.options,
                problem: &problem,
                given: &given,
                hypotheses,
                letters: &letters,
                certifier: self.confirmer(),
                time,
                deadline,
            };
            let link = judge.link(&pair[0], &pair[1], [&written[0], &written[1]].map(Formula::from));
            let patient = || repair::Patient {
                session: self,
                judge: &judge,
                statement,
                written: [&written[0], &written[1]],
                sides: [&pair[0], &pair[1]],
                arrays: None,
            };
            let algebra = || self.algebra(&problem, index);
            links.push(self.bounded(deadline, || match task {
                Task::Prove | Task::Order if problem.operators.is_some() => {
                    let instance = operators::is_counted(&problem);
                    let first = matches!(task, Task::Order)
                        || instance
                        || operators::is_long(&problem, index)
                        || operators::pairs_means(&problem, index);
                    let link = judge.operators(link, pair, algebra().as_ref(), index, first);
                    if first { link } else { repair::repaired(link, &patient()) }
                }
                Task::Prove | Task::Order => repair::repaired(judge.prove(link, &pair[0], &pair[1]), &patient()),
                Task::Settle => judge.prove(link, &pair[0], &pair[1]),
                Task::Check | Task::Confirm(_) if operators::is_counted(&problem) => {
                    judge.operators(link, pair, None, index, true)
                }
                Task::Confirm(_) => judge.confirm(link, &pair[0], &pair[1]),
                Task::Check => judge.check(link, &pair[0], &pair[1]),
            }));
        }
        Ok(Answer {
            statement: stated.trim().into(),
            formula: Formula::from(statement),
            reading: {
                let decided = elaborator.decided() || !syntax::hints(stated, &self.macros).is_empty();
                match about_numbers.as_slice() {
                    [] if array::has_arrays(&problem) => None,
                    [] => self.reading(statement, &problem, &letters, decided),
                    [problem, ..] => self.reading(statement, problem, &letters, true),
                }
            },
            links,
            hints: statement
                .decisions
                .said
                .iter()
                .cloned()
                .chain(syntax::hints(stated, &self.macros))
                .chain(syntax::remarks(statement, &self.definitions))
                .map(|hint| hint.message)
                .chain(elaborator.remarks().iter().cloned())
                .collect(),
            expected: None,
        })
    }

    /// The equation that the notation stands for, where the notation hides it.
    fn reading(&self, statement: &Statement, problem: &Problem, letters: &Letters, decided: bool) -> Option<Formula> {
        let defined = !statement.definitions.is_empty() || !self.definitions.is_empty();
        if problem.operators.is_some() && operators::is_unreadable(problem) {
            return None;
        }
        let hides = statement.operators || defined || statement.members.iter().any(is_notation);
        let formulas = problem.members.iter().map(|member| letters.formula(member));
        let reading = formulas.reduce(|so_far, next| so_far.equals(&next))?;
        let decided = decided || !statement.decisions.said.is_empty();
        (decided || hides && reading != Formula::from(statement)).then_some(reading)
    }
}

/// True if an expression uses notation that stands for something longer.
fn is_notation(e: &Expr) -> bool {
    let here = matches!(
        e.kind,
        Kind::Smoothing { .. }
            | Kind::Derivative { variable: None, .. }
            | Kind::Variance { .. }
            | Kind::Covariance { .. }
            | Kind::Divergence(..)
            | Kind::Entropy(_)
            | Kind::Difference(_)
    );
    here || e.children().into_iter().any(is_notation)
}

/// The text behind a command word, if it begins with it.
fn after<'t>(text: &'t str, word: &str) -> &'t str {
    let rest = text.strip_prefix(word).filter(|rest| rest.starts_with(char::is_whitespace));
    rest.unwrap_or(text).trim_start()
}

/// Does the work on a stack of its own, so that deep formulas do not depend on the caller's. A browser has no threads: there,
/// the module comes with its stack.
fn guarded<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    if cfg!(target_family = "wasm") {
        return work();
    }
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        match worker.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::defect("something went wrong inside stein")),
            Err(error) => Err(Error::input(format!("no thread could be started: {error}"), None)),
        }
    })
}
