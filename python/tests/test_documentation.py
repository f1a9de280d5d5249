"""The Python of the documentation runs, and gives what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jax", reason="JAX is not installed")

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", ["docs/python.md", "README.md", "python/README.md"])
def test_examples(page: str) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S)
    assert blocks
    names: dict[str, Any] = {}
    checked = 0
    for block in blocks:
        exec(compile(block, page, "exec"), names)
        for line in block.splitlines():
            expression, mark, expected = line.partition("# ")
            if mark and not line.startswith((" ", "@")) and re.match(r"['\[\d.TF]", expected) and "=" not in re.sub(r"\w+=|==|\(.*\)", "", expression):
                assert repr(eval(expression.strip(), names)) == expected.strip(), line
                checked += 1
    assert checked
