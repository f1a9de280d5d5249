"""What the operations of a jaxpr do with arrays of terms."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from .._arrays import Terms, blank, contracted, elementwise, lift, total
from .._errors import Unsupported
from .._terms import (
    ONE,
    ZERO,
    Term,
    add,
    at_least,
    call,
    equal,
    greater,
    mul,
    number,
    power,
    scale,
    where,
)

if TYPE_CHECKING:
    from .trace import Reader


class Concrete:
    """An array that is known: a constant, or a key, which comes from an argument or not."""

    def __init__(self, array: Any, from_key: bool = False) -> None:
        self.array = array
        self.from_key = from_key

    @property
    def is_key(self) -> bool:
        """True of typed keys."""
        return bool(jnp.issubdtype(self.array.dtype, jax.dtypes.prng_key))

    def terms(self) -> Terms:
        """The entries as exact numbers."""
        if self.from_key or self.is_key:
            raise Unsupported("the bits of a key take part in arithmetic")
        return lift(self.array)


class Symbolic:
    """An array of terms."""

    from_key = False

    def __init__(self, array: Terms, dtype: Any) -> None:
        self.array = array
        self.dtype = dtype

    def terms(self) -> Terms:
        """The entries."""
        return self.array


Value = Any  # Concrete | Symbolic
Rule = Callable[["Reader", Any, Sequence[Value]], Sequence[Value]]

#: What may be done to keys: it leads to other keys, or moves them.
CONCRETE = {
    "random_split", "random_fold_in", "random_wrap", "random_unwrap", "random_clone", "slice", "squeeze", "reshape", "gather",
    "broadcast_in_dim", "dynamic_slice", "transpose", "concatenate", "expand_dims", "copy", "split", "rev", "unstack",
    "stop_gradient", "device_put", "optimization_barrier", "copy_p", "jit", "pjit", "select_n",
}  # fmt: skip


def _made(eqn: Any, terms: Terms) -> list[Value]:
    return [Symbolic(terms, eqn.outvars[0].aval.dtype)]


def _entrywise(function: Callable[..., Term]) -> Rule:
    def rule(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
        return _made(eqn, elementwise(function, *(value.terms() for value in inputs)))

    return rule


def _known(name: str) -> Rule:
    return _entrywise(lambda *arguments: call(name, *arguments))


def _compared(function: Callable[[Term, Term], Term], order: str) -> Rule:
    def rule(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
        def compare(a: Term, b: Term) -> Term:
            # Uniform noise below a probability is a Bernoulli draw.
            if order in ("lt", "le") and (drawn := reader.compared(a, b)) is not None:
                return drawn
            if order in ("gt", "ge") and (drawn := reader.compared(b, a)) is not None:
                return drawn
            return reader.finite.folded(function(a, b))

        return _made(eqn, elementwise(compare, *(value.terms() for value in inputs)))

    return rule


def _same(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    return list(inputs)


def _convert(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    new, old = eqn.params["new_dtype"], eqn.invars[0].aval.dtype
    if jnp.issubdtype(old, jnp.floating) and not jnp.issubdtype(new, jnp.floating):
        if new == np.bool_:
            return _made(eqn, elementwise(lambda u: ONE - equal(u, ZERO), inputs[0].terms()))
        raise Unsupported("a float is turned into a whole number")
    if new == np.bool_ and old != np.bool_:
        return _made(eqn, elementwise(lambda u: reader.finite.folded(ONE - equal(u, ZERO)), inputs[0].terms()))
    return _made(eqn, inputs[0].terms())


def _divide(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    if not jnp.issubdtype(eqn.outvars[0].aval.dtype, jnp.floating):
        raise Unsupported("whole numbers are divided")

    def divide(a: Term, b: Term) -> Term:
        # Among two numbers, the quotient is chosen rather than the divisor.
        if b.op == "where" and b.parts[1].value and b.parts[2].value:
            return where(b.parts[0], a / b.parts[1], a / b.parts[2])
        return a / b

    return _made(eqn, elementwise(divide, *(value.terms() for value in inputs)))


def _power(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    def raised(base: Term, exponent: Term) -> Term:
        value = exponent.value
        if value is not None and value.denominator == 1:
            return power(base, int(value))
        if value == Fraction(1, 2):
            return call("sqrt", base)
        if value == Fraction(-1, 2):
            return ONE / call("sqrt", base)
        return call("pow", base, exponent)

    return _made(eqn, elementwise(raised, *(value.terms() for value in inputs)))


def _select(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    which, *cases = inputs
    # A whole number that selects among two is 0 or 1.
    if len(cases) != 2:
        raise Unsupported("`select_n` with more than two cases")
    no, yes = (case.terms() for case in cases)
    return _made(eqn, elementwise(reader.finite.chosen, which.terms(), yes, no))


def _clamp(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    low, value, high = (v.terms() for v in inputs)
    return _made(eqn, elementwise(lambda a, u, b: call("min", call("max", u, a), b), low, value, high))


def _is_finite(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    reader.guard("values that are not finite are replaced by others")
    return _made(eqn, elementwise(lambda u: ONE, inputs[0].terms()))


# --- operations that move entries ---------------------------------------------------------------------------------------


def _moved(eqn: Any, arrays: Sequence[Terms], others: Sequence[Any], places: Sequence[int]) -> list[Any]:
    """Does to terms what the operation does to their numbers: none is changed, each may be moved, repeated or dropped."""
    store: list[Term] = []
    numbered = []
    for array in arrays:
        flat = np.arange(len(store), len(store) + array.size, dtype=np.int64).reshape(array.shape)
        store.extend(array.ravel())
        numbered.append(jnp.asarray(flat))
    operands = list(others)
    for place, operand in zip(places, numbered):
        operands[place] = operand
    # What is filled in where an index leads out may be NaN, which is no number of an entry.
    with np.errstate(invalid="ignore"):
        out = eqn.primitive.bind(*operands, **eqn.params)
    results = out if eqn.primitive.multiple_results else [out]
    made = []
    for result in results:
        plain = np.asarray(result)
        terms = blank(plain.shape)
        for at in np.ndindex(*plain.shape):
            index = int(plain[at])
            if not 0 <= index < len(store):
                raise Unsupported("an index leads out of an array")
            terms[at] = store[index]
        made.append(terms)
    return made


def _moves(data: int | None = None) -> Rule:
    """An operation whose first `data` operands are moved (all, if none), by the indices that follow."""

    def rule(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
        count = len(inputs) if data is None else data
        arrays = [value.terms() for value in inputs[:count]]
        indices = inputs[count:]

        def act(*known: Any) -> list[Terms]:
            return _moved(eqn, arrays, [None] * count + list(known), range(count))

        symbolic = [isinstance(value, Symbolic) for value in indices]
        if not any(symbolic):
            made = act(*(value.array for value in indices))
            return [Symbolic(terms, v.aval.dtype) for terms, v in zip(made, eqn.outvars)]
        return _made(eqn, _with_drawn_indices(reader, eqn, indices, count, lambda *known: act(*known)[0]))

    return rule


def _with_drawn_indices(
    reader: Reader, eqn: Any, indices: Sequence[Value], offset: int, act: Callable[..., Terms]
) -> Terms:
    """The operation, where some of its indices are drawn."""
    flat = np.concatenate([value.terms().ravel() for value in indices])
    shapes = [np.shape(value.array) for value in indices]
    dtypes = [eqn.invars[offset + i].aval.dtype for i in range(len(indices))]

    def split(known: Terms) -> Terms:
        operands, at = [], 0
        for shape, dtype in zip(shapes, dtypes):
            size = int(np.prod(shape))
            operands.append(jnp.asarray(known[at : at + size].reshape(shape).astype(dtype)))
            at += size
        return act(*operands)

    return reader.finite.by_cases(flat, split)


def _pad(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    return _moves(2)(reader, eqn, inputs)


def _gather(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    return _moves(1)(reader, eqn, inputs)


def _update(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    return _moves(2)(reader, eqn, inputs)


def _scatter(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    """Overwrites some entries: operand, indices, updates."""
    operand, indices, updates = inputs
    arrays = [operand.terms(), updates.terms()]

    def act(known: Any) -> Terms:
        out: Terms = _moved(eqn, arrays, [None, known, None], (0, 2))[0]
        return out

    if isinstance(indices, Concrete):
        return _made(eqn, act(indices.array))
    return _made(eqn, _with_drawn_indices(reader, eqn, [indices], 1, act))


def _scatter_add(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    """Adds each update where its index leads."""
    operand, indices, updates = inputs
    base, more = operand.terms(), updates.terms()

    def act(known: Any) -> Terms:
        out: Terms = base.copy()
        for number_, place in enumerate(np.ndindex(*more.shape)):
            probe = np.zeros(more.shape)
            probe[place] = 1.0
            hit = np.asarray(eqn.primitive.bind(jnp.zeros(base.shape), known, jnp.asarray(probe), **eqn.params))
            for at in zip(*np.nonzero(hit)):
                out[at] = out[at] + more[place]
        return out

    if isinstance(indices, Concrete):
        return _made(eqn, act(indices.array))
    return _made(eqn, _with_drawn_indices(reader, eqn, [indices], 1, act))


# --- reductions ----------------------------------------------------------------------------------------------------------


def _reduced(join: Callable[[list[Term]], Term]) -> Rule:
    def rule(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
        return _made(eqn, total(inputs[0].terms(), eqn.params["axes"], join))

    return rule


def _reduce_max(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    def join(terms: list[Term]) -> Term:
        largest = functools.reduce(lambda a, b: call("max", a, b), terms)
        return largest if len(terms) == 1 or largest.value is not None else reader.shift(largest)

    return _made(eqn, total(inputs[0].terms(), eqn.params["axes"], join))


def _argmax(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    def join(terms: list[Term]) -> Term:
        chosen = reader.largest(terms)
        if chosen is None:
            raise Unsupported("`argmax` of something else than logits with Gumbel noise")
        return chosen

    return _made(eqn, total(inputs[0].terms(), eqn.params["axes"], join))


def _cumulative(join: Callable[[Term, Term], Term]) -> Rule:
    def rule(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
        axis, terms = eqn.params["axis"], inputs[0].terms()
        moved = np.moveaxis(terms, axis, 0)
        order = range(len(moved))[::-1] if eqn.params["reverse"] else range(len(moved))
        out = blank(moved.shape)
        so_far: Any = None
        for index in order:
            row = moved[index, ...]
            so_far = row if so_far is None else elementwise(join, so_far, row)
            out[index, ...] = so_far
        return _made(eqn, np.moveaxis(out, 0, axis))

    return rule


def _dot_general(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    (left, right), (left_batch, right_batch) = eqn.params["dimension_numbers"]
    a, b = (value.terms() for value in inputs)
    left_free = [i for i in range(a.ndim) if i not in left and i not in left_batch]
    right_free = [i for i in range(b.ndim) if i not in right and i not in right_batch]
    batch = tuple(a.shape[i] for i in left_batch)
    depth = int(np.prod([a.shape[i] for i in left]))
    moved_a = np.transpose(a, [*left_batch, *left_free, *left]).reshape((*batch, -1, depth))
    moved_b = np.transpose(b, [*right_batch, *right_free, *right]).reshape((*batch, -1, depth))
    out = blank((*batch, moved_a.shape[-2], moved_b.shape[-2]))
    for place in np.ndindex(*batch):
        out[place] = contracted(moved_a[place], moved_b[place])
    shape = (*batch, *(a.shape[i] for i in left_free), *(b.shape[i] for i in right_free))
    return _made(eqn, out.reshape(shape))


# --- control -------------------------------------------------------------------------------------------------------------

#: Longer loops make statements that no search works through.
_LONGEST_LOOP = 64


def _inside(name: str) -> Rule:
    def rule(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
        inner = eqn.params[name]
        if hasattr(inner, "consts"):
            return reader.closed(inner, inputs)
        return reader.jaxpr(inner, [], inputs)

    return rule


def _scan(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    p = eqn.params
    if p["length"] > _LONGEST_LOOP:
        raise Unsupported(f"a loop of {p['length']} steps is too long to be unrolled")
    constants = list(inputs[: p["num_consts"]])
    carry = list(inputs[p["num_consts"] : p["num_consts"] + p["num_carry"]])
    rows = inputs[p["num_consts"] + p["num_carry"] :]
    collected: list[list[Value]] = []
    order = range(p["length"])[::-1] if p["reverse"] else range(p["length"])
    for index in order:
        row = [_row(value, index) for value in rows]
        out = reader.closed(p["jaxpr"], [*constants, *carry, *row])
        carry, made = list(out[: p["num_carry"]]), list(out[p["num_carry"] :])
        collected.append(made)
    if p["reverse"]:
        collected.reverse()
    outputs = []
    for place, v in enumerate(eqn.outvars[p["num_carry"] :]):
        outputs.append(_stacked([made[place] for made in collected], v.aval))
    return [*carry, *outputs]


def _row(value: Value, index: int) -> Value:
    if isinstance(value, Concrete):
        return Concrete(value.array[index], value.from_key)
    return Symbolic(value.array[index, ...], value.dtype)


def _stacked(values: Sequence[Value], aval: Any) -> Value:
    if values and all(isinstance(value, Concrete) for value in values):
        return Concrete(jnp.stack([value.array for value in values]), any(value.from_key for value in values))
    out = blank(aval.shape)
    for index, value in enumerate(values):
        out[index, ...] = value.terms()
    return Symbolic(out, aval.dtype)


def _cond(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    which, operands = inputs[0], inputs[1:]
    branches = eqn.params["branches"]
    if isinstance(which, Concrete):
        if which.from_key:
            raise Unsupported("the bits of a key choose a branch")
        index = min(max(int(np.asarray(which.array)), 0), len(branches) - 1)
        return reader.closed(branches[index], operands)
    if len(branches) != 2:
        raise Unsupported("a switch with more than two branches is chosen by a draw")
    condition = reader.finite.folded(which.terms()[()])
    no, yes = (reader.closed(branch, operands) for branch in branches)
    made: list[Value] = []
    for a, b, v in zip(yes, no, eqn.outvars):
        pick = functools.partial(where, condition)
        made.append(Symbolic(elementwise(pick, a.terms(), b.terms()), v.aval.dtype))
    return made


def _not(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
    if eqn.outvars[0].aval.dtype != np.bool_:
        raise Unsupported("bits of whole numbers are turned")
    return _made(eqn, elementwise(lambda a: ONE - a, inputs[0].terms()))


def _logic(join: Callable[[Term, Term], Term]) -> Rule:
    def rule(reader: Reader, eqn: Any, inputs: Sequence[Value]) -> Sequence[Value]:
        if eqn.outvars[0].aval.dtype != np.bool_:
            raise Unsupported("bits of whole numbers are joined")
        return _made(eqn, elementwise(join, *(value.terms() for value in inputs)))

    return rule



RULES: dict[str, Rule] = {
    "add": _entrywise(lambda a, b: a + b),
    "add_any": _entrywise(lambda a, b: a + b),
    "sub": _entrywise(lambda a, b: a - b),
    "mul": _entrywise(lambda a, b: a * b),
    "neg": _entrywise(lambda a: -a),
    "div": _divide,
    "pow": _power,
    "square": _entrywise(lambda a: power(a, 2)),
    "sqrt": _known("sqrt"),
    "rsqrt": _entrywise(lambda a: ONE / call("sqrt", a)),
    "exp": _known("exp"),
    "exp2": _entrywise(lambda a: call("exp", a * call("ln", number(2)))),
    "expm1": _entrywise(lambda a: call("exp", a) - ONE),
    "log": _known("ln"),
    "log1p": _entrywise(lambda a: call("ln", ONE + a)),
    "sin": _known("sin"),
    "cos": _known("cos"),
    "tan": _known("tan"),
    "tanh": _known("tanh"),
    "sinh": _known("sinh"),
    "cosh": _known("cosh"),
    "atan": _known("arctan"),
    "erf": _known("erf"),
    "erfc": _entrywise(lambda a: ONE - call("erf", a)),
    "logistic": _known("sigmoid"),
    "lgamma": _known("loggamma"),
    "digamma": _known("digamma"),
    "abs": _known("abs"),
    "sign": _known("sign"),
    "max": _known("max"),
    "min": _known("min"),
    "gt": _compared(greater, "gt"),
    "lt": _compared(lambda a, b: greater(b, a), "lt"),
    "ge": _compared(at_least, "ge"),
    "le": _compared(lambda a, b: at_least(b, a), "le"),
    "eq": _compared(equal, "eq"),
    "ne": _compared(lambda a, b: ONE - equal(a, b), "ne"),
    "not": _not,
    "and": _logic(lambda a, b: a * b),
    "or": _logic(lambda a, b: a + b - a * b),
    "xor": _logic(lambda a, b: a + b - scale(2, a * b)),
    "is_finite": _is_finite,
    "select_n": _select,
    "clamp": _clamp,
    "convert_element_type": _convert,
    "reduce_precision": _same,
    "stop_gradient": _same,
    "copy": _same,
    "copy_p": _same,
    "device_put": _same,
    "optimization_barrier": _same,
    "pvary": _same,
    "reshape": _moves(1),
    "broadcast_in_dim": _moves(1),
    "squeeze": _moves(1),
    "expand_dims": _moves(1),
    "transpose": _moves(1),
    "slice": _moves(1),
    "rev": _moves(1),
    "concatenate": _moves(),
    "split": _moves(1),
    "stack": _moves(),
    "unstack": _moves(1),
    "pad": _pad,
    "gather": _gather,
    "dynamic_slice": _moves(1),
    "dynamic_update_slice": _update,
    "scatter": _scatter,
    "scatter-add": _scatter_add,
    "reduce_sum": _reduced(add),
    "reduce_prod": _reduced(mul),
    "reduce_max": _reduce_max,
    "reduce_min": _reduced(lambda terms: functools.reduce(lambda a, b: call("min", a, b), terms)),
    "reduce_and": _reduced(mul),
    "reduce_or": _reduced(lambda terms: functools.reduce(lambda a, b: a + b - a * b, terms)),
    "argmax": _argmax,
    "cumsum": _cumulative(lambda a, b: a + b),
    "cumprod": _cumulative(lambda a, b: a * b),
    "dot_general": _dot_general,
    "scan": _scan,
    "cond": _cond,
    "custom_jvp_call": _inside("call_jaxpr"),
    "custom_vjp_call": _inside("call_jaxpr"),
    "custom_vjp_call_jaxpr": _inside("fun_jaxpr"),
    "closed_call": _inside("call_jaxpr"),
    "core_call": _inside("call_jaxpr"),
    "remat": _inside("jaxpr"),
    "remat2": _inside("jaxpr"),
    "checkpoint": _inside("jaxpr"),
    "integer_pow": lambda reader, eqn, inputs: _made(
        eqn, elementwise(lambda a: power(a, eqn.params["y"]), inputs[0].terms())
    ),
}

__all__ = ["CONCRETE", "RULES", "Concrete", "Symbolic", "Value"]
