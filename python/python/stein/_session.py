"""Definitions and hypotheses under which statements are judged."""

from __future__ import annotations

from typing import Callable, Iterable, Mapping

from ._answer import Answer, Derived, answer_of, derived_of
from ._stein import Session as _Session

Progress = Callable[[int, int], object]
_State = tuple[tuple[int, float, int | None, bool], list[tuple[str, tuple[str, ...]]]]


class Session:
    """Definitions, hypotheses and rules that all its statements share.

    Parameters
    ----------
    definitions : str or iterable of str
        Functions and abbreviations: ``"f(u) = step(u - 1)"``.
    hypotheses : str or iterable of str
        What is supposed: ``"σ > 0, f : jump"``.
    seed : int
        Where random numbers begin: the same seed gives the same answers.
    timeout : float
        Seconds for each statement. A search is bounded by the steps that a machine of today makes in this time.
    samples : int, optional
        Draws of a simulation; chosen by need if none.
    sobol : bool
        Draw scrambled Sobol points.
    rules : mapping of str to str
        Files with rules of one's own, by their names. Each rule is audited; a wrong one raises `ValueError`.
    macros : str
        LaTeX commands, such as the preamble of a paper.
    progress : callable, optional
        Told how many draws are done and how many are wanted, while a statement is judged: ``progress(done, wanted)``.

    Examples
    --------
    >>> import stein
    >>> session = stein.Session(definitions="s(t) = t^2", hypotheses="a > 0")
    >>> session.prove("s(a)/a = a").verdict
    'proved'
    """

    def __init__(
        self,
        definitions: str | Iterable[str] = (),
        hypotheses: str | Iterable[str] = (),
        *,
        seed: int = 1,
        timeout: float = 2.0,
        samples: int | None = None,
        sobol: bool = False,
        rules: Mapping[str, str] | None = None,
        macros: str = "",
        progress: Progress | None = None,
    ) -> None:
        self._arguments = (seed, timeout, samples, sobol)
        # What was done to the session, so that a pickled one is made again in the same order.
        self._done: list[tuple[str, tuple[str, ...]]] = []
        self._session = _Session(seed, timeout, samples, sobol, progress)
        if macros:
            self.define_commands(macros)
        for file, text in (rules or {}).items():
            self.load_rules(file, text)
        for text in _listed(definitions):
            self.define(text)
        for text in _listed(hypotheses):
            self.assume(text)

    def define(self, definition: str) -> None:
        """Define a function or an abbreviation: ``f(u) = step(u - 1)``."""
        self._session.define(definition)
        self._done.append(("define", (definition,)))

    def assume(self, hypotheses: str) -> None:
        """Suppose something of all statements to come: ``σ > 0, f : jump``."""
        self._session.assume(hypotheses)
        self._done.append(("assume", (hypotheses,)))

    def forget(self, *names: str) -> None:
        """Forget what was defined or supposed of some letters; of all, if none is named."""
        self._session.forget(", ".join(names))
        self._done.append(("forget", names))

    def define_commands(self, macros: str) -> None:
        r"""Let statements use the LaTeX commands of a text: ``\newcommand{\E}{\mathbb{E}}``."""
        self._session.macros(macros)
        self._done.append(("define_commands", (macros,)))

    def load_rules(self, file: str, text: str) -> None:
        """Add rules, laws and functions of one's own; ``file`` names them in messages.

        Raises
        ------
        ValueError
            If the audit finds a rule wrong; it is left out.
        """
        wrong = self._session.load_rules(file, text)
        self._done.append(("load_rules", (file, text)))
        if wrong:
            raise ValueError(f"{file}: the audit finds {', '.join(wrong)} wrong; `stein audit {file}` shows a counterexample")

    def prove(self, statement: str) -> Answer:
        """Look for a proof of an equation, or of each link of a chain, and compare the sides numerically.

        Parameters
        ----------
        statement : str
            An equation in ASCII, Unicode or LaTeX: ``L = R given σ > 0 where f(u) = u^2``.

        Returns
        -------
        Answer

        Raises
        ------
        SteinError
            If the statement cannot be read; its text has a caret under the place.
        """
        return answer_of(self._session.prove(statement))

    def check(self, statement: str) -> Answer:
        """Compare the sides numerically. The verdict is ``refuted`` or ``open``: numbers that agree prove nothing."""
        return answer_of(self._session.check(statement))

    def eval(self, expression: str) -> Answer:
        """The value of an expression: an equation with the shortest form that is proved equal to it."""
        return answer_of(self._session.eval(expression))

    def derive(self, expression: str) -> Derived:
        """The estimators of an expression, usually a derivative of a mean, each proved."""
        return derived_of(self._session.derive(expression))

    def run(self, script: str) -> list[Answer | Derived]:
        """Run a script, statement by statement; what it defines and supposes stays with the session.

        Returns
        -------
        list of Answer or Derived
            What was answered, in the order of the lines.
        """
        answered: list[Answer | Derived] = []
        for line in script.splitlines():
            kind, document = self._session.line(line)
            if kind == "answer":
                answered.append(answer_of(document))
            elif kind == "derived":
                answered.append(derived_of(document))
            elif kind == "said":
                self._done.append(("run", (line,)))
        return answered

    def __getstate__(self) -> _State:
        return self._arguments, self._done

    def __setstate__(self, state: _State) -> None:
        arguments, done = state
        self.__dict__.update(_arguments=arguments, _done=[], _session=_Session(*arguments, None))
        for name, given in done:
            try:
                getattr(self, name)(*given)
            except ValueError:
                # Wrong rules were reported, and left out, when the session was made.
                if name != "load_rules":
                    raise

    def __repr__(self) -> str:
        seed, timeout, samples, sobol = self._arguments
        return f"Session(seed={seed}, timeout={timeout}, samples={samples}, sobol={sobol})"


def _listed(texts: str | Iterable[str]) -> Iterable[str]:
    return (texts,) if isinstance(texts, str) else texts
