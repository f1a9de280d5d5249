"""Gradients that released libraries take, as they are installed."""

from __future__ import annotations

from typing import Any

import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed")

import stein.jax as sj  # noqa: E402

KEY = jax.random.key(0)
f = sj.opaque(lambda u: u, "f")


def verdict(loss: Any, *arguments: Any, **keywords: Any) -> str:
    report = sj.check(loss, **keywords)(*arguments)
    assert isinstance(report, sj.Report)
    return report.verdict


@pytest.mark.parametrize("noise", ["Normal", "Gumbel"])
def test_perturbed_functions_of_optax(noise: str) -> None:
    optax = pytest.importorskip("optax", reason="optax is not installed")
    law = getattr(optax.perturbations, noise)()
    perturbed = optax.perturbations.make_perturbed_fun(f, num_samples=1, sigma=0.5, noise=law)
    assert verdict(lambda theta, key: perturbed(key, theta), 1.0, KEY) == "proved"


@pytest.mark.parametrize("bound", ["Trace_ELBO", "TraceGraph_ELBO"])
def test_bounds_of_numpyro(bound: str) -> None:
    numpyro = pytest.importorskip("numpyro", reason="NumPyro is not installed")
    from numpyro.distributions import Bernoulli, Normal

    elbo = getattr(numpyro.infer, bound)()

    def model() -> None:
        numpyro.factor("f", f(numpyro.sample("z", Normal(0.0, 1.0))))

    def guide() -> None:
        numpyro.sample("z", Normal(numpyro.param("mu", 0.0), 1.0))

    def loss(mu: Any, key: Any) -> Any:
        return elbo.loss(key, {"mu": mu}, model, guide)

    assert verdict(loss, 0.5, KEY, given="f : lipschitz") == "proved"

    def coin_model() -> None:
        numpyro.factor("f", f(numpyro.sample("z", Bernoulli(0.5)).astype(float)))

    def coin_guide() -> None:
        numpyro.sample("z", Bernoulli(logits=numpyro.param("mu", 0.0)))

    def coin_loss(mu: Any, key: Any) -> Any:
        return elbo.loss(key, {"mu": mu}, coin_model, coin_guide)

    # Nothing flows through a discrete draw: only the bound that adds its score is unbiased. Its derivative of a stable
    # logarithm goes by cases of the sign of the parameter, which no proof follows yet.
    expected = {"Trace_ELBO": ("refuted",), "TraceGraph_ELBO": ("proved", "open")}[bound]
    assert verdict(coin_loss, 0.5, KEY, of=coin_bound(model=coin_model, guide=coin_guide), timeout=0.5) in expected


def coin_bound(model: Any, guide: Any) -> Any:
    """What both bounds estimate, without the surrogate that has a score in it."""
    numpyro = pytest.importorskip("numpyro", reason="NumPyro is not installed")
    plain = numpyro.infer.Trace_ELBO()
    return lambda mu, key: plain.loss(key, {"mu": mu}, model, guide)
