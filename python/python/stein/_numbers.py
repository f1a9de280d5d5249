"""Numbers of a program as exact numbers: what its author wrote, where that is recognisable."""

from __future__ import annotations

import math
from fractions import Fraction

from ._terms import ONE, Term, call, constant, mul, number

_PI = constant("π", math.pi)
_NAMED: list[tuple[float, Term]] = [
    (math.pi, _PI),
    (1 / math.pi, ONE / _PI),
    (math.log(2 * math.pi), call("ln", mul([number(2), _PI]))),
    (math.log(math.pi), call("ln", _PI)),
    (math.sqrt(2), call("sqrt", number(2))),
    (math.sqrt(math.pi), call("sqrt", _PI)),
    (math.sqrt(2 * math.pi), call("sqrt", mul([number(2), _PI]))),
    (1 / math.sqrt(2 * math.pi), ONE / call("sqrt", mul([number(2), _PI]))),
    (1 / math.sqrt(math.pi), ONE / call("sqrt", _PI)),
    (math.log(2), call("ln", number(2))),
    (math.log(10), call("ln", number(10))),
    (math.e, call("exp", ONE)),
]
#: A recognised number differs from the program's by a rounding or two.
_ROUNDING = 4e-16
#: Numbers with larger denominators are taken digit for digit.
_DENOMINATOR = 10**7


def exact(value: float) -> Term:
    """The exact number that a float stands for: a short fraction, a multiple of a named number, or else its own digits."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number")
    if value == int(value):
        return number(int(value))
    short = Fraction(value).limit_denominator(_DENOMINATOR)
    if short and abs(float(short) - value) <= _ROUNDING * abs(value) and short.denominator < 10**6:
        return number(short)
    for named, term in _NAMED:
        ratio = Fraction(value / named).limit_denominator(64)
        if ratio and abs(float(ratio) * named - value) <= _ROUNDING * abs(value):
            return mul([number(ratio), term])
    if short and float(short) == value:
        return number(short)
    return number(Fraction(value))
