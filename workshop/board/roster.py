"""The learners on a board: first names and the states of their checks, in memory only."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from workshop.checks.findings import Check, checks_of
from workshop.checks.sharing import first_name

MOST = 500
"""How many learners a board takes: a class, and a limit for somebody who plays with the code."""


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
    name: Annotated[str, Field(max_length=200)]
    exercise: Annotated[str, Field(pattern=r"^\d\d$")]
    """The exercise they are at."""
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

    def hear(self, report: Report) -> bool:
        """Take a learner's report. Return False if the board is full."""
        if report.id not in self.learners and len(self.learners) >= MOST:
            return False
        self.learners[report.id] = Learner(report, self.now())
        return True

    def forget(self, learner: str) -> None:
        self.learners.pop(learner, None)

    def names(self) -> dict[str, str]:
        """Return the name of each learner as shown: the second Ada is `Ada (2)`."""
        seen: Counter[str] = Counter()
        shown = {}
        for key, learner in self.learners.items():
            name = first_name(learner.report.name) or "Somebody"
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
