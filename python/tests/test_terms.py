"""Terms are printed as what they are: statements that are read back have their values."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

import stein
from stein import _terms as t

LETTERS = {"θ": 0.7, "σ": 1.3, "x": -0.4, "η": 0.9, "l_{1}": 0.3, "b": 2.0}
SMOOTH = ("exp", "sin", "cos", "tanh", "sigmoid", "erf", "arctan", "abs", "sign", "step")


def grown(chance: random.Random, depth: int) -> t.Term:
    """A random term."""
    kind = chance.random()
    if depth == 0 or kind < 0.1:
        if chance.random() < 0.4:
            return t.number(Fraction(chance.randint(-6, 6), chance.randint(1, 5)))
        return t.variable(chance.choice(list(LETTERS)))
    below = [grown(chance, depth - 1) for _ in range(3)]
    if kind < 0.35:
        return t.add(t.scale(Fraction(chance.randint(-4, 4), chance.randint(1, 4)), term) for term in below)
    if kind < 0.6:
        return t.mul([*below[:2], t.number(Fraction(chance.randint(1, 5), chance.randint(1, 5)))])
    if kind < 0.7:
        return below[0] if below[1].value == 0 else t.mul([below[0], t.power(below[1], -chance.randint(1, 2))])
    if kind < 0.78:
        return t.power(below[0], chance.randint(2, 3))
    if kind < 0.85:
        return t.call(chance.choice(("max", "min")), below[0], below[1])
    if kind < 0.9:
        return t.where(t.greater(below[0], below[1]), below[1], below[2])
    return t.call(chance.choice(SMOOTH), below[0])


def test_what_is_printed_is_read_as_the_same() -> None:
    chance = random.Random(5)
    given = " given " + ", ".join(f"{name} = {Fraction(value).limit_denominator(10)}" for name, value in LETTERS.items())
    tried = 0
    while tried < 150:
        try:
            term = grown(chance, 3)
        except ZeroDivisionError:
            continue
        value = t.evaluate(term, LETTERS, {}, {})
        names = t.variables([term])
        if not names or not math.isfinite(value) or not 1e-3 < abs(value) < 1e3:
            continue
        used = " given " + ", ".join(part for part in given[7:].split(", ") if part.split(" = ")[0] in names)
        text = t.printed(term)
        same = stein.check(f"{text} = {Fraction(value).limit_denominator(10**12)}{used}")
        assert same.verdict != "refuted" or abs(same.witness.left - value) < 1e-9, (text, value, same)  # type: ignore[union-attr]
        other = stein.check(f"{text} = {Fraction(value * 1.01).limit_denominator(10**12)}{used}")
        assert other.verdict == "refuted", (text, value, other)
        assert other.witness is not None and other.witness.left == pytest.approx(value, rel=1e-9)
        tried += 1


def test_functions_and_densities() -> None:
    a, b = t.variable("a"), t.variable("θ")
    assert t.printed(t.apply("f", (1,), (a,))) == "f'(a)"
    assert t.printed(t.apply("f", (3,), (a,))) == "f^(3)(a)"
    assert t.printed(t.apply("f", (0, 1), (a, b))) == "∂_2 f(a, θ)"
    assert t.printed(t.log_density("p", (0, 0), (a, b))) == "ln(p_θ(a))"
    assert t.printed(t.log_density("p", (0, 1), (a, b))) == "D_θ[ln(p_θ(a))]"
    assert t.printed(t.log_density("p", (0, 1, 0), (a, b, t.variable("l_{1}")))) == "D_θ[ln(p_{θ, l_{1}}(a))]"


def test_stable_logarithms_are_what_they_are() -> None:
    a, b = t.variable("a"), t.variable("b")
    stable = t.call("max", a, b) + t.call("ln", t.ONE + t.call("exp", -t.call("abs", a - b)))
    term = t.call("exp", a - t.scale(2, stable))
    assert t.printed(t.without_stabilisers(term)) == "exp(a - 2*ln(exp(a) + exp(b)))"
    values = {"a": 0.3, "b": -1.1}
    assert t.evaluate(t.without_stabilisers(term), values, {}, {}) == pytest.approx(t.evaluate(term, values, {}, {}))
    other = t.call("max", a, b) + t.scale(2, t.call("ln", t.ONE + t.call("exp", -t.call("abs", a - b))))
    assert t.without_stabilisers(other) == other


def test_indicators_are_0_or_1() -> None:
    step = t.greater(t.variable("a"), t.ZERO)
    assert t.power(step, 3) == step and step * step == step and t.power(t.ONE - step, 2) == t.ONE - step
    assert t.equal(step, t.ONE) == step and t.equal(step, t.ZERO) == t.ONE - step and t.equal(step, t.number(2)) == t.ZERO
    assert t.power(step, -1) != step


def test_what_is_too_long_is_refused() -> None:
    term = t.variable("x")
    for _ in range(40):
        term = t.call("sin", term) * t.call("cos", term)
    with pytest.raises(t.TooLong):
        t.printed(term)
