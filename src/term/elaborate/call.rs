//! Calls of functions and laws: the library's, the user's, and unknown ones.

use super::super::{Domain, Op, Term, Var, substitute, substitute_many};
use super::functions;
use super::{Bound, Elaborator, Result, UNFOLDINGS, coded, error, full_name, nearest, plural, symbol};
use crate::syntax::{APPLIED, Code, Definition, Expr, Kind, Law, Name, Span, is_letter};

impl Elaborator<'_> {
    pub(super) fn call(&mut self, function: &Name, orders: &[u32], arguments: &[Expr], span: Span) -> Result<Term> {
        match (&*function.base, arguments) {
            (APPLIED, [operator, body]) => return self.applied(operator, body),
            ("sum", [body, variable]) => return self.index_sum(body, variable, None, None, span),
            ("sum", [body, variable, but]) => return self.index_sum(body, variable, None, Some(but), span),
            ("sum", [body, variable, lo, hi]) => return self.index_sum(body, variable, Some((lo, hi)), None, span),
            ("sum", [body, variable, lo, hi, but]) => {
                return self.index_sum(body, variable, Some((lo, hi)), Some(but), span);
            }
            ("prod", [body, variable]) => return self.product(body, variable, None, None, span),
            ("prod", [body, variable, but]) => return self.product(body, variable, None, Some(but), span),
            ("prod", [body, variable, lo, hi]) => return self.product(body, variable, Some((lo, hi)), None, span),
            ("prod", [body, variable, lo, hi, but]) => {
                return self.product(body, variable, Some((lo, hi)), Some(but), span);
            }
            // The ends of the support of a law, in rules.
            ("lower" | "upper", [Expr { kind: Kind::Name(name), span }]) if matches!(&*name.base, "P" | "Q") => {
                let law = Law::named(name.clone(), vec![], *span);
                return Ok(Term::function(&function.base, vec![self.law(&law)?]));
            }
            _ => {}
        }
        if arguments.is_empty() {
            // `f'` in the place of a function: the derivative of a bare one.
            return self.bare_derivative(function, orders.first().copied().unwrap_or(0), span);
        }
        if let ("divergence", [field]) = (&*function.base, arguments) {
            return self.divergence_of(function.subscript.as_deref(), field, span);
        }
        // The greatest of three is that of two.
        if let ("max" | "min", [first, rest @ ..]) = (&*function.base, arguments)
            && rest.len() > 1
            && self.definition_of(function, span)?.is_none()
        {
            let rest = Kind::Call { function: function.clone(), orders: vec![0; rest.len()], arguments: rest.to_vec() };
            let pair = [first.clone(), Expr { kind: rest, span }];
            return self.call(function, &[0, 0], &pair, span);
        }
        if let [argument] = arguments
            && let Some(jacobian) = self.jacobian(function, argument, span)?
        {
            return Ok(jacobian);
        }
        let entrywise = matches!(&*function.base, "hadamard" | "diag") && function.subscript.is_none();
        let kept = self.entrywise_powers;
        self.entrywise_powers |= entrywise;
        let args = arguments.iter().map(|arg| self.expr(arg)).collect::<Result<Vec<_>>>();
        self.entrywise_powers = kept;
        let args = args?;
        if let Some(definition) = self.definition_of(function, span)? {
            return self.unfold(&definition, orders, &args, span);
        }
        if let Some(value) = self.of_arrays(function, &args, span)? {
            return Ok(value);
        }
        let mut args = args;
        if function.base != "at" {
            for (arg, written) in args.iter_mut().zip(arguments) {
                *arg = self.spread(arg.clone(), written.span)?;
            }
        }
        if let ("ln", [power]) = (&*function.base, args.as_slice())
            && power.is_function("exp")
            && power.has_arrays()
            && orders.iter().all(|order| *order == 0)
        {
            return Ok(power.args()[0].clone());
        }
        if let ("ln", [density]) = (&*function.base, args.as_slice())
            && *density.op() == Op::Density
            && orders.iter().all(|order| *order == 0)
        {
            let [law, at] = [&density.args()[0], &density.args()[1]].map(Term::clone);
            return self.log_density(&law, at, span);
        }
        if let Some(value) = functions::unfolded(function, orders, &args) {
            return Ok(value);
        }
        if function.base == "at" && args.len() == 3 {
            let var = args[1].as_var().cloned();
            return match var {
                Some(var) => Ok(substitute(&args[0], &var, &args[2])),
                None => error(arguments[1].span, "the second argument of `at` is a variable", None),
            };
        }
        if let Some(known) = self.definitions.functions.get(&*function.base) {
            let mut all: Vec<Term> = Vec::new();
            if let Some(index) = &function.subscript {
                let number = index.parse::<i64>().map(Term::integer);
                all.push(
                    number.unwrap_or_else(|_| Term::var(self.variable(&Name { base: index.clone(), subscript: None }))),
                );
            }
            let offset = all.len();
            all.extend(args);
            if known.parameters.len() != all.len() {
                let expected = known.parameters.len() - offset.min(known.parameters.len());
                let message = format!(
                    "`{}` takes {} argument{}, not {}",
                    full_name(function),
                    expected,
                    plural(expected),
                    all.len() - offset
                );
                return coded(Code::Arguments, span, &message, None);
            }
            return Ok(differentiated(&known.name, orders, offset, all));
        }
        let several = args.len() > 1 && orders.iter().all(|order| *order == 0);
        let law = matches!(&*function.base, "p" | "q") || self.facts.is_law(&function.base);
        if several && law && !self.declared.contains(&symbol(function)) {
            let message = format!("`{}`, a joint law of several values, has no meaning here yet", full_name(function));
            return coded(Code::Unsupported, span, &message, None);
        }
        let unknown = self.declared.contains(&symbol(function)) || is_letter(&function.base);
        if !unknown {
            return coded(
                Code::UnknownFunction,
                span,
                &format!("unknown function `{}`", full_name(function)),
                self.suggest_function(&function.base).as_deref(),
            );
        }
        self.decided |= !matches!(&*function.base, "f" | "g" | "h" | "φ" | "ψ" | "u" | "v");
        let mut name = symbol(function);
        if let Some((family, index)) = self.family(function) {
            name = symbol(&family);
            args.push(index);
        } else {
            args.extend(self.dependence(function, span)?);
        }
        let arity = *self.arities.entry(name.clone()).or_insert(args.len());
        if arity != args.len() {
            let message = format!(
                "`{name}` is used with {} argument{} here and with {arity} before",
                args.len(),
                plural(args.len())
            );
            return coded(Code::Arguments, span, &message, None);
        }
        for arg in &mut args {
            *arg = self.spread(arg.clone(), span)?;
        }
        let shapes: Vec<Vec<Term>> = args.iter().map(|arg| self.shape(arg)).collect();
        self.of_one_kind(&name, shapes, span)?;
        let mut all_orders = orders.to_vec();
        all_orders.resize(args.len(), 0);
        let value = Term::new(Op::Apply(name, all_orders), args);
        Ok(match self.shapes.value_of(function).map(|size| self.whole(size)) {
            Some(size) => self.each(&size, |index| Term::new(Op::Entry, vec![value, index.clone()])),
            None => value,
        })
    }

    /// A user's definition at its arguments.
    pub(super) fn unfold(
        &mut self,
        definition: &Definition,
        orders: &[u32],
        args: &[Term],
        span: Span,
    ) -> Result<Term> {
        if definition.parameters.len() != args.len() {
            let message = format!(
                "`{}` was defined with {} argument{}, not {}",
                full_name(&definition.name),
                definition.parameters.len(),
                plural(definition.parameters.len()),
                args.len()
            );
            return coded(Code::Arguments, span, &message, None);
        }
        self.depth += 1;
        if self.depth > UNFOLDINGS {
            return coded(
                Code::Definition,
                span,
                &format!("the definition of `{}` does not end", full_name(&definition.name)),
                None,
            );
        }
        // Other letters are those bound at the place of use, but for the parameters of another definition.
        let inner = self.scope.iter().filter(|bound| !bound.formal).cloned().collect();
        let kept = std::mem::replace(&mut self.scope, inner);
        // Names that no text can spell, so that nothing outside is captured.
        let parameters: Vec<Var> = definition
            .parameters
            .iter()
            .zip(args)
            .map(|(p, arg)| {
                self.bound += 1;
                let point = arg.as_var().is_some_and(super::means::is_point);
                let name = if point { super::means::POINT.to_string() } else { format!("{}·", full_name(p)) };
                Var::free(&format!("{name}{}", self.bound), Domain::Real)
            })
            .collect();
        for (parameter, arg) in parameters.iter().zip(args) {
            let shape = self.shape(arg);
            self.note_shape(parameter, shape);
        }
        let formal = definition.parameters.iter().cloned().zip(parameters.iter().cloned());
        self.scope.extend(formal.map(|(name, var)| Bound { name, var, formal: true, samples: false }));
        let body = self.expr(&definition.body);
        self.scope = kept;
        self.depth -= 1;
        let mut body = body?;
        for (var, order) in parameters.iter().zip(orders) {
            body = Term::derivative(var, *order, body);
        }
        Ok(substitute_many(&body, &parameters.into_iter().zip(args.iter().cloned()).collect::<Vec<_>>()))
    }

    /// The law term of a written law.
    pub fn law(&mut self, law: &Law) -> Result<Term> {
        if let Some(vector) = self.vector_law(law)? {
            return Ok(if law.stopped { Term::new(Op::StopGrad, vec![vector]) } else { vector });
        }
        let args = law.arguments.iter().map(|arg| self.expr(arg)).collect::<Result<Vec<_>>>()?;
        if let Some(law_term) = self.law_of_definition(law, law.span)? {
            return Ok(if law.stopped { Term::new(Op::StopGrad, vec![law_term]) } else { law_term });
        }
        let name = alias(&law.name.base);
        let term = if is_letter(&law.name.base) && !self.definitions.laws.contains_key(&*law.name.base) {
            self.unknown_law(law, args)?
        } else {
            let Some(known) = self.definitions.laws.get(name) else { return self.no_law(law) };
            if let Some(most) = known.members.last()
                && known.member(args.len()).is_none()
            {
                let (least, most) = (known.parameters.len(), most.parameters.len());
                let message =
                    format!("the law `{}` takes {least} to {most} parameters, not {}", known.name, args.len());
                return error(law.span, &message, None);
            }
            if known.members.is_empty() && known.parameters.len() != args.len() {
                let wanted: Vec<_> = known.parameters.iter().filter_map(Var::name).collect();
                let message = format!(
                    "the law `{}` takes {} parameter{}, not {}",
                    known.name,
                    wanted.len(),
                    plural(wanted.len()),
                    args.len()
                );
                return coded(
                    Code::Arguments,
                    law.span,
                    &message,
                    Some(&format!("write `{}({})`", known.name, wanted.join(", "))),
                );
            }
            Term::new(Op::Law(known.name.clone()), args)
        };
        Ok(if law.stopped { Term::new(Op::StopGrad, vec![term]) } else { term })
    }

    /// The error for a law that is not one of the library.
    fn no_law(&self, law: &Law) -> Result<Term> {
        let written = full_name(&law.name);
        if let Some((_, what, help)) = OTHER_LAWS.iter().find(|(names, ..)| names.contains(&&*law.name.base)) {
            let code = if what.ends_with("yet") { Code::Unsupported } else { Code::UnknownLaw };
            return coded(code, law.span, &format!("`{written}`{what}"), Some(help));
        }
        let names: Vec<&str> = self.definitions.laws.keys().map(|name| &**name).collect();
        let others = OTHER_LAWS.iter().flat_map(|(names, _, help)| names.iter().map(move |name| (*name, *help)));
        let meant = nearest(&law.name.base, others.clone().map(|(name, _)| name));
        let help = match (nearest(&law.name.base, names.iter().copied()), meant) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(meant)) => {
                let help = others.clone().find(|(name, _)| *name == meant).map_or("", |(_, help)| help);
                format!("if `{meant}` is meant, {help}")
            }
            (None, None) => format!(
                "the laws are {}; any other letter is an unspecified law, x ~ p; a law of your own is read from a file, \
                 `--rules FILE` (see docs/how-to/add-a-law.md)",
                names.join(", ")
            ),
        };
        coded(Code::UnknownLaw, law.span, &format!("unknown law `{written}`"), Some(&help))
    }

    /// A law of which nothing is known: its parameters stand below its letter, and what is given to it follows them.
    fn unknown_law(&mut self, law: &Law, args: Vec<Term>) -> Result<Term> {
        let usual = matches!(&*law.name.base, "p" | "q" | "P" | "Q");
        let mut name = law.name.base.clone();
        let mut parameters = Vec::new();
        for piece in super::facts::attached(&law.name) {
            let letter = match piece.split_once('_') {
                Some((base, below)) => Name { base: base.into(), subscript: Some(below.into()) },
                None => Name { base: piece.into(), subscript: None },
            };
            let greek = !piece.is_ascii();
            let known = self.facts.is_value(piece) || self.scope.iter().any(|bound| full_name(&bound.name) == piece);
            let bare = usual && self.facts.is_empty();
            if bare || super::facts::is_dependence(piece) && (greek || known) {
                parameters.push(Term::var(self.variable(&letter)));
            } else {
                name = format!("{name}_{piece}");
            }
        }
        if args.is_empty()
            && let Some(given) = self.facts.given_to(&law.name).map(<[Expr]>::to_vec)
        {
            // A law that is named alone is taken at the letters that it is given elsewhere.
            self.decided = true;
            for argument in &given {
                parameters.push(self.expr(argument)?);
            }
        }
        parameters.extend(args);
        let parameters = parameters.into_iter().map(|p| self.spread(p, law.span)).collect::<Result<Vec<_>>>()?;
        Ok(Term::new(Op::UnknownLaw(name.as_str().into()), parameters))
    }

    pub(super) fn suggest_function(&self, name: &str) -> Option<String> {
        if let Some((_, help)) = OTHER_FUNCTIONS.iter().find(|(names, _)| names.contains(&name)) {
            return Some((*help).to_string());
        }
        let names = self.definitions.functions.keys().map(|k| &**k);
        let declared = format!("… given {name} : measurable");
        Some(match nearest(name, names) {
            Some(near) if near.eq_ignore_ascii_case(name) => format!("did you mean `{near}`?"),
            Some(near) => format!("did you mean `{near}`? An unknown function is declared: {declared}"),
            None => {
                format!("an unknown function is declared, {declared}, one of your own defined, … where {name}(u) = u^2")
            }
        })
    }
}

