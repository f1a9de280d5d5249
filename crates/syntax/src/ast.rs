//! The surface syntax tree: what was written, before any of it is given a meaning.
//!
//! Names are canonical (`theta`, `\theta` and `θ` are one [`Name`]), numbers are exact, and every node
//! knows where it was written. Equality ignores spans, so that trees of different spellings compare equal.

use num_rational::BigRational;
use serde::{Deserialize, Serialize};

/// A byte range of the source text.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
}

/// Spans carry no meaning: two trees that differ in their spans only are equal.
impl PartialEq for Span {
    fn eq(&self, _: &Span) -> bool {
        true
    }
}
impl Eq for Span {}

/// A symbol with an optional subscript, both in canonical Unicode: `θ`, `x_1`, `f_θ`, `p_θ`, `N_θ`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Name {
    /// The letter or word.
    pub base: String,
    /// What stands below it.
    pub subscript: Option<String>,
}

/// An expression with its place in the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where it was written.
    pub span: Span,
}

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Binary {
    /// `a + b`.
    Add,
    /// `a - b`.
    Sub,
    /// `a b`.
    Mul,
    /// `a/b`.
    Div,
    /// `a^b`.
    Pow,
}

/// The relations of conditions and indicators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    /// `<`
    Less,
    /// `≤`
    LessEqual,
    /// `>`
    Greater,
    /// `≥`
    GreaterEqual,
    /// `=`
    Equal,
    /// `≠`
    NotEqual,
}

/// The shapes of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// An exact number; decimals are read as fractions.
    Number(BigRational),
    /// `oo`, `∞`, `\infty`: only a limit of an integral or a support.
    Infinity,
    /// A variable, or a bare function of the note's notation (`f`, `f_θ`, `N_θ`).
    Name(Name),
    /// `-e`.
    Neg(Box<Expr>),
    /// Two operands and what stands between them.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `f(u, v)`; `orders[i]` is the order of the derivative in the i-th argument (all zero for a plain call).
    /// `f'(u)` has orders `[1]`, `∂_2 f(u, v)` has `[0, 1]`.
    Call {
        /// The function.
        function: Name,
        /// The order of the derivative in each argument.
        orders: Vec<u32>,
        /// The arguments.
        arguments: Vec<Expr>,
    },
    /// A density `N(y | m, v)`, `p_θ(y)`, `q(y)`.
    Density {
        /// The law.
        law: Law,
        /// The point.
        at: Box<Expr>,
    },
    /// `|u|`.
    Abs(Box<Expr>),
    /// `1{u > 0}`.
    Indicator(Relation, Box<Expr>, Box<Expr>),
    /// `D_θ^k[e]`; a bare `D` has no variable (it is `D_θ`, or d/dy among operators).
    Derivative {
        /// What is differentiated by.
        variable: Option<Name>,
        /// How many times.
        order: u32,
        /// What it acts on.
        body: Box<Expr>,
    },
    /// `E_{x ~ p}[e]`.
    Expectation {
        /// What is random, and by which laws.
        binders: Vec<Binder>,
        /// What it acts on.
        body: Box<Expr>,
    },
    /// `Var_{x ~ p}[e]`.
    Variance {
        /// What is random, and by which laws.
        binders: Vec<Binder>,
        /// What it acts on.
        body: Box<Expr>,
    },
    /// `Cov_{x ~ p}[a, b]`.
    Covariance {
        /// What is random, and by which laws.
        binders: Vec<Binder>,
        /// The first operand.
        left: Box<Expr>,
        /// The second operand.
        right: Box<Expr>,
    },
    /// `KL(p ‖ q)`.
    Divergence(Law, Law),
    /// `H(p)`.
    Entropy(Law),
    /// `S g` (no subscript) or `S_θ g`, `S_{a+b} g`.
    Smoothing {
        /// The width, or the parameter of the law.
        subscript: Option<Box<Expr>>,
        /// What it acts on.
        body: Box<Expr>,
    },
    /// `∫ e dx`, `∫_a^b e dx`. A differential `dy/σ` is read as a factor `1/σ` of the body.
    Integral {
        /// From where to where; over the line if there are none.
        limits: Option<(Box<Expr>, Box<Expr>)>,
        /// The variable.
        variable: Name,
        /// What it acts on.
        body: Box<Expr>,
    },
    /// `e | y, z = c`, the whole body of a mean, of a variance or of a covariance: what its variables are known to be.
    /// A letter alone stands for its value, an indicator for a value of its own.
    Given {
        /// What the mean is of.
        body: Box<Expr>,
        /// What is known.
        given: Vec<Expr>,
    },
    /// `stopgrad(e)`.
    StopGrad(Box<Expr>),
    /// `Δ f(x)`: the forward difference in the (only) argument of a call.
    Difference(Box<Expr>),
    // Operators with nothing to act on; they occur in operator equations only.
    /// `D`, `D_a`, as operators.
    OperatorD(Option<Name>),
    /// `S`, `S_a`, as operators.
    OperatorS(Option<Box<Expr>>),
    /// `M_y`: multiplication by the variable.
    OperatorM(Name),
    /// `[A, B] = A B - B A`.
    Commutator(Box<Expr>, Box<Expr>),
}

