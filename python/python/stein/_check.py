"""From what a tracer has read to a verdict; the same for every array library.

A reading is believed only after its terms have given the numbers of the program itself, at random places and draws.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import math
import random
import re
from typing import Any, Callable, Iterable, Mapping, Sequence

from ._answer import Answer, Condition
from ._errors import Unsupported
from ._session import Session
from ._terms import ZERO, Term, TooLong, evaluate, printed, rebuild, subscript, substitute, variable, variables, without_stabilisers

Values = Mapping[str, float]


class Draw:
    """A random number of the program: its letter, its law with parameters, and the value that the program gives it."""

    __slots__ = ("name", "law", "parameters", "support", "realise", "own", "terms")

    def __init__(
        self,
        law: str,
        parameters: tuple[Term, ...],
        realise: Callable[[Callable[[Term], float]], float],
        support: tuple[int, ...] | None = None,
        own: bool = False,
    ) -> None:
        self.name = ""
        self.law = law
        self.parameters = parameters
        #: Its values, where they are finitely many.
        self.support = support
        #: The value in a run of the program, given the values of terms.
        self.realise = realise
        #: An unspecified law.
        self.own = own
        self.terms: tuple[Term, ...] = ()

    def sampled(self) -> str:
        """``x ~ N(0, 1)``."""
        inside = ", ".join(printed(parameter) for parameter in self.parameters)
        if self.own:
            return f"{self.name} ~ {self.law}" + subscript(inside)
        return f"{self.name} ~ {self.law}({inside})" if inside else f"{self.name} ~ {self.law}"


class Side:
    """A side of the statement: its terms, over draws of its own."""

    def __init__(self) -> None:
        self.terms: list[Term] = []
        self.draws: list[Draw] = []
        #: Shifts of a softmax: letters with the maxima that the program computes.
        self.shifts: dict[str, Term] = {}

    def draw(self, draw: Draw) -> Term:
        """Registers a draw; its variable. Names are given at the end, those before are placeholders."""
        self.draws.append(draw)
        draw.name = f"\0{len(self.draws)}"
        return variable(draw.name)

    def rewrite(self, change: Callable[[Term], Term]) -> None:
        """Changes all terms."""
        self.terms = [change(term) for term in self.terms]
        for draw in self.draws:
            draw.parameters = tuple(change(parameter) for parameter in draw.parameters)
            draw.terms = tuple(change(term) for term in draw.terms)


class Reading:
    """What a tracer has read of a program, at one choice of its random keys."""

    def __init__(self) -> None:
        #: The objective.
        self.left = Side()
        #: The gradient, a term for each entry of the parameter.
        self.right = Side()
        #: The letters of the entries of the parameter.
        self.parameters: list[str] = []
        #: Letters that stand for arguments, with the values of the example.
        self.letters: dict[str, float] = {}
        #: What the program does only where its numbers leave the reals.
        self.guards: list[str] = []
        #: The program itself: the objective and the entries of the gradient at values of the letters.
        self.run: Callable[[Values], tuple[float, list[float]]] = lambda values: (math.nan, [])
        #: The names of unknown functions and laws, with what has each.
        self.unknown: dict[str, object] = {}
        self.tolerance = 1e-9


class Report:
    """What became of one entry of a gradient. It is true if the gradient is proved unbiased.

    Attributes
    ----------
    verdict : str
        ``proved``, ``conditional``, ``refuted`` or ``open``.
    statement : str
        What was judged: it can be pasted into a script, or into `stein.prove`.
    answer : Answer
        The answer to it.
    parameter : str
        The letter that the derivative is by.
    guards : list of str
        What the code does only where its numbers leave the reals, and the statement leaves out.
    """

    def __init__(self, answer: Answer, statement: str, parameter: str, guards: list[str]) -> None:
        self.answer = answer
        self.statement = statement
        self.parameter = parameter
        self.guards = guards

    @property
    def verdict(self) -> str:
        return self.answer.verdict

    @property
    def conditions(self) -> list[Condition]:
        """What the verdict rests on."""
        return self.answer.conditions

    def __bool__(self) -> bool:
        return bool(self.answer)

    def __repr__(self) -> str:
        lines = [repr(self.answer)]
        lines += [f"  guard       {guard}" for guard in self.guards]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self.answer._repr_html_()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.answer._repr_mimebundle_(include, exclude)


#: Reads the program with the given seed for its keys.
Reader = Callable[[int], Reading]


def checked(
    loss: Callable[..., Any], make: Callable[[], Any], given: str | Sequence[str], options: Mapping[str, Any]
) -> Report | list[Report]:
    """The reports on a loss, of which `make` makes a program; what is refused has at least the place of its definition."""
    hypotheses = given if isinstance(given, str) else ", ".join(given)
    try:
        program = make()
        reports = judge(program.read, hypotheses, program.spelled, options)
    except Unsupported as error:
        function = inspect.unwrap(getattr(loss, "func", loss))
        code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
        if error.file is not None or code is None:
            raise
        raise Unsupported(error.reason, code.co_filename, code.co_firstlineno) from error
    return reports[0] if program.is_scalar else reports


def judge(read: Reader, given: str, spelled: Mapping[str, str], options: Mapping[str, Any]) -> list[Report]:
    """The reports on a program, an entry of the gradient each."""
    readings = [read(seed) for seed in (1, 2)]
    texts = []
    for reading in readings:
        _check_names(reading)
        for side in (reading.left, reading.right):
            _settle_shifts(side)
            side.rewrite(without_stabilisers)
            _name_draws(side, {name.split("_")[0] for name in reading.letters} | set(reading.unknown))
        _test(reading)
        try:
            texts.append(_statements(reading))
        except TooLong:
            raise Unsupported("the gradient is longer than what a search can work on; check it with fewer samples") from None
    if texts[0] != texts[1]:
        raise Unsupported("two traces of the code differ: it is not a function of its arguments and keys")
    suffix = _hypotheses(given, spelled)
    session = Session(**options)
    reports = []
    for parameter, statement in zip(readings[0].parameters, texts[0]):
        if "∞" in statement or "NaN" in statement:
            raise Unsupported("a constant that is infinite or NaN takes part in the gradient")
        whole = statement + suffix
        reports.append(Report(session.prove(whole), whole, parameter, readings[0].guards))
    return reports


# --- names -------------------------------------------------------------------------------------------------------------

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eps": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lam": "λ", "lambda": "λ", "lambda_": "λ", "lmbda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "phi": "φ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
#: Letters for arguments whose names are no letters: a Greek letter below a law is never read as a name.
_SPARE = "ηκξζτωνρλβα"
#: Letters of draws.
_DRAWN = "xyzuvw"
#: Letters that are read as something else.
_TAKEN = set("edipqfgi")


class Letters:
    """The letters of a statement for the names of a program."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._used = set(taken)
        #: How names of the program are spelled in the statement.
        self.spelled: dict[str, str] = {}

    def letter(self, name: str) -> str:
        """A letter for a name: itself, its Greek letter, or the next that is free."""
        if name in self.spelled:
            return self.spelled[name]
        letter = _spelling(name)
        if letter is None or letter in self._used:
            letter = next((spare for spare in _SPARE if spare not in self._used), None)
            if letter is None:
                raise Unsupported(f"the arguments have more names than there are letters: `{name}` is one too many")
        self._used.add(letter)
        self.spelled[name] = letter
        return letter


