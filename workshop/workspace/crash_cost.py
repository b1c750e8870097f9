"""What a crash cost: the bills of a plain and a durable agent side by side, and what the event history alone
can say about it.

At work there is no gateway that keeps a bill. The history then tells how much a crash can have cost at most:
each attempt of a model activity that ended without a recorded answer may have been charged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workshop.caller import is_by
from workshop.config import settings
from workshop.errors import LabError
from workshop.history import Run
from workshop.history.records import Step
from workshop.processes.workers import Process
from workshop.show import Table, Tabular
from workshop.words import count, money, short, shorten, total
from workshop.workspace import receipts

CHARGED = ("delivered", "cut_off")
"""The states of a bill's rows that a provider charges for."""
REFUSED = "APIStatusError"
"""How a failure starts when the model's endpoint answered with an error status. Such a call is free."""

LENGTH = 120

Death = tuple[datetime, int]


@dataclass(frozen=True)
class Side:
    """One agent's calls around a crash. `under`: the receipts of the calls that its final answer used."""

    name: str
    killed: float
    rows: tuple[dict[str, Any], ...]
    under: frozenset[str]

    @property
    def charged(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["state"] in CHARGED]

    @property
    def before(self) -> list[str]:
        """The receipts of the answers that had arrived when the process was killed."""
        return [
            row["receipt"] for row in self.rows if row["state"] == "delivered" and row["ended"] <= self.killed
        ]

    @property
    def kept(self) -> list[str]:
        return [receipt for receipt in self.before if receipt in self.under]

    @property
    def lost(self) -> list[str]:
        return [receipt for receipt in self.before if receipt not in self.under]

    @property
    def twice(self) -> list[dict[str, Any]]:
        """Charged calls that no answer used."""
        return [row for row in self.charged if row["receipt"] not in self.under]

    def line(self) -> tuple[str, ...]:
        tokens = sum(row["input_tokens"] + row["output_tokens"] for row in self.charged)
        price = total(float(row["price_usd"]) for row in self.charged)
        receipts = (_receipts(self.kept), _receipts(self.lost))
        return self.name, *receipts, str(len(self.charged)), str(len(self.twice)), str(tokens), money(price)


def _receipts(receipts: Sequence[str]) -> str:
    return f"{len(receipts)}: {' '.join(short(receipt) for receipt in receipts)}" if receipts else "0"


@dataclass(frozen=True, repr=False)
class SideBySide(Tabular):
    """The same crash in a plain and in a durable agent."""

    plain: Side
    durable: Side
    run: Run
    unknown: int = 0
    """The number of calls in that time by unknown callers. They are counted for neither agent."""

    def _table(self) -> Table:
        apart = abs(self.plain.killed - self.durable.killed)
        practice = " Prices: would have cost; you paid $0." if settings().is_practice else ""
        alone = "From the history alone: " + from_history(self.run).conclusion
        heading = ("agent", "receipts kept", "receipts lost", "calls paid", "paid twice", "tokens", "price")
        unknown = (
            f" Not counted: {count(self.unknown, 'call')} by a program that did not say who it is."
            if self.unknown
            else ""
        )
        foot = f"Killed {apart:.2f} s apart.{practice} {alone}{unknown}"
        return Table(heading, [self.plain.line(), self.durable.line()], foot)


def side_by_side(
    run: Run, first: Process, second: Process, bill_rows: Iterable[dict[str, Any]], deaths: Sequence[Death]
) -> SideBySide:
    """Compare a durable run whose worker was killed with a plain agent killed as process `first` and run
    again as `second`.

    Each row of the bill names its caller, so both can be given the same request, whoever else makes calls.
    Raises LabError if one of them was not killed, or if the run or the second process has not ended.
    """
    if run.is_open or second.alive:
        raise LabError(
            "One of the two still works on its answer, so its bill is not complete.\n"
            "Wait for both, then compare: print(await handle.result()), and .wait() of the second process."
        )
    plain_killed = _death([first.pid], first.record.create_time, deaths, f"Process {first.pid}")
    pids = [worker.pid for worker in run.workers if worker.pid]
    durable_killed = _death(
        pids, run.started.timestamp(), deaths, f"No worker of {run.workflow_id}", until=run.end.timestamp()
    )
    rows = list(bill_rows)
    again = by_process(rows, second)
    plain = Side(
        f"plain: process {first.pid}, then {second.pid}",
        plain_killed,
        (*by_process(rows, first), *again),
        frozenset(row["receipt"] for row in again),
    )
    found = receipts.compare(run, rows)
    used = frozenset(run.receipts) | {row["receipt"] for row in (*found.inside, *found.sealed.values())}
    durable = Side(f"durable: {run.workflow_id[-6:]}, one run", durable_killed, found.calls, used)
    return SideBySide(plain, durable, run, len(found.unknown))


def by_process(rows: Iterable[dict[str, Any]], *processes: Process) -> tuple[dict[str, Any], ...]:
    """Return the rows of the calls that these processes made outside any run."""
    records = [process.record for process in processes]
    return tuple(
        row
        for row in rows
        if not row["workflow"] and any(is_by(row, record.pid, record.create_time) for record in records)
    )


def _death(
    pids: Sequence[int], since: float, deaths: Sequence[Death], who: str, until: float = float("inf")
) -> float:
    """Return when the first of these processes was killed, in epoch seconds. Raises LabError if none was."""
    moments = [at.timestamp() for at, pid in deaths if pid in pids and since <= at.timestamp() <= until]
    if not moments:
        was = "was killed" if who.startswith("No ") else "was not killed"
        raise LabError(f"{who} {was}, so there is no crash to compare. Run the cell with kill -9 first.")
    return min(moments)


@dataclass(frozen=True, repr=False)
class FromHistory(Tabular):
    """What the event history alone says about the model calls of a run."""

    run: Run

    @property
    def more(self) -> int:
        """The most calls that may have been charged without leaving an answer in the history."""
        return sum(_may_be_charged(step) for step in self.run.model_calls)

    @property
    def conclusion(self) -> str:
        answers = sum(step.state == "completed" for step in self.run.model_calls)
        again = sum(step.attempts > 1 for step in self.run.model_calls)
        calls = f"{count(answers, 'recorded answer')}, {count(again, 'model call')} begun more than once"
        return f"{calls}: at most {count(self.more, 'call')} paid for nothing."

    def _table(self) -> Table:
        heading = ("model call", "receipt", "attempts", "last failure", "paid for nothing")
        lines = []
        for step in self.run.model_calls:
            most = _may_be_charged(step)
            failure = shorten(step.last_failure or "", LENGTH)
            lines.append(
                (
                    step.name,
                    short(step.receipt),
                    str(step.attempts),
                    failure,
                    f"at most {most}" if most else "0",
                )
            )
        return Table(heading, lines, self.conclusion)


def _may_be_charged(step: Step) -> int:
    """Return how many attempts of a model call ended without an answer and may have been charged. The history
    keeps only the last failure: whether the endpoint refused an earlier attempt, which is free, can't be
    known.
    """
    in_vain = step.attempts - (1 if step.state in ("started", "completed") else 0)
    refused = bool(step.last_failure and step.last_failure.startswith(REFUSED))
    return max(0, in_vain - refused)


def from_history(run: Run) -> FromHistory:
    """Return the most that crashes and retries can have cost, read from a run's event history."""
    return FromHistory(run)
