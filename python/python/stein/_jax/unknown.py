"""Unknown functions and laws as primitives of JAX: their derivatives are unknown functions, too."""

from __future__ import annotations

import contextlib
import contextvars
import math
from typing import Any, Callable, Iterator

import jax
import jax.numpy as jnp
from jax.experimental.xla_metadata import set_xla_metadata
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from .._check import function_name, law_name, location, offset, slope

#: True while a loss is traced or run by `stein.jax.check`.
TRACING: contextvars.ContextVar[bool] = contextvars.ContextVar("stein_tracing", default=False)

@contextlib.contextmanager
def tracing() -> Iterator[None]:
    """Unknown functions are unknown, and numbers double; what JAX caches meanwhile is kept apart from what it caches elsewhere."""
    token = TRACING.set(True)
    try:
        with jax.enable_x64(True), set_xla_metadata(stein="reading"):
            yield
    finally:
        TRACING.reset(token)


opaque_p = Primitive("stein_opaque")
sample_p = Primitive("stein_sample")
density_p = Primitive("stein_log_density")


def opaque(function: Callable[..., Any], name: str = "f", *, elementwise: bool = False) -> Callable[..., Any]:
    """A function of which nothing is known: what is proved holds for any.

    Inside of `check` its derivatives are unknown functions as well. There it takes numbers and arrays, of which each entry is an
    argument, to a number; with ``elementwise`` it takes numbers to a number, and arrays entry by entry. Elsewhere it is the
    function itself.
    """
    function_name(name)

    def called(*arguments: Any, **keywords: Any) -> Any:
        if not TRACING.get():
            return function(*arguments, **keywords)
        leaves = jax.tree_util.tree_leaves((arguments, keywords))
        if elementwise:
            arrays = jnp.broadcast_arrays(*_same(leaves))
            return opaque_p.bind(*arrays, name=name, orders=(0,) * len(arrays), owner=id(function))
        numbers = [entry for leaf in leaves for entry in _entries(leaf)]
        return opaque_p.bind(*_same(numbers), name=name, orders=(0,) * len(numbers), owner=id(function))

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

    def sample(self, key: Any, *parameters: Any) -> Any:
        """A draw, through which no gradient flows."""
        if not TRACING.get():
            raise ValueError("an unspecified law can be sampled inside of `stein.jax.check` alone")
        if not jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
            key = jax.random.wrap_key_data(key)
        return sample_p.bind(key, *_same([_number(p) for p in parameters]), name=self.name)

    def log_prob(self, x: Any, *parameters: Any) -> Any:
        """The logarithm of the density at a point."""
        if not TRACING.get():
            raise ValueError("an unspecified law has a density inside of `stein.jax.check` alone")
        numbers = [_number(x), *(_number(p) for p in parameters)]
        return density_p.bind(*_same(numbers), name=self.name, orders=(0,) * len(numbers))


def _number(value: Any) -> Any:
    value = jnp.asarray(value, dtype=float)
    if value.shape:
        raise ValueError("an unspecified law takes numbers; map it with `jax.vmap`")
    return value


def _entries(leaf: Any) -> list[Any]:
    array = jnp.asarray(leaf)
    if not jnp.issubdtype(array.dtype, jnp.floating):
        array = array.astype(float)
    return [array] if not array.shape else [array.reshape(-1)[i] for i in range(array.size)]


def _same(numbers: list[Any]) -> list[Any]:
    dtype = jnp.result_type(*numbers) if numbers else None
    return [jnp.asarray(n, dtype=dtype) for n in numbers]


# Each primitive acts on arrays of one shape, entry by entry.


def _wave(*arguments: Any, name: str, orders: tuple[int, ...], owner: int) -> Any:
    # `_check.unknown_function` on arrays.
    phase = offset(name) + sum(slope(place) * argument for place, argument in enumerate(arguments))
    factor = math.prod(slope(place) ** order for place, order in enumerate(orders))
    return factor * jnp.sin(phase + jnp.pi / 2 * sum(orders))


def _bell(*arguments: Any, name: str, orders: tuple[int, ...]) -> Any:
    # `_check.unknown_log_density` on arrays.
    gap = arguments[0] - location(name, arguments[1:])
    factor = math.prod((-slope(place)) ** order for place, order in enumerate(orders[1:]))
    order = sum(orders)
    values = [-gap * gap / 2 - math.log(2 * math.pi) / 2, -gap, -jnp.ones_like(gap)]
    return factor * values[order] if order < len(values) else jnp.zeros_like(gap)


def _drawn(key: Any, *parameters: Any, name: str) -> Any:
    flat = key.reshape(-1)
    normal = jax.vmap(lambda k: jax.random.normal(k, (), float))(flat).reshape(key.shape)
    return normal + location(name, parameters)


def _like_first(*arguments: Any, **_: Any) -> Any:
    return jax.core.ShapedArray(arguments[0].shape, arguments[0].dtype)


def _drawn_shape(key: Any, *parameters: Any, name: str) -> Any:
    return jax.core.ShapedArray(key.shape, jnp.result_type(float))


def _batched(primitive: Any) -> Callable[..., Any]:
    def rule(arguments: Any, dimensions: Any, **keywords: Any) -> Any:
        size = next(a.shape[d] for a, d in zip(arguments, dimensions) if d is not None)
        moved = []
        for argument, dimension in zip(arguments, dimensions):
            if dimension is None:
                moved.append(jnp.broadcast_to(argument, (size, *argument.shape)))
            else:
                moved.append(jnp.moveaxis(argument, dimension, 0))
        return primitive.bind(*moved, **keywords), 0

    return rule


def _derivative(primitive: Any) -> Callable[..., Any]:
    def rule(primals: Any, tangents: Any, *, orders: tuple[int, ...], **named: Any) -> Any:
        value = primitive.bind(*primals, orders=orders, **named)
        slopes = []
        for place, tangent in enumerate(tangents):
            if type(tangent) is not ad.Zero:
                higher = orders[:place] + (orders[place] + 1,) + orders[place + 1 :]
                slopes.append(primitive.bind(*primals, orders=higher, **named) * tangent)
        return value, sum(slopes) if slopes else jnp.zeros_like(value)

    return rule


def _no_derivative(primals: Any, tangents: Any, *, name: str) -> Any:
    value = sample_p.bind(*primals, name=name)
    return value, jnp.zeros_like(value)


for _primitive, _implementation, _shape in (
    (opaque_p, _wave, _like_first),
    (density_p, _bell, _like_first),
    (sample_p, _drawn, _drawn_shape),
):
    _primitive.def_impl(_implementation)
    _primitive.def_abstract_eval(_shape)
    batching.primitive_batchers[_primitive] = _batched(_primitive)
    mlir.register_lowering(_primitive, mlir.lower_fun(_implementation, multiple_results=False))
for _primitive in (opaque_p, density_p):
    ad.primitive_jvps[_primitive] = _derivative(_primitive)
ad.primitive_jvps[sample_p] = _no_derivative

__all__ = ["Law", "density_p", "opaque", "opaque_p", "sample_p", "tracing"]