/// `x, z ~ N(0, 1)`: independent variables of one law. In `E_p[…]` no variable is named, in `E_x[…]` the law is
/// [the one](Law::of_given) that `given` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binder {
    /// The variables.
    pub variables: Vec<Name>,
    /// Their law.
    pub law: Law,
}

/// A law by name: `N(m, v)`, `p_θ`, `q`, `Rademacher`; `stopped` when wrapped in `stopgrad(...)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Law {
    /// The name.
    pub name: Name,
    /// The parameters of the law, or what is given to it: s of `π(·|s)`.
    pub arguments: Vec<Expr>,
    /// What stands before its bar, where a law of several values may have to be told from its marginals: x and z of
    /// `p(x, z)`. In a density these are the points behind the first.
    pub points: Vec<Expr>,
    /// Held fixed under derivatives.
    pub stopped: bool,
    /// Where it was written.
    pub span: Span,
}

impl Law {
    /// A law with its parameters.
    pub fn named(name: Name, arguments: Vec<Expr>, span: Span) -> Law {
        Law { name, arguments, points: Vec::new(), stopped: false, span }
    }

    /// The expressions that it is written with.
    pub fn values(&self) -> impl Iterator<Item = &Expr> {
        self.arguments.iter().chain(&self.points)
    }

    /// The same to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.arguments.iter_mut().chain(&mut self.points)
    }

    /// The law that `given` says of a letter.
    pub fn of_given(span: Span) -> Law {
        Law::named(Name::new("", None), Vec::new(), span)
    }

    /// Is it said by `given`?
    pub fn is_of_given(&self) -> bool {
        self.name.base.is_empty()
    }
}

/// One hypothesis of a `given` clause.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // Few are ever made.
pub enum Assumption {
    /// `σ > 0`.
    Compare(Relation, Expr, Expr),
    /// `x, z ~ N(0, 1)`: what a mean without a subscript is over.
    Draw {
        /// The letters, independent of each other.
        variables: Vec<Name>,
        /// Their law; letters drawn before it may stand in it.
        law: Law,
        /// Where it was written.
        span: Span,
    },
    /// `x, y ∈ R^d`, `A ∈ R^{m×n}`: vectors, matrices, or numbers.
    Space {
        /// The letters.
        letters: Vec<Name>,
        /// A letter or a number for each axis; none for numbers.
        sizes: Vec<String>,
        /// Where it was written.
        span: Span,
    },
    /// `Σ ≻ 0`: a symmetric matrix, positive definite.
    Definite {
        /// The letters.
        letters: Vec<Name>,
        /// Where it was written.
        span: Span,
    },
    /// `τ = (s_{0:T}, a_{0:T})`: one name for several letters.
    Tuple {
        /// The name.
        name: Name,
        /// What it holds.
        parts: Vec<Name>,
        /// Where it was written.
        span: Span,
    },
    /// `f : R^d × R -> R^m`
    Map {
        /// The function.
        function: Name,
        /// The sizes of each argument; none for a number.
        from: Vec<Vec<String>>,
        /// The sizes of the value; none for a number.
        to: Vec<String>,
        /// Where it was written.
        span: Span,
    },
    /// `n : natural`
    Sort {
        /// The letter.
        letter: Name,
        /// `natural` or `integer`.
        sort: String,
        /// Where it was written.
        span: Span,
    },
    /// `f : lipschitz`
    Class {
        /// The function.
        function: Name,
        /// `measurable`, `jump`, `lipschitz` or `smooth`.
        class: String,
        /// Where it was written.
        span: Span,
    },
}

/// `f(u) = step(u - 1)` of a `where` clause or a `let` line; no parameters: a plain abbreviation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The name.
    pub name: Name,
    /// The parameters; none for an abbreviation.
    pub parameters: Vec<Name>,
    /// How many of them stand before the bar of a density.
    pub before_bar: Option<usize>,
    /// What it stands for.
    pub body: Expr,
    /// Where it was written.
    pub span: Span,
}

/// A chain `A = B = C` (or one expression), with its hypotheses and definitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The members of the chain; one member is a bare expression.
    pub members: Vec<Expr>,
    /// The links of the chain whose members are equal up to a constant only, in order.
    pub up_to: Vec<UpTo>,
    /// True for an equation between operators with no function to act on.
    pub operators: bool,
    /// The hypotheses behind `given`.
    pub given: Vec<Assumption>,
    /// The definitions behind `where`.
    pub definitions: Vec<Definition>,
    /// What was decided in reading that the text does not force.
    pub decisions: Decisions,
}

/// What two members of a chain may differ by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    /// A positive factor: `A ∝ B`.
    Factor,
    /// A summand: `A = B + const`.
    Summand,
}

/// A link of a chain whose members are equal up to a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpTo {
    /// Between which members: that of this index and the next.
    pub link: usize,
    /// What they may differ by.
    pub constant: Constant,
    /// The letters that it is said to be free of, `A ∝_x B`; none where the statement has to tell.
    pub free_of: Vec<Name>,
    /// Where it was written.
    pub span: Span,
}

