//! The derivation of every formula of the note, in text and in LaTeX.

use stein::render::{Block, Format};
use stein::{Session, Verdict};

/// Checks the verdict on a formula and compares its derivation with the one that was read and accepted. Numbers are
/// left out: what they are is no matter of the derivation.
fn derivation(name: &str, verdict: Verdict, statement: &str) {
    let session = Session::new().expect("the built-in rules");
    let answer = session.prove(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    assert_eq!(answer.verdict(), verdict, "{statement}: {:?}", answer.links);
    let mut document = answer.document();
    let numbers = ["numbers", "at", "witness"];
    document.blocks.retain(|block| !matches!(block, Block::Note { label, .. } if numbers.contains(&label.as_str())));
    insta::with_settings!({ description => statement, omit_expression => true }, {
        insta::assert_snapshot!(format!("{name}_text"), Format::Text.plain(&document));
        insta::assert_snapshot!(format!("{name}_latex"), Format::Latex.plain(&document));
    });
}

macro_rules! formulas {
    ($($name:ident $verdict:ident $statement:expr;)*) => {
        $(#[test]
        fn $name() {
            derivation(stringify!($name), Verdict::$verdict, $statement);
        })*
    };
}

formulas! {
    formula_0_1 Proved r"\nabla_{\theta} \mathbb{E}_{x \sim N(0,1)} [f(\theta + \sigma x)] = \mathbb{E}_{x \sim N(0,1)} \left[ \frac{x}{\sigma} f(\theta + \sigma x) \right]";
    formula_1_1 Proved r"\mathbb{E}_{x \sim N(0,1)} [f(\theta + \sigma x)] = \mathbb{E}_{y \sim N(\theta, \sigma^2)} [f(y)]";
    section_1_integrals Proved r"\int f(\theta + \sigma x) N(x|0, 1) dx = \int f(y) N\left(\frac{y - \theta}{\sigma} | 0, 1\right) \frac{dy}{\sigma} = \int f(y) \sigma N(y|\theta, \sigma^2) \frac{dy}{\sigma}";
    formula_2_1 Proved r"Sf_{\theta} = S_{\theta}f";
    section_3_commutes Conditional r"\nabla_{\theta} \mathbb{E}_{x \sim N(0,1)} [f(\theta + \sigma x)] = \mathbb{E}_{x \sim N(0,1)} [\nabla_{\theta} f(\theta + \sigma x)]";
    formula_3_1 Conditional r"D[Sf_{\theta}] = S[Df_{\theta}]";
    formula_3_1_granted Proved r"D[Sf_{\theta}] = S[Df_{\theta}] given f : lipschitz";
    section_4_shifted Proved r"D[Sf_{\theta}] = D[S_{\theta}f]";
    section_5_expectations Proved r"\nabla_{\theta} \mathbb{E}_{y \sim N(\theta, \sigma^2)} [f(y)] = \mathbb{E}_{y \sim N(\theta, \sigma^2)} [\nabla_{\theta} \ln N(y|\theta, \sigma^2) f(y)]";
    formula_5_1 Proved r"D[S_{\theta}f] = S_{\theta}[D \ln N_{\theta} f]";
    section_6_back Proved r"S_{\theta}[f D \ln N_{\theta}] = S \left[ f_{\theta} \frac{x}{\sigma} \right]";
    formula_6_1 Conditional r"S[Df_{\theta}] = S \left[ \frac{x}{\sigma} f_{\theta} \right]";
    formula_7_1 Proved r"D[Sf_\theta] = S\left[\frac{x}{\sigma}f_\theta\right]";
    no_commuting_with_the_law Refuted r"D[S_{\theta}f] = S_{\theta}[D f]";
}
