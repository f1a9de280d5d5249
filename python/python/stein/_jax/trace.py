"""A loss in JAX as terms: the jaxpr of its gradient, read operation by operation.

Keys are concrete, and fresh: draws with one key are one draw, whatever way led to it. A draw is met as a call of a sampler of
``jax.random``, whose jaxpr has to be that of JAX itself.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Literal, jaxpr_as_fun

from .._arrays import Terms, blank, elementwise
from .._check import Draw, Letters, Reading, Side, entries, location, signature_names
from .._errors import SteinError, Unsupported
from .._reader import Reader as Base
from .._reader import parameters_only
from .._terms import Term, apply, log_density, number, variable
from .. import _places as places
from .rules import CONCRETE, RULES, Concrete, Symbolic, Value
from .unknown import tracing


class Program:
    """A loss with its example arguments, ready to be read."""

    def __init__(
        self, loss: Callable[..., Any], of: Callable[..., Any] | None, argnum: int, example: Sequence[Any]
    ) -> None:
        self._loss, self._of, self._argnum = loss, of or loss, argnum
        names = signature_names(loss, len(example))
        letters = Letters()
        #: The arguments as trees whose leaves are numbers of leaves below, or constants.
        leaves, self._tree = jax.tree_util.tree_flatten_with_path(tuple(example))
        self._leaves = [_Leaf(path, value, names, letters, argnum) for path, value in leaves]
        self.spelled = letters.spelled
        self._traced = [leaf for leaf in self._leaves if leaf.kind != "constant"]
        chosen = [leaf for leaf in self._leaves if leaf.argument == argnum]
        if not chosen or any(leaf.kind != "float" for leaf in chosen):
            raise Unsupported(f"argument {argnum} is no number, and no tree of numbers: there is no gradient in it")
        self._chosen = chosen
        self.is_scalar = len(chosen) == 1 and not chosen[0].shape

    def _restored(self, traced: Sequence[Any]) -> list[Any]:
        given = iter(traced)
        values = [leaf.value if leaf.kind == "constant" else next(given) for leaf in self._leaves]
        return list(jax.tree_util.tree_unflatten(self._tree, values))

    def _objective(self, *traced: Any) -> Any:
        return self._of(*self._restored(traced))

    def _gradient(self, *traced: Any) -> list[Any]:
        gradient = jax.grad(self._loss, argnums=self._argnum)(*self._restored(traced))
        leaves: list[Any] = jax.tree_util.tree_leaves(gradient)
        return leaves

    def read(self, seed: int) -> Reading:
        """The terms of the objective and of the gradient, at fresh keys."""
        keys = [leaf.fresh(seed, place) for place, leaf in enumerate(self._traced) if leaf.kind == "key"]
        with tracing():
            return self._read(keys)

    def _arguments(self, keys: Sequence[Any], floats: Callable[[_Leaf], Any]) -> list[Any]:
        fresh = iter(keys)
        return [next(fresh) if leaf.kind == "key" else floats(leaf) for leaf in self._traced]

    def _read(self, keys: Sequence[Any]) -> Reading:
        arguments = self._arguments(keys, lambda leaf: jnp.asarray(leaf.value, dtype=float))
        reading = Reading()
        values: list[Value] = []
        for leaf, argument in zip(self._traced, arguments):
            if leaf.kind == "key":
                values.append(Concrete(argument, True))
                continue
            names = blank(leaf.shape)
            for place, name, value in zip(np.ndindex(*leaf.shape), leaf.names, np.ravel(leaf.value)):
                names[place] = variable(name)
                reading.letters[name] = float(value)
            values.append(Symbolic(names, np.dtype(float)))
        reading.parameters = [name for leaf in self._chosen for name in leaf.names]
        single = False
        for side, function in ((reading.left, self._objective), (reading.right, self._gradient)):
            reader = Reader(side, reading.unknown)
            outputs = reader.closed(_traced(function, arguments), values)
            if side is reading.left and (len(outputs) != 1 or outputs[0].terms().shape != ()):
                raise Unsupported("the objective is no number")
            side.terms = [term for output in outputs for term in output.terms().ravel()]
            reader.finish()
            single |= reader.single
            reading.guards += [guard for guard in reader.guards if guard not in reading.guards]

        def at(letters: Mapping[str, float]) -> tuple[float, list[float]]:
            def floats(leaf: _Leaf) -> Any:
                return jnp.asarray(np.reshape([letters[name] for name in leaf.names], leaf.shape), dtype=float)

            with tracing():
                given = self._arguments(keys, floats)
                value, parts = self._objective(*given), self._gradient(*given)
            return float(value), [float(entry) for part in parts for entry in np.ravel(part)]

        reading.run = at
        reading.tolerance = 2e-4 if single else 1e-8
        return reading


class _Leaf:
    """A leaf of the example arguments: a float, a key, or something that stays as it is."""

    def __init__(self, path: Any, value: Any, names: Sequence[str], letters: Letters, argnum: int) -> None:
        self.argument = path[0].idx
        self.value = value
        self.shape: tuple[int, ...] = ()
        self.names: list[str] = []
        self.kind = "constant"
        dtype = getattr(value, "dtype", None)
        if dtype is not None and jnp.issubdtype(dtype, jax.dtypes.prng_key):
            self.kind = "key"
            self.shape = value.shape
        elif dtype == np.uint32 and np.shape(value)[-1:] == (2,):
            self.kind = "key"
            self.shape = np.shape(value)[:-1]
        elif isinstance(value, float) or dtype is not None and np.issubdtype(dtype, np.floating):
            self.kind = "float"
        elif self.argument == argnum and isinstance(value, int) and not isinstance(value, bool):
            self.kind, self.value = "float", float(value)
        if self.kind == "float":
            self.shape = np.shape(self.value)
            if int(np.prod(self.shape)) > 64:
                raise Unsupported(f"an argument has {int(np.prod(self.shape))} entries; check the loss on a smaller example")
            last = path[-1]
            key = getattr(last, "key", getattr(last, "name", None)) if len(path) > 1 else None
            name = key if isinstance(key, str) else names[self.argument]
            if len(path) > 1 and not isinstance(key, str):
                name += f"_{getattr(last, 'idx', 0) + 1}"
            self.names = entries(letters.letter(name), self.shape)

    def fresh(self, seed: int, place: int) -> Any:
        """A key like the one of the example that no other argument has."""
        typed = jnp.issubdtype(getattr(self.value, "dtype", None), jax.dtypes.prng_key)
        key = jax.random.fold_in(jax.random.key(seed, impl=jax.random.key_impl(self.value) if typed else None), place + 7)
        count = int(np.prod(self.shape))
        keys = jax.random.split(key, count).reshape(self.shape) if self.shape else key
        return keys if typed else jax.random.key_data(keys)


def _traced(function: Callable[..., Any], arguments: Sequence[Any]) -> ClosedJaxpr:
    """The jaxpr; what stops JAX in the user's code is shown with its place."""
    try:
        return jax.make_jaxpr(function)(*arguments)
    except (SteinError, KeyboardInterrupt):
        raise
    except (jax.errors.JAXTypeError, jax.errors.JAXIndexError, TypeError, NotImplementedError) as error:
        file, line = places.of_exception(error)
        raise Unsupported(str(error).splitlines()[0], file, line) from error