/// Decisions of the reading. They are no part of what a statement says: statements that differ in them only are equal.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// What was decided that the text does not force.
    pub said: Vec<crate::Hint>,
    /// Where the derivatives begin that were written as gradients, `∇_θ`: these are of something that holds the letter.
    pub gradients: Vec<usize>,
}

impl PartialEq for Decisions {
    fn eq(&self, _: &Decisions) -> bool {
        true
    }
}
impl Eq for Decisions {}

/// The variable of a derivative that is by the argument of the function behind it: `∇f(x + y)`.
pub const ARGUMENT: &str = "•";

/// What became of an equation, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A derivation that the kernel accepts, and numbers that agree.
    Proved,
    /// As proved, under a condition that nobody has granted.
    Conditional,
    /// The numbers agree, and there is no derivation.
    Open,
    /// The sides differ; there is a witness.
    Refuted,
}

impl Verdict {
    /// All of them, from best to worst.
    pub const ALL: [Verdict; 4] = [Verdict::Proved, Verdict::Conditional, Verdict::Open, Verdict::Refuted];

    /// The word of scripts and reports.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Proved => "proved",
            Verdict::Conditional => "conditional",
            Verdict::Open => "open",
            Verdict::Refuted => "refuted",
        }
    }

    /// The verdict of that word.
    pub fn of(word: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|verdict| verdict.word() == word)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// What a line of a script asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // One at a time.
pub enum Command {
    /// `prove L = R`, or a bare equation.
    Prove(Statement),
    /// `check L = R`.
    Check(Statement),
    /// `derive e`, or a bare expression.
    Derive(Statement),
    /// `eval e`.
    Eval(Statement),
    /// `expect open L = R`: what is proved has to come to this verdict. `refute L = R` is `expect refuted L = R`.
    Expect(Verdict, Statement),
    /// `let f(u) = ...`, `let s = ...`.
    Let(Definition),
    /// `assume σ > 0, f : jump`.
    Assume(Vec<Assumption>),
    /// `forget f, σ`: what was defined or assumed of these names; of all, if there are none.
    Forget(Vec<Name>),
}

/// A condition of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // The sentences name the fields.
pub enum Condition {
    /// `when s > 0`
    Compare(Relation, Expr, Expr),
    /// `when g(x, θ) is absolutely continuous in θ`
    AbsolutelyContinuous { body: Expr, variable: Name },
    /// `when g(θ) is continuous in θ`
    Continuous { body: Expr, variable: Name },
    /// `when the support of P_θ is free of θ`
    FixedSupport { law: Law, variable: Name },
    /// `when the support of Q covers that of P`
    Covers { wide: Law, narrow: Law },
    /// `when g(x) P(x) vanishes at the ends of P in x`
    Vanishes { body: Expr, law: Law, variable: Name },
    /// `when E_{x ~ P}[g(x)] exists`, `when E_{x ~ P}[D_θ[g(x, θ)]] exists near θ`
    Exists { mean: Expr, near: Option<Name> },
    /// `when P is continuous`, `when P is discrete`
    LawKind { law: Law, continuous: bool },
    /// `when k is a whole number` (0, 1, 2, ...)
    Whole(Expr),
}

/// The value of a field of a data file entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// `"quoted text"`
    Text(String),
    /// A bare word: `forward`, `smooth`, `discrete`.
    Word(String),
    /// An expression.
    Expr(Expr),
    /// `(lo, hi)`: an open interval of reals, either end possibly infinite.
    Interval(Expr, Expr),
    /// `lo .. hi`: the integers from lo to hi, both included, `hi` possibly infinite.
    Integers(Expr, Expr),
    /// `{-1, 1}`
    Points(Vec<Expr>),
    /// `L = R`
    Equation(Expr, Expr),
    /// A condition as a sentence.
    Condition(Condition),
    /// `m + s x ~ N(m, s^2) for x ~ N(0, 1)`: the image of a variable under a map has a law.
    Image {
        /// The map.
        map: Expr,
        /// The law.
        law: Law,
        /// The variable.
        variable: Name,
        /// The law of the variable.
        from: Law,
    },
}

/// A line of a data file entry: a key and what follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The key.
    pub key: String,
    /// What follows it.
    pub value: Value,
    /// Where it was written.
    pub span: Span,
}

/// An entry of a data file: a header and its indented fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// `theory`, `rule`, `estimator`, `law` or `function`.
    pub kind: String,
    /// `change-of-variables`, `N`, `erf`.
    pub name: String,
    /// The parameters of a law or function: `N(m, v)`.
    pub parameters: Vec<Name>,
    /// The k of a family of laws `Categorical(a_1, …, a_k)`, whose one parameter is then `a_k`.
    pub counter: Option<Name>,
    /// `(5.1)` of a rule, without its brackets.
    pub reference: Option<String>,
    /// The lines below the header.
    pub fields: Vec<Field>,
    /// Where it was written.
    pub span: Span,
}
