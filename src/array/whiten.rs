//! Gaussian vectors with a covariance matrix, as images of independent ones.
//!
//! Of x ~ N(μ, Σ) and a matrix L with Σ = L L^⊤, the vector w with x = μ + L w has independent entries, N(0, 1) each. An unknown
//! function f of x becomes one of w, which is as unknown, so that what holds for every f(x) is what holds for every f(w); a
//! gradient ∇f(x) becomes L^{-⊤} ∇f(w). So f has to stand at x only, wherever it stands.
//!
//! A derivative in μ_i is Σ_l (L^{-1})_li times that in s where entry l of w is N(s, 1). One in Σ_ij is the sum of
//! (L^{-1})_ki (L^{-1})_lj times that in s, where entries k and l of w have the covariance s, or entry k the variance 1 + s
//! if l is k. (Such means are analytic in the parameters, so that the derivative in a direction is the sum over its parts.)

use super::{Result, unreduced};
use crate::term::{
    CHOLESKY, CHOOSE, DELTA, DET, Domain, INVERSE, MATMUL, Op, Problem, SCALED, Symbol, TRANSPOSED, Term, Var,
    shape_of_law,
};
use std::collections::{BTreeMap, BTreeSet};

/// The sides of a link without Gaussian vectors that have a covariance matrix, and the functions that are others there: what
/// is supposed of their values is not supposed of those.
pub fn whitened(problem: &Problem, sides: &[Term; 2]) -> Result<([Term; 2], Vec<Symbol>)> {
    if !sides.iter().any(|side| side.any(&is_full)) {
        return Ok((sides.clone(), Vec::new()));
    }
    let mut whitener = Whitener {
        definite: &problem.definite,
        arrays: &problem.arrays,
        fresh: 0,
        white: Vec::new(),
        moved: Vec::new(),
        bound: Vec::new(),
        places: BTreeMap::new(),
    };
    let sides = [whitener.whiten(&sides[0])?, whitener.whiten(&sides[1])?];
    let others = whitener.places.into_iter().filter(|(_, base)| base.is_some());
    Ok((sides, others.map(|(name, _)| name).collect()))
}

/// Is this the law N(μ, Σ) with a matrix Σ?
pub fn is_full(law: &Term) -> bool {
    matches!(law.op(), Op::Law(_)) && !shape_of_law(law).is_empty()
}

/// A vector at μ and the matrix L.
#[derive(Clone, PartialEq)]
struct Base {
    mean: Term,
    root: Term,
    size: Term,
}

/// A vector or a matrix that a derivative moves.
#[derive(Clone)]
struct Moved {
    var: Var,
    /// Where the derivative is taken.
    point: Term,
    /// The entries of w that move: one for a vector; two for a matrix, which may be the same one.
    entries: Vec<Term>,
    /// By how much.
    step: Term,
    /// The matrix L: entry l of w moves the vector by s L e_l.
    root: Term,
}

struct Whitener<'a> {
    definite: &'a BTreeSet<Symbol>,
    arrays: &'a BTreeMap<Symbol, Vec<Term>>,
    fresh: u32,
    /// Vectors x with the vectors w that they are images of.
    white: Vec<(Var, Term, Base)>,
    /// Vectors and matrices that a derivative moves.
    moved: Vec<Moved>,
    /// Variables that are bound around the place.
    bound: Vec<Var>,
    /// Where unknown functions of vectors stand: at x of a law, or elsewhere.
    places: BTreeMap<Symbol, Option<Base>>,
}

const ELSEWHERE: &str = "a function of a Gaussian vector with a covariance matrix stands at another place as well";

