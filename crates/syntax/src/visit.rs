//! Walking a tree.

use super::ast::*;

impl Expr {
    /// The expressions directly inside, parameters of laws included.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            Kind::Number(_) | Kind::Infinity | Kind::Name(_) | Kind::OperatorD | Kind::OperatorM(_) => Vec::new(),
            Kind::Neg(a) | Kind::Abs(a) | Kind::StopGrad(a) | Kind::Difference(a) => vec![a],
            Kind::Binary(_, a, b) | Kind::Indicator(_, a, b) | Kind::Commutator(a, b) => vec![a, b],
            Kind::Call { arguments, .. } => arguments.iter().collect(),
            Kind::Density { law, at } => law.arguments.iter().chain([&**at]).collect(),
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
            Kind::Divergence(a, b) => a.arguments.iter().chain(&b.arguments).collect(),
            Kind::Entropy(law) => law.arguments.iter().collect(),
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
            binders.iter_mut().flat_map(|binder| &mut binder.law.arguments).for_each(change);
        };
        match &mut self.kind {
            Kind::Number(_) | Kind::Infinity | Kind::Name(_) | Kind::OperatorD | Kind::OperatorM(_) => {}
            Kind::Neg(a) | Kind::Abs(a) | Kind::StopGrad(a) | Kind::Difference(a) => change(a),
            Kind::Binary(_, a, b) | Kind::Indicator(_, a, b) | Kind::Commutator(a, b) => {
                change(a);
                change(b);
            }
            Kind::Call { arguments, .. } => arguments.iter_mut().for_each(change),
            Kind::Density { law, at } => {
                law.arguments.iter_mut().for_each(&mut *change);
                change(at);
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
                a.arguments.iter_mut().chain(&mut b.arguments).for_each(change);
            }
            Kind::Entropy(law) => law.arguments.iter_mut().for_each(change),
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
            Kind::Derivative { variable: Some(name), .. } => change(name),
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
            Kind::Derivative { variable: Some(name), .. } => see(name),
            Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
                binders.iter().flat_map(|binder| &binder.variables).for_each(&mut *see);
            }
            _ => {}
        }
        self.children().into_iter().for_each(|child| child.visit_names(see));
    }
}

fn of_binders(binders: &[Binder]) -> Vec<&Expr> {
    binders.iter().flat_map(|binder| &binder.law.arguments).collect()
}
