"""What the strikes of a crash matrix cost: a row for each, and a table of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

How = Literal["kill", "stop"]


@dataclass
class Row:
    """What one strike cost. `over_s`: seconds from the strike to the result."""

    point: str
    how: How
    met: bool
    tries: int
    completed: bool
    same_result: bool
    recorded_before: int
    kept: int
    repeated: int
    wasted: int
    over_s: float
    observed: dict[str, Any] = field(default_factory=dict)
    as_undisturbed: bool = True
    attempts: dict[str, int] = field(default_factory=dict)
    """The steps that took more than one attempt."""
    failures: dict[str, str] = field(default_factory=dict)
    """Why they did, as the last attempt but one tells."""
    branches: int = 1

    @property
    def ok(self) -> bool:
        """Whether the run completed with the same result and effects, lost or repeated nothing recorded, and
        wasted at most one call a branch.
        """
        whole = (
            self.completed and self.same_result and self.as_undisturbed and self.kept == self.recorded_before
        )
        return whole and self.repeated == 0 and self.wasted <= self.branches


def table(rows: Sequence[Row], observed: str = "effects") -> str:
    """Return the rows as a Markdown table with a line of totals."""
    names = (
        "the worker ends at",
        "how",
        "met",
        "completed",
        "same result",
        "recorded before",
        "kept",
        "made again",
        "wasted",
    )
    effects = [observed] if any(row.observed for row in rows) else []
    head = [*names, *effects, "seconds"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for row in rows:
        yes = ["yes" if value else "NO" for value in (row.met, row.completed, row.same_result)]
        numbers = [row.recorded_before, row.kept, row.repeated, row.wasted]
        seen = [", ".join(f"{key} {value}" for key, value in row.observed.items())] if effects else []
        cells = [row.point, row.how, *yes, *numbers, *seen, row.over_s]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    lost = sum(row.recorded_before - row.kept for row in rows)
    lines.append(
        f"\n{len(rows)} strikes, {sum(row.met for row in rows)} met; {sum(row.completed for row in rows)} "
        f"completed, {sum(row.same_result for row in rows)} with the same result, "
        f"{sum(row.as_undisturbed for row in rows)} with the same effects; recorded calls lost {lost}, made "
        f"again {sum(row.repeated for row in rows)}; wasted in flight {sum(row.wasted for row in rows)}, at "
        f"most {max((row.wasted for row in rows), default=0)} in a run."
    )
    return "\n".join(lines)


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [asdict(row) | {"ok": row.ok} for row in rows]
