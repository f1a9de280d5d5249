//! What equality in finite fields accepts, and what it must never accept.

mod common;

use common::{equal, library};

const TRUE: &[(&[&str], &str, &str)] = &[
    (&[], "(cos (* 2 x))", "(- 1 (* 2 (^ (sin x) 2)))"),
    (&[], "(sin (+ x y))", "(+ (* (sin x) (cos y)) (* (cos x) (sin y)))"),
    (&[], "(cos (sin (- x)))", "(cos (sin x))"),
    (&[], "(exp (+ x (* 1/2 y)))", "(* (exp x) (sqrt (exp y)))"),
    (&[], "(^ (exp (* 1/3 x)) 3)", "(exp x)"),
    (&["x", "y"], "(ln (* x y y))", "(+ (ln x) (* 2 (ln y)))"),
    (&["x", "y"], "(sqrt (* x y))", "(* (sqrt x) (sqrt y))"),
    (&["x"], "(sqrt (^ x 2))", "x"),
    (&[], "(^ (sqrt (+ 1 (^ x 2))) 2)", "(+ 1 (^ x 2))"),
    (&[], "(sqrt 8)", "(* 2 (sqrt 2))"),
    (&[], "(sqrt 6)", "(* (sqrt 2) (sqrt 3))"),
    (&["x"], "(^ x (- a 1))", "(/ (^ x a) x)"),
    (&[], "(ln (+ 1 (exp x)))", "(+ x (ln (+ 1 (exp (- x)))))"),
    (&[], "(ln (+ (exp x) (exp y)))", "(+ y (ln (+ 1 (exp (- x y)))))"),
    (&["x", "y"], "(ln (+ (^ x 2) (* x y)))", "(+ (ln x) (ln (+ x y)))"),
    (&["x", "y"], "(ln (- 1 (/ x (+ x y))))", "(- (ln y) (ln (+ x y)))"),
    (&["x"], "(ln (exp (* 2 x)))", "(* 2 x)"),
    (&["v"], "(dens (N m v) x)", "(* (inv (sqrt (* 2 π v))) (exp (/ (* -1 (^ (- x m) 2)) (* 2 v))))"),
    (&[], "(/ 1 (* x (+ x 1)))", "(- (/ 1 x) (/ 1 (+ x 1)))"),
    (&[], "(f (+ x x))", "(f (* 2 x))"),
    (&[], "(E x (N 0 1) . (* 2 (f x)))", "(* 2 (E x (N 0 1) . (f x)))"),
    (&[], "(E x (N 0 1) . (+ 1 (f x)))", "(+ 1 (E z (N 0 1) . (f z)))"),
    (&[], "(E x (N 0 1) . (* (f x) (E z (N 0 1) . (g z))))", "(* (E x (N 0 1) . (f x)) (E z (N 0 1) . (g z)))"),
    (
        &[],
        "(E x (N 0 1) . (+ (f x) (E z (N 0 1) . (h x z))))",
        "(+ (E x (N 0 1) . (f x)) (E x (N 0 1) . (E z (N 0 1) . (h x z))))",
    ),
    (&[], "(E x (N 0 1) . (E z (N 0 1) . (+ z (- x x))))", "(E z (N 0 1) . z)"),
    (
        &[],
        "(E x (N 0 1) y (N 0 1) . (* x (+ x y)))",
        "(+ (E x (N 0 1) y (N 0 1) . (* x x)) (E x (N 0 1) y (N 0 1) . (* x y)))",
    ),
    (&[], "(D t (* t (f t)) s)", "(D t (* (f t) t) s)"),
    (&[], "(int x 0 a (* 2 (f x)))", "(* 2 (int x 0 a (f x)))"),
    (&[], "(sum k 0 n (+ (f k) (g k)))", "(+ (sum k 0 n (f k)) (sum k 0 n (g k)))"),
    (&[], "(E x (Exp 1) . (sqrt (* x x)))", "(E x (Exp 1) . x)"),
    (&[], "(E x (Exp 1) . (dens (Exp 1) x))", "(E x (Exp 1) . (exp (- x)))"),
    (&[], "(^ (E x (N 0 1) . x) 3)", "(* (E x (N 0 1) . x) (^ (E y (N 0 1) . y) 2))"),
];

