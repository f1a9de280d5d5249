"""Unknown functions and laws as operators of PyTorch: their derivatives are unknown functions, too."""

from __future__ import annotations

import contextvars
import math
from typing import Any, Callable

import torch

from .._check import function_name, law_name, location, offset, slope

#: True while a loss is traced or run by `stein.torch.check`.
TRACING: contextvars.ContextVar[bool] = contextvars.ContextVar("stein_tracing_torch", default=False)


def opaque(function: Callable[..., Any], name: str = "f", *, elementwise: bool = False) -> Callable[..., Any]:
    """A function of which nothing is known: what is proved holds for any.

    Inside of `check` its derivatives are unknown functions as well. There it takes numbers and tensors, of which each entry is an
    argument, to a number; with ``elementwise`` it takes numbers to a number, and tensors entry by entry. Elsewhere it is the
    function itself.
    """
    function_name(name)

    def called(*arguments: Any) -> Any:
        if not TRACING.get():
            return function(*arguments)
        tensors = [_tensor(argument) for argument in arguments]
        if elementwise:
            tensors = list(torch.broadcast_tensors(*tensors))
        else:
            tensors = [entry for tensor in tensors for entry in tensor.reshape(-1).unbind(0)]
        return _Opaque.apply(name, id(function), (0,) * len(tensors), *tensors)

    called.__name__ = getattr(function, "__name__", name)
    return called


class Law:
    """An unspecified law with parameters, such as a policy: what is proved holds for any.

    Its support does not depend on the parameters, and its log-density is smooth in them.

    Parameters
    ----------
    name : str
        The letter of the law in statements.
    """

    def __init__(self, name: str = "p") -> None:
        self.name = law_name(name)

    def sample(self, *parameters: Any, shape: tuple[int, ...] = ()) -> Any:
        """Draws, through which no gradient flows."""
        if not TRACING.get():
            raise ValueError("an unspecified law can be sampled inside of `stein.torch.check` alone")
        given = [_tensor(parameter).detach() for parameter in parameters]
        return _sample(given, list(shape), self.name)

    def log_prob(self, x: Any, *parameters: Any) -> Any:
        """The logarithm of the density at a point, or at each of many."""
        if not TRACING.get():
            raise ValueError("an unspecified law has a density inside of `stein.torch.check` alone")
        tensors = torch.broadcast_tensors(_tensor(x), *(_tensor(parameter) for parameter in parameters))
        return _LogDensity.apply(self.name, (0,) * len(tensors), *tensors)


def _tensor(value: Any) -> Any:
    tensor = torch.as_tensor(value)
    return tensor if tensor.is_floating_point() else tensor.to(torch.get_default_dtype())


@torch.library.custom_op(  # type: ignore[untyped-decorator]
    "stein::opaque", mutates_args=(), schema="(Tensor[] arguments, str name, int owner, int[] orders) -> Tensor"
)
def _opaque(arguments: Any, name: str, owner: int, orders: Any) -> Any:
    # `_check.unknown_function` on tensors.
    phase = offset(name) + sum(slope(place) * argument for place, argument in enumerate(arguments))
    factor = math.prod(slope(place) ** order for place, order in enumerate(orders))
    return factor * torch.sin(phase + math.pi / 2 * sum(orders))


@torch.library.custom_op(  # type: ignore[untyped-decorator]
    "stein::log_density", mutates_args=(), schema="(Tensor[] arguments, str name, int[] orders) -> Tensor"
)
def _log_density(arguments: Any, name: str, orders: Any) -> Any:
    # `_check.unknown_log_density` on tensors.
    gap = arguments[0] - location(name, arguments[1:])
    factor = math.prod((-slope(place)) ** order for place, order in enumerate(orders[1:]))
    order = sum(orders)
    values = [-gap * gap / 2 - math.log(2 * math.pi) / 2, -gap, -torch.ones_like(gap)]
    return factor * values[order] if order < len(values) else torch.zeros_like(gap)


@torch.library.custom_op(  # type: ignore[untyped-decorator]
    "stein::sample", mutates_args=(), schema="(Tensor[] parameters, int[] shape, str name) -> Tensor"
)
def _sample(parameters: Any, shape: Any, name: str) -> Any:
    where = torch.broadcast_shapes(*(parameter.shape for parameter in parameters)) if parameters else ()
    return torch.randn([*shape, *where]) + location(name, parameters)


def _over(operator: Any, arguments: Any, dimensions: Any, size: int, rest: tuple[Any, ...]) -> Any:
    moved = []
    for argument, dimension in zip(arguments, dimensions):
        moved.append(argument.expand(size, *argument.shape) if dimension is None else argument.movedim(dimension, 0))
    return operator(moved, *rest), 0


@_opaque.register_vmap  # type: ignore[untyped-decorator]
def _(info: Any, in_dims: Any, arguments: Any, name: Any, owner: Any, orders: Any) -> Any:
    return _over(_opaque, arguments, in_dims[0], info.batch_size, (name, owner, orders))


@_log_density.register_vmap  # type: ignore[untyped-decorator]
def _(info: Any, in_dims: Any, arguments: Any, name: Any, orders: Any) -> Any:
    return _over(_log_density, arguments, in_dims[0], info.batch_size, (name, orders))


def _higher(orders: tuple[int, ...], place: int) -> tuple[int, ...]:
    return orders[:place] + (orders[place] + 1,) + orders[place + 1 :]


class _Opaque(torch.autograd.Function):  # type: ignore[misc]
    generate_vmap_rule = True

    @staticmethod
    def forward(name: str, owner: int, orders: tuple[int, ...], *arguments: Any) -> Any:
        return _opaque(list(arguments), name, owner, list(orders))

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.named = inputs[:3]
        ctx.save_for_backward(*inputs[3:])

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        name, owner, orders = ctx.named
        arguments = ctx.saved_tensors
        slopes = [
            grad * _Opaque.apply(name, owner, _higher(orders, place), *arguments) if needed else None
            for place, needed in enumerate(ctx.needs_input_grad[3:])
        ]
        return None, None, None, *slopes


class _LogDensity(torch.autograd.Function):  # type: ignore[misc]
    generate_vmap_rule = True

    @staticmethod
    def forward(name: str, orders: tuple[int, ...], *arguments: Any) -> Any:
        return _log_density(list(arguments), name, list(orders))

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.named = inputs[:2]
        ctx.save_for_backward(*inputs[2:])

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        name, orders = ctx.named
        arguments = ctx.saved_tensors
        slopes = [
            grad * _LogDensity.apply(name, _higher(orders, place), *arguments) if needed else None
            for place, needed in enumerate(ctx.needs_input_grad[2:])
        ]
        return None, None, *slopes


__all__ = ["TRACING", "Law", "opaque"]
