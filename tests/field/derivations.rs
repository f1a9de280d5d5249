//! Derivations of the field, one of each kind, as they are shown: read and accepted.

use stein::Session;
use stein::render::{Block, Format};

fn derivation(name: &str, statement: &str) {
    let session = Session::new().expect("the built-in rules");
    let answer = session.prove(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    let mut document = answer.document();
    let numbers = ["numbers", "at", "witness"];
    document.blocks.retain(|block| !matches!(block, Block::Note { label, .. } if numbers.contains(&label.as_str())));
    insta::with_settings!({ description => statement, omit_expression => true }, {
        insta::assert_snapshot!(name, Format::Text.plain(&document));
    });
}

macro_rules! derivations {
    ($($name:ident $statement:expr;)*) => {
        $(#[test]
        fn $name() {
            derivation(stringify!($name), $statement);
        })*
    };
}

derivations! {
    categorical_score "D_a[E_{x ~ Categorical(a, b, c)}[f(x)]] = E_{x ~ Categorical(a, b, c)}[(1{x = 1} - exp(a)/(exp(a) + exp(b) + exp(c))) f(x)]";
    importance_weights "E_{x ~ p_θ}[f(x)] = E_{x ~ q}[f(x) p_θ(x)/q(x)]";
    importance_weights_of_a_narrower_law "E_{x ~ Exp(1)}[f(x)] = E_{x ~ N(0,1)}[f(x) Exp(x | 1)/N(x | 0,1)]";
    estimate_of_a_divergence "E_{x ~ p_θ}[q(x)/p_θ(x) - 1 - ln(q(x)/p_θ(x))] = KL(p_θ ‖ q)";
    baseline "E_{x ~ p_θ}[(f(x) - b) D_θ ln p_θ(x)] = D_θ[E_{x ~ p_θ}[f(x)]]";
    information_equality "E_{x ~ p_θ}[(D_θ ln p_θ(x))^2] = -E_{x ~ p_θ}[D_θ^2 ln p_θ(x)]";
    poisson_difference "D_λ[E_{x ~ Poisson(λ)}[f(x)]] = E_{x ~ Poisson(λ)}[f(x + 1) - f(x)]";
    gamma_stein "E_{x ~ Gamma(a, b)}[x f'(x) + (a - b x) f(x)] = 0";
    uniform_boundary "D_θ[E_{x ~ U(0, θ)}[f(x)]] = 1/θ (f(θ) - E_{x ~ U(0, θ)}[f(x)])";
    dice "D_θ[E_{x ~ stopgrad(p_θ)}[exp(ln p_θ(x) - stopgrad(ln p_θ(x))) f(x)]] = D_θ[E_{x ~ p_θ}[f(x)]]";
    semigroup "S_a S_b = S_{sqrt(a^2 + b^2)}";
    multiplication_of_a_wave "E_{x ~ N(0,1)}[x/σ cos(k (θ + σ x) + c)] = -k exp(-σ^2 k^2/2) sin(k θ + c)";
}
