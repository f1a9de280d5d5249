//! What languages call things.

/// A language, as a table.
#[derive(Debug)]
pub struct Language {
    /// The name on the command line.
    pub name: &'static str,
    /// The name in messages.
    pub title: &'static str,
    /// How its code is built.
    pub kind: Kind,
    /// Known functions with their spellings; `{}` is the argument.
    pub functions: &'static [(&'static str, &'static str)],
    /// Laws with the code of their samples; `{0}`, `{1}` are the parameters.
    pub laws: &'static [(&'static str, &'static str)],
    /// A power: `{0}` is the base, `{1}` the exponent.
    pub power: &'static str,
    /// The number π.
    pub pi: &'static str,
    /// Names that may not be used.
    pub reserved: &'static [&'static str],
}

/// How a sample is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All samples at once, as arrays of Python.
    Python,
    /// One at a time.
    Julia,
    Rust,
}

const PYTHON: &[&str] =
    &["lambda", "in", "is", "as", "or", "and", "not", "def", "del", "size", "rng", "key", "np", "jnp", "torch", "jax"];

/// All languages.
pub const LANGUAGES: &[Language] = &[
    Language {
        name: "numpy",
        title: "NumPy",
        kind: Kind::Python,
        functions: &[
            ("exp", "np.exp({})"),
            ("ln", "np.log({})"),
            ("sqrt", "np.sqrt({})"),
            ("sin", "np.sin({})"),
            ("cos", "np.cos({})"),
            ("tan", "np.tan({})"),
            ("tanh", "np.tanh({})"),
            ("arctan", "np.arctan({})"),
            ("abs", "np.abs({})"),
            ("sign", "np.sign({})"),
            ("step", "np.heaviside({}, 0.0)"),
            ("relu", "np.maximum({}, 0.0)"),
        ],
        laws: &[
            ("N", "rng.normal({0}, np.sqrt({1}), size)"),
            ("LogNormal", "rng.lognormal({0}, np.sqrt({1}), size)"),
            ("U", "rng.uniform({0}, {1}, size)"),
            ("Exp", "rng.exponential(1.0 / ({0}), size)"),
            ("Gamma", "rng.gamma({0}, 1.0 / ({1}), size)"),
            ("Beta", "rng.beta({0}, {1}, size)"),
            ("Laplace", "rng.laplace({0}, {1}, size)"),
            ("Logistic", "rng.logistic({0}, {1}, size)"),
            ("Gumbel", "rng.gumbel({0}, {1}, size)"),
            ("Weibull", "({1}) * rng.weibull({0}, size)"),
            ("Cauchy", "({0}) + ({1}) * rng.standard_cauchy(size)"),
            ("StudentT", "({1}) + ({2}) * rng.standard_t({0}, size)"),
            ("Poisson", "rng.poisson({0}, size).astype(float)"),
            ("Bernoulli", "rng.binomial(1, {0}, size).astype(float)"),
            ("Binomial", "rng.binomial(int({0}), {1}, size).astype(float)"),
            ("Geometric", "rng.geometric({0}, size) - 1.0"),
            ("Rademacher", "2.0 * rng.integers(0, 2, size) - 1.0"),
            ("DoubleMaxwell", "(2.0 * rng.integers(0, 2, size) - 1.0) * np.sqrt(rng.chisquare(3.0, size))"),
        ],
        power: "({0}) ** ({1})",
        pi: "np.pi",
        reserved: PYTHON,
    },
    Language {
        name: "jax",
        title: "JAX",
        kind: Kind::Python,
        functions: &[
            ("exp", "jnp.exp({})"),
            ("ln", "jnp.log({})"),
            ("sqrt", "jnp.sqrt({})"),
            ("sin", "jnp.sin({})"),
            ("cos", "jnp.cos({})"),
            ("tan", "jnp.tan({})"),
            ("tanh", "jnp.tanh({})"),
            ("arctan", "jnp.arctan({})"),
            ("abs", "jnp.abs({})"),
            ("sign", "jnp.sign({})"),
            ("step", "jnp.heaviside({}, 0.0)"),
            ("relu", "jnp.maximum({}, 0.0)"),
            ("digamma", "jax.scipy.special.digamma({})"),
            ("lngamma", "jax.scipy.special.gammaln({})"),
            ("erf", "jax.scipy.special.erf({})"),
        ],
        laws: &[
            ("N", "({0}) + jnp.sqrt({1}) * jax.random.normal(next(keys), (size,))"),
            ("U", "jax.random.uniform(next(keys), (size,), minval={0}, maxval={1})"),
            ("Exp", "jax.random.exponential(next(keys), (size,)) / ({0})"),
            ("Gamma", "jax.random.gamma(next(keys), {0}, (size,)) / ({1})"),
            ("Beta", "jax.random.beta(next(keys), {0}, {1}, (size,))"),
            ("Laplace", "({0}) + ({1}) * jax.random.laplace(next(keys), (size,))"),
            ("Logistic", "({0}) + ({1}) * jax.random.logistic(next(keys), (size,))"),
            ("Gumbel", "({0}) + ({1}) * jax.random.gumbel(next(keys), (size,))"),
            ("Weibull", "({1}) * jax.random.exponential(next(keys), (size,)) ** (1.0 / ({0}))"),
            ("Poisson", "jax.random.poisson(next(keys), {0}, (size,)).astype(float)"),
            ("Bernoulli", "jax.random.bernoulli(next(keys), {0}, (size,)).astype(float)"),
            ("DoubleMaxwell", "jax.random.double_sided_maxwell(next(keys), 0.0, 1.0, (size,))"),
        ],
        power: "({0}) ** ({1})",
        pi: "jnp.pi",
        reserved: PYTHON,
    },
    Language {
        name: "torch",
        title: "PyTorch",
        kind: Kind::Python,
        functions: &[
            ("exp", "torch.exp({})"),
            ("ln", "torch.log({})"),
            ("sqrt", "torch.sqrt({})"),
            ("sin", "torch.sin({})"),
            ("cos", "torch.cos({})"),
            ("tan", "torch.tan({})"),
            ("tanh", "torch.tanh({})"),
            ("arctan", "torch.atan({})"),
            ("abs", "torch.abs({})"),
            ("sign", "torch.sign({})"),
            ("step", "({} > 0.0).double()"),
            ("relu", "torch.relu({})"),
            ("digamma", "torch.digamma({})"),
            ("lngamma", "torch.lgamma({})"),
            ("erf", "torch.erf({})"),
        ],
        laws: &[
            ("N", "draw(torch.distributions.Normal, {0}, number({1}).sqrt())"),
            ("U", "draw(torch.distributions.Uniform, {0}, {1})"),
            ("Exp", "draw(torch.distributions.Exponential, {0})"),
            ("Gamma", "draw(torch.distributions.Gamma, {0}, {1})"),
            ("Beta", "draw(torch.distributions.Beta, {0}, {1})"),
            ("Laplace", "draw(torch.distributions.Laplace, {0}, {1})"),
            ("Gumbel", "draw(torch.distributions.Gumbel, {0}, {1})"),
            ("Weibull", "draw(torch.distributions.Weibull, {1}, {0})"),
            ("Cauchy", "draw(torch.distributions.Cauchy, {0}, {1})"),
            ("StudentT", "draw(torch.distributions.StudentT, {0}, {1}, {2})"),
            ("Poisson", "draw(torch.distributions.Poisson, {0})"),
            ("Bernoulli", "draw(torch.distributions.Bernoulli, {0})"),
            (
                "DoubleMaxwell",
                "(2.0 * draw(torch.distributions.Bernoulli, 0.5) - 1.0) * draw(torch.distributions.Chi2, 3.0).sqrt()",
            ),
        ],
        power: "({0}) ** ({1})",
        pi: "torch.pi",
        reserved: PYTHON,
    },
    Language {
        name: "julia",
        title: "Julia",
        kind: Kind::Julia,
        functions: &[
            ("exp", "exp({})"),
            ("ln", "log({})"),
            ("sqrt", "sqrt({})"),
            ("sin", "sin({})"),
            ("cos", "cos({})"),
            ("tan", "tan({})"),
            ("tanh", "tanh({})"),
            ("arctan", "atan({})"),
            ("abs", "abs({})"),
            ("sign", "sign({})"),
            ("step", "float({} > 0)"),
            ("relu", "max({}, 0.0)"),
        ],
        laws: &[
            ("N", "({0}) + sqrt({1}) * randn(rng)"),
            ("U", "({0}) + (({1}) - ({0})) * rand(rng)"),
            ("Exp", "randexp(rng) / ({0})"),
            ("Weibull", "({1}) * randexp(rng)^(1 / ({0}))"),
            ("Laplace", "({0}) + ({1}) * (randexp(rng) - randexp(rng))"),
            ("Gumbel", "({0}) - ({1}) * log(randexp(rng))"),
            ("Bernoulli", "float(rand(rng) < ({0}))"),
            ("Rademacher", "rand(rng, (-1.0, 1.0))"),
            ("DoubleMaxwell", "rand(rng, (-1.0, 1.0)) * sqrt(randn(rng)^2 + randn(rng)^2 + randn(rng)^2)"),
        ],
        power: "({0})^({1})",
        pi: "pi",
        reserved: &["end", "in", "if", "rng", "size", "for", "pi"],
    },
    Language {
        name: "rust",
        title: "Rust",
        kind: Kind::Rust,
        functions: &[
            ("exp", "({}).exp()"),
            ("ln", "({}).ln()"),
            ("sqrt", "({}).sqrt()"),
            ("sin", "({}).sin()"),
            ("cos", "({}).cos()"),
            ("tan", "({}).tan()"),
            ("tanh", "({}).tanh()"),
            ("arctan", "({}).atan()"),
            ("abs", "({}).abs()"),
            ("sign", "sign({})"),
            ("step", "f64::from({} > 0.0)"),
            ("relu", "({}).max(0.0)"),
        ],
        laws: &[
            ("N", "({0}) + ({1}).sqrt() * noise.normal()"),
            ("U", "({0}) + (({1}) - ({0})) * noise.uniform()"),
            ("Exp", "noise.exponential() / ({0})"),
            ("Weibull", "({1}) * noise.exponential().powf(1.0 / ({0}))"),
            ("Laplace", "({0}) + ({1}) * (noise.exponential() - noise.exponential())"),
            ("Gumbel", "({0}) - ({1}) * noise.exponential().ln()"),
            ("Bernoulli", "f64::from(noise.uniform() < ({0}))"),
            ("Rademacher", "noise.sign()"),
            (
                "DoubleMaxwell",
                "noise.sign() * (noise.normal().powi(2) + noise.normal().powi(2) + noise.normal().powi(2)).sqrt()",
            ),
        ],
        power: "({0}).powf({1})",
        pi: "std::f64::consts::PI",
        reserved: &["in", "as", "fn", "if", "noise", "size", "use", "let", "sign", "ref", "box", "move"],
    },
];

impl Language {
    /// The language of that name.
    pub fn named(name: &str) -> Option<&'static Language> {
        LANGUAGES.iter().find(|language| language.name == name)
    }
}