def _spelling(name: str) -> str | None:
    if name in GREEK:
        return GREEK[name]
    if name in GREEK.values():
        return name
    if re.fullmatch(r"[a-z]", name) and name not in _TAKEN:
        return name
    matched = re.fullmatch(r"([a-zα-ω]+?)_?(\d+)", name)
    if matched:
        base = _spelling(matched[1])
        return base and f"{base}_{{{matched[2]}}}"
    return None


def entries(letter: str, shape: Sequence[int]) -> list[str]:
    """The letters of the entries of an array, in row-major order."""
    if not shape:
        return [letter]
    places = itertools.product(*(range(1, size + 1) for size in shape))
    if letter.endswith("}"):
        return [f"{letter[:-1]}{''.join(map(str, place))}}}" for place in places]
    separator = "" if all(size < 10 for size in shape) else "0"
    return [f"{letter}_{{{separator.join(map(str, place))}}}" for place in places]


def signature_names(function: Callable[..., Any], count: int) -> list[str]:
    """The names of the first arguments of a function."""
    try:
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        names = [p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds]
    except (TypeError, ValueError):
        names = []
    return [names[i] if i < len(names) else f"argument{i}" for i in range(count)]


def _hypotheses(given: str, spelled: Mapping[str, str]) -> str:
    if not given.strip():
        return ""
    text = re.sub(r"[A-Za-z_]\w*", lambda word: spelled.get(word[0], word[0]), given)
    return f" given {text}"


