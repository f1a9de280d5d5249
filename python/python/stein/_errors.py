"""What is raised: input that cannot be read, and code that cannot be traced."""

from __future__ import annotations


class SteinError(ValueError):
    """Input that cannot be worked on.

    Attributes
    ----------
    code : str
        The number of the kind of error, such as ``E002``; ``stein explain E002`` has a longer text.
    message : str
        What is wrong, in a sentence.
    help : str or None
        What to write instead.
    line : int
        The line of the input that is at fault, from 0.
    span : tuple of int or None
        Where the fault stands in that line: the first character, from 0, and the one behind the last.
    """

    def __init__(
        self,
        message: str,
        code: str = "E040",
        help: str | None = None,
        line: int = 0,
        column: int = 0,
        excerpt: str = "",
        spans: list[tuple[int, int]] | None = None,
    ) -> None:
        self._fields = (message, code, help, line, column, excerpt, spans)
        self.message = message
        self.code = code
        self.help = help
        self.line = line
        first = spans[0] if spans else None
        self.span = (column, column + first[1] - first[0]) if first else None
        super().__init__(_text(message, code, help, excerpt, spans))

    def __reduce__(self) -> tuple[type[SteinError], tuple[object, ...]]:
        return type(self), self._fields


class Unsupported(SteinError):
    """Code that cannot be traced to a statement, with the place where it stands.

    Attributes
    ----------
    file : str or None
        The file of the line that cannot be traced.
    lineno : int or None
        The line in that file, from 1.
    """

    def __init__(self, reason: str, file: str | None = None, lineno: int | None = None) -> None:
        where = f"{file}:{lineno}: " if file else ""
        super().__init__(f"{where}{reason}")
        self._fields = (reason, file, lineno)  # type: ignore[assignment]
        self.reason = reason
        self.file = file
        self.lineno = lineno
        self.line = lineno or 0
        #: The operation of the array library that has no reading, for whoever looks for its place.
        self.operator: str | None = None


def _text(message: str, code: str, help: str | None, excerpt: str, spans: list[tuple[int, int]] | None) -> str:
    lines = [f"{code}: {message}"]
    if spans and excerpt.strip():
        marks = [" "] * max(end for _, end in spans + [(0, 1)])
        marks.extend(" " * 2)
        for start, end in spans:
            for at in range(start, max(end, start + 1)):
                marks[at] = "^"
        lines += [f"  {excerpt}", f"  {''.join(marks).rstrip()}"]
    if help:
        lines.append(f"help: {help}")
    return "\n".join(lines)