const FALSE: &[(&[&str], &str, &str)] = &[
    (&[], "(cos (* 2 x))", "(- 1 (* 2 (sin x)))"),
    (&[], "(sqrt (^ x 2))", "x"),
    (&[], "(sqrt (^ x 2))", "(- x)"),
    (&[], "(* 2305843009213693951 x)", "0"),
    (&[], "(^ x 2305843009213693951)", "x"),
    (&[], "(^ x 1073741823)", "x"),
    (&[], "(^ (sin (* 1048576000 π a)) 2)", "0"),
    (&[], "(ln (+ 1 (exp x)))", "(+ (* 2 x) (ln (+ 1 (exp (- x)))))"),
    (&[], "(ln (+ (^ x 2) (* x y)))", "(+ (ln x) (ln (+ x y)))"),
    (&[], "(ln (- 1 (/ x (+ x y))))", "(- (ln y) (ln (+ x y)))"),
    (&[], "(^ (exp x) 1000000007)", "1"),
    (&[], "(dens (Exp 1) x)", "(exp (- x))"),
    (&[], "(E x (N 0 1) . (dens (Exp 1) x))", "(E x (N 0 1) . (exp (- x)))"),
    (&[], "(E x (N 0 1) . (sqrt (* x x)))", "(E x (N 0 1) . x)"),
    (&[], "(E x (N 0 1) . (f x))", "(E x (N 0 2) . (f x))"),
    (&[], "(E x (N 0 1) . (f x))", "(E x (Cauchy 0 1) . (f x))"),
    (&[], "(E x (N 0 1) . 1)", "2"),
    (&[], "(E x (N 0 1) . (^ x 2))", "(^ (E x (N 0 1) . x) 2)"),
    // Exchange of means, in three disguises.
    (&[], "(E x (U 0 1) . (E z (U 0 1) . (h x z)))", "(E z (U 0 1) . (E x (U 0 1) . (h x z)))"),
    (&[], "(E x (U 0 1) . (E z (U 0 (- 2 1)) . (h x z)))", "(E z (U 0 (- 2 1)) . (E x (U 0 1) . (h x z)))"),
    (&[], "(E x (U 0 1) . (E z (Exp 1) . (h x z)))", "(E z (Exp 1) . (E x (U 0 1) . (h x z)))"),
    (&[], "(E x (U 0 1) . (E z (U 0 1) . (/ (- (* x x) (* z z)) (^ (+ (* x x) (* z z)) 2))))", "0"),
    // Fresh values of a D's variable.
    (&[], "(D a (D s (* a (^ s 2)) a) t)", "(D a (D s (^ s 3) a) t)"),
    (&[], "(E y (N 0 1) . (D t (* y (D s (* s s) t)) y))", "(E y (N 0 1) . (D t (* y (D s (* s t) t)) y))"),
    (&[], "(D t (D s t t) b)", "(D t (D s s t) b)"),
    (&[], "(D t (* t (D s t c)) b)", "(D t (* t (D s s c)) b)"),
    (&[], "(D t (D s (* s t) t) b)", "(D t (D s (* s s) t) b)"),
    // Cov² = Var Var.
    (
        &[],
        "(^ (- (E x (?p) . (* (f x) (g x))) (* (E x (?p) . (f x)) (E x (?p) . (g x)))) 2)",
        "(* (- (E x (?p) . (^ (f x) 2)) (^ (E x (?p) . (f x)) 2)) (- (E x (?p) . (^ (g x) 2)) (^ (E x (?p) . (g x)) 2)))",
    ),
    // A positive point does not make the variable positive elsewhere.
    (&["a"], "(D t (sqrt (^ t 2)) a)", "(D t t b)"),
    (&["a"], "(* (D t (sqrt (^ t 2)) b) (D t (sqrt (^ t 2)) a))", "(* (D t t b) (D t t a))"),
    // x + s is positive for almost every x at s = 0, but not near it.
    (&[], "(D s (E x (Exp 1) . (sqrt (^ (+ x s) 2))) 0)", "(D s (E x (Exp 1) . (+ x s)) 0)"),
    (&[], "(abs x)", "x"),
    (&[], "(^ (step x) 2)", "(step x)"),
    (&[], "(ln (* x y))", "(+ (ln x) (ln y))"),
    (&[], "(int x 0 1 1)", "1"),
    (&[], "(E x (N 0 1) . (f x))", "(E x (N 0 1) . (g x))"),
    (&[], "(f'0 x y)", "(f'1 x y)"),
    (&[], "(^ (^ x 2) a)", "(^ x (* 2 a))"),
    (&[], "(E x (N 0 1) y (N 0 1) . (h x y))", "(E x (N 0 1) y (N 0 1) . (h y x))"),
    (&[], "(E x (N 0 1) . (E y (N x 1) . y))", "(E x (N 0 1) . (E y (N 0 1) . y))"),
];

#[test]
fn true_equations_are_accepted() {
    let library = library();
    for (positive, a, b) in TRUE {
        let found = equal(&library, positive, a, b);
        assert!(found.as_ref().is_ok_and(|error| *error <= -100.0), "{a} = {b}: {found:?}");
    }
}

#[test]
fn false_equations_are_refused() {
    let library = library();
    for (positive, a, b) in FALSE {
        let found = equal(&library, positive, a, b);
        assert!(found.is_err(), "{a} = {b} was accepted: {found:?}");
    }
}
