//! Statements put together from pieces of the language: an answer or an error of the user's within the limits, never a
//! defect, and no derivation that the numbers contradict.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use stein::Session;

const PIECES: &[&str] = &[
    " = ", " + ", " - ", " ", "/", "^", "(", ")", "[", "]", "θ", "σ", "x", "y", "z", "k", "0", "1", "2", "3", "10^9", "1/2",
    "-1", "π", "D_θ[", "D_θ^2[", "D_x[", "D_σ[", "D[", "E_{x ~ N(0,1)}[", "E_{y ~ N(θ, σ^2)}[", "E_{z ~ N(0,1)}[",
    "E_{x ~ Exp(θ)}[", "E_{x ~ U(0, θ)}[", "E_{x ~ Poisson(θ)}[", "E_{x ~ Bernoulli(σ)}[", "E_{x ~ p_θ}[", "E_{x ~ q}[",
    "E_{x ~ stopgrad(p_θ)}[", "E_{x ~ Gamma(2, θ)}[", "E_{x ~ Laplace(θ, 1)}[", "E_{x ~ StudentT(3, θ, 1)}[",
    "E_{x, z ~ N(0,1)}[", "Var_{x ~ N(0,1)}[", "int(", ", x)", ", x, 0, θ)", "f(", "g(", "f'(", "f''(", "f(θ + σ x)",
    "f(y)", "f(x)", "x/σ", "(y - θ)/σ^2", "D_θ ln p_θ(x)", "D_θ ln N(y | θ, σ^2)", "N(x | θ, 1)", "p_θ(x)", "q(x)", "ln(",
    "exp(", "sqrt(", "sin(", "abs(", "step(", "sign(", "relu(", "max(", "stopgrad(", "He_3(", "He_2(x)", "tanh(", "gamma(",
    "digamma(", "S f_θ", "S_θ f", "S[", "S_θ[", "KL(p_θ ‖ q)", "H(p_θ)", "Δ f(x)", " given σ > 0", ", f : jump",
    " given f : smooth", " where f(u) = u^2", " where f(u) = step(u - 1)", "D", "S", "M_y", "[D, M_y]", ", ",
];

static SESSION: LazyLock<Session> = LazyLock::new(|| {
    let mut session = Session::new().expect("the built-in files load");
    session.options.timeout = LIMIT;
    session.options.patience = 1;
    session.options.samples = Some(1 << 12);
    session
});

const LIMIT: Duration = Duration::from_millis(200);
/// Far above what an answer may take in an instrumented build on a machine with other work.
const HANG: Duration = Duration::from_secs(20);

fuzz_target!(|bytes: &[u8]| {
    let pieces = bytes.iter().take(48).map(|byte| PIECES[usize::from(*byte) % PIECES.len()]);
    let text: String = pieces.collect();
    let begun = Instant::now();
    match SESSION.prove(&text) {
        Err(error) => assert!(!error.is_defect(), "{text}: {error}"),
        Ok(answer) => {
            let document = answer.document();
            let shown = stein::render::Format::Text.plain(&document);
            assert!(!shown.contains("CONTRADICTION"), "{text}");
        }
    }
    assert!(begun.elapsed() < HANG, "{text}: {:?}", begun.elapsed());
});
