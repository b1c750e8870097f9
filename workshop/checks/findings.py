"""What a check is, what it finds, and how that is shown."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from workshop.show import Display, Silent

if TYPE_CHECKING:
    from workshop.checks.trial import Trial

LONGEST_S = 60.0
"""The longest time that a check may take, in seconds."""


@dataclass(frozen=True)
class Finding:
    """One result of a check: what was expected, what was seen, and where to look or what to type next."""

    ok: bool
    expected: str
    seen: str
    look: str = ""


class Stop(Exception):
    """The end of a check with a red finding, for helpers that can't yield one."""

    def __init__(self, expected: str, seen: str, look: str = "") -> None:
        super().__init__(seen)
        self.finding = Finding(False, expected, seen, look)


CheckFunction = Callable[["Trial"], "AsyncIterator[Finding] | Awaitable[list[Finding]]"]


@dataclass(frozen=True)
class Check:
    """A registered check. `bound_s`: its time limit, in seconds."""

    name: str
    title: str
    function: CheckFunction
    needs: tuple[str, ...] = ()
    stretch: bool = False
    bound_s: float = LONGEST_S


_registered: dict[str, Check] = {}


def check(
    name: str, title: str, *, needs: Sequence[str] = (), stretch: bool = False, bound_s: float = LONGEST_S
) -> Callable[[CheckFunction], CheckFunction]:
    """Register a check; see the package's docstring for how to write one."""
    if bound_s > LONGEST_S:
        raise ValueError(f"{name}: a check takes at most {LONGEST_S:.0f} s")

    def register(function: CheckFunction) -> CheckFunction:
        _registered[name] = Check(name, title, function, tuple(needs), stretch, bound_s)
        return function

    return register


def checks_of(number: str) -> list[Check]:
    """Return the checks of an exercise ("03"), in order; none if there is no such exercise."""
    module = f"workshop.checks.exercises.stage{number}"
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
    return [one for one in _registered.values() if one.name.startswith(f"{number}.")]


@dataclass(frozen=True, repr=False)
class Result(Silent):
    """The result of a check, true if it is green. As the last line of a cell it shows nothing again."""

    name: str
    title: str
    findings: tuple[Finding, ...]
    seconds: float = 0.0
    rescued: tuple[str, ...] = ()
    """The files that the check was run with and that `lab.rescue` wrote."""

    @property
    def passed(self) -> bool:
        return bool(self.findings) and all(finding.ok for finding in self.findings)

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return repr(Shown(self))

    def as_json(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "seconds": round(self.seconds, 2),
            "findings": [asdict(one) for one in self.findings],
            "rescued": list(self.rescued),
        }


@dataclass(frozen=True, repr=False)
class Shown(Display):
    """A result as shown: a word says what it is, and the color only repeats it."""

    result: Result

    def _lines(self) -> list[tuple[str, str]]:
        lines = []
        for finding in self.result.findings:
            if finding.ok:
                lines.append(("ok", finding.seen))
                continue
            lines += [("expected", finding.expected), ("seen", finding.seen)]
            lines += [("next", finding.look)] if finding.look else []
        return lines

    def _head(self) -> tuple[str, str]:
        word = "passed" if self.result.passed else "not yet"
        seconds = f" ({self.result.seconds:.1f} s)" if self.result.seconds >= 0.1 else ""
        rescued = f" (rescued: {', '.join(self.result.rescued)})" if self.result.rescued else ""
        return word + rescued, f"{self.result.name} · {self.result.title}{seconds}"

    def _text(self) -> str:
        word, head = self._head()
        body = [f"  {name:<8}  " + text.replace("\n", "\n" + " " * 12) for name, text in self._lines()]
        return "\n".join([f"{word}: {head}", *body])

    def _html(self) -> str:
        word, head = self._head()
        border = "solid #2f8f4e" if self.result.passed else "dashed #b26a00"
        rows = "".join(
            '<tr><td style="text-align:left;padding:1px 14px 1px '
            f'0;opacity:.7;vertical-align:top;white-space:nowrap">{name}</td><td '
            f'style="text-align:left;padding:1px 0;white-space:pre-wrap">{escape(text)}</td></tr>'
            for name, text in self._lines()
        )
        return (
            f'<div style="border-left:4px {border};padding:2px 0 2px 12px"><b>{escape(word)}</b> · '
            f"{escape(head)}"
            f'<table style="border-collapse:collapse;margin:2px 0 0">{rows}</table></div>'
        )