/// A known function, differentiated in its arguments: `sign'(u)`.
pub(super) fn differentiated(name: &str, orders: &[u32], offset: usize, args: Vec<Term>) -> Term {
    if orders.iter().all(|order| *order == 0) {
        return Term::function(name, args);
    }
    let slots: Vec<Var> = (0..args.len()).map(|i| Var::free(&format!("·{i}"), Domain::Real)).collect();
    let mut body = Term::function(name, slots.iter().cloned().map(Term::var).collect());
    for (slot, order) in slots.iter().skip(offset).zip(orders) {
        body = Term::derivative(slot, *order, body);
    }
    substitute_many(&body, &slots.into_iter().zip(args).collect::<Vec<_>>())
}

/// Other names of laws, with the same parameters.
fn alias(name: &str) -> &str {
    match name {
        "Unif" | "Uniform" => "U",
        "Ber" | "Bern" => "Bernoulli",
        "Pois" => "Poisson",
        "Cat" => "Categorical",
        other => other,
    }
}

/// Functions that are written otherwise here, and how.
#[rustfmt::skip]
const OTHER_FUNCTIONS: &[(&[&str], &str)] = &[
    (&["sum", "Sum"], "write the sum with its index and limits: sum(f(i), i, 1, n)"),
    (&["prod", "product", "Product"], "write the product with its index and limits: prod(f(i), i, 1, 3)"),
    (&["integral", "integrate", "Integrate", "quad"], "write int(f(x), x), or with limits int(f(x), x, 0, 1)"),
    (&["diff", "Diff", "derivative", "gradient"], "write D_x[f(x)]"),
    (&["mean", "avg", "average", "expectation", "expect"], "write E_{x ~ p}[f(x)]"),
    (&["at"], "write at(f(x), x = 1), and for a second letter at(at(f(x, y), x = 1), y = 2)"),
    (&["norm"], "of a number write abs(x)"),
    (&["pow", "power"], "write x^2"),
    (&["heaviside", "Heaviside"], "write step(x)"),
    (&["logistic"], "write sigmoid(x)"),
    (&["log10"], "write ln(x)/ln(10)"),
    (&["log2"], "write ln(x)/ln(2)"),
    (&["normcdf", "Normcdf", "ncdf"], "write (1 + erf(x/sqrt(2)))/2"),
];

