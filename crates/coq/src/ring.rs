//! Arithmetic between two terms. Means are atoms: first as they stand, those of both sides that are equal being written
//! alike; else each is taken apart into means of products, which are linear combinations.

use crate::proof::Replay;
use crate::write::Gap;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use stein_kernel::context::Scope;
use stein_kernel::growth::Verdict;
use stein_kernel::polynomial::Monomial;
use stein_kernel::term::{Op, Term};

impl Replay<'_> {
    /// The tactics that prove `before = after` at the place.
    pub(crate) fn arithmetic(&mut self, before: Term, after: Term, script: &mut Vec<String>) -> Result<(), Gap> {
        if before == after {
            script.push("reflexivity.".into());
            return Ok(());
        }
        let start = script.len();
        if self.paired(before, after, script)? {
            return Ok(());
        }
        script.truncate(start);
        let (mut left, mut right) = (before, after);
        for (side, other) in [(before, true), (after, false)] {
            for node in self.atoms(side) {
                if !matches!(self.context.table.op(node), Op::Mean | Op::Int | Op::Sum) {
                    continue;
                }
                let (new, lines) = self.taken_apart(node)?;
                if new == node {
                    continue;
                }
                let (old, text) = (self.number(node)?, self.number(new)?);
                script.push(format!("replace {old} with {text}."));
                script.push(format!("2: {{ symmetry. {} }}", lines.join(" ")));
                let change = HashMap::from([(node, new)]);
                if other {
                    left = self.exchanged(left, &change);
                } else {
                    right = self.exchanged(right, &change);
                }
            }
        }
        match self.paired(left, right, script)? {
            true => Ok(()),
            false => Err(Gap::Word("arithmetic that does not come down to linear combinations of means".into())),
        }
    }

    /// The outermost binders of a term, each once.
    fn atoms(&self, term: Term) -> Vec<Term> {
        let (mut found, mut open) = (vec![], vec![term]);
        while let Some(next) = open.pop() {
            match self.context.table.op(next) {
                Op::Mean | Op::Int | Op::Sum | Op::D(_) if !found.contains(&next) => found.push(next),
                Op::Mean | Op::Int | Op::Sum | Op::D(_) => {}
                Op::Dens => open.push(self.context.table.args(next)[1]),
                _ => open.extend(self.context.table.args(next).iter().rev()),
            }
        }
        found
    }

    /// The term with other terms for its outermost binders.
    pub(crate) fn exchanged(&mut self, term: Term, by: &HashMap<Term, Term>) -> Term {
        if let Some(new) = by.get(&term) {
            return *new;
        }
        if matches!(self.context.table.op(term), Op::Mean | Op::Int | Op::Sum | Op::D(_)) {
            return term;
        }
        let args = self.context.table.args(term).to_vec();
        let new: Vec<Term> = args.iter().map(|arg| self.exchanged(*arg, by)).collect();
        if new == args { term } else { self.context.table.with_args(term, new) }
    }

    /// With the binders of the right side written as those of the left side that they are equal to, both sides are equal
    /// by the arithmetic of fields.
    fn paired(&mut self, left: Term, right: Term, script: &mut Vec<String>) -> Result<bool, Gap> {
        let (own, others) = (self.atoms(left), self.atoms(right));
        let mut change = HashMap::new();
        for other in others.iter().filter(|other| !own.contains(other)) {
            let partner = own.iter().copied().find(|mine| {
                self.context.table.op(*mine) == self.context.table.op(*other)
                    && self.context.table.args(*mine).len() == self.context.table.args(*other).len()
                    && self.context.equal(*mine, *other).is_ok()
            });
            let Some(partner) = partner else { continue };
            let mut lines = vec![];
            if self.congruent(partner, *other, &mut lines).is_err() {
                continue;
            }
            let (old, new) = (self.number(*other)?, self.number(partner)?);
            script.push(format!("replace {old} with {new}."));
            script.push(format!("2: {{ {} }}", lines.join(" ")));
            change.insert(*other, partner);
        }
        let right = self.exchanged(right, &change);
        let mut letters = HashMap::new();
        let mut all = self.atoms(left);
        all.extend(self.atoms(right));
        for (number, atom) in all.into_iter().enumerate() {
            let letter = self.context.table.free(&format!("atom {number}"));
            letters.entry(atom).or_insert(letter);
        }
        let (a, b) = (self.exchanged(left, &letters), self.exchanged(right, &letters));
        if self.context.equal(a, b).is_err() {
            return Ok(false);
        }
        self.algebra(left, right, script)?;
        Ok(true)
    }

    /// Two binders of one kind are equal because their parts are.
    fn congruent(&mut self, left: Term, right: Term, script: &mut Vec<String>) -> Result<(), Gap> {
        let depth = self.around.len();
        let result = self.congruent_here(left, right, script);
        self.leave(depth);
        result
    }

    fn congruent_here(&mut self, left: Term, right: Term, script: &mut Vec<String>) -> Result<(), Gap> {
        let (a, b) = (self.context.table.args(left).to_vec(), self.context.table.args(right).to_vec());
        match *self.context.table.op(left) {
            Op::Mean => {
                for (law, other) in a[..a.len() - 1].iter().zip(&b) {
                    let text = self.law(*law)?;
                    if law != other {
                        let (own, others) =
                            (self.context.table.args(*law).to_vec(), self.context.table.args(*other).to_vec());
                        if self.context.table.op(*law) != self.context.table.op(*other) {
                            return Err(Gap::Word("a mean under another law".into()));
                        }
                        script.push("refine (E_equal _ _ _ _ _ _).".into());
                        let mut lines = vec![];
                        for (mine, theirs) in own.iter().zip(&others) {
                            if mine == theirs {
                                continue;
                            }
                            let mut inner = vec![];
                            self.arithmetic(*mine, *theirs, &mut inner)?;
                            let (mine, theirs) = (self.number(*mine)?, self.number(*theirs)?);
                            lines.push(format!("replace {theirs} with {mine}. 2: {{ {} }}", inner.join(" ")));
                        }
                        script.push(format!("{{ {} reflexivity. }}", lines.join(" ")));
                        let name = self.names.bound(&self.variables());
                        script.push(format!("intros {name} H{name}."));
                        script.extend(self.facts(&Scope::Sample(*law), &name, &format!("H{name}")));
                        self.open(Scope::Sample(*law), &text, name);
                    } else {
                        self.sample(Scope::Sample(*law), &text, script);
                    }
                }
                self.arithmetic(a[a.len() - 1], b[b.len() - 1], script)
            }
            Op::Int | Op::Sum if a[..2] == b[..2] => {
                self.enter(left, 2, script)?;
                self.arithmetic(a[2], b[2], script)
            }
            Op::D(_) if a[1] == b[1] => {
                self.enter(left, 0, script)?;
                self.arithmetic(a[0], b[0], script)
            }
            _ => Err(Gap::Word("binders between other ends".into())),
        }
    }

    /// A mean as a combination of means of products, and the tactics that prove it equal to that.
    fn taken_apart(&mut self, node: Term) -> Result<(Term, Vec<String>), Gap> {
        let depth = self.around.len();
        let result = self.taken_apart_here(node);
        self.leave(depth);
        result
    }

    fn taken_apart_here(&mut self, node: Term) -> Result<(Term, Vec<String>), Gap> {
        let op = self.context.table.op(node).clone();
        let args = self.context.table.args(node).to_vec();
        let mut script = vec![];
        // The law, the body below its sample.
        let (scope_index, body) = match op {
            Op::Mean if args.len() == 2 => (1, args[1]),
            Op::Mean => (1, self.context.table.term(Op::Mean, args[1..].to_vec())),
            _ => (2, args[2]),
        };
        let law = match op {
            Op::Mean => self.law(args[0])?,
            _ => {
                let around = self.variables();
                let hi = self.writer().end(args[1], &around)?;
                let lo = match op {
                    Op::Int => format!("density {}", self.writer().end(args[0], &around)?),
                    _ => format!("masses {}", self.number(args[0])?),
                };
                format!("({lo} {hi} (fun _ => 1))")
            }
        };
        let depth = self.around.len();
        let first = self.context.binders_of(node, scope_index)[..1].to_vec();
        let name = self.names.bound(&self.variables());
        let open = |this: &mut Self| {
            this.open(first[0].clone(), &law, name.clone());
        };
        let intro = format!("refine (E_ext {law} _ _ _). intros {name} H{name}.");
        open(self);
        let facts = self.facts(&first[0], &name, &format!("H{name}")).join(" ");
        let mut inner = body;
        let mut change = HashMap::new();
        let mut lines = vec![];
        for atom in self.atoms(body) {
            if matches!(self.context.table.op(atom), Op::Mean | Op::Int | Op::Sum) {
                let (new, own) = self.taken_apart(atom)?;
                if new != atom {
                    let (old, text) = (self.number(atom)?, self.number(new)?);
                    lines.push(format!("replace {old} with {text}. 2: {{ symmetry. {} }}", own.join(" ")));
                    change.insert(atom, new);
                }
            }
        }
        if !change.is_empty() {
            inner = self.exchanged(body, &change);
            lines.push("reflexivity.".into());
        }
        let prepared = self.unfolded(inner);
        let polynomial =
            self.context.expand(prepared, false).ok_or_else(|| Gap::Word("a sum that is too long".into()))?;
        // What is the same in the sample, with what stands before it.
        let mut groups: BTreeMap<Monomial, Vec<(Monomial, BigRational)>> = BTreeMap::new();
        for (monomial, coefficient) in polynomial {
            let (held, free): (Monomial, Monomial) =
                monomial.into_iter().partition(|(atom, _)| self.context.table.holds(*atom, 0));
            groups.entry(held).or_default().push((free, coefficient));
        }
        let mut parts: Vec<(Term, Option<Term>)> = vec![];
        for (held, outside) in groups {
            let outside: Vec<Term> = outside.into_iter().map(|(monomial, c)| self.product(&monomial, c)).collect();
            let coefficient = self.context.table.add(outside);
            let zero = self.context.table.int(0);
            let coefficient = self.context.table.instantiate(coefficient, &[zero]);
            let factor = (!held.is_empty()).then(|| self.product(&held, BigRational::one()));
            parts.push((coefficient, factor));
        }
        self.leave(depth);
        if !change.is_empty() {
            open(self);
            let body = self.number(inner)?;
            self.leave(depth);
            script.push(format!("transitivity (E {law} (fun {name} => {body}))."));
            script.push(format!("{{ {intro} {facts} {} }}", lines.join(" ")));
        }
        // Already one product with nothing before it.
        if let [(coefficient, Some(factor))] = &parts[..]
            && self.context.table.is_one(*coefficient)
            && *factor == inner
        {
            let new = if change.is_empty() { node } else { self.rebuilt(node, inner) };
            script.push("reflexivity.".into());
            return Ok((new, script));
        }
        if self.context.table.op(node) != &Op::Mean && parts.iter().any(|(_, factor)| factor.is_none()) {
            return Err(Gap::Word("an integral or a sum of 1".into()));
        }
        let one = self.context.table.int(1);
        let mut texts = vec![];
        for (coefficient, factor) in &parts {
            let c = self.number(*coefficient)?;
            open(self);
            let m = self.number(factor.unwrap_or(one))?;
            self.leave(depth);
            texts.push((c, m));
        }
        // From the last summand to the first: what the rest is, and what its mean is.
        let (mut rest, mut value, mut proof) = (String::new(), String::new(), String::new());
        let mut summands = vec![];
        for (number, (coefficient, factor)) in parts.iter().enumerate().rev() {
            let (c, m) = &texts[number];
            let (mean, exists) = match factor {
                None => ("1".to_string(), self.mass_one(args[0])?),
                Some(factor) => {
                    let mean = self.rebuilt(node, *factor);
                    (self.number(mean)?, self.exists(mean, &law, &name, m)?)
                }
            };
            let word = if factor.is_none() { "constant" } else { "linear" };
            if rest.is_empty() {
                proof =
                    format!("({word}_last {law} {c} {exists})", word = word, exists = with(factor, m, &name, &exists));
                rest = format!("{c} * {m}");
                value = format!("{c} * {mean}");
            } else {
                proof = format!(
                    "({word}_more {law} {c} (fun {name} => {rest}) ({value}) {exists} {proof})",
                    exists = with(factor, m, &name, &exists)
                );
                rest = format!("{c} * {m} + ({rest})");
                value = format!("{c} * {mean} + ({value})");
            }
            let factor = match factor {
                None => one,
                Some(factor) => self.rebuilt(node, *factor),
            };
            summands.push(self.context.table.mul(vec![*coefficient, factor]));
        }
        summands.reverse();
        if parts.is_empty() {
            script.push(format!(
                "transitivity (E {law} (fun {name} => 0)). {{ {intro} {facts} algebra. }} apply E_zero."
            ));
            return Ok((self.context.table.int(0), script));
        }
        // The goal is stated as the writer writes the new term; both read alike.
        open(self);
        let combined: Vec<Term> = parts
            .iter()
            .map(|(c, m)| {
                let c = self.context.table.lift(*c, 1, 0);
                self.context.table.mul(vec![c, m.unwrap_or(one)])
            })
            .collect();
        let combined = self.context.table.add(combined);
        let mut own = vec![];
        self.algebra(inner, combined, &mut own)?;
        self.leave(depth);
        // The writer's sums lean to the left, those of the lemma to the right.
        own.retain(|line| !line.starts_with("change "));
        script.push(format!("transitivity (E {law} (fun {name} => {rest}))."));
        script.push(format!("{{ {intro} {facts} {} }}", own.join(" ")));
        script.push(format!("rewrite (proj2 {proof}); algebra."));
        Ok((self.context.table.add(summands), script))
    }

    /// The same binder over another body.
    fn rebuilt(&mut self, node: Term, body: Term) -> Term {
        let args = self.context.table.args(node).to_vec();
        match self.context.table.op(node).clone() {
            Op::Mean => self.context.table.term(Op::Mean, vec![args[0], body]),
            op => self.context.table.term(op, vec![args[0], args[1], body]),
        }
    }

    fn product(&mut self, monomial: &Monomial, coefficient: BigRational) -> Term {
        let mut factors = vec![];
        if !coefficient.is_one() || monomial.is_empty() {
            factors.push(self.context.table.rat(coefficient));
        }
        for (atom, exponent) in monomial {
            let exponent = self.context.table.int(*exponent);
            factors.push(match self.context.table.is_one(exponent) {
                true => *atom,
                false => self.context.table.pow(*atom, exponent),
            });
        }
        self.context.table.mul(factors)
    }

    /// A proof that a mean at the place converges, assumed unless it is known not to; below samples, only if it is known to
    /// for all of them.
    fn exists(&mut self, mean: Term, law: &str, name: &str, body: &str) -> Result<String, Gap> {
        let judge = self.context.judge;
        match judge(&mut self.context, mean) {
            Verdict::Fails => return Err(Gap::Word("a mean that does not converge by itself".into())),
            Verdict::Unknown if self.is_about_samples(&[mean]) => {
                return Err(Gap::Word(
                    "a mean below a sample that is not known to converge for each of its values".into(),
                ));
            }
            _ => {}
        }
        let says = format!("ex_E {law} (fun {name} => {body})");
        Ok(self.assume("exists", &says, "a mean converges".into(), &[mean]))
    }

    /// Known densities as formulas, outside of binders.
    pub(crate) fn unfolded(&mut self, term: Term) -> Term {
        let args = self.context.table.args(term).to_vec();
        match self.context.table.op(term).clone() {
            Op::Mean | Op::Int | Op::Sum | Op::D(_) | Op::Law(_) | Op::AnyLaw(_) => term,
            Op::Dens => match self.context.log_density(args[0], args[1]) {
                Some(formula) if matches!(self.context.table.op(args[0]), Op::Law(_)) => {
                    let formula = self.unfolded(formula);
                    self.context.table.fun("exp", vec![formula])
                }
                _ => term,
            },
            _ => {
                let new: Vec<Term> = args.iter().map(|arg| self.unfolded(*arg)).collect();
                if new == args { term } else { self.context.table.with_args(term, new) }
            }
        }
    }

    /// The arithmetic of fields, with exponentials of sums taken apart.
    pub(crate) fn algebra(&mut self, left: Term, right: Term, script: &mut Vec<String>) -> Result<(), Gap> {
        let (left, right) = (self.unfolded(left), self.unfolded(right));
        let (a, b) = (self.number(left)?, self.number(right)?);
        script.push(format!("change ({a} = {b})."));
        let mut exponents = BTreeSet::new();
        for side in [left, right] {
            self.exponents(side, &mut exponents);
        }
        let alone = exponents.len() <= 1 && exponents.iter().all(|one| !self.is_visibly_zero(*one));
        if !alone {
            self.split_exponents(&exponents, script)?;
        }
        script.push("algebra.".into());
        Ok(())
    }

    /// The arguments of exponentials outside of binders, the innermost being left where they are.
    fn exponents(&self, term: Term, found: &mut BTreeSet<Term>) {
        let args = self.context.table.args(term);
        match self.context.table.op(term) {
            Op::Mean | Op::Int | Op::Sum | Op::D(_) | Op::Law(_) | Op::AnyLaw(_) => {}
            Op::Fun(name) if &**name == "exp" => drop(found.insert(args[0])),
            Op::Fun(name) if &**name == "ln" && self.is_exponential(args[0]) => {}
            _ => args.iter().for_each(|arg| self.exponents(*arg, found)),
        }
    }

    fn is_visibly_zero(&mut self, term: Term) -> bool {
        self.context.expand(term, false).is_some_and(|polynomial| polynomial.into_iter().next().is_none())
    }

    fn is_exponential(&self, term: Term) -> bool {
        matches!(self.context.table.op(term), Op::Fun(name) if &**name == "exp")
    }

    /// exp(u), for u a sum of multiples of products, is a product of powers of exponentials of these.
    fn split_exponents(&mut self, exponents: &BTreeSet<Term>, script: &mut Vec<String>) -> Result<(), Gap> {
        let mut expanded = vec![];
        let mut denominators: BTreeMap<Monomial, BigInt> = BTreeMap::new();
        for exponent in exponents {
            let Some(polynomial) = self.context.expand(*exponent, false) else { return Ok(()) };
            for (monomial, coefficient) in &polynomial {
                let denominator = denominators.entry(monomial.clone()).or_insert_with(BigInt::one);
                *denominator = least_common_multiple(denominator, coefficient.denom());
            }
            expanded.push((*exponent, polynomial));
        }
        for (exponent, polynomial) in expanded {
            let mut factors = vec![];
            for (monomial, coefficient) in polynomial {
                let denominator = BigRational::from_integer(denominators[&monomial].clone());
                let count = &coefficient * &denominator;
                let unit = self.product(&monomial, BigRational::one() / denominator);
                let unit = self.number(unit)?;
                let Some(steps) = count.abs().to_u32().filter(|n| *n < 64) else { return Ok(()) };
                let power = format!("exp {unit} ^ {steps}");
                factors.push(if count.is_negative() { format!("/ {power}") } else { power });
                debug_assert!(!coefficient.is_zero());
            }
            let text = self.number(exponent)?;
            if factors.is_empty() {
                script.push(format!("replace (exp {text}) with 1 by (rewrite <- exp_0; f_equal; field; side)."));
                continue;
            }
            script.push(format!("replace (exp {text}) with ({}) by exponents.", factors.join(" * ")));
        }
        Ok(())
    }
}

fn least_common_multiple(a: &BigInt, b: &BigInt) -> BigInt {
    let (mut x, mut y) = (a.clone(), b.clone());
    while !y.is_zero() {
        (x, y) = (y.clone(), x % y);
    }
    a * b / x
}

fn with(factor: &Option<Term>, m: &str, name: &str, exists: &str) -> String {
    match factor {
        None => exists.into(),
        Some(_) => format!("(fun {name} => {m}) {exists}"),
    }
}
