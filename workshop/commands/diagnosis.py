"""One line of the doctor's report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

UP = "python3 -m workshop up"


@dataclass(frozen=True)
class Diagnosis:
    """One line of the report. `next`: what to type, for a bad finding and for what can be ended."""

    well: bool
    text: str
    next: str = ""


Check = Callable[[], Iterator[Diagnosis]]
