//! Every construct in its ASCII, Unicode and LaTeX spelling is one tree.

use stein_syntax::*;

fn parsed(text: &str) -> Statement {
    parse_statement(text).unwrap_or_else(|error| panic!("{text}\n{error} {:?}", error.span))
}

/// All spellings parse to one tree, which is not a mere name.
fn same(spellings: &[&str]) {
    let first = parsed(spellings[0]);
    for other in &spellings[1..] {
        assert_eq!(first, parsed(other), "{} and {other}", spellings[0]);
    }
}

macro_rules! forms {
    ($($test:ident: $($spelling:literal),+;)+) => {
        $(#[test] fn $test() { same(&[$($spelling),+]); })+
    };
}

forms! {
    expectation:
        "E_{x ~ N(0,1)}[ f(θ + σ x) ]",
        "E_{x ~ N(0,1)}[ f(theta + sigma x) ]",
        r"\mathbb{E}_{x \sim N(0,1)} [f(\theta + \sigma x)]",
        r"\mathbb E_{x\sim\mathcal{N}(0,1)}\left[f\left(\theta+\sigma x\right)\right]",
        r"\operatorname{E}_{x \sim N(0, 1)}\,\bigl[\, f(\theta + \sigma\, x) \,\bigr]",
        "𝔼_{x ∼ N(0,1)}[f(θ + σx)]";
    several_variables:
        "E_{x ~ N(0,1), w ~ Exp(1)}[x w]",
        r"\mathbb{E}_{x \sim N(0,1), w \sim \operatorname{Exp}(1)}[x w]",
        r"\mathbb{E}_{x \sim N(0,1),\ w \sim Exp(1)}[xw]";
    iid: "E_{x, z ~ N(0,1)}[x - z]", r"\mathbb{E}_{x, z \sim N(0,1)}[x - z]";
    derivative:
        "∇_θ (e)", "D_θ[e]", "D_theta[e]", "∂/∂θ e", "d/dtheta[e]", "d/dθ e", "∂_θ e",
        r"\nabla_{\theta} e", r"\frac{d}{d\theta} e", r"\frac{\partial}{\partial\theta}\left[e\right]", r"\nabla_\theta [e]";
    higher_derivative:
        "D_θ^3[e]", "D_theta^3[e]", "D_θ³[e]", "D^3_θ[e]", "d^3/dθ^3 e", "∂³/∂θ³ e",
        r"\nabla_\theta^{3} e", r"\nabla_{\theta}^3[e]", r"\frac{d^3}{d\theta^3} e", r"\frac{\partial^{3}}{\partial \theta^{3}} e";
    bare_derivative: "D[e]", "D e", "D (e)";
    primes: "f'(u) + f''(u) + f^(3)(u)", "f′(u) + f″(u) + f'''(u)", r"f'(u) + f^{\prime\prime}(u) + f^{(3)}(u)";
    partial: "∂_1 f(u, v)", "D_1 f(u, v)", r"\partial_1 f(u, v)", r"\partial_{1} f\left(u, v\right)", "∂_1[f(u, v)]";
    density: "N(y | θ, σ²)", "N(y | theta, sigma^2)", r"N(y|\theta,\sigma^2)", r"N(y \mid \theta, \sigma^{2})", "N(y ∣ θ, σ^2)";
    unspecified_density: "p_θ(y) q(y)", "p_theta(y) q (y)", r"p_\theta(y) q(y)", r"p_{\theta}\left(y\right) q(y)";
    score:
        "D_θ ln N(y | θ, σ²)", "D_theta log N(y | theta, sigma^2)", r"\nabla_\theta \ln N(y|\theta,\sigma^2)",
        r"\nabla_\theta \log N\left(y \middle| \theta,\sigma^2\right)";
    integral: "∫ f(x) dx", "int(f(x), x)", r"\int f(x)\, dx", r"\int f(x) \mathrm{d}x";
    integral_with_limits:
        "∫_a^b f(x) dx", "int(f(x), x, a, b)", r"\int_a^b f(x) dx", r"\int_{a}^{b} f(x)\,dx", r"\int\limits_a^b f(x) dx";
    improper_integral: "∫_{-∞}^{∞} f(x) dx", "int(f(x), x, -oo, oo)", r"\int_{-\infty}^\infty f(x) dx", "∫_-∞^∞ f(x) dx";
    integral_over_greek: "∫ θ dθ", "∫ theta dtheta", r"\int \theta\, d\theta", "int(θ, θ)";
    stop_gradient: "stopgrad(e)", "sg(e)", r"\operatorname{sg}(e)", r"\mathrm{sg}\left(e\right)", r"\operatorname{stopgrad}(e)";
    jumps: "step(u) + sign(u) + relu(u) + max(a, b) + min(a, b)", "step(u) + sgn(u) + relu(u) + max(a,b) + min(a,b)",
        r"\operatorname{step}(u) + \operatorname{sign}(u) + \operatorname{relu}(u) + \max(a, b) + \min(a, b)";
    absolute: "|u|", "abs(u)", r"|u| \,", r"\left|u\right|", r"\lvert u \rvert";
    indicator: "1{u > 0}", "1_{u > 0}", "𝟙{u > 0}", r"1\{u > 0\}", r"\mathbf{1}\{u > 0\}", r"\mathbb{1}_{u > 0}", r"\mathbf 1\left\{u \gt 0\right\}";
    difference: "Δ f(x)", "Delta f(x)", r"\Delta f(x)", "Δ[f(x)]";
    variance: "Var_{x~p}[e]", "Var_{x ∼ p}(e)", r"\operatorname{Var}_{x \sim p}[e]", r"\mathrm{Var}_{x \sim p}\left[e\right]";
    covariance: "Cov_{x~p}[a, b]", r"\operatorname{Cov}_{x\sim p}[a, b]";
    divergence: "KL(p ‖ q)", "KL(p || q)", r"\operatorname{KL}(p \| q)", r"\mathrm{KL}\left(p \,\|\, q\right)", r"KL(p \Vert q)";
    entropy: "H(p)", r"H\left(p\right)";
    hermite: "He_k(x) + He_3(x)", r"\operatorname{He}_k(x) + He_{3}\left(x\right)";
    stopped_law: "E_{x ~ stopgrad(p_θ)}[x]", r"\mathbb{E}_{x \sim \operatorname{sg}(p_\theta)}[x]";
    fractions: "(a + b)/(c d)", r"\frac{a + b}{c d}", r"\dfrac{a+b}{cd}", "(a + b)÷(c d)";
    small_fractions: "1/2 + π/2", r"\frac12 + \frac\pi2", r"\frac 1 2 + \frac{\pi}2";
    powers: "x^2 + σ^(-2) + x^12", "x² + σ⁻² + x¹²", r"x^{2} + \sigma^{-2} + x^{12}", "x^2 + σ^-2 + x^{12}";
    roots: "sqrt(x)", "√x", "√(x)", r"\sqrt{x}", r"\sqrt x";
    products: "a*b", "a b", "a·b", "a×b", "a⋅b", r"a \cdot b", r"a \times b", r"a b \,";
    signs: "a - b", "a − b", "a – b";
    greek: "θ + ε + φ + μ + Ω", "theta + epsilon + phi + mu + Omega", "theta + eps + ϕ + µ + Ω",
        r"\theta + \varepsilon + \varphi + \mu + \Omega", r"\theta + \epsilon + \phi + \mu + \Omega";
    pi: "π", "pi", r"\pi";
    gamma_function: "gamma(x)", "Γ(x)", r"\Gamma(x)", r"\operatorname{gamma}(x)";
    subscripts: "x_1 + x_{12} + σ_{max}", "x₁ + x₁₂ + sigma_max", r"x_1 + x_{12} + \sigma_{max}";
    smoothing: "S f_θ = S_θ f", "S f_theta = S_theta f", r"Sf_{\theta} = S_{\theta}f", r"S f_\theta = S_\theta[f]";
    operators: "S_a M_y = (M_y + a^2 D) S_a", "S_a M_y = (M_y + a² D) S_a", r"S_a M_y = \left(M_y + a^{2} D\right) S_{a}";
    commutators: "[D, M_y] = 1", r"\left[D, M_{y}\right] = 1";
    assumptions: "f(x) = 0 given σ > 0, a <= b, a != c", "f(x) = 0 given sigma > 0 and a ≤ b and a ≠ c",
        r"f(x) = 0 \text{ given } \sigma > 0, a \le b, a \neq c";
    classes: "f(x) = 0 given f : jump", r"f(x) = 0 \quad\text{given}\quad f : \text{jump}", r"f(x) = 0 given f : jump \,";
    definitions: "f(x) = 0 where f(u) = step(u - 1)", r"f(x) = 0 \text{ where } f(u) = \operatorname{step}(u - 1)";
    words_in_latex: "rate x", r"\mathrm{rate}\, x", r"\mathit{rate} x";
    mathematics_in_dollars: "x^2", r"$x^2$", r"\(x^2\)", r"\[ x^{2} \]";
}
