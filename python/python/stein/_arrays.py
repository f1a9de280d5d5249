"""Arrays of terms: what the tracers of all array libraries do with them."""

from __future__ import annotations

import itertools
from typing import Any, Callable, Sequence

import numpy as np

from ._check import Draw, Side
from ._errors import Unsupported
from ._numbers import exact
from ._terms import ONE, ZERO, Term, add, constant, equal, evaluate, mul, number, substitute, variable, variables, where

#: An array of terms.
Terms = np.ndarray[Any, Any]

#: Combinations of values of finitely valued draws that are looked at, for an index.
_COMBINATIONS = 256


def blank(shape: Sequence[int]) -> Terms:
    """An array for terms."""
    made: Terms = np.empty(tuple(shape), dtype=object)
    return made


def lift(value: Any) -> Terms:
    """A concrete array as exact numbers."""
    plain = np.asarray(value)
    out = blank(plain.shape)
    for place in np.ndindex(*plain.shape):
        entry = plain[place]
        if np.issubdtype(plain.dtype, np.floating) or plain.dtype.kind == "V":
            entry = float(entry)
            # These may stand where nothing is chosen; what is left of them in a statement is refused.
            odd = "NaN" if np.isnan(entry) else "∞" if entry == np.inf else "(-∞)" if entry == -np.inf else None
            out[place] = constant(odd, entry) if odd else exact(entry)
        else:
            out[place] = number(int(entry))
    return out


def elementwise(function: Callable[..., Term], *arrays: Terms) -> Terms:
    """A function of terms at each entry, scalars repeated."""
    result = np.frompyfunc(function, len(arrays), 1)(*arrays)
    out = blank(np.shape(result))
    out[...] = result
    return out


def total(array: Terms, axes: Sequence[int], join: Callable[[list[Term]], Term]) -> Terms:
    """A reduction over some axes."""
    axes = tuple(axis % array.ndim for axis in axes)
    kept = [axis for axis in range(array.ndim) if axis not in axes]
    moved = np.transpose(array, kept + list(axes))
    out = blank(tuple(array.shape[axis] for axis in kept))
    for place in np.ndindex(*out.shape):
        out[place] = join(list(moved[place].ravel() if axes else [moved[place]]))
    return out


def contracted(a: Terms, b: Terms) -> Terms:
    """The products of rows of ``a`` with rows of ``b``: ``(m, k)`` and ``(n, k)`` give ``(m, n)``."""
    out = blank((a.shape[0], b.shape[0]))
    for i, j in np.ndindex(*out.shape):
        out[i, j] = add(mul([x, y]) for x, y in zip(a[i], b[j]))
    return out


class Finite:
    """What depends on draws with finitely many values: indices, comparisons."""

    def __init__(self, side: Side) -> None:
        self._side = side

    def _draws(self, terms: Sequence[Term]) -> list[Draw] | None:
        """The draws on which the terms depend, if they are all finitely valued and nothing else occurs."""
        names = variables(terms)
        draws = [draw for draw in self._side.draws if draw.name in names and draw.support]
        size = 1
        for draw in draws:
            size *= len(draw.support or ())
        return draws if len(draws) == len(names) and size <= _COMBINATIONS else None

    def is_whole(self, term: Term) -> bool:
        """Whether the term is a whole number whatever is drawn."""
        draws = self._draws([term])
        if draws is None:
            return False
        cases = itertools.product(*(draw.support or () for draw in draws))
        found = (evaluate(term, {draw.name: float(v) for draw, v in zip(draws, case)}, {}, {}) for case in cases)
        return all(value == int(value) for value in found)

    def folded(self, term: Term) -> Term:
        """A term with whole values as a number, if it has the same whatever is drawn, or as a combination of a coin and 1."""
        if term.value is not None or term.op == "variable":
            return term
        draws = self._draws([term])
        if not draws:
            return term
        found = []
        for values in itertools.product(*(draw.support or () for draw in draws)):
            found.append(evaluate(term, {draw.name: float(v) for draw, v in zip(draws, values)}, {}, {}))
        if any(value != int(value) for value in found):
            return term
        if len(set(found)) == 1:
            return number(int(found[0]))
        if len(draws) == 1 and draws[0].support == (0, 1):
            return number(int(found[0])) + mul([number(int(found[1] - found[0])), variable(draws[0].name)])
        return term

    def chosen(self, condition: Term, yes: Term, no: Term) -> Term:
        """``yes`` or ``no``; where a coin chooses, its side is known in both."""
        condition = self.folded(condition)
        names = variables([condition])
        coins = [draw for draw in self._side.draws if draw.name in names and draw.support == (0, 1)]
        if len(names) == 1 and len(coins) == 1:
            coin = variable(coins[0].name)
            for heads, (one, other) in ((1, (yes, no)), (0, (no, yes))):
                if condition == (coin if heads else ONE - coin):
                    yes_known = substitute(one, coins[0].name, number(1))
                    no_known = substitute(other, coins[0].name, number(0))
                    return coin * yes_known + (ONE - coin) * no_known
        return where(condition, yes, no)

    def by_cases(
        self, indices: Terms, act: Callable[[Terms], Terms]
    ) -> Terms:
        """What an action on whole numbers gives where these depend on draws: a sum over the values of the draws."""
        terms = list(indices.ravel())
        draws = self._draws(terms)
        if draws is None:
            raise Unsupported("an index depends on something else than draws with finitely many values")
        supports = [draw.support or () for draw in draws]
        cases: dict[tuple[int, ...], Terms] = {}
        for values in itertools.product(*supports):
            known = {draw.name: float(v) for draw, v in zip(draws, values)}
            plain = np.array([evaluate(term, known, {}, {}) for term in terms]).reshape(indices.shape)
            cases[values] = act(np.rint(plain).astype(np.int64))
        first = next(iter(cases.values()))
        out = blank(first.shape)
        for place in np.ndindex(*out.shape):
            out[place] = _joined({values: array[place] for values, array in cases.items()}, draws, supports)
        return out


def _joined(table: dict[tuple[int, ...], Term], draws: Sequence[Draw], supports: Sequence[Sequence[int]]) -> Term:
    """``Σ 1{draw = value} term``, over the draws on which the term depends."""
    matter = []
    for at in range(len(draws)):
        base = [values for values in table if values[at] == supports[at][0]]
        if any(
            table[values] != table[values[:at] + (other,) + values[at + 1 :]]
            for values in base
            for other in supports[at][1:]
        ):
            matter.append(at)
    pieces = []
    for values in itertools.product(*(supports[at] for at in matter)):
        whole = [support[0] for support in supports]
        for at, value in zip(matter, values):
            whole[at] = value
        marks = [equal(variable(draws[at].name), number(value)) for at, value in zip(matter, values)]
        term = table[tuple(whole)]
        if term != ZERO:
            # Where the draw has this value, it may be written in its place.
            for at, value in zip(matter, values):
                term = substitute(term, draws[at].name, number(value))
            pieces.append(mul([*marks, term]))
    return add(pieces)


__all__ = ["Finite", "Terms", "blank", "contracted", "elementwise", "lift", "total"]
