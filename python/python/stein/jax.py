"""The gradient of a loss as it is written in JAX, proved or refuted.

`check` traces ``jax.grad(loss)``: stop-gradients, custom derivatives and surrogates have been applied by JAX itself, what is left is
arithmetic on draws. The statement is ``D_θ E[objective] = E[jax.grad(loss)]``.

>>> import jax, stein.jax as sj
>>> f = sj.opaque(lambda x: x**2, "f")
>>> def loss(theta, key):
...     x = theta + jax.random.normal(key)
...     return f(x)
>>> sj.check(loss, given="f : lipschitz")(1.0, jax.random.key(0)).verdict
'proved'
"""

from __future__ import annotations

from typing import Any, Callable, Sequence

from ._check import Report, checked
from ._errors import Unsupported
from ._jax.trace import Program
from ._jax.unknown import Law, opaque

__all__ = ["Law", "Report", "Unsupported", "check", "opaque"]


def check(
    loss: Callable[..., Any],
    *,
    of: Callable[..., Any] | None = None,
    given: str | Sequence[str] = "",
    argnum: int = 0,
    **options: Any,
) -> Callable[..., Report | list[Report]]:
    """Prove or refute that the gradient of a loss is an unbiased estimate.

    Parameters
    ----------
    loss : callable
        What ``jax.grad`` is taken of: a number, of parameters and random keys.
    of : callable, optional
        The objective, a function of the same arguments, whose mean is meant; the loss itself if none.
    given : str or sequence of str
        Hypotheses, in the names of the arguments: ``"sigma > 0, f : lipschitz"``.
    argnum : int
        The argument that the gradient is taken in: a number, an array or a tree of them.
    **options
        Those of `stein.Session`, such as ``timeout``.

    Returns
    -------
    callable
        Takes example arguments; returns a `Report`, or a list with one for each entry where the parameter is an array. Floats
        among the arguments become letters, keys become draws, all else stays as it is.

    Raises
    ------
    Unsupported
        From the call with arguments: the code cannot be traced; with file and line.
    """
    return lambda *example_args: checked(loss, lambda: Program(loss, of, argnum, example_args), given, options)
