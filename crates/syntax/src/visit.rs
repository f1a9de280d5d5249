//! Walking a tree.

use super::ast::*;

impl Expr {
    /// The expressions directly inside, parameters of laws included.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            Kind::Number(_) | Kind::Infinity | Kind::Name(_) | Kind::OperatorD(_) | Kind::OperatorM(_) => Vec::new(),
            Kind::Neg(a) | Kind::Abs(a) | Kind::StopGrad(a) | Kind::Difference(a) => vec![a],
            Kind::Binary(_, a, b) | Kind::Indicator(_, a, b) | Kind::Commutator(a, b) => vec![a, b],
            Kind::Call { arguments, .. } => arguments.iter().collect(),
            Kind::Density { law, at } => law.values().chain([&**at]).collect(),
            Kind::Given { body, given } => [&**body].into_iter().chain(given).collect(),
            Kind::Derivative { body, .. } => vec![body],
            Kind::Expectation { binders, body } | Kind::Variance { binders, body } => {
                let mut children = of_binders(binders);
                children.push(body);
                children
            }
            Kind::Covariance { binders, left, right } => {
                let mut children = of_binders(binders);
                children.extend([&**left, &**right]);
                children
            }
            Kind::Divergence(a, b) => a.values().chain(b.values()).collect(),
            Kind::Entropy(law) => law.values().collect(),
            Kind::Smoothing { subscript, body } => subscript.iter().map(|s| &**s).chain([&**body]).collect(),
            Kind::OperatorS(subscript) => subscript.iter().map(|s| &**s).collect(),
            Kind::Integral { limits, body, .. } => {
                limits.iter().flat_map(|(low, high)| [&**low, &**high]).chain([&**body]).collect()
            }
        }
    }

    /// The same to be changed, for the forms of plain expressions.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.kind {
            Kind::Neg(a) | Kind::Abs(a) | Kind::StopGrad(a) => vec![a],
            Kind::Binary(_, a, b) | Kind::Indicator(_, a, b) => vec![a, b],
            Kind::Call { arguments, .. } => arguments.iter_mut().collect(),
            _ => Vec::new(),
        }
    }

    /// Calls `change` with the expressions directly inside, parameters of laws included.
    pub fn each_child(&mut self, change: &mut impl FnMut(&mut Expr)) {
        let of_binders = |binders: &mut Vec<Binder>, change: &mut dyn FnMut(&mut Expr)| {
            binders.iter_mut().flat_map(|binder| binder.law.values_mut()).for_each(change);
        };
        match &mut self.kind {
            Kind::Number(_) | Kind::Infinity | Kind::Name(_) | Kind::OperatorD(_) | Kind::OperatorM(_) => {}
            Kind::Neg(a) | Kind::Abs(a) | Kind::StopGrad(a) | Kind::Difference(a) => change(a),
            Kind::Binary(_, a, b) | Kind::Indicator(_, a, b) | Kind::Commutator(a, b) => {
                change(a);
                change(b);
            }
            Kind::Call { arguments, .. } => arguments.iter_mut().for_each(change),
            Kind::Density { law, at } => {
                law.values_mut().for_each(&mut *change);
                change(at);
            }
            Kind::Given { body, given } => {
                change(body);
                given.iter_mut().for_each(change);
            }
            Kind::Derivative { body, .. } => change(body),
            Kind::Expectation { binders, body } | Kind::Variance { binders, body } => {
                of_binders(binders, change);
                change(body);
            }
            Kind::Covariance { binders, left, right } => {
                of_binders(binders, change);
                change(left);
                change(right);
            }
            Kind::Divergence(a, b) => {
                a.values_mut().chain(b.values_mut()).for_each(change);
            }
            Kind::Entropy(law) => law.values_mut().for_each(change),
            Kind::Smoothing { subscript, body } => {
                subscript.iter_mut().for_each(|subscript| change(subscript));
                change(body);
            }
            Kind::OperatorS(subscript) => subscript.iter_mut().for_each(|subscript| change(subscript)),
            Kind::Integral { limits, body, .. } => {
                if let Some((low, high)) = limits {
                    change(low);
                    change(high);
                }
                change(body);
            }
        }
    }

    /// Changes the names of this expression itself, of laws too; those of the expressions inside stay.
    pub fn rename(&mut self, change: &mut impl FnMut(&mut Name)) {
        match &mut self.kind {
            Kind::Name(name) | Kind::OperatorM(name) | Kind::Integral { variable: name, .. } => change(name),
            Kind::Call { function, .. } => change(function),
            Kind::Density { law, .. } | Kind::Entropy(law) => change(&mut law.name),
            Kind::Divergence(a, b) => {
                change(&mut a.name);
                change(&mut b.name);
            }
            Kind::Derivative { variable: Some(name), .. } | Kind::OperatorD(Some(name)) => change(name),
            Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
                for binder in binders {
                    binder.variables.iter_mut().for_each(&mut *change);
                    change(&mut binder.law.name);
                }
            }
            _ => {}
        }
    }

    /// Calls `see` with every name that stands for a value, a function or a bound variable.
    pub fn visit_names(&self, see: &mut impl FnMut(&Name)) {
        match &self.kind {
            Kind::Name(name) | Kind::OperatorM(name) => see(name),
            Kind::Call { function, .. } => see(function),
            Kind::Derivative { variable: Some(name), .. } | Kind::OperatorD(Some(name)) => see(name),
            Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
                binders.iter().flat_map(|binder| &binder.variables).for_each(&mut *see);
            }
            _ => {}
        }
        self.children().into_iter().for_each(|child| child.visit_names(see));
    }

    /// Does a letter stand here for a value, outside of what binds it?
    pub fn has_free(&self, letter: &Name) -> bool {
        self.any_free(letter, &|_| false)
    }

    /// The same, or does it stand below or above the name of a function or a law, which depends on it by that? A letter with
    /// another below it may be one of its own.
    pub fn mentions(&self, letter: &Name) -> bool {
        let written = match &letter.subscript {
            Some(below) => format!("{}_{below}", letter.base),
            None => letter.base.clone(),
        };
        self.any_free(letter, &|name| {
            let below = name.subscript.as_deref().is_some_and(|below| below.split(',').any(|piece| piece == written));
            let above = name.base.split_once('^').is_some_and(|(_, above)| above.contains(&written));
            below || above
        })
    }

    fn any_free(&self, letter: &Name, is: &impl Fn(&Name) -> bool) -> bool {
        let binders: &[Binder] = match &self.kind {
            Kind::Name(name) => return name == letter,
            Kind::Call { function, .. } if is(function) => return true,
            Kind::Density { law, .. } | Kind::Entropy(law) if is(&law.name) => return true,
            Kind::Divergence(a, b) if is(&a.name) || is(&b.name) => return true,
            Kind::Integral { limits, variable, body } => {
                let limits = limits.iter().flat_map(|(low, high)| [low, high]).any(|limit| limit.any_free(letter, is));
                return limits || variable != letter && body.any_free(letter, is);
            }
            Kind::Call { function, arguments, .. } if matches!(function.base.as_str(), "sum" | "prod" | "at") => {
                let binds = matches!(arguments.get(1), Some(Expr { kind: Kind::Name(bound), .. }) if bound == letter);
                let (bodies, others) = arguments.split_at(arguments.len().min(2));
                return others.iter().any(|e| e.any_free(letter, is))
                    || !binds && bodies.iter().any(|e| e.any_free(letter, is));
            }
            Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
                binders
            }
            _ => &[],
        };
        let in_laws = binders
            .iter()
            .any(|binder| is(&binder.law.name) || binder.law.values().any(|argument| argument.any_free(letter, is)));
        let bound = binders.iter().any(|binder| binder.variables.contains(letter));
        in_laws || !bound && self.children().into_iter().any(|child| child.any_free(letter, is))
    }
}

fn of_binders(binders: &[Binder]) -> Vec<&Expr> {
    binders.iter().flat_map(|binder| binder.law.values()).collect()
}
