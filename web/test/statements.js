// Statements with the verdict that program and page come to. `null` is an error of input.

import { examples } from "../page/examples.js";

export const statements = [
  ...examples.filter(({ text, verdict }) => verdict && !text.includes("\n")).map(({ text, verdict }) => [text, verdict]),
  ["E_{x ~ N(0,1)}[x^4] = 3", "proved"],
  ["E_{x ~ N(0,1)}[x^2 f(x)] = E_{x ~ N(0,1)}[f(x)] + E_{x ~ N(0,1)}[f''(x)]", "conditional"],
  ["D_λ E_{x ~ Poisson(λ)}[f(x)] = E_{x ~ Poisson(λ)}[f(x + 1) - f(x)]", "proved"],
  ["D_m KL(N(m, s^2) ‖ N(0, 1)) = m", "proved"],
  ["D_θ E_{x ~ N(θ, σ^2)}[f(x)] = E_{x ~ N(θ, σ^2)}[(x - θ)/σ f(x)]", "refuted"],
  ["E_{ε ~ N(0, I)}[ε^⊤ A ε] = tr(A) given A ∈ R^{d×d}", "proved"],
  ["E_{x ~ N(0,1)}[exp(3 x)] = exp(9/2)", "proved"],
  ["f(x = 1", null],
  ["D_θ E_{x ~ Nobody(θ)}[f(x)] = 0", null],
];
