"""Terms: what a trace reads, exact, to be printed as a statement and evaluated as numbers.

Sums collect like terms and products like factors, with rational coefficients; nothing else is rewritten. A cancelled factor
could be zero only where the code itself divides by zero.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Callable, Iterable, Mapping, Union

Scalar = Union[int, Fraction]


class Term:
    """A node: an operation, and its parts (terms, names, numbers)."""

    __slots__ = ("op", "parts", "_hash")

    def __init__(self, op: str, parts: tuple[Any, ...]) -> None:
        self.op = op
        self.parts = parts
        self._hash = hash((op, parts))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Term) or self._hash != other._hash:
            return False
        return self.op == other.op and self.parts == other.parts

    def __repr__(self) -> str:
        return printed(self)

    def __add__(self, other: Term) -> Term:
        return add([self, other])

    def __sub__(self, other: Term) -> Term:
        return add([self, scale(-1, other)])

    def __mul__(self, other: Term) -> Term:
        return mul([self, other])

    def __truediv__(self, other: Term) -> Term:
        return mul([self, power(other, -1)])

    def __neg__(self) -> Term:
        return scale(-1, self)

    @property
    def value(self) -> Fraction | None:
        """The number that the term is, if it is one."""
        return self.parts[0] if self.op == "number" else None

    def children(self) -> list[Term]:
        """The terms below this one."""
        if self.op == "sum":
            return [term for _, term in self.parts]
        if self.op == "product":
            return [base for base, _ in self.parts]
        return [part for part in self.parts if isinstance(part, Term)]


def number(value: Scalar) -> Term:
    """An exact number."""
    return Term("number", (Fraction(value),))


def _term(part: Any) -> Term:
    assert isinstance(part, Term)
    return part


ZERO, ONE = number(0), number(1)


def constant(text: str, value: float) -> Term:
    """A number with a name, such as π."""
    return Term("constant", (text, value))


def variable(name: str) -> Term:
    """A parameter or a draw."""
    return Term("variable", (name,))


def _split(term: Term) -> tuple[Fraction, Term]:
    """A term as coefficient and rest."""
    if term.op == "number":
        return term.parts[0], ONE
    if term.op == "sum" and len(term.parts) == 1:
        coefficient, rest = term.parts[0]
        return coefficient, rest
    return Fraction(1), term


def add(terms: Iterable[Term]) -> Term:
    """A sum, like terms collected."""
    collected: dict[Term, Fraction] = {}
    for term in terms:
        pieces = term.parts if term.op == "sum" else (_split(term),)
        for coefficient, rest in pieces:
            collected[rest] = collected.get(rest, Fraction(0)) + coefficient
    pieces = tuple((coefficient, rest) for rest, coefficient in collected.items() if coefficient)
    if not pieces:
        return ZERO
    if len(pieces) == 1:
        coefficient, rest = pieces[0]
        if rest == ONE:
            return number(coefficient)
        if coefficient == 1:
            return _term(rest)
    return Term("sum", pieces)


def scale(factor: Scalar, term: Term) -> Term:
    """A multiple."""
    if not factor:
        return ZERO
    pieces = term.parts if term.op == "sum" else (_split(term),)
    scaled = tuple((coefficient * factor, rest) for coefficient, rest in pieces)
    if len(scaled) == 1:
        coefficient, rest = scaled[0]
        if rest == ONE:
            return number(coefficient)
        if coefficient == 1:
            return _term(rest)
    return Term("sum", scaled)


def mul(terms: Iterable[Term]) -> Term:
    """A product, like factors collected."""
    coefficient = Fraction(1)
    collected: dict[Term, int] = {}
    for term in terms:
        factor, rest = _split(term)
        coefficient *= factor
        pieces = rest.parts if rest.op == "product" else ((rest, 1),)
        for base, exponent in pieces:
            if base != ONE:
                collected[base] = collected.get(base, 0) + exponent
    if not coefficient:
        return ZERO
    # A power of what is 0 or 1 is itself.
    powers = ((b, 1 if e > 1 and is_indicator(b) else e) for b, e in collected.items())
    pieces = tuple((base, exponent) for base, exponent in powers if exponent)
    if not pieces:
        return number(coefficient)
    product = pieces[0][0] if len(pieces) == 1 and pieces[0][1] == 1 else Term("product", pieces)
    return scale(coefficient, product)


def power(base: Term, exponent: int) -> Term:
    """A whole power."""
    if exponent == 0:
        return ONE
    coefficient, rest = _split(base)
    if not coefficient:
        if exponent < 0:
            raise ZeroDivisionError("a division by zero")
        return ZERO
    if rest == ONE:
        return number(coefficient**exponent)
    pieces = rest.parts if rest.op == "product" else ((rest, 1),)
    if exponent > 0 and is_indicator(rest):
        return scale(coefficient**exponent, rest)
    raised = tuple((base, times * exponent) for base, times in pieces)
    product = raised[0][0] if len(raised) == 1 and raised[0][1] == 1 else Term("product", raised)
    return scale(coefficient**exponent, product)


def where(condition: Term, yes: Term, no: Term) -> Term:
    """`yes` where the condition is 1, `no` where it is 0."""
    if condition == ONE or yes == no:
        return yes
    if condition == ZERO:
        return no
    return Term("where", (condition, yes, no))


def call(name: str, *arguments: Term) -> Term:
    """A known function; exact where it is known to be."""
    first = arguments[0]
    if name == "exp" and first == ZERO or name == "ln" and first == ONE:
        return ONE if name == "exp" else ZERO
    if name == "exp" and first.op == "call" and first.parts[0] == "ln":
        return first.parts[1]  # type: ignore[no-any-return]
    if name in ("max", "min"):
        for here, other in ((arguments[0], arguments[1]), (arguments[1], arguments[0])):
            if here.op == "constant" and abs(here.parts[1]) == math.inf:
                return other if (here.parts[1] < 0) == (name == "max") else here
    values = [argument.value for argument in arguments]
    if all(value is not None for value in values):
        exact = _EXACT.get(name)
        if exact is not None:
            return number(exact(*values))
        if name == "sqrt" and values[0] is not None and values[0] >= 0:
            top, bottom = math.isqrt(values[0].numerator), math.isqrt(values[0].denominator)
            if top * top == values[0].numerator and bottom * bottom == values[0].denominator:
                return number(Fraction(top, bottom))
        if first == ZERO and name in ("sin", "tan", "tanh", "erf", "sqrt"):
            return ZERO
        if first == ZERO and name == "cos":
            return ONE
    if name in ("max", "min") and arguments[0] == arguments[1]:
        return first
    if name in ("equal", "step") and len(arguments) == 2 and arguments[0] == arguments[1]:
        return ONE if name == "equal" else ZERO
    return Term("call", (name, *arguments))


_EXACT: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "sign": lambda u: (u > 0) - (u < 0),
    "step": lambda u: int(u > 0),
    "max": max,
    "min": min,
    "equal": lambda a, b: int(a == b),
    "floor": math.floor,
}


def greater(a: Term, b: Term) -> Term:
    """1 where a > b, else 0."""
    if _infinite(a) or _infinite(b):
        return ONE if _infinite(a) > _infinite(b) else ZERO
    return call("step", a - b)


def _infinite(term: Term) -> int:
    """The sign of an infinite constant; terms are finite."""
    infinite = term.op == "constant" and math.isinf(term.parts[1])
    return (1 if term.parts[1] > 0 else -1) if infinite else 0


def equal(a: Term, b: Term) -> Term:
    """1 where a = b, else 0."""
    if _infinite(a) or _infinite(b):
        return ONE if a == b else ZERO
    if (a - b) == ZERO:
        return ONE
    for side, other in ((a, b), (b, a)):
        if other.value is not None and is_indicator(side):
            return side if other == ONE else ONE - side if other == ZERO else ZERO
    # That a maximum is attained by one of its sides is a comparison of the two.
    for side, other in ((a, b), (b, a)):
        if other.op == "call" and other.parts[0] in ("max", "min") and side in other.parts[1:]:
            rest = other.parts[2] if other.parts[1] == side else other.parts[1]
            return at_least(side, rest) if other.parts[0] == "max" else at_least(rest, side)
    return call("equal", a, b)


def is_indicator(term: Term) -> bool:
    """Whether a term is 0 or 1 by what it is."""
    if term.op == "sum" and len(term.parts) == 2:
        rest = ONE - term
        return rest.op == "call" and rest.parts[0] in ("step", "equal")
    return term.op == "call" and term.parts[0] in ("step", "equal")


def at_least(a: Term, b: Term) -> Term:
    """1 where a ≥ b, else 0."""
    return ONE - greater(b, a)


def apply(name: str, orders: tuple[int, ...], arguments: tuple[Term, ...]) -> Term:
    """An unknown function, differentiated so often by each argument."""
    return Term("apply", (name, orders, *arguments))


def log_density(law: str, orders: tuple[int, ...], arguments: tuple[Term, ...]) -> Term:
    """The logarithm of an unspecified density at a point, given its parameters; differentiated so often by each."""
    return Term("density", (law, orders, *arguments))


def variables(terms: Iterable[Term]) -> set[str]:
    """The names of all variables that occur."""
    seen: set[Term] = set()
    found: set[str] = set()
    stack = list(terms)
    while stack:
        term = stack.pop()
        if term in seen:
            continue
        seen.add(term)
        if term.op == "variable":
            found.add(term.parts[0])
        stack.extend(term.children())
    return found


def substitute(term: Term, name: str, value: Term, seen: dict[Term, Term] | None = None) -> Term:
    """The term with a value in the place of a variable."""
    return rebuild(term, lambda t: value if t.op == "variable" and t.parts[0] == name else None, seen)


def rebuild(term: Term, leaf: Callable[[Term], Term | None], seen: dict[Term, Term] | None = None) -> Term:
    """The term made again from its parts, some of which are replaced."""
    seen = {} if seen is None else seen
    if term in seen:
        return seen[term]
    replaced = leaf(term)
    if replaced is None:
        again = [rebuild(child, leaf, seen) for child in term.children()]
        if term.op == "sum":
            replaced = add(scale(c, new) for (c, _), new in zip(term.parts, again))
        elif term.op == "product":
            replaced = mul(power(new, exponent) for (_, exponent), new in zip(term.parts, again))
        elif term.op == "where":
            replaced = where(*again)
        elif term.op == "call":
            replaced = call(term.parts[0], *again)
        elif term.op in ("apply", "density"):
            replaced = Term(term.op, (*term.parts[:2], *again))
        else:
            replaced = term
    seen[term] = replaced
    return replaced


def without_stabilisers(term: Term) -> Term:
    """``max(a, b) + ln(1 + exp(-|a - b|))`` as what it is, ``ln(exp(a) + exp(b))``, everywhere in a term."""
    seen: dict[Term, Term] = {}

    def again(t: Term) -> Term:
        if t not in seen:
            made = rebuild(t, lambda u: None if u is t else again(u), {})
            seen[t] = _joined(made) if made.op == "sum" else made
        return seen[t]

    return again(term)


def _joined(term: Term) -> Term:
    pieces = dict((rest, coefficient) for coefficient, rest in term.parts)
    for largest, coefficient in list(pieces.items()):
        if largest.op != "call" or largest.parts[0] != "max":
            continue
        a, b = largest.parts[1], largest.parts[2]
        for gap in (a - b, b - a):
            rest = call("ln", ONE + call("exp", -call("abs", gap)))
            if pieces.get(rest) == coefficient:
                logarithm = scale(coefficient, call("ln", call("exp", a) + call("exp", b)))
                return add([term, scale(-coefficient, largest), scale(-coefficient, rest), logarithm])
    return term


# --- numbers -----------------------------------------------------------------------------------------------------------

Unknown = Callable[[tuple[int, ...], tuple[float, ...]], float]


def evaluate(
    term: Term,
    values: Mapping[str, float],
    functions: Mapping[str, Unknown],
    laws: Mapping[str, Unknown],
    seen: dict[Term, float] | None = None,
) -> float:
    """The value of a term; NaN where it has none."""
    seen = {} if seen is None else seen
    known = seen.get(term)
    if known is not None:
        return known

    def at(child: Term) -> float:
        return evaluate(child, values, functions, laws, seen)

    parts = term.parts
    try:
        if term.op == "number":
            result = float(parts[0])
        elif term.op == "constant":
            result = parts[1]
        elif term.op == "variable":
            result = values[parts[0]]
        elif term.op == "sum":
            result = math.fsum(float(coefficient) * at(rest) for coefficient, rest in parts)
        elif term.op == "product":
            result = math.prod(at(base) ** exponent for base, exponent in parts)
        elif term.op == "where":
            result = at(parts[1]) if at(parts[0]) > 0.5 else at(parts[2])
        elif term.op == "call":
            result = _VALUES[parts[0]](*(at(argument) for argument in parts[1:]))
        else:
            table = functions if term.op == "apply" else laws
            result = table[parts[0]](parts[1], tuple(at(argument) for argument in parts[2:]))
    except (ValueError, OverflowError, ZeroDivisionError):
        result = math.nan
    if isinstance(result, complex):
        result = math.nan
    seen[term] = result
    return result


def _digamma(u: float) -> float:
    shift = 0.0
    while u < 10:
        shift -= 1 / u
        u += 1
    v = 1 / (u * u)
    return shift + math.log(u) - 0.5 / u - v * (1 / 12 - v * (1 / 120 - v * (1 / 252 - v * (1 / 240 - v / 132))))


_VALUES: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "ln": math.log,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "arctan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "erf": math.erf,
    "sigmoid": lambda u: 1 / (1 + math.exp(-u)) if u > -700 else 0.0,
    "abs": abs,
    "sign": lambda u: float((u > 0) - (u < 0)),
    "step": lambda u: float(u > 0),
    "max": max,
    "min": min,
    "equal": lambda a, b: float(a == b),
    "pow": lambda a, b: a**b,
    "loggamma": math.lgamma,
    "digamma": _digamma,
}

# --- text --------------------------------------------------------------------------------------------------------------

#: Statements longer than this are refused: no search comes to an end on them.
LONGEST = 30_000


class TooLong(Exception):
    """A term whose text is too long to be of use."""


def printed(term: Term) -> str:
    """The term in the language of statements; products carry their sign, so that no letter is read as a function."""
    texts: dict[Term, tuple[str, int]] = {}

    def text(t: Term, level: int) -> str:
        # Levels: 0 sum, 1 product, 2 power, 3 atom.
        if t not in texts:
            texts[t] = write(t)
            if len(texts[t][0]) > LONGEST:
                raise TooLong
        body, strength = texts[t]
        return body if strength >= level else f"({body})"

    def rational(value: Fraction) -> str:
        return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"

    def piece(coefficient: Fraction, rest: Term) -> str:
        if rest == ONE:
            return rational(coefficient)
        if coefficient == 1:
            return text(rest, 1)
        if coefficient.denominator == 1:
            return f"{coefficient.numerator}*{text(rest, 2 if rest.op != 'product' else 1)}"
        return f"({rational(coefficient)})*{text(rest, 2 if rest.op != 'product' else 1)}"

    def write(t: Term) -> tuple[str, int]:
        parts = t.parts
        if t.op == "number":
            value: Fraction = parts[0]
            return rational(value), 3 if value >= 0 and value.denominator == 1 else 0
        if t.op in ("constant", "variable"):
            return parts[0], 3
        if t.op == "sum":
            out = ""
            for coefficient, rest in parts:
                sign = "-" if coefficient < 0 else "+"
                body = piece(abs(coefficient), rest)
                out += f" {sign} {body}" if out else (f"-{body}" if coefficient < 0 else body)
            # A single multiple is a product, unless its sign has to be kept together.
            return out, 1 if len(parts) == 1 and parts[0][0] > 0 else 0
        if t.op == "product":
            above = [text(b, 2) if e == 1 else f"{text(b, 3)}^{e}" for b, e in parts if e > 0]
            below = [text(b, 3) if e == -1 else f"{text(b, 3)}^{-e}" for b, e in parts if e < 0]
            top = "*".join(above) or "1"
            if not below:
                return top, 1 if len(above) > 1 or "^" not in top else 2
            bottom = below[0] if len(below) == 1 else f"({'*'.join(below)})"
            return f"{top}/{bottom}", 1
        if t.op == "where":
            condition, yes, no = parts
            return text(add([mul([condition, yes]), mul([ONE - condition, no])]), 0), 0
        if t.op == "call":
            name, arguments = parts[0], [text(a, 0) for a in parts[1:]]
            if name == "equal":
                return f"1{{{arguments[0]} = {arguments[1]}}}", 3
            if name == "pow":
                return f"{text(parts[1], 3)}^({arguments[1]})", 2
            if name == "loggamma":
                return f"ln(gamma({arguments[0]}))", 3
            return f"{name}({', '.join(arguments)})", 3
        if t.op == "apply":
            name, orders, *_ = parts
            inside = ", ".join(text(a, 0) for a in parts[2:])
            return f"{_differentiated(name, orders)}({inside})", 3
        law, orders, point, *parameters = parts
        listed = ", ".join(text(p, 0) for p in parameters)
        density = f"ln({law}{subscript(listed)}({text(point, 0)}))"
        marks = [text(p, 0) for p, order in zip([point, *parameters], orders) for _ in range(order)]
        for mark in marks:
            density = f"D{subscript(mark)}[{density}]"
        return density, 3

    return text(term, 0)


def subscript(below: str) -> str:
    """What stands below a letter."""
    return f"_{{{below}}}" if len(below) > 1 else f"_{below}" if below else ""


def _differentiated(name: str, orders: tuple[int, ...]) -> str:
    if not any(orders):
        return name
    if len(orders) == 1:
        order = orders[0]
        return name + "'" * order if order <= 2 else f"{name}^({order})"
    marks = "".join(f"∂_{place + 1} " for place, order in enumerate(orders) for _ in range(order))
    return f"{marks}{name}"
