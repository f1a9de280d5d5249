"""The pytest plugin: losses that `stein.unbiased` marks are collected as tests, in test files or beside them."""

from __future__ import annotations

from typing import Any

import pytest

from ._unbiased import MARK, judge, wanted


class Refuted(Exception):
    """A gradient that is not what its test wants; carries the reports."""

    def __init__(self, reports: list[Any], verdicts: tuple[str, ...]) -> None:
        super().__init__(f"wanted: {' or '.join(verdicts)}")
        self.reports = reports


class LossItem(pytest.Item):
    """A marked loss as a test."""

    def __init__(self, *, loss: Any, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.loss = loss

    def runtest(self) -> None:
        verdicts = wanted(self.loss)
        wrong = [report for report in judge(self.loss) if report.verdict not in verdicts]
        if wrong:
            raise Refuted(wrong, verdicts)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if not isinstance(excinfo.value, Refuted):
            return super().repr_failure(excinfo, style)
        shown = "\n".join(repr(report) for report in excinfo.value.reports)
        return f"the gradient of `{self.name}` is not unbiased as its mark says ({excinfo.value}):\n\n{shown}"

    def reportinfo(self) -> tuple[Any, int, str]:
        return self.path, self.loss.__code__.co_firstlineno - 1, f"unbiased: {self.name}"


def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> Any:
    """Collects a marked loss of a test module, whatever its name is."""
    if callable(obj) and hasattr(obj, MARK):
        return LossItem.from_parent(collector, name=name, loss=obj)
    return None
