//! Which estimator of a gradient to use: all that apply, the best first.
//!
//! Run it with `cargo run --example choose_estimator`.

use stein::{Place, Session};

fn main() -> Result<(), stein::Error> {
    let session = Session::new()?;
    let place = Place::new(&["f(u) = cos(3 u)"], &[("θ", 0.5), ("σ", 0.8)]);
    let derived = session.rank("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]", &place)?;
    for estimator in &derived.estimators {
        let variance = estimator.variance.as_ref().and_then(stein::estimator::Variance::value);
        println!("{:<32} {:<60} {variance:?}", estimator.name, estimator.estimator.unicode);
    }
    Ok(())
}
