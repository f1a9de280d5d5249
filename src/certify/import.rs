//! Terms of the kernel crate in the term language, so that a proof file is read back in the notation of the user.

use crate::term::{Domain, Op, Term, Var};
use stein_kernel::term::{Op as KernelOp, Table, Term as KernelTerm};

/// The term; `around` are the variables of the binders around, the innermost last.
pub fn imported(table: &Table, term: KernelTerm, around: &mut Vec<Var>) -> Term {
    let args = table.args(term);
    let depth = around.len();
    let part = |index: usize, around: &mut Vec<Var>| imported(table, args[index], around);
    let all = |around: &mut Vec<Var>| args.iter().map(|arg| imported(table, *arg, around)).collect::<Vec<_>>();
    let op = match table.op(term) {
        KernelOp::Rat(value) => return Term::number(value.clone()),
        KernelOp::Pi => Op::Pi,
        KernelOp::Inf(true) => Op::Infinity,
        KernelOp::Inf(false) => return Term::new(Op::Infinity, vec![]).opposite(),
        KernelOp::End(upper) => Op::Function(if *upper { "upper" } else { "lower" }.into()),
        KernelOp::Free(name) => return Term::var(Var::free(name, Domain::Real)),
        KernelOp::Bound(k) => match depth.checked_sub(1 + *k as usize) {
            Some(place) => return Term::var(around[place].clone()),
            None => return Term::var(Var::free("?", Domain::Real)),
        },
        KernelOp::Add => Op::Add,
        KernelOp::Mul => Op::Mul,
        KernelOp::Inv => return part(0, around).recip(),
        KernelOp::Pow => {
            let (base, exponent) = (part(0, around), part(1, around));
            let root = exponent == Term::ratio(1, 2);
            return if root { Term::function("sqrt", vec![base]) } else { Term::pow(base, exponent) };
        }
        KernelOp::Fun(name) => Op::Function(name.clone()),
        KernelOp::App(name, orders) => Op::Apply(name.clone(), orders.clone()),
        KernelOp::Law(name) => Op::Law(name.split('/').next().unwrap_or(name).into()),
        KernelOp::AnyLaw(name) => Op::UnknownLaw(name.clone()),
        KernelOp::Dens => Op::Density,
        KernelOp::Mean => {
            // A joint mean is one mean in another.
            let mut laws = vec![];
            for index in 0..args.len() - 1 {
                laws.push(part(index, around));
                around.push(fresh(around.len()));
            }
            let mut body = part(args.len() - 1, around);
            for law in laws.into_iter().rev() {
                let var = around.pop().unwrap_or_else(|| fresh(depth));
                body = Term::bind(Op::Expect(var), vec![law, body]);
            }
            return body;
        }
        KernelOp::Int | KernelOp::Sum => {
            let (lo, hi, var) = (part(0, around), part(1, around), fresh(depth));
            around.push(var.clone());
            let body = part(2, around);
            around.pop();
            let op = if matches!(table.op(term), KernelOp::Int) { Op::Integral(var) } else { Op::Sum(var) };
            return Term::bind(op, vec![lo, hi, body]);
        }
        KernelOp::D(order) => {
            let (point, var) = (part(1, around), fresh(depth));
            around.push(var.clone());
            let body = part(0, around);
            around.pop();
            return Term::bind(Op::Derivative(var, *order), vec![body, point]);
        }
    };
    Term::new(op, all(around))
}

/// A variable that no other binder around has; its number is above those that binders give themselves.
fn fresh(depth: usize) -> Var {
    Var::bound((1 << 20) + depth as u32, Domain::Real)
}
