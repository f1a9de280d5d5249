"""Marked losses are tests."""

from __future__ import annotations

import pytest

pytest.importorskip("jax", reason="JAX is not installed")

pytest_plugins = ["pytester"]

LOSSES = """
import jax, stein
import stein.jax as sj

key = jax.random.key(0)
f = sj.opaque(lambda u: u, "f")

def objective(theta, key):
    return f(theta + jax.random.normal(key))

@stein.unbiased(1.0, key, of=objective)
def score(theta, key):
    x = jax.lax.stop_gradient(theta + jax.random.normal(key))
    return -(x - theta) ** 2 / 2 * jax.lax.stop_gradient(f(x))

@stein.unbiased(1.0, key, of=objective)
def not_stopped(theta, key):
    x = theta + jax.random.normal(key)
    return -(x - theta) ** 2 / 2 * jax.lax.stop_gradient(f(x))

@stein.unbiased(1.0, key, of=objective, verdict="refuted")
def known_to_be_biased(theta, key):
    x = theta + jax.random.normal(key)
    return -(x - theta) ** 2 / 2 * jax.lax.stop_gradient(f(x))

@stein.unbiased(1.0, key)
def not_traceable(theta, key):
    return jax.numpy.sort(theta + jax.random.normal(key, (2,)))[0]

def test_the_loss_stays_itself():
    assert score(1.0, key) is not None
"""


def test_a_marked_loss_is_a_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_marked=LOSSES)
    result = pytester.runpytest_inprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=3, failed=2)
    text = result.stdout.str()
    assert "the gradient of `not_stopped` is not unbiased" in text
    for shown in ("refuted", "witness", "mistake", "instead", "likelihood ratio"):
        assert shown in text
    assert "`sort` has no reading" in text
