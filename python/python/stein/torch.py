"""The gradient of a loss as it is written in PyTorch, proved or refuted.

`check` traces ``torch.func.grad(loss)``: detached parts, custom derivatives and surrogates have been applied by PyTorch itself, what
is left is arithmetic on draws. The statement is ``D_θ E[objective] = E[grad(loss)]``.

>>> import torch, stein.torch as st
>>> f = st.opaque(lambda x: x**2, "f")
>>> def loss(theta):
...     x = torch.distributions.Normal(theta, 1.0).sample()
...     return torch.distributions.Normal(theta, 1.0).log_prob(x) * f(x).detach()
>>> st.check(loss, of=lambda theta: f(theta + torch.randn(())))(torch.tensor(1.0)).verdict
'proved'
"""

from __future__ import annotations

from typing import Any, Callable, Sequence

from ._check import Report, checked
from ._errors import Unsupported
from ._torch.trace import Program
from ._torch.unknown import Law, opaque

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
        What ``torch.func.grad`` is taken of: a number, of parameters. What it draws is drawn anew at each call.
    of : callable, optional
        The objective, a function of the same arguments, whose mean is meant; the loss itself if none.
    given : str or sequence of str
        Hypotheses, in the names of the arguments: ``"sigma > 0, f : lipschitz"``.
    argnum : int
        The argument that the gradient is taken in: a tensor.
    **options
        Those of `stein.Session`, such as ``timeout``.

    Returns
    -------
    callable
        Takes example arguments; returns a `Report`, or a list with one for each entry where the parameter is an array. Floats
        and tensors of floats become letters, all else stays as it is.

    Raises
    ------
    Unsupported
        From the call with arguments: the code cannot be traced; with file and line where PyTorch knows them.
    """
    return lambda *example_args: checked(loss, lambda: Program(loss, of, argnum, example_args), given, options)
