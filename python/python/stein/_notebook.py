"""The cell magic ``%%stein``: a script in a cell of a notebook."""

from __future__ import annotations

from typing import Any

from ._session import Session


def load(ipython: Any) -> None:
    """Register ``%%stein``; all its cells share a session."""
    session = Session()

    def cell(line: str, text: str) -> None:
        from IPython.display import display

        for answer in session.run(text):
            display(answer)

    ipython.register_magic_function(cell, magic_kind="cell", magic_name="stein")
