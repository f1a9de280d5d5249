"""What a session answers, as data that can be kept, compared, pickled and shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Iterator, Literal, Mapping

if TYPE_CHECKING:
    from ._stein import Document

Verdict = Literal["proved", "conditional", "refuted", "open"]
Format = Literal["text", "json", "latex", "markdown", "html"]

_FORMATS = ("text", "json", "latex", "markdown", "html", "fragment", "math")


class Record:
    """A row of an answer: its fields are attributes, and items under the names that the JSON format has."""

    __slots__ = ("_fields",)
    _main = ""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = dict(fields)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._fields:
            return self._fields[name]
        raise AttributeError(f"{type(self).__name__!r} has no field {name!r}")

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def keys(self) -> list[str]:
        """The names of the fields."""
        return list(self._fields)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._fields == other._fields

    def __hash__(self) -> int:
        return hash(json.dumps(self._fields, sort_keys=True))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._fields.items())
        return f"{type(self).__name__}({shown})"

    def __str__(self) -> str:
        return str(self._fields[self._main]) if self._main else repr(self)

    def __reduce__(self) -> tuple[type[Record], tuple[dict[str, Any]]]:
        return type(self), (self._fields,)


class Condition(Record):
    """Something that a proof takes: ``text``, and ``status``, which is ``assumed``, ``granted`` or ``implied``."""

    __slots__ = ()
    _main = "text"
    text: str
    status: Literal["assumed", "granted", "implied"]


class Step(Record):
    """A step of a derivation: ``rule``, ``ref``, ``before``, ``after``, ``direction``, ``title``, ``says``, ``conditions``."""

    __slots__ = ()
    _main = "after"
    rule: str
    ref: str | None
    before: str
    after: str
    direction: Literal["forward", "backward"]
    title: str
    says: str


class Witness(Record):
    """Where the sides differ: ``functions``, ``laws``, ``parameters``, ``left``, ``right``, ``z``."""

    __slots__ = ()
    functions: dict[str, str]
    laws: dict[str, str]
    parameters: dict[str, float]
    left: float
    right: float
    z: float


class Repair(Record):
    """A true statement near a refuted one: ``statement``, and ``hint``, which says what was wrong."""

    __slots__ = ()
    _main = "statement"
    statement: str
    hint: str


class Estimator(Record):
    """A way to estimate: ``name``, ``integrand``, ``estimator``, ``verdict``, ``conditions``, ``needs``, ``evaluations``, …"""

    __slots__ = ()
    _main = "name"
    name: str
    integrand: str
    estimator: str
    verdict: Verdict
    needs: list[str]
    evaluations: int


class Shown:
    """Something with a document: it is shown in any format, in notebooks by itself, and pickled with all of them."""

    __slots__ = ("_document", "_formats", "data")

    def __init__(self, document: Document | None, data: dict[str, Any], formats: dict[str, str] | None = None) -> None:
        self._document = document
        self._formats = formats or {}
        #: The object of the JSON format.
        self.data = data

    def to(self, format: Format = "text") -> str:
        """The answer as ``text``, ``json``, ``latex`` (for a document with amsmath), ``markdown`` or ``html`` (a page).

        Raises
        ------
        ValueError
            If the format is none of these.
        """
        return self._rendered(format)

    def _rendered(self, format: str) -> str:
        if format not in self._formats:
            if self._document is None:
                raise ValueError(f"`{format}` is no format; the formats are {', '.join(_FORMATS)}")
            self._formats[format] = self._document.render(format)
        return self._formats[format]

    def __repr__(self) -> str:
        return self._rendered("text").rstrip()

    def _repr_html_(self) -> str:
        return self._rendered("fragment")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {
            "text/plain": repr(self),
            "text/html": self._rendered("fragment"),
            "text/markdown": self._rendered("markdown"),
            "text/latex": self._rendered("math"),
        }

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.data == other.data

    def __hash__(self) -> int:
        return hash(json.dumps(self.data, sort_keys=True))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (None, self.data, {name: self._rendered(name) for name in _FORMATS})

    @property
    def statement(self) -> str:
        """The statement as it was typed."""
        return str(self.data["statement"])

    @property
    def reading(self) -> str | None:
        """What the notation stands for, where reading took a decision."""
        reading = self.data["reading"]
        return None if reading is None else str(reading)


class Answer(Shown):
    """What became of a statement. It is true if the statement is proved, under conditions that are all granted or implied."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return self.verdict == "proved"

    @property
    def verdict(self) -> Verdict:
        """``proved``, ``conditional`` (proved under an assumption that nobody has granted), ``refuted`` or ``open``."""
        verdict: Verdict = self.data["verdict"]
        return verdict

    @property
    def conditions(self) -> list[Condition]:
        """What the verdict rests on."""
        return [Condition(fields) for fields in self.data["conditions"]]

    @property
    def steps(self) -> list[Step]:
        """The derivation; empty where there is none."""
        proof = self.data["proof"] or {"steps": []}
        return [Step(fields) for fields in proof["steps"]]

    @property
    def witness(self) -> Witness | None:
        """Of a refuted statement, where its sides differ."""
        fields = self.data["witness"]
        return None if fields is None else Witness(fields)

    @property
    def repair(self) -> Repair | None:
        """A true statement near a refuted one, if one was found."""
        fields = self.data["repair"]
        return None if fields is None else Repair(fields)

    @property
    def reason(self) -> str | None:
        """Why nothing better can be said."""
        reason = self.data["reason"]
        return None if reason is None else str(reason)

    @property
    def hints(self) -> list[str]:
        """Remarks on what may have been meant."""
        return list(self.data["hints"])

    @property
    def numeric(self) -> dict[str, Any] | None:
        """The comparison that decides: method, both sides, standard error, seed."""
        numeric: dict[str, Any] | None = self.data["numeric"]
        return numeric


class Derived(Shown):
    """The estimators of an expression: a sequence, the first of which assume least."""

    __slots__ = ()

    @property
    def estimators(self) -> list[Estimator]:
        """Each with its proof and its conditions."""
        rows = self.data["estimators"]
        made = []
        for row in rows:
            fields = dict(row)
            fields["conditions"] = [Condition(condition) for condition in row["conditions"]]
            made.append(Estimator(fields))
        return made

    @property
    def missing(self) -> dict[str, str]:
        """What does not apply here, or could not be proved, and why."""
        return {row["name"]: row["reason"] for row in self.data["missing"]}

    def __len__(self) -> int:
        return len(self.data["estimators"])

    def __iter__(self) -> Iterator[Estimator]:
        return iter(self.estimators)

    def __getitem__(self, key: int | str) -> Estimator:
        if isinstance(key, int):
            return self.estimators[key]
        for estimator in self.estimators:
            if estimator.name == key:
                return estimator
        raise KeyError(key)


def answer_of(document: Document) -> Answer:
    """The answer of a document that the extension made."""
    return Answer(document, json.loads(document.data()))


def derived_of(document: Document) -> Derived:
    """The estimators of a document that the extension made."""
    return Derived(document, json.loads(document.data()))