def _check_names(reading: Reading) -> None:
    taken = {name.split("_")[0] for name in reading.letters}
    for name in reading.unknown:
        if name in taken:
            raise Unsupported(f"`{name}` is the name of an unknown function or law and of an argument: rename one")


#: Letters that statements read as a function, a law or an operator of their own.
_NO_FUNCTIONS, _NO_LAWS = set("BDEHINOPQSTUdeipqx"), set("DEHINOSTUdeifghxΔς")


def function_name(name: str) -> str:
    """A name for an unknown function.

    Raises
    ------
    ValueError
        If statements would read it as something else.
    """
    if not re.fullmatch(r"[A-Za-z]", name) or name in _NO_FUNCTIONS:
        raise ValueError(f"`{name}` is no name for an unknown function: take a letter such as f, g or h")
    return name


def law_name(name: str) -> str:
    """A name for an unknown law.

    Raises
    ------
    ValueError
        If statements would read it as something else.
    """
    if not re.fullmatch(r"[A-Za-zα-ωΑ-Ω]", name) or name in _NO_LAWS:
        raise ValueError(f"`{name}` is no name for an unknown law: take a letter such as p, q or π")
    return name


def _name_draws(side: Side, taken: set[str]) -> None:
    """Letters for the draws that take part, in the order in which they are made; the others are dropped."""
    used = _closure(side, variables(side.terms))
    draws = [draw for draw in side.draws if draw.name in used]
    free = [letter for letter in _DRAWN if letter not in taken]
    if not free:
        raise Unsupported("the arguments take all letters of draws: rename one of " + ", ".join(_DRAWN))
    base = free[0]
    names = free if len(draws) <= len(free) else [f"{base}_{{{i + 1}}}" for i in range(len(draws))]
    renamed = {draw.name: variable(name) for draw, name in zip(draws, names)}
    seen: dict[Term, Term] = {}
    side.draws = draws
    side.rewrite(lambda term: rebuild(term, lambda t: renamed.get(t.parts[0]) if t.op == "variable" else None, seen))
    for draw in draws:
        draw.name = renamed[draw.name].parts[0]


def _closure(side: Side, used: set[str]) -> set[str]:
    """The draws that are used, and those on which their laws depend."""
    used = set(used)
    for draw in reversed(side.draws):
        if draw.name in used:
            used |= variables(draw.parameters)
    return used


# --- statements --------------------------------------------------------------------------------------------------------


def _statements(reading: Reading) -> list[str]:
    left = _mean(reading.left, reading.left.terms[0])
    statements = []
    for parameter, term in zip(reading.parameters, reading.right.terms):
        below = parameter if len(parameter) == 1 else f"{{{parameter}}}"
        statements.append(f"D_{below}[{left}] = {_mean(reading.right, term)}")
    return statements


def _mean(side: Side, term: Term) -> str:
    used = _closure(side, variables([term]))
    drawn = [draw.sampled() for draw in side.draws if draw.name in used]
    body = printed(term)
    return f"E_{{{', '.join(drawn)}}}[{body}]" if drawn else body


# --- numbers -----------------------------------------------------------------------------------------------------------


# Any smooth functions would do for the unknown ones; those of different names, and the arguments of each, are told apart.


def offset(name: str) -> float:
    """What tells the function of a name from others."""
    return 0.4 + 0.37 * (ord(name[0]) % 29)


def slope(place: int) -> float:
    """What tells the arguments apart."""
    return 1.3 / (1 + place)


def unknown_function(name: str, orders: tuple[int, ...], arguments: tuple[float, ...]) -> float:
    """A smooth function of any number of arguments, with all its derivatives."""
    phase = offset(name) + sum(slope(place) * argument for place, argument in enumerate(arguments))
    factor = math.prod(slope(place) ** order for place, order in enumerate(orders))
    return factor * math.sin(phase + math.pi / 2 * sum(orders))


