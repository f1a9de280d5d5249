"""Where code stands: the file and the line of what cannot be traced."""

from __future__ import annotations

import contextlib
import os
import traceback
from typing import Any, Iterator

from ._errors import Unsupported

_HERE = os.path.dirname(os.path.abspath(__file__))


@contextlib.contextmanager
def at(eqn: Any) -> Iterator[None]:
    """Names the place of an equation in what is raised."""
    try:
        yield
    except Unsupported as error:
        if error.file is not None:
            raise
        file, line = _of_equation(eqn)
        raise Unsupported(error.reason, file, line) from None


def _of_equation(eqn: Any) -> tuple[str | None, int | None]:
    found = getattr(eqn.source_info, "traceback", None)
    frames = list(getattr(found, "frames", None) or [])
    for frame in frames:
        if is_user(frame.file_name):
            return frame.file_name, int(frame.line_num)
    return None, None


def of_exception(error: BaseException) -> tuple[str | None, int | None]:
    """The innermost line of the user's code in a traceback."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if is_user(frame.filename):
            return frame.filename, frame.lineno
    return None, None


def of_stack() -> tuple[str | None, int | None]:
    """The innermost line of the user's code that is being run."""
    for frame in reversed(traceback.extract_stack()):
        if is_user(frame.filename):
            return frame.filename, frame.lineno
    return None, None


def is_user(file: str) -> bool:
    """Whether a file is neither ours nor that of an array library."""
    path = os.path.abspath(file)
    libraries = (f"{os.sep}site-packages{os.sep}{name}" for name in ("jax", "torch"))
    inside = path.startswith(_HERE + os.sep) or any(library in path for library in libraries)
    return not inside and not file.startswith("<frozen")