#: Samplers of `jax.random` that are read as a law, by the names of their jitted parts.
_SAMPLERS: dict[str, tuple[str, tuple[int, ...], Callable[..., Any]]] = {
    "_normal": ("N", (0, 1), jax.random.normal),
    "_exponential": ("Exp", (1,), jax.random.exponential),
    "_laplace": ("Laplace", (0, 1), jax.random.laplace),
    "_logistic": ("Logistic", (0, 1), jax.random.logistic),
    "_gumbel": ("Gumbel", (0, 1), jax.random.gumbel),
    "_cauchy": ("Cauchy", (0, 1), jax.random.cauchy),
    "_uniform": ("U", (0, 1), jax.random.uniform),
}


class Reader(Base):
    """Reads jaxprs."""

    def __init__(self, side: Side, unknown: dict[str, object]) -> None:
        super().__init__(side, unknown)
        #: By the data of a key: what was drawn with it.
        self._drawn: dict[bytes, tuple[tuple[Any, ...], Terms]] = {}

    def closed(self, closed: ClosedJaxpr, values: Sequence[Value]) -> list[Value]:
        """The outputs of a closed jaxpr."""
        return self.jaxpr(closed.jaxpr, [Concrete(c) for c in closed.consts], values)

    def jaxpr(self, jaxpr: Any, constants: Sequence[Value], values: Sequence[Value]) -> list[Value]:
        """The outputs of a jaxpr."""
        known: dict[Any, Value] = dict(zip(jaxpr.constvars, constants))
        known.update(zip(jaxpr.invars, values))

        def value(atom: Any) -> Value:
            return Concrete(np.asarray(atom.val)) if isinstance(atom, Literal) else known[atom]

        for eqn in jaxpr.eqns:
            inputs = [value(atom) for atom in eqn.invars]
            with places.at(eqn):
                outputs = self.equation(eqn, inputs)
            known.update(zip(eqn.outvars, outputs))
        return [value(atom) for atom in jaxpr.outvars]

    def equation(self, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
        """The outputs of an equation."""
        name = eqn.primitive.name
        self.single |= any(str(getattr(v.aval, "dtype", "")) in ("float32", "bfloat16", "float16") for v in eqn.outvars)
        if name in ("jit", "pjit"):
            return self._jit(eqn, inputs)
        if all(isinstance(value, Concrete) for value in inputs) and name not in ("stein_sample", "stein_opaque", "stein_log_density"):
            return self._concrete(eqn, inputs)
        if name == "stein_sample":
            return [self._sample(eqn, inputs)]
        if name in ("stein_opaque", "stein_log_density"):
            return [self._unknown(eqn, inputs)]
        rule = RULES.get(name)
        if rule is None:
            raise Unsupported(f"`{name}` has no reading")
        return rule(self, eqn, inputs)

    def _concrete(self, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
        from_key = any(value.from_key for value in inputs if isinstance(value, Concrete))
        name = eqn.primitive.name
        if from_key and name not in CONCRETE:
            if eqn.primitive.name in RULES and name in ("scan", "while", "cond", "custom_jvp_call", "custom_vjp_call"):
                return RULES[name](self, eqn, inputs)
            what = "the bits of a key are used by themselves: this sampler has no reading"
            raise Unsupported(f"`{name}`: {what}")
        if name in ("random_seed", "random_bits") or name == "random_wrap" and not from_key:
            raise Unsupported("a key is made inside of the code: its draws are the same at each call; pass the key as an argument")
        if not from_key and any(jnp.issubdtype(v.aval.dtype, jax.dtypes.prng_key) for v in eqn.outvars):
            raise Unsupported("a key is made inside of the code: its draws are the same at each call; pass the key as an argument")
        arrays = [value.array for value in inputs]
        out = eqn.primitive.bind(*arrays, **eqn.params)
        outputs = out if eqn.primitive.multiple_results else [out]
        return [Concrete(output, from_key) for output in outputs]

    def _jit(self, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
        keyed = bool(inputs) and isinstance(inputs[0], Concrete) and inputs[0].from_key and inputs[0].is_key
        if eqn.params["name"] in _SAMPLERS and keyed and len(eqn.outvars) == 1:
            drawn = self._sampler(eqn, inputs)
            if drawn is not None:
                return [drawn]
        return self.closed(eqn.params["jaxpr"], inputs)

    def _sampler(self, eqn: Any, inputs: Sequence[Value]) -> Value | None:
        """The draws of a sampler of `jax.random`: what has its name, and gives its values for these keys."""
        law, parameters, function = _SAMPLERS[eqn.params["name"]]
        closed, aval = eqn.params["jaxpr"], eqn.outvars[0].aval
        keys, ends = inputs[0].array, inputs[1:]
        if aval.shape[: keys.ndim] != keys.shape:
            return None
        shape = aval.shape[keys.ndim :]
        sampler = functools.partial(_for_all, function, keys, shape, aval.dtype)
        drawn = sampler()
        known = [end.array for end in ends if isinstance(end, Concrete)]
        standard = len(known) == len(ends) and _agree(jaxpr_as_fun(closed)(keys, *known)[0], drawn)
        if not standard:
            # Uniform draws have ends, which may be terms: the sampler has to be that of JAX for any.
            if law != "U" or len(ends) != 2 or any(np.shape(end.array) for end in ends):
                return None
            for low, high in ((-0.75, 1.5), (0.25, 3.0)):
                pair = [jnp.asarray(end, v.aval.dtype) for end, v in zip((low, high), closed.jaxpr.invars[1:])]
                if not _agree(jaxpr_as_fun(closed)(keys, *pair)[0], sampler(*pair)):
                    return None
        terms = blank(aval.shape)
        fixed = tuple(number(p) for p in parameters)
        for place in np.ndindex(*keys.shape):

            def make(at: tuple[int, ...], place: tuple[int, ...] = place) -> Draw:
                value_here = float(drawn[place + at])
                return Draw(law, fixed, lambda value: value_here)

            terms[place + (...,)] = self._once(keys[place], (law, shape), shape, make)
        if not standard:
            low, high = (end.terms() for end in ends)
            terms = elementwise(lambda u, a, b: a + (b - a) * u, terms, low, high)
        return Symbolic(terms, aval.dtype)

    def _once(
        self, key: Any, kind: tuple[Any, ...], shape: tuple[int, ...], make: Callable[[tuple[int, ...]], Draw]
    ) -> Terms:
        """The draws that belong to a key."""
        data = np.asarray(jax.random.key_data(key)).tobytes()
        known = self._drawn.get(data)
        if known is None:
            terms = blank(shape)
            for at in np.ndindex(*shape):
                terms[at] = self.side.draw(make(at))
            self._drawn[data] = known = (kind, terms)
        if known[0] != kind:
            what = "one key is used for two different draws, which then depend on each other in a way that has no formula"
            raise Unsupported(what)
        return known[1]

    def _sample(self, eqn: Any, inputs: Sequence[Value]) -> Value:
        """Draws of an unspecified law."""
        law = eqn.params["name"]
        keys = inputs[0]
        if not isinstance(keys, Concrete) or not keys.from_key:
            raise Unsupported("a law is sampled with a key that is no argument of the code")
        self.known_as(law, "law")
        parameters = [np.broadcast_to(value.terms(), keys.array.shape) for value in inputs[1:]]
        terms = blank(keys.array.shape)
        for place in np.ndindex(*keys.array.shape):
            below = tuple(parameter[place] for parameter in parameters)
            parameters_only(law, below)
            noise = float(jax.random.normal(keys.array[place], (), float))

            def make(_: tuple[int, ...], noise: float = noise, below: tuple[Term, ...] = below) -> Draw:
                def realise(value: Callable[[Term], float]) -> float:
                    return noise + float(location(law, [value(p) for p in draw.parameters]))

                draw = Draw(law, below, realise, own=True)
                return draw

            terms[place] = self._once(keys.array[place], ("law", law, below), (), make)[()]
        return Symbolic(terms, np.dtype(float))

    def _unknown(self, eqn: Any, inputs: Sequence[Value]) -> Value:
        name, orders = eqn.params["name"], eqn.params["orders"]
        if eqn.primitive.name == "stein_opaque":
            self.known_as(name, (eqn.params["owner"], len(orders)))
            terms = elementwise(lambda *a: apply(name, orders, a), *(value.terms() for value in inputs))
            return Symbolic(terms, np.dtype(float))
        self.known_as(name, "law")

        def density(*arguments: Term) -> Term:
            parameters_only(name, arguments[1:], arguments[0])
            return log_density(name, orders, arguments)

        return Symbolic(elementwise(density, *(value.terms() for value in inputs)), np.dtype(float))


def _for_all(function: Callable[..., Any], keys: Any, shape: tuple[int, ...], dtype: Any, *ends: Any) -> Any:
    """What a sampler gives for each of many keys."""

    def one(key: Any) -> Any:
        return function(key, shape, dtype, *ends)

    mapped: Callable[[Any], Any] = one
    for _ in range(keys.ndim):
        mapped = jax.vmap(mapped)
    return np.asarray(mapped(keys))


def _agree(values: Any, reference: Any) -> bool:
    """The same numbers, but for roundings."""
    rounding = 64 * float(jnp.finfo(reference.dtype).eps)
    return np.shape(values) == np.shape(reference) and bool(np.allclose(values, reference, rtol=rounding, atol=rounding))


__all__ = ["Program", "Reader"]
