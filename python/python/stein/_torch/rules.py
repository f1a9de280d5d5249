"""What the operators of a graph do with arrays of terms."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Callable, Sequence

import numpy as np
import torch

from .._arrays import Terms, blank, contracted, elementwise, lift, total
from .._errors import Unsupported
from .._reader import parameters_only
from .._terms import ONE, ZERO, Term, add, apply, at_least, call, equal, greater, log_density, mul, number, power, where

if TYPE_CHECKING:
    from .trace import Reader


class Symbolic:
    """An array of terms; operators that act in place change it."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms

    @property
    def shape(self) -> tuple[int, ...]:
        """Like that of a tensor."""
        shape: tuple[int, ...] = self.terms.shape
        return shape


Rule = Callable[["Reader", Any, list[Any], dict[str, Any]], Any]


def _terms(value: Any) -> Terms:
    if isinstance(value, Symbolic):
        return value.terms
    if isinstance(value, torch.Tensor):
        return lift(value.detach().numpy())
    return lift(np.asarray(value))


def _entrywise(function: Callable[..., Term], count: int) -> Rule:
    def rule(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        result = elementwise(function, *(_terms(argument) for argument in arguments[:count]))
        return _kept(op, arguments, Symbolic(result))

    return rule


def _kept(op: Any, arguments: list[Any], result: Symbolic) -> Symbolic:
    """The result, which is the first operand where the operator acts in place."""
    if op._schema.name.endswith("_") and isinstance(arguments[0], Symbolic):
        arguments[0].terms = result.terms
        return arguments[0]
    return result


def _known(name: str) -> Rule:
    return _entrywise(lambda a: call(name, a), 1)


def _added(sign: int) -> Rule:
    def rule(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        factor = _terms(sign * keywords.get("alpha", 1))[()]
        result = elementwise(lambda a, b: a + factor * b, _terms(arguments[0]), _terms(arguments[1]))
        return _kept(op, arguments, Symbolic(result))

    return rule


def _reversed(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    factor = _terms(keywords.get("alpha", 1))[()]
    return Symbolic(elementwise(lambda a, b: b - factor * a, _terms(arguments[0]), _terms(arguments[1])))


def _divided(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    if keywords.get("rounding_mode"):
        raise Unsupported("a quotient is rounded")

    def divide(a: Term, b: Term) -> Term:
        if b.op == "where" and b.parts[1].value and b.parts[2].value:
            return where(b.parts[0], a / b.parts[1], a / b.parts[2])
        return a / b

    return _kept(op, arguments, Symbolic(elementwise(divide, _terms(arguments[0]), _terms(arguments[1]))))


def _raised(base: Term, exponent: Term) -> Term:
    value = exponent.value
    if value is not None and value.denominator == 1:
        return power(base, int(value))
    if value == Fraction(1, 2):
        return call("sqrt", base)
    if value == Fraction(-1, 2):
        return ONE / call("sqrt", base)
    return call("pow", base, exponent)


def _compared(function: Callable[[Term, Term], Term], below: bool | None) -> Rule:
    def rule(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        def compare(a: Term, b: Term) -> Term:
            noise, other = (a, b) if below else (b, a)
            drawn = reader.compared(noise, other) if below is not None else None
            return drawn if drawn is not None else reader.finite.folded(function(a, b))

        return _kept(op, arguments, Symbolic(elementwise(compare, _terms(arguments[0]), _terms(arguments[1]))))

    return rule


def _where(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    return Symbolic(elementwise(reader.finite.chosen, *(_terms(argument) for argument in arguments[:3])))


def _clamped(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    name = op._schema.name
    low = keywords.get("min", arguments[1] if len(arguments) > 1 and not name.startswith("aten::clamp_max") else None)
    high = keywords.get("max", arguments[2] if len(arguments) > 2 else None)
    if name.startswith("aten::clamp_max"):
        high = arguments[1]
    result = _terms(arguments[0])
    if low is not None:
        result = elementwise(lambda a, b: call("max", a, b), result, _terms(low))
    if high is not None:
        result = elementwise(lambda a, b: call("min", a, b), result, _terms(high))
    return _kept(op, arguments, Symbolic(result))


def _same(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    return Symbolic(_terms(arguments[0]).copy())


def _copied(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    terms: Terms = np.broadcast_to(_terms(arguments[1]), arguments[0].shape).copy()
    return _kept(op, arguments, Symbolic(terms))


def _converted(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    dtype = keywords.get("dtype")
    terms = _terms(arguments[0])
    if dtype is None or dtype.is_floating_point:
        return Symbolic(terms.copy())
    if dtype == torch.bool:
        return Symbolic(elementwise(lambda u: reader.finite.folded(ONE - equal(u, ZERO)), terms))
    if all(reader.finite.is_whole(term) for term in terms.ravel()):
        return Symbolic(terms.copy())
    raise Unsupported("a float is turned into a whole number")


def _like(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    """Operators that look at shapes alone."""
    stand_ins = [torch.empty(a.shape, dtype=torch.float64) if isinstance(a, Symbolic) else a for a in arguments]
    return op(*stand_ins, **keywords)


# --- operators that move entries -----------------------------------------------------------------------------------------


def _moved(op: Any, arguments: list[Any], keywords: dict[str, Any], data: Sequence[int]) -> Any:
    """Does to terms what the operator does to their numbers: none is changed, each may be moved, repeated or dropped."""
    store: list[Term] = []

    def numbered(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [numbered(entry) for entry in value]
        terms = _terms(value)
        flat = np.arange(len(store), len(store) + terms.size, dtype=np.int64).reshape(terms.shape)
        store.extend(terms.ravel())
        return torch.as_tensor(flat)

    operands = [numbered(a) if place in data else a for place, a in enumerate(arguments)]

    def back(result: Any) -> Any:
        if isinstance(result, (list, tuple)):
            return [back(entry) for entry in result]
        plain = result.numpy()
        terms = blank(plain.shape)
        for at in np.ndindex(*plain.shape):
            terms[at] = store[int(plain[at])]
        return Symbolic(terms)

    return back(op(*operands, **keywords))


def _moves(*data: int, index: int | None = None) -> Rule:
    def rule(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        chosen = arguments[index] if index is not None and len(arguments) > index else None
        drawn = isinstance(chosen, Symbolic) or isinstance(chosen, list) and any(isinstance(c, Symbolic) for c in chosen)
        if not drawn:
            return _moved(op, arguments, keywords, data)
        assert index is not None
        parts = chosen if isinstance(chosen, list) else [chosen]
        flat = np.concatenate([_terms(part).ravel() for part in parts if part is not None])

        def act(known: Any) -> Terms:
            at = 0
            operands: list[Any] = []
            for part in parts:
                if part is None:
                    operands.append(None)
                    continue
                size = int(np.prod(part.shape))
                operands.append(torch.as_tensor(known[at : at + size].reshape(tuple(part.shape))))
                at += size
            again = list(arguments)
            again[index] = operands if isinstance(chosen, list) else operands[0]
            moved: Terms = _moved(op, again, keywords, data).terms
            return moved

        return Symbolic(reader.finite.by_cases(flat, act))

    return rule


def _scatter_add(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    """Adds each update where its index leads: operand, dimension, index, updates."""
    base, dimension, index, more = _terms(arguments[0]), arguments[1], arguments[2], _terms(arguments[3])

    def act(known: Any) -> Terms:
        out: Terms = base.copy()
        for place in np.ndindex(*known.shape):
            probe = torch.zeros(more.shape)
            probe[place] = 1.0
            hit = torch.scatter_add(torch.zeros(base.shape), dimension, torch.as_tensor(known), probe).numpy()
            for at in zip(*np.nonzero(hit)):
                out[at] = out[at] + more[place]
        return out

    if isinstance(index, Symbolic):
        return Symbolic(reader.finite.by_cases(index.terms, act))
    return Symbolic(act(index.numpy()))


# --- reductions ------------------------------------------------------------------------------------------------------------


def _over(arguments: list[Any], keywords: dict[str, Any], join: Callable[[list[Term]], Term]) -> Symbolic:
    terms = _terms(arguments[0])
    dims = arguments[1] if len(arguments) > 1 else keywords.get("dim")
    keep = arguments[2] if len(arguments) > 2 else keywords.get("keepdim", False)
    if dims is None or isinstance(dims, (list, tuple)) and not dims:
        dims = list(range(terms.ndim))
    dims = [dims] if isinstance(dims, int) else list(dims)
    if not terms.ndim:
        out = blank(())
        single: Any = terms[()]
        out[()] = join([single])
        return Symbolic(out)
    out = total(terms, dims, join)
    if keep:
        for axis in sorted(dim % terms.ndim for dim in dims):
            out = np.expand_dims(out, axis)
    return Symbolic(out)


def _reduced(join: Callable[[list[Term]], Term]) -> Rule:
    return lambda reader, op, arguments, keywords: _over(arguments, keywords, join)


def _mean(terms: list[Term]) -> Term:
    return mul([number(Fraction(1, len(terms))), add(terms)])


def _largest(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    def join(terms: list[Term]) -> Term:
        largest = functools.reduce(lambda a, b: call("max", a, b), terms)
        return largest if len(terms) == 1 or largest.value is not None else reader.shift(largest)

    return _over(arguments, keywords, join)


def _variance(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    correction = keywords.get("correction", 1)
    correction = 1 if correction is None else correction

    def join(terms: list[Term]) -> Term:
        mean = _mean(terms)
        scale = Fraction(1) / (len(terms) - Fraction(correction))
        return mul([number(scale), add(power(term - mean, 2) for term in terms)])

    return _over(arguments, {**keywords}, join)


def _softmax(logarithm: bool) -> Rule:
    def rule(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        # The largest entry is subtracted inside; what comes out is the same without.
        terms, axis = _terms(arguments[0]), arguments[1]
        moved = np.moveaxis(terms, axis, -1) if terms.ndim else terms.reshape(1)
        out = blank(moved.shape)
        for place in np.ndindex(*moved.shape[:-1]):
            row = list(moved[place])
            whole = add(call("exp", term) for term in row)
            for at, term in enumerate(row):
                out[place + (at,)] = term - call("ln", whole) if logarithm else call("exp", term) / whole
        return Symbolic(np.moveaxis(out, -1, axis) if terms.ndim else out.reshape(()))

    return rule


def _cumulated(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    moved = np.moveaxis(_terms(arguments[0]), arguments[1], 0)
    out = blank(moved.shape)
    so_far: Any = None
    for index in range(len(moved)):
        row = moved[index, ...]
        so_far = row if so_far is None else elementwise(lambda a, b: a + b, so_far, row)
        out[index, ...] = so_far
    return Symbolic(np.moveaxis(out, 0, arguments[1]))


def _product(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    a, b = _terms(arguments[0]), _terms(arguments[1])
    if a.ndim == 3:
        out = blank((a.shape[0], a.shape[1], b.shape[2]))
        for at in range(a.shape[0]):
            out[at] = contracted(a[at], b[at].T)
        return Symbolic(out)
    left = a if a.ndim == 2 else a.reshape(1, -1)
    right = b.T if b.ndim == 2 else b.reshape(1, -1)
    out = contracted(left, right)
    return Symbolic(out.reshape(a.shape[:-1] + (b.shape[1:] if b.ndim == 2 else ())))


def _added_product(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    if keywords.get("beta", 1) != 1 or keywords.get("alpha", 1) != 1:
        raise Unsupported("a weighted sum with a product of matrices")
    product = _product(reader, op, arguments[1:], {})
    return Symbolic(elementwise(lambda a, b: a + b, *np.broadcast_arrays(_terms(arguments[0]), product.terms)))


# --- draws -----------------------------------------------------------------------------------------------------------------


def _plain(law: str, *parameters: int) -> Rule:
    """A sampler of a fixed law: the shape is that of the first operand, or is the first operand."""
    fixed = tuple(number(parameter) for parameter in parameters)

    def rule(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        if keywords.get("dtype") in (torch.float32, torch.float16, torch.bfloat16):
            reader.single = True
        shape = arguments[0] if isinstance(arguments[0], (list, tuple)) else arguments[0].shape
        return reader.drawn(law, tuple(shape), lambda at: fixed)

    return rule


def _located(reader: Reader, law: str, shape: Sequence[int], parameters: Sequence[Terms]) -> Symbolic:
    full = [np.broadcast_to(parameter, tuple(shape)) for parameter in parameters]
    return reader.drawn(law, shape, lambda at: tuple(parameter[at] for parameter in full))


def _normal(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    """``normal(mean, std)`` in its many forms."""
    overload, name = op._overloadname, op._schema.name
    if name in ("aten::normal_", "aten::normal_functional"):
        # An operand that is overwritten, a mean and a deviation.
        mean = arguments[1] if len(arguments) > 1 else keywords.get("mean", 0.0)
        deviation = arguments[2] if len(arguments) > 2 else keywords.get("std", 1.0)
        shape = arguments[0].shape
    elif overload == "float_float":
        mean, deviation, shape = arguments[0], arguments[1], tuple(arguments[2])
    else:
        mean = arguments[0]
        deviation = arguments[1] if len(arguments) > 1 else keywords.get("std", 1.0)
        shape = np.broadcast_shapes(_terms(mean).shape, _terms(deviation).shape)
    variance = elementwise(lambda a: power(a, 2), _terms(deviation))
    return _located(reader, "N", shape, [_terms(mean), variance])


def _bernoulli(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    chances = _terms(arguments[1] if len(arguments) > 1 and arguments[1] is not None else arguments[0])
    shape = arguments[0].shape
    full = np.broadcast_to(chances, tuple(shape))
    return reader.drawn("Bernoulli", shape, lambda at: (full[at],), support=(0, 1))


def _multinomial(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    chances, count = _terms(arguments[0]), arguments[1]
    if chances.ndim != 2 and count != 1 or count != 1 and not (len(arguments) > 2 and arguments[2]):
        raise Unsupported("several draws without replacement have no formula")
    rows = chances.reshape(-1, chances.shape[-1])
    logits = [_logits(list(row)) for row in rows]
    size = chances.shape[-1]
    shape = (*chances.shape[:-1], count)
    drawn = reader.drawn(
        "Categorical",
        shape,
        lambda at: tuple(logits[at[0] if chances.ndim == 2 else 0]),
        support=tuple(range(1, size + 1)),
        first=1,
    )
    return Symbolic(elementwise(lambda a: a - ONE, drawn.terms))


def _logits(chances: list[Term]) -> list[Term]:
    """Logarithms of weights, without the factors that all have."""
    parts = []
    for chance in chances:
        coefficient = ONE
        rest = chance
        if chance.op == "sum" and len(chance.parts) == 1:
            coefficient, rest = number(chance.parts[0][0]), chance.parts[0][1]
        pieces = list(rest.parts) if rest.op == "product" else [(rest, 1)]
        if coefficient != ONE:
            pieces.append((coefficient, 1))
        parts.append(pieces)
    common = [piece for piece in parts[0] if all(piece in other for other in parts[1:])]
    logits = []
    for pieces in parts:
        terms = []
        for base, exponent in pieces:
            if (base, exponent) in common:
                continue
            exponential = base.op == "call" and base.parts[0] == "exp"
            logarithm = base.parts[1] if exponential else call("ln", base)
            terms.append(mul([number(exponent), logarithm]))
        logits.append(add(terms))
    # What all logits have in common changes nothing, either.
    shared = [piece for piece in _pieces(logits[0]) if all(piece in _pieces(other) for other in logits[1:])]
    if not shared:
        return logits
    offset = add(mul([number(coefficient), rest]) for coefficient, rest in shared)
    return [logit - offset for logit in logits]


def _pieces(term: Term) -> list[tuple[Any, Term]]:
    return list(term.parts) if term.op == "sum" else [(Fraction(1), term)]


def _uniform(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    low = arguments[1] if len(arguments) > 1 else keywords.get("from", 0.0)
    high = arguments[2] if len(arguments) > 2 else keywords.get("to", 1.0)
    return _located(reader, "U", arguments[0].shape, [_terms(low), _terms(high)])


def _exponential(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    rate = arguments[1] if len(arguments) > 1 else keywords.get("lambd", 1.0)
    return _located(reader, "Exp", arguments[0].shape, [_terms(rate)])


# --- what is unknown ---------------------------------------------------------------------------------------------------------


def _opaque(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    parts, name, owner, orders = arguments
    reader.known_as(name, (owner, len(orders)))
    return Symbolic(elementwise(lambda *a: apply(name, tuple(orders), a), *(_terms(part) for part in parts)))


def _log_density(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    parts, name, orders = arguments
    reader.known_as(name, "law")

    def density(*given: Term) -> Term:
        parameters_only(name, given[1:], given[0])
        return log_density(name, tuple(orders), given)

    return Symbolic(elementwise(density, *(_terms(part) for part in parts)))


def _sample(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    parameters, shape, law = arguments
    reader.known_as(law, "law")
    terms = [_terms(parameter) for parameter in parameters]
    inner = np.broadcast_shapes(*(t.shape for t in terms)) if terms else ()
    whole = (*shape, *inner)
    full = [np.broadcast_to(t, whole) for t in terms]

    def below(at: tuple[int, ...]) -> tuple[Term, ...]:
        given = tuple(parameter[at] for parameter in full)
        parameters_only(law, given)
        return given

    return reader.drawn(law, whole, below, own=True)


def _finite(value: Term) -> Rule:
    def rule(reader: Reader, op: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        reader.guard("values that are not finite are replaced by others")
        return Symbolic(elementwise(lambda u: value, _terms(arguments[0])))

    return rule


_ENTRYWISE: dict[str, Rule] = {
    "mul": _entrywise(lambda a, b: a * b, 2),
    "neg": _entrywise(lambda a: -a, 1),
    "reciprocal": _entrywise(lambda a: ONE / a, 1),
    "square": _entrywise(lambda a: power(a, 2), 1),
    "rsqrt": _entrywise(lambda a: ONE / call("sqrt", a), 1),
    "expm1": _entrywise(lambda a: call("exp", a) - ONE, 1),
    "log1p": _entrywise(lambda a: call("ln", ONE + a), 1),
    "log": _known("ln"),
    "erfc": _entrywise(lambda a: ONE - call("erf", a), 1),
    "lgamma": _known("loggamma"),
    "digamma": _known("digamma"),
    "atan": _known("arctan"),
    "sgn": _known("sign"),
    "relu": _entrywise(lambda a: call("max", a, ZERO), 1),
    "maximum": _entrywise(lambda a, b: call("max", a, b), 2),
    "minimum": _entrywise(lambda a, b: call("min", a, b), 2),
    "pow": _entrywise(_raised, 2),
    "logical_not": _entrywise(lambda a: ONE - a, 1),
    "logical_and": _entrywise(lambda a, b: a * b, 2),
    "logical_or": _entrywise(lambda a, b: a + b - a * b, 2),
    "gt": _compared(greater, False),
    "lt": _compared(lambda a, b: greater(b, a), True),
    "ge": _compared(at_least, False),
    "le": _compared(lambda a, b: at_least(b, a), True),
    "eq": _compared(equal, None),
    "ne": _compared(lambda a, b: ONE - equal(a, b), None),
    "isnan": _finite(ZERO),
    "isinf": _finite(ZERO),
    "isfinite": _finite(ONE),
    "add": _added(1),
    "sub": _added(-1),
    "rsub": _reversed,
    "div": _divided,
    "clamp": _clamped,
    "clamp_min": _clamped,
    "clamp_max": _clamped,
    "copy": _copied,
    **{name: _known(name) for name in ("exp", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "erf", "sigmoid", "abs", "sign")},
}

_OTHER: dict[str, Rule] = {
    "where": _where,
    "alias": _same,
    "detach": _same,
    "clone": _same,
    "lift_fresh_copy": _same,
    "_to_copy": _converted,
    **{
        name: _moves(0)
        for name in (
            "view", "_unsafe_view", "reshape", "expand", "permute", "t", "transpose", "squeeze", "unsqueeze", "slice", "select",
            "unbind", "split", "split_with_sizes", "flip", "diagonal", "cat", "stack", "repeat", "as_strided", "roll",
            "view_copy", "expand_copy", "permute_copy", "t_copy", "transpose_copy", "squeeze_copy", "unsqueeze_copy",
            "slice_copy", "select_copy", "unbind_copy", "alias_copy",
        )
    },
    "gather": _moves(0, index=2),
    "index": _moves(0, index=1),
    "index_select": _moves(0, index=2),
    "embedding": _moves(0, index=1),
    "select_scatter": _moves(0, 1),
    "slice_scatter": _moves(0, 1),
    "as_strided_scatter": _moves(0, 1),
    "scatter": _moves(0, 3, index=2),
    "scatter_add": _scatter_add,
    "full_like": _like,
    "zeros_like": _like,
    "ones_like": _like,
    "empty_like": _like,
    "new_zeros": _like,
    "new_ones": _like,
    "new_full": _like,
    "new_empty": _like,
    "new_empty_strided": _like,
    "sum": _reduced(add),
    "mean": _reduced(_mean),
    "prod": _reduced(mul),
    "amax": _largest,
    "amin": _reduced(lambda terms: functools.reduce(lambda a, b: call("min", a, b), terms)),
    "var": _variance,
    "any": _reduced(lambda terms: functools.reduce(lambda a, b: a + b - a * b, terms)),
    "all": _reduced(mul),
    "cumsum": _cumulated,
    "_softmax": _softmax(False),
    "_log_softmax": _softmax(True),
    "mm": _product,
    "bmm": _product,
    "mv": _product,
    "dot": _product,
    "addmm": _added_product,
}  # fmt: skip

_DRAWS: dict[str, Rule] = {
    "aten::randn": _plain("N", 0, 1),
    "aten::randn_like": _plain("N", 0, 1),
    "aten::rand": _plain("U", 0, 1),
    "aten::rand_like": _plain("U", 0, 1),
    "aten::normal": _normal,
    "aten::normal_": _normal,
    "aten::normal_functional": _normal,
    "aten::bernoulli": _bernoulli,
    "aten::bernoulli_": _bernoulli,
    "aten::multinomial": _multinomial,
    "aten::uniform": _uniform,
    "aten::uniform_": _uniform,
    "aten::exponential": _exponential,
    "aten::exponential_": _exponential,
    "stein::sample": _sample,
}

#: Operators that draw, whether they have a reading or not.
RANDOM = {
    *_DRAWS,
    *(f"aten::{name}{mark}" for mark in ("", "_") for name in ("cauchy", "geometric", "log_normal", "random")),
    *(f"aten::{name}" for name in ("poisson", "randint", "randint_like", "randperm", "_standard_gamma", "_sample_dirichlet",
                                   "binomial", "dropout", "native_dropout", "rrelu_with_noise", "bernoulli_", "normal_functional")),
}  # fmt: skip

RULES: dict[str, Rule] = {
    **{f"aten::{name}{mark}": rule for name, rule in _ENTRYWISE.items() for mark in ("", "_")},
    **{f"aten::{name}": rule for name, rule in _OTHER.items()},
    **_DRAWS,
    "stein::opaque": _opaque,
    "stein::log_density": _log_density,
}