impl Whitener<'_> {
    fn variable(&mut self, domain: Domain) -> Var {
        self.fresh += 1;
        let var = Var::free(&format!("white·{}", self.fresh), domain);
        self.bound.push(var.clone());
        var
    }

    fn whiten(&mut self, term: &Term) -> Result<Term> {
        let args = term.args();
        match term.op() {
            Op::Expect(_) if is_full(&args[0]) => self.mean(term),
            Op::Entry => self.entry(term),
            Op::Apply(..) | Op::UnknownLaw(_) => self.applied(term),
            Op::Density if matches!(args[1].op(), Op::Array(_)) => unreduced("a density at a Gaussian vector"),
            Op::Function(name) if &**name == DET => Ok(term.clone()),
            op => match op.bound().cloned() {
                None => {
                    let args = args.iter().map(|arg| self.whiten(arg)).collect::<Result<Vec<_>>>()?;
                    Ok(Term::new(op.clone(), args))
                }
                Some(bound) => {
                    let fresh = self.variable(bound.domain);
                    let mut inner = Vec::new();
                    for (at, arg) in args.iter().enumerate() {
                        let opened = at == op.body_index();
                        inner.push(self.whiten(&if opened {
                            term.open(&Term::var(fresh.clone()))
                        } else {
                            arg.clone()
                        })?);
                    }
                    Ok(Term::bind(op.with_bound(fresh), inner))
                }
            },
        }
    }

    /// E_{x ~ N(μ, Σ)}[g(x)] as E_w[g(μ + L w)].
    fn mean(&mut self, term: &Term) -> Result<Term> {
        let (mean, covariance) = (&term.args()[0].args()[0], &term.args()[0].args()[1]);
        let size = mean.args()[0].clone();
        let moves = |part: &Term| self.moved.iter().find(|moved| part.depends_on(&moved.var)).cloned();
        let (shifted, spread) = (moves(mean), moves(covariance));
        let center = match &shifted {
            None => mean.clone(),
            Some(moved) if is_whole(mean, &moved.var) && moved.entries.len() == 1 => moved.point.clone(),
            Some(_) => return unreduced("a derivative in what the mean of a Gaussian vector depends on"),
        };
        let covariance = match &spread {
            None => covariance.clone(),
            Some(moved) if covariance.as_var() == Some(&moved.var) && moved.entries.len() == 2 => moved.point.clone(),
            Some(_) => return unreduced("a derivative in what a covariance matrix depends on"),
        };
        if shifted.is_some() && spread.is_some() {
            return unreduced("a derivative in the mean and the covariance of a Gaussian vector");
        }
        let root = self.root(&covariance)?;
        // What moves one entry here moves all of a vector with another matrix.
        if shifted.iter().chain(&spread).any(|moved| moved.root != root) {
            return unreduced("a derivative in a parameter of several Gaussian vectors");
        }
        let center = self.whiten(&center)?;
        // In one form, so that it is the same wherever it is written.
        let base = Base { mean: self.each(&size, |index| at(&center, index)), root, size: size.clone() };
        let index = self.variable(Domain::Counting);
        let place = Term::var(index.clone());
        let normal = |mean: Term, variance: Term| Term::new(Op::Law("N".into()), vec![mean, variance]);
        let standard = normal(Term::zero(), Term::one());
        let entry = match &shifted {
            None => standard,
            Some(moved) => {
                let live = normal(moved.step.clone(), Term::one());
                Term::function(CHOOSE, vec![place, moved.entries[0].clone(), live, standard])
            }
        };
        let law = Term::bind(Op::Independent(index), vec![size.clone(), entry]);
        let (x, w) = (self.variable(Domain::Real), self.variable(Domain::Real));
        let entry_of_w = |k: &Term| Term::new(Op::Entry, vec![Term::var(w.clone()), k.clone()]);
        // Where the covariance moves, entry l is drawn anew: given entry k, or with another variance.
        let again = spread.as_ref().map(|moved| {
            let (k, l, s) = (&moved.entries[0], &moved.entries[1], moved.step.clone());
            let y = self.variable(Domain::Real);
            let law = match k == l {
                true => normal(Term::zero(), Term::add(vec![Term::one(), s])),
                // Its variance is 1 + s² then, which does not matter to the derivative at 0.
                false => normal(Term::mul(vec![s, entry_of_w(k)]), Term::one()),
            };
            (y, l.clone(), law)
        });
        let image = match &again {
            None => self.each(&size, |index| entry_of_w(index)),
            Some((y, l, _)) => {
                let y = Term::var(y.clone());
                self.each(&size, |index| Term::function(CHOOSE, vec![index.clone(), l.clone(), y, entry_of_w(index)]))
            }
        };
        self.white.push((x.clone(), image, base));
        let body = self.whiten(&term.open(&Term::var(x.clone())))?;
        self.white.pop();
        if body.depends_on(&x) {
            return unreduced("a Gaussian vector stands in the place of a number");
        }
        let body = match again {
            Some((y, _, law)) => Term::expect(&y, law, body),
            None => body,
        };
        Ok(Term::expect(&w, law, body))
    }

    /// An entry of a vector, of a matrix or of a gradient.
    fn entry(&mut self, term: &Term) -> Result<Term> {
        let mut path = Vec::new();
        let mut array = term;
        while *array.op() == Op::Entry {
            path.insert(0, self.whiten(&array.args()[1])?);
            array = &array.args()[0];
        }
        let kept = |array: Term, path: &[Term]| {
            path.iter().fold(array, |array, index| Term::new(Op::Entry, vec![array, index.clone()]))
        };
        match array.op() {
            Op::Var(var) => {
                if let Some((_, image, base)) = self.white.iter().find(|(x, ..)| x == var).cloned() {
                    let [index] = path.as_slice() else { return unreduced("an array of Gaussian vectors") };
                    let image = self.summed(&base.size, |this, k| {
                        Ok(Term::mul(vec![this.root_entry(&base.root, index, k)?, at(&image, k)]))
                    })?;
                    return Ok(Term::add(vec![at(&base.mean, index), image]));
                }
                if let Some(moved) = self.moved.iter().find(|moved| moved.var == *var).cloned() {
                    let ([index], [entry]) = (path.as_slice(), moved.entries.as_slice()) else {
                        return unreduced("a derivative in a covariance matrix that stands elsewhere as well");
                    };
                    let place = self.whiten(&at(&moved.point, index))?;
                    let direction = self.root_entry(&moved.root, index, entry)?;
                    return Ok(Term::add(vec![place, Term::mul(vec![moved.step, direction])]));
                }
                match (var.name().filter(|name| self.definite.contains(*name)), path.as_slice()) {
                    (Some(_), [i, j]) => self.square(array, i, j),
                    _ => Ok(kept(array.clone(), &path)),
                }
            }
            Op::Function(name) if &**name == INVERSE => {
                let matrix = &array.args()[0];
                let definite = matrix.as_var().and_then(Var::name).is_some_and(|name| self.definite.contains(name));
                match path.as_slice() {
                    [i, j] if definite => {
                        let (root, size) = (self.root(matrix)?, self.size(matrix));
                        self.summed(&size, |this, k| {
                            Ok(Term::mul(vec![this.inverse_root(&root, k, i)?, this.inverse_root(&root, k, j)?]))
                        })
                    }
                    _ => Ok(kept(array.clone(), &path)),
                }
            }
            Op::Derivative(bound, 1) => self.gradient(array, bound, &path),
            _ => Ok(kept(self.whiten(array)?, &path)),
        }
    }

    /// Σ_ij = Σ_k L_ik L_jk.
    fn square(&mut self, matrix: &Term, i: &Term, j: &Term) -> Result<Term> {
        let (root, size) = (self.root(matrix)?, self.size(matrix));
        self.summed(&size, |this, k| Ok(Term::mul(vec![this.root_entry(&root, i, k)?, this.root_entry(&root, j, k)?])))
    }

    /// An entry of a gradient: in x it is one in w, in μ it is a derivative in a number.
    fn gradient(&mut self, gradient: &Term, bound: &Var, path: &[Term]) -> Result<Term> {
        let (body, point) = (&gradient.args()[0], &gradient.args()[1]);
        let white = self.white.iter().find(|(x, ..)| is_whole(point, x)).cloned();
        if let (Some((_, image, base)), [index]) = (white, path) {
            let (u, v) = (self.variable(bound.domain), self.variable(bound.domain));
            let argument = self.each(&base.size, |k| Term::new(Op::Entry, vec![Term::var(v.clone()), k.clone()]));
            self.white.push((u.clone(), argument, base.clone()));
            let body = self.whiten(&gradient.open(&Term::var(u)))?;
            self.white.pop();
            return self.summed(&base.size, |this, k| {
                let inner = Term::bind(Op::Derivative(v, 1), vec![body, image]);
                let partial = Term::new(Op::Entry, vec![inner, k.clone()]);
                Ok(Term::mul(vec![this.inverse_root(&base.root, k, index)?, partial]))
            });
        }
        let moves = body.any(&|t| is_full(t) && t.depends_on(bound));
        if moves {
            return self.in_a_parameter(gradient, bound, path);
        }
        let fresh = self.variable(bound.domain);
        let inner = self.whiten(&gradient.open(&Term::var(fresh.clone())))?;
        let inner = Term::bind(Op::Derivative(fresh, 1), vec![inner, self.whiten(point)?]);
        Ok(path.iter().fold(inner, |array, index| Term::new(Op::Entry, vec![array, index.clone()])))
    }

    /// An entry of the derivative in the mean or in the covariance of a Gaussian vector.
    fn in_a_parameter(&mut self, gradient: &Term, bound: &Var, path: &[Term]) -> Result<Term> {
        let (body, point) = (&gradient.args()[0], &gradient.args()[1]);
        let var = self.variable(bound.domain);
        let opened = gradient.open(&Term::var(var.clone()));
        let mut law = None;
        opened.visit(&mut |t| {
            if is_full(t) && t.depends_on(&var) {
                law.get_or_insert_with(|| t.clone());
            }
        });
        let (Some(law), false) = (law, body.any(&|t| matches!(t.op(), Op::StopGrad))) else {
            return unreduced("a derivative in a parameter of a Gaussian vector that is held fixed");
        };
        let size = law.args()[0].args()[0].clone();
        let covariance = if path.len() == 2 { point.clone() } else { law.args()[1].clone() };
        if covariance.depends_on(&var) {
            return unreduced("a derivative in the mean and the covariance of a Gaussian vector");
        }
        let root = self.root(&covariance)?;
        let through = |this: &mut Self, entries: Vec<Term>| {
            let step = this.variable(Domain::Real);
            let (var, point, root) = (var.clone(), point.clone(), root.clone());
            let moved = Moved { var, point: point.clone(), entries, step: Term::var(step.clone()), root };
            this.moved.push(moved);
            let body = this.whiten(&opened);
            this.moved.pop();
            Ok(Term::bind(Op::Derivative(step, 1), vec![body?, Term::zero()]))
        };
        match path {
            [i] => self.summed(&size, |this, l| {
                Ok(Term::mul(vec![this.inverse_root(&root, l, i)?, through(this, vec![l.clone()])?]))
            }),
            // Half of what moves both entries ij and ji.
            [i, j] => {
                let same = self.summed(&size, |this, k| {
                    let ends = [this.inverse_root(&root, k, i)?, this.inverse_root(&root, k, j)?];
                    Ok(Term::mul([ends.to_vec(), vec![through(this, vec![k.clone(), k.clone()])?]].concat()))
                })?;
                let size = size.clone();
                let pairs = self.summed(&size.clone(), |this, k| {
                    this.summed(&size, |this, l| {
                        let ends = [this.inverse_root(&root, k, i)?, this.inverse_root(&root, l, j)?];
                        let differ = Term::one().minus(Term::function(DELTA, vec![k.clone(), l.clone()]));
                        let moved = through(this, vec![k.clone(), l.clone()])?;
                        Ok(Term::mul([ends.to_vec(), vec![Term::ratio(1, 2), differ, moved]].concat()))
                    })
                })?;
                Ok(Term::add(vec![same, pairs]))
            }
            _ => unreduced("a derivative in an array of Gaussian parameters"),
        }
    }

    /// An unknown function, or a law, of vectors.
    fn applied(&mut self, term: &Term) -> Result<Term> {
        let mut inner = Vec::new();
        let mut base = None;
        let mut vectors = 0;
        for arg in term.args() {
            if !matches!(arg.op(), Op::Array(_)) {
                inner.push(self.whiten(arg)?);
                continue;
            }
            vectors += 1;
            match self.white.iter().find(|(x, ..)| is_whole(arg, x)).cloned() {
                Some((_, image, of)) => {
                    inner.push(image);
                    base = Some(of);
                }
                None => {
                    let depends = |(x, ..): &(Var, Term, Base)| arg.depends_on(x);
                    if self.white.iter().any(depends) {
                        return unreduced("a function at more than a Gaussian vector with a covariance matrix");
                    }
                    inner.push(self.whiten(arg)?);
                }
            }
        }
        if vectors > 0 {
            let (Op::Apply(name, _) | Op::UnknownLaw(name)) = term.op() else { return Ok(term.clone()) };
            // What is at x in one place is at x of the same law in all; and that does not vary from draw to draw.
            let varies =
                |base: &Base| self.bound.iter().any(|var| base.mean.depends_on(var) || base.root.depends_on(var));
            if base.as_ref().is_some_and(varies) {
                return unreduced("a Gaussian vector whose mean is random, below an unknown function");
            }
            if *self.places.entry(name.clone()).or_insert_with(|| base.clone()) != base || base.is_some() && vectors > 1
            {
                return unreduced(ELSEWHERE);
            }
        }
        Ok(Term::new(term.op().clone(), inner))
    }

    /// A matrix L with L L^⊤ = Σ.
    fn root(&self, covariance: &Term) -> Result<Term> {
        if let Some(name) = covariance.as_var().and_then(Var::name)
            && self.definite.contains(name)
        {
            return Ok(Term::function(CHOLESKY, vec![covariance.clone()]));
        }
        match (covariance.op(), covariance.args()) {
            (Op::StopGrad, [inner]) => self.root(inner),
            (Op::Function(name), [scale, matrix]) if &**name == SCALED => {
                let scale = Term::pow(scale.clone(), Term::ratio(1, 2));
                Ok(Term::function(SCALED, vec![scale, self.root(matrix)?]))
            }
            (Op::Function(name), [left, right])
                if &**name == MATMUL
                    && right.is_function(TRANSPOSED)
                    && right.args()[0] == *left
                    && left.as_var().is_some() =>
            {
                Ok(left.clone())
            }
            _ => unreduced(
                "a covariance matrix that is neither a letter, nor a multiple of one, nor A A^⊤ is not followed yet",
            ),
        }
    }

    /// The size of a square matrix that is a letter.
    fn size(&self, matrix: &Term) -> Term {
        let shape = matrix.as_var().and_then(Var::name).and_then(|name| self.arrays.get(name));
        shape.and_then(|shape| shape.first()).cloned().unwrap_or_else(Term::one)
    }

    fn root_entry(&mut self, root: &Term, i: &Term, k: &Term) -> Result<Term> {
        match (root.op(), root.args()) {
            (Op::Function(name), [scale, matrix]) if &**name == SCALED => {
                Ok(Term::mul(vec![scale.clone(), self.root_entry(matrix, i, k)?]))
            }
            _ => Ok(matrix_entry(root.clone(), i, k)),
        }
    }

    fn inverse_root(&mut self, root: &Term, i: &Term, k: &Term) -> Result<Term> {
        match (root.op(), root.args()) {
            (Op::Function(name), [scale, matrix]) if &**name == SCALED => {
                Ok(Term::mul(vec![scale.clone().recip(), self.inverse_root(matrix, i, k)?]))
            }
            _ => Ok(matrix_entry(Term::function(INVERSE, vec![root.clone()]), i, k)),
        }
    }

    fn summed(&mut self, size: &Term, body: impl FnOnce(&mut Self, &Term) -> Result<Term>) -> Result<Term> {
        let index = self.variable(Domain::Counting);
        let body = body(self, &Term::var(index.clone()))?;
        Ok(Term::bind(Op::Sum(index), vec![Term::one(), size.clone(), body]))
    }

    fn each(&mut self, size: &Term, entry: impl FnOnce(&Term) -> Term) -> Term {
        let index = self.variable(Domain::Counting);
        let body = entry(&Term::var(index.clone()));
        Term::bind(Op::Array(index), vec![size.clone(), body])
    }
}

fn matrix_entry(matrix: Term, i: &Term, k: &Term) -> Term {
    let row = Term::new(Op::Entry, vec![matrix, i.clone()]);
    Term::new(Op::Entry, vec![row, k.clone()])
}

fn at(array: &Term, index: &Term) -> Term {
    match array.op() {
        Op::Array(_) => array.open(index),
        _ => Term::new(Op::Entry, vec![array.clone(), index.clone()]),
    }
}

/// Is this the whole of a vector: the letter, or the array of its entries?
fn is_whole(term: &Term, vector: &Var) -> bool {
    let probe = Term::var(Var::free("probe·", Domain::Counting));
    term.as_var() == Some(vector)
        || matches!(term.op(), Op::Array(_))
            && term.open(&probe) == Term::new(Op::Entry, vec![Term::var(vector.clone()), probe])
}
