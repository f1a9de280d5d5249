// What a reader may begin with, each with the verdict that it comes to.

export const examples = [
  {
    title: "The score-function estimator",
    text: "D[S f_θ] = S[(x/σ) f_θ]",
    verdict: "proved",
  },
  {
    title: "The same from a paper",
    text: String.raw`\nabla_\theta \mathbb{E}_{x \sim \mathcal{N}(0,1)}\left[f(\theta + \sigma x)\right]
  = \frac{1}{\sigma} \mathbb{E}_{x \sim \mathcal{N}(0,1)}\left[x f(\theta + \sigma x)\right]`,
    verdict: "proved",
  },
  {
    title: "A mistake",
    text: "D[S_θ f] = S_θ[D f]",
    verdict: "refuted",
  },
  {
    title: "Only for smooth f",
    text: "D[S f_θ] = S[D f_θ]",
    verdict: "conditional",
  },
  {
    title: "REINFORCE with a baseline",
    text: "D_θ E_{x ~ p_θ}[f(x)] = E_{x ~ p_θ}[(f(x) - b) D_θ ln p_θ(x)]",
    verdict: "proved",
  },
  {
    title: "Which estimator is best?",
    text: "derive D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]",
  },
  {
    title: "Estimators for a coin",
    text: "derive D_p[E_{x ~ Bernoulli(p)}[f(x)]]",
  },
  {
    title: "Gaussians with a covariance",
    text: "∇_μ E_{x ~ N(μ, Σ)}[f(x)] = E_{x ~ N(μ, Σ)}[Σ^{-1} (x - μ) f(x)] given Σ ≻ 0",
    verdict: "proved",
  },
  {
    title: "A commutator",
    text: "eval [D, M_y^3]",
    verdict: "proved",
  },
  {
    title: "A script",
    text: `# The evidence lower bound of a Gaussian approximation
assume s > 0, f : smooth
prove KL(N(m, s²) ‖ N(0, 1)) = (m² + s² - 1)/2 - ln(s)
prove D_s KL(N(m, s²) ‖ N(0, 1)) = s - 1/s
prove D_m E_{z ~ N(m, s²)}[f(z)] = E_{x ~ N(0,1)}[f'(m + s x)]`,
    verdict: "proved",
  },
  {
    title: "A page of LaTeX",
    text: String.raw`The gradient in the mean is
\begin{equation}
  \nabla_\theta \mathbb{E}_{x \sim \mathcal{N}(\theta, \sigma^2)}[f(x)]
    = \mathbb{E}_{x \sim \mathcal{N}(\theta, \sigma^2)}\left[\frac{x - \theta}{\sigma} f(x)\right],
\end{equation}
where $\mathbb{E}_{x \sim \mathcal{N}(\theta, \sigma^2)}[(x - \theta)^2] = \sigma^2$.`,
  },
  {
    title: "True, and not proved",
    text: "E_{x ~ Exp(1)}[sin(x)/x] = π/4",
    verdict: "open",
  },
];

/** Scripts of the repository. */
export const scripts = [
  "note", "reinforce", "policy_gradient", "evolution_strategies", "elbo", "natural_gradient", "stein_operators", "fourier",
  "measure_valued", "moments", "samples", "vectors", "matrices", "every_size", "precision", "greeks", "mistakes",
];

/** Signs that a keyboard lacks; `|` is where one goes on typing. */
export const signs = ["θ", "σ", "μ", "ε", "λ", "π", "²", "D_θ[|]", "E_{x ~ N(0,1)}[|]", "given ", "derive "];