def location(name: str, parameters: Sequence[Any]) -> Any:
    """The mean of the Gaussian that stands for an unknown law."""
    return 0.1 * offset(name) + sum(slope(place) * parameter for place, parameter in enumerate(parameters))


def unknown_log_density(name: str, orders: tuple[int, ...], arguments: tuple[float, ...]) -> float:
    """The log-density of that Gaussian, and its derivatives."""
    gap = arguments[0] - location(name, arguments[1:])
    factor = math.prod((-slope(place)) ** order for place, order in enumerate(orders[1:]))
    order = sum(orders)
    values = [-gap * gap / 2 - math.log(2 * math.pi) / 2, -gap, -1.0]
    return factor * values[order] if order < len(values) else 0.0


class _Table(dict[str, Any]):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, name: str) -> Any:
        return functools.partial(self._function, name)


FUNCTIONS = _Table(unknown_function)
LAWS = _Table(unknown_log_density)


def _values(side: Side, letters: Values) -> dict[str, float]:
    """Values of all letters and draws, as the program draws them."""
    values = dict(letters)
    for draw in side.draws:
        values[draw.name] = draw.realise(lambda term: evaluate(term, values, FUNCTIONS, LAWS))
    return values


def _places(reading: Reading, count: int) -> list[dict[str, float]]:
    """Places near the example, where what is positive stays positive."""
    chance = random.Random(18)
    places = [dict(reading.letters)]
    while len(places) < count:
        places.append({name: value * chance.uniform(0.8, 1.25) + (0.05 * chance.random() if not value else 0.0)
                       for name, value in reading.letters.items()})  # fmt: skip
    return places


def _test(reading: Reading) -> None:
    """The terms give what the program gives, with the draws that it makes."""
    for letters in _places(reading, 3):
        objective, gradient = reading.run(letters)
        _compare("the objective", reading.left, letters, [objective], reading.tolerance)
        _compare("the gradient", reading.right, letters, gradient, reading.tolerance)


def _compare(what: str, side: Side, letters: Values, numbers: Sequence[float], tolerance: float) -> None:
    values = _values(side, letters)
    if len(numbers) != len(side.terms):
        raise Unsupported(f"{what} was read as something else: it has {len(numbers)} entries, not {len(side.terms)}")
    for term, real in zip(side.terms, numbers):
        if not math.isfinite(real):
            raise Unsupported(f"{what} is {real} at the example arguments or near them")
        read = evaluate(term, values, FUNCTIONS, LAWS)
        if not abs(read - real) <= tolerance * (1 + abs(real)):
            raise Unsupported(f"{what} was read as something else: its term gives {read:.9g}, the code {real:.9g}")


def _settle_shifts(side: Side) -> None:
    """A shift that changes nothing, such as that of a softmax, is left out; any other is what the program computes."""
    if not side.shifts:
        return
    chance = random.Random(7)
    terms = side.terms + [parameter for draw in side.draws for parameter in draw.parameters]
    names = variables(terms)
    matters = False
    for _ in range(3):
        values = {name: chance.uniform(0.1, 1.5) for name in names}
        values.update({draw.name: float(chance.choice(draw.support)) for draw in side.draws if draw.support})
        for term in terms:
            results = []
            for _ in range(3):
                values.update({name: chance.uniform(-1, 1) for name in side.shifts})
                results.append(evaluate(term, values, FUNCTIONS, LAWS))
            # What has no value here is not known to stay the same.
            matters |= not all(abs(result - results[0]) <= 1e-9 * (1 + abs(result)) for result in results)
    # A shift may stand in another.
    for name, shift in reversed(list(side.shifts.items())):
        value = shift if matters else ZERO
        seen: dict[Term, Term] = {}
        side.rewrite(functools.partial(substitute, name=name, value=value, seen=seen))


def select(values: Sequence[float]) -> int:
    """The place of the largest value, the first of equals."""
    return max(range(len(values)), key=lambda i: (values[i], -i))


__all__ = ["Draw", "Letters", "Reading", "Report", "Side", "checked", "entries", "judge", "select", "signature_names"]
