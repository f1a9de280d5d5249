//! Signs and zeros of terms at a place: what is seen, and what must not be.

mod common;

use common::library;
use stein_kernel::context::{Claim, Context, Scope};
use stein_kernel::library::Library;
use stein_kernel::term::{Table, Term};

/// A binder around a term, in words: its kind and its terms, which see the binders before it.
type Binder<'a> = (&'a str, &'a [&'a str]);

/// Whether a claim about a term is proved below binders whose variables have these names.
fn proves(library: &Library, positive: &[&str], binders: &[(&str, Binder)], text: &str, claim: fn(Term) -> Claim) -> bool {
    let mut table: Table = library.table.clone();
    let statement = common::statement(&mut table, positive, &["f"], &[]);
    let mut names: Vec<&str> = vec![];
    let mut scopes = vec![];
    for (name, (kind, texts)) in binders {
        let mut term = |text: &str| common::read(&mut table, text, &names);
        scopes.push(match *kind {
            "sample" => Scope::Sample(term(texts[0])),
            "near" => Scope::Near(term(texts[0])),
            "across" => Scope::Across(term(texts[0])),
            _ => Scope::Range(term(texts[0]), term(texts[1])),
        });
        names.push(name);
    }
    let term = common::read(&mut table, text, &names);
    let mut context = Context::new(library, table, statement, 3);
    context.scopes = scopes;
    context.proves(&claim(term))
}

#[test]
fn signs_that_are_seen() {
    let library = library();
    let normal: (&str, Binder) = ("x", ("sample", &["(N 0 1)"]));
    let unit: (&str, Binder) = ("t", ("range", &["0", "1"]));
    let positive = |given: &[&str], binders: &[(&str, Binder)], text: &str| {
        proves(&library, given, binders, text, Claim::Positive)
    };
    // Between the ends of an integral, and near such a point.
    assert!(positive(&[], &[unit], "(- 1 t)"));
    assert!(positive(&[], &[unit, ("s", ("near", &["t"]))], "(- 1 s)"));
    assert!(positive(&[], &[unit, ("s", ("across", &["t"]))], "(- 1 s)"));
    // Quadratic polynomials: by the discriminant, or by rational factors.
    assert!(positive(&[], &[normal], "(+ 1 (^ x 2) x)"));
    assert!(positive(&["ρ", "(- 1 ρ)"], &[], "(- 1 (^ ρ 2))"));
    // What takes each value with probability 0: polynomials, and what grows.
    assert!(positive(&[], &[normal], "(^ (- x 2) 2)"));
    assert!(proves(&library, &["k"], &[normal], "(- (exp x) k)", Claim::NonZero));
}

#[test]
fn signs_that_are_not() {
    let library = library();
    let normal: (&str, Binder) = ("x", ("sample", &["(N 0 1)"]));
    let positive = |given: &[&str], binders: &[(&str, Binder)], text: &str| {
        proves(&library, given, binders, text, Claim::Positive)
    };
    let nonzero = |given: &[&str], binders: &[(&str, Binder)], text: &str| {
        proves(&library, given, binders, text, Claim::NonZero)
    };
    // From 1 to 0 an integral runs backwards; between letters it may.
    assert!(!positive(&[], &[("t", ("range", &["1", "0"]))], "(- 0 t)"));
    assert!(!positive(&[], &[("t", ("range", &["a", "b"]))], "(- b t)"));
    // The zeros of a quadratic polynomial are of probability 0, and are there.
    assert!(!positive(&[], &[normal], "(- (^ x 2) 1)"));
    assert!(!nonzero(&[], &[normal, ("s", ("across", &["x"]))], "(- (^ s 2) 1)"));
    assert!(!positive(&["ρ"], &[], "(- 1 (^ ρ 2))"));
    assert!(!positive(&[], &[], "(^ a 2)"));
    // What does not grow may stay: a Poisson sample, an unknown function, a coefficient that may be 0.
    assert!(!nonzero(&["k"], &[("n", ("sample", &["(Poisson 2)"]))], "(- (exp n) k)"));
    assert!(!nonzero(&["k"], &[normal], "(- (f x) k)"));
    assert!(!nonzero(&["k"], &[normal], "(- (exp (* a x)) k)"));
    // A neighbourhood of the point must not depend on a sample further in.
    assert!(!positive(&[], &[("s", ("near", &["1"])), normal], "(- (^ s 2) (^ x 2))"));
}
