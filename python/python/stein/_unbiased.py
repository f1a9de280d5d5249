"""A loss as a test: `@unbiased` marks it, the pytest plugin runs it."""

from __future__ import annotations

import importlib
from typing import Any, Callable, TypeVar

Loss = TypeVar("Loss", bound=Callable[..., Any])

#: Where a marked loss keeps what it is to be checked with.
MARK = "__stein_unbiased__"


def unbiased(*example_args: Any, **keywords: Any) -> Callable[[Loss], Loss]:
    """Mark a loss whose gradient is to be proved unbiased; pytest collects it as a test.

    The loss stays as it is. The arguments are the example arguments of the loss, the keywords those of `stein.jax.check`
    or `stein.torch.check`; ``backend`` is ``"jax"`` or ``"torch"``, by default what the arguments are made of. With
    ``verdict="refuted"`` the test holds where the gradient is refuted.

    Examples
    --------
    >>> import jax
    >>> @stein.unbiased(1.0, jax.random.key(0))
    ... def loss(theta, key):
    ...     return (theta + jax.random.normal(key)) ** 2
    """

    def mark(loss: Loss) -> Loss:
        setattr(loss, MARK, (example_args, keywords))
        return loss

    return mark


def judge(loss: Callable[..., Any]) -> list[Any]:
    """The reports on a marked loss."""
    example_args, keywords = getattr(loss, MARK)
    keywords = dict(keywords)
    keywords.pop("verdict", None)
    backend = keywords.pop("backend", None) or _backend(example_args)
    adapter: Any = importlib.import_module(f".{backend}", __package__)
    reports = adapter.check(loss, **keywords)(*example_args)
    return reports if isinstance(reports, list) else [reports]


def wanted(loss: Callable[..., Any]) -> tuple[str, ...]:
    """The verdicts with which the test of a marked loss holds."""
    verdict = getattr(loss, MARK)[1].get("verdict", "proved")
    return (verdict,) if isinstance(verdict, str) else tuple(verdict)


def _backend(arguments: tuple[Any, ...]) -> str:
    modules = {type(argument).__module__.split(".")[0] for argument in arguments}
    return "torch" if "torch" in modules else "jax"
