"""The learners on a board: first names and the states of their checks, in memory only."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from workshop.checks.findings import Check, checks_of
from workshop.checks.sharing import first_name
from workshop.config import STAGES

MOST = 300
"""How many learners a board takes: a class, and a limit for somebody who plays with the code. No address
tells them apart: on a hub and on one host, all come from the same one.
"""
MOST_A_MINUTE = 60
"""How many may join within a minute."""
MOST_OF_A_NAME = 5
LESSONS = {stage[:2] for stage in STAGES}


def _name(said: str) -> str:
    if name := first_name(said):
        return name
    raise ValueError("a name without a visible character")


def _lesson(number: str) -> str:
    if number in LESSONS:
        return number
    raise ValueError("a lesson that does not exist")


class State(BaseModel):
    """Whether a check was green when the learner last ran it, and how often they have run it."""

    model_config = ConfigDict(extra="forbid")

    passed: bool
    tries: Annotated[int, Field(ge=0, le=100_000)]


class Report(BaseModel):
    """All that a learner sends."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    """A random number, made when the learner joined: two may have the same name."""
    name: Annotated[str, Field(max_length=200), AfterValidator(_name)]
    exercise: Annotated[str, AfterValidator(_lesson)]
    """The exercise they are at; the lesson, for one without an exercise."""
    checks: Annotated[dict[str, State], Field(max_length=200)]
    kills: Annotated[int, Field(ge=0, le=100_000)] = 0
    """The kills on their crash certificate; 0 without one."""


@dataclass
class Learner:
    """One row of the board."""

    report: Report
    seen: float

    @property
    def known(self) -> list[Check]:
        """The checks of the exercise they are at."""
        return checks_of(self.report.exercise)

    @property
    def at(self) -> Check | None:
        """The check they are at: the first that hasn't passed, core before stretch. None if all have."""
        open_checks = [check for check in self.known if not self.state(check).passed]
        return min(open_checks, key=lambda check: check.stretch, default=None)

    @property
    def passed(self) -> int:
        return sum(self.state(check).passed for check in self.known)

    def state(self, check: Check) -> State:
        return self.report.checks.get(check.name, State(passed=False, tries=0))


@dataclass
class Roster:
    """Who is on the board. It ends with the process: nothing is written to a disk."""

    now: Callable[[], float] = time.time
    learners: dict[str, Learner] = field(default_factory=dict)
    refused: int = 0
    """How many reports found no place."""
    _joined: deque[float] = field(default_factory=deque)

    def hear(self, report: Report) -> str:
        """Take a learner's report. Return why it was refused; empty if it was taken."""
        if why := self._no_place(report):
            self.refused += 1
            return why
        if report.id not in self.learners:
            self._joined.append(self.now())
        self.learners[report.id] = Learner(report, self.now())
        return ""

    def _no_place(self, report: Report) -> str:
        """Return why a report finds no place now; empty if it does."""
        others = [one.report.name for key, one in self.learners.items() if key != report.id]
        if others.count(report.name) >= MOST_OF_A_NAME:
            return f"{MOST_OF_A_NAME} learners are on the board as {report.name}. Join under another name."
        if report.id in self.learners:
            return ""
        if len(self.learners) >= MOST:
            return "The board is full."
        while self._joined and self._joined[0] <= self.now() - 60:
            self._joined.popleft()
        if len(self._joined) >= MOST_A_MINUTE:
            return f"{MOST_A_MINUTE} learners have joined within a minute. Try again in a minute."
        return ""

    def forget(self, learner: str) -> None:
        self.learners.pop(learner, None)

    def names(self) -> dict[str, str]:
        """Return the name of each learner as shown: the second Ada is `Ada (2)`."""
        seen: Counter[str] = Counter()
        shown = {}
        for key, learner in self.learners.items():
            name = learner.report.name
            seen[name] += 1
            shown[key] = name if seen[name] == 1 else f"{name} ({seen[name]})"
        return shown

    def stuck(self) -> list[tuple[Check, list[str]]]:
        """Return the checks that learners have tried and not passed, with who is there; the most first."""
        there: dict[str, tuple[Check, list[str]]] = {}
        for key, name in self.names().items():
            at = self.learners[key].at
            if at and self.learners[key].state(at).tries:
                there.setdefault(at.name, (at, []))[1].append(name)
        return sorted(there.values(), key=lambda pair: (-len(pair[1]), pair[0].name))