/// Laws that are called otherwise here, or that are none of the library, and what to write.
#[rustfmt::skip]
const OTHER_LAWS: &[(&[&str], &str, &str)] = &[
    (&["Normal", "Gaussian", "Gauss"], " has a deviation in some places and a variance in others", "write N(m, s^2), with the mean and the variance"),
    (&["Exponential", "Expon"], " has a rate in some places and a mean in others", "write Exp(λ), with the rate"),
    (&["Student", "T", "t"], " is called `StudentT` here", "write StudentT(ν, m, c), with its degrees of freedom, centre and scale"),
    (&["Maxwell"], " is the law of a length; signed, it is called `DoubleMaxwell`", "write DoubleMaxwell"),
    (&["Discrete"], " is called `Categorical` here", "write Categorical(a, b, c), with the logits of the values 1, 2, 3"),
    (&["Dirichlet", "Dir"], ", a law of vectors, has no meaning here yet", "of two weights the first is drawn from Beta(a, b)"),
    (&["Multinomial", "Mult"], ", a law of vectors, has no meaning here yet", "of two counts the first is drawn from Binomial(n, p)"),
    (&["Wishart", "InverseWishart"], ", a law of matrices, has no meaning here yet", "for a number write Gamma(a, b)"),
    (&["MultivariateNormal", "MVN", "MvNormal"], ", a law of vectors, has no meaning here yet", "for a number write N(m, v)"),
    (&["Sphere"], ", a law of vectors, has no meaning here yet", "in one dimension write Rademacher"),
    (&["Ball"], ", a law of vectors, has no meaning here yet", "in one dimension write U(-1, 1)"),
    (&["InverseGamma", "InvGamma", "IG"], " is not one of the laws", "draw from Gamma(a, b) and take the reciprocal: E_{x ~ Gamma(a, b)}[f(1/x)]"),
    (&["ChiSquared", "ChiSquare", "Chi2"], " is not one of the laws", "write Gamma(k/2, 1/2), with k degrees of freedom"),
    (&["HalfNormal"], " is not one of the laws", "draw from N(0, v) and take the absolute value: E_{x ~ N(0, v)}[f(abs(x))]"),
    (&["Erlang"], " is not one of the laws", "write Gamma(k, λ)"),
    (&["Dirac", "Delta", "PointMass"], " is not one of the laws", "write the value at that point instead of the mean: f(c)"),
];
