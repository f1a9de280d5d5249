"""Proves and refutes formulas about gradients of expectations, and the gradients that Python code takes.

>>> import stein
>>> answer = stein.prove("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] = E_{x ~ N(0,1)}[x/σ f(θ + σ x)]")
>>> answer.verdict
'proved'

`stein.jax` and `stein.torch` judge the gradient of a loss as it is written; `unbiased` makes a test of it.
"""

from __future__ import annotations

from typing import Any

from ._answer import Answer, Condition, Derived, Estimator, Repair, Step, Verdict, Witness
from ._errors import SteinError, Unsupported
from ._session import Session
from ._unbiased import unbiased

__all__ = [
    "Answer",
    "Condition",
    "Derived",
    "Estimator",
    "Repair",
    "Session",
    "Step",
    "SteinError",
    "Unsupported",
    "Verdict",
    "Witness",
    "check",
    "derive",
    "eval",
    "prove",
    "unbiased",
]

_session: Session | None = None


def _for(options: dict[str, Any]) -> Session:
    """A session with these options; the usual one is kept."""
    global _session
    if options:
        return Session(**options)
    if _session is None:
        _session = Session()
    return _session


def prove(statement: str, **options: Any) -> Answer:
    """Look for a proof of an equation, and compare its sides numerically; the keywords are those of `Session`.

    See Also
    --------
    Session.prove

    Examples
    --------
    >>> stein.prove("D[S_θ f] = S_θ[D f]").verdict
    'refuted'
    >>> stein.prove("s(a)/a = a", definitions="s(t) = t^2").verdict
    'proved'
    """
    return _for(options).prove(statement)


def check(statement: str, **options: Any) -> Answer:
    """Compare the sides of an equation numerically; the keywords are those of `Session`."""
    return _for(options).check(statement)


def derive(expression: str, **options: Any) -> Derived:
    """The estimators of an expression, each proved; the keywords are those of `Session`.

    Examples
    --------
    >>> [estimator.name for estimator in stein.derive("D_θ[E_{x ~ p_θ}[f(x)]]")][0]
    'score function'
    """
    return _for(options).derive(expression)


def eval(expression: str, **options: Any) -> Answer:
    """The value of an expression, with its proof; the keywords are those of `Session`.

    Examples
    --------
    >>> stein.eval("E_{x ~ N(0,1)}[x^4]").reading
    """
    return _for(options).eval(expression)


def load_ipython_extension(ipython: Any) -> None:
    """``%load_ext stein`` gives notebooks the cell magic ``%%stein``."""
    from ._notebook import load

    load(ipython)
