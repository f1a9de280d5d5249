"""What the tracers of all array libraries share: draws that are made of noise, shifts, the names of what is unknown."""

from __future__ import annotations

from typing import Any, Callable, Sequence

from ._arrays import Finite
from ._check import Draw, Side, select
from ._errors import Unsupported
from ._terms import ONE, Term, number, variable, variables


class Reader:
    """Reads the program of one side of a statement; keeps what was drawn."""

    def __init__(self, side: Side, unknown: dict[str, object]) -> None:
        self.side = side
        self.finite = Finite(side)
        self.guards: list[str] = []
        #: The names of unknown functions and laws, with what has each.
        self.unknown = unknown
        #: Whether the code computes in single precision.
        self.single = False
        #: Noise that a draw has taken up, with the parameters of that draw.
        self._taken: dict[str, tuple[Term, ...]] = {}
        self._choices: dict[Any, Term] = {}

    def finish(self) -> None:
        """Refuses noise that is part of a draw, and occurs beside it."""
        found = variables([*self.side.terms, *self.side.shifts.values()])
        for draw in reversed(self.side.draws):
            if draw.name in found:
                found |= variables(draw.parameters)
        for name in self._taken:
            if name in found:
                raise Unsupported("the noise of a discrete draw is used beside it")

    def known_as(self, name: str, what: object) -> None:
        """Refuses one name for two things."""
        if self.unknown.setdefault(name, what) != what:
            raise Unsupported(f"`{name}` is the name of two different unknown functions or laws: rename one")

    def guard(self, text: str) -> None:
        """Lists something that the code does only where its numbers leave the reals."""
        if text not in self.guards:
            self.guards.append(text)

    def compared(self, noise: Term, probability: Term) -> Term | None:
        """``noise < probability`` as a Bernoulli draw, if the noise is uniform."""
        draw = self._draw(noise, "U")
        if draw is None:
            return None
        if probability.value is not None and not 0 < probability.value < 1:
            return number(int(probability.value >= 1))
        kept = (probability,)
        if self._taken.setdefault(draw.name, kept) != kept:
            raise Unsupported("one uniform draw is compared with two different probabilities")
        if draw.name not in self._choices:

            def realise(value: Callable[[Term], float], draw: Draw = draw) -> float:
                chance = value(made.terms[0])
                if not 0 <= chance <= 1:
                    raise Unsupported(f"a uniform draw is compared with {chance:.6g}, which is no probability")
                return float(draw.realise(value) < chance)

            made = Draw("Bernoulli", kept, realise, support=(0, 1))
            made.terms = kept
            self._choices[draw.name] = self.side.draw(made)
        return self._choices[draw.name]

    def largest(self, terms: Sequence[Term]) -> Term | None:
        """The place of the largest of ``logit + Gumbel noise``, from 0, as a categorical draw."""
        draws, logits = [], []
        for term in terms:
            noise = [d for d in (self._draw(variable(n), "Gumbel") for n in variables([term])) if d is not None]
            logit = term - variable(noise[0].name) if len(noise) == 1 else None
            if logit is None or noise[0].name in variables([logit]):
                return None
            draws.append(noise[0])
            logits.append(logit)
        names = tuple(draw.name for draw in draws)
        if len(set(names)) != len(names):
            return None
        kept = tuple(logits)
        for name in names:
            if self._taken.setdefault(name, kept) != kept:
                raise Unsupported("the same noise chooses among different logits")
        if names not in self._choices:

            def realise(value: Callable[[Term], float]) -> float:
                return 1.0 + select([d.realise(value) + value(logit) for d, logit in zip(draws, made.terms)])

            made = Draw("Categorical", kept, realise, support=tuple(range(1, len(kept) + 1)))
            made.terms = kept
            self._choices[names] = self.side.draw(made)
        return self._choices[names] - ONE

    def _draw(self, term: Term, law: str) -> Draw | None:
        if term.op != "variable":
            return None
        found = [draw for draw in self.side.draws if draw.name == term.parts[0] and draw.law == law]
        return found[0] if found else None

    def shift(self, largest: Term) -> Term:
        """A letter for a maximum that may turn out to change nothing."""
        for name, known in self.side.shifts.items():
            if known == largest:
                return variable(name)
        name = f"\1{len(self.side.shifts)}"
        self.side.shifts[name] = largest
        return variable(name)


def parameters_only(law: str, parameters: Sequence[Term], point: Term | None = None) -> None:
    """A law is written with its parameters below it: they have to be letters, for a number there is a name."""
    if any(parameter.op != "variable" for parameter in parameters):
        raise Unsupported(f"a parameter of the law `{law}` is an expression: only letters can be, which arguments are")
    if point is not None and point.op not in ("variable", "number"):
        raise Unsupported(f"the density of `{law}` is taken at an expression: only a draw or a letter can be its point")
