"""The proof: the receipts in an event history, checked against the bill.

A receipt is the response id that the model's endpoint gives each answer. It is on the bill, and in the
history as part of the model activity's result. The same receipt before and after a crash means that the call
was not made again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from workshop.config import settings
from workshop.history import Run, Step
from workshop.history.records import pid_of
from workshop.show import Table, Tabular
from workshop.words import count, money, short, total

Row = dict[str, Any]


@dataclass(frozen=True, repr=False)
class Receipts(Tabular):
    """What one run recorded, and what the bill says about it.

    `repeated` holds bill rows for calls that were made again although their result was recorded: must be
    empty. `wasted` holds rows of calls whose answer was never recorded, cut off or not: at most one for each
    kill and parallel branch. `inside` holds rows of calls made inside the learner's own activities: the
    history has the activity's result, not theirs. `unknown` holds rows of unnamed callers from while the run
    was open. They may be anybody's, so they are not counted. `sealed` holds, by step, the row of a recorded
    answer that can't be read here because it is encrypted or stored elsewhere: the activity and attempt on
    the row tell which it is.
    """

    run: Run
    recorded: tuple[str, ...]
    repeated: tuple[Row, ...]
    wasted: tuple[Row, ...]
    failed: tuple[Row, ...]
    rows: dict[str, Row]
    inside: tuple[Row, ...] = ()
    unknown: tuple[Row, ...] = ()
    sealed: dict[tuple[str, int], Row] = field(default_factory=dict)

    @property
    def calls(self) -> tuple[Row, ...]:
        """Every charged call of this run."""
        return (*self.rows.values(), *self.sealed.values(), *self.repeated, *self.wasted, *self.inside)

    @property
    def price(self) -> float:
        """The price of all calls of this run, including wasted ones, in US dollars."""
        return total(float(row["price_usd"]) for row in self.calls)

    def _table(self) -> Table:
        practice = " (would have cost; you paid $0)" if settings().is_practice else ""
        foot = (
            f"recorded {len(self.recorded) + len(self.sealed)} · recorded and made again "
            f"{len(self.repeated)} · wasted in flight {len(self.wasted)} · failed and free "
            f"{len(self.failed)} · total {money(self.price)}{practice}"
        )
        if self.unknown:
            foot += (
                f"\nNot counted: {count(len(self.unknown), 'call')} meanwhile by a program that did not say "
                "who it is."
            )
        if self.sealed:
            foot += (
                f"\n{count(len(self.sealed), 'recorded answer')} can't be read here (encrypted, or stored "
                "elsewhere): the bill's activity and attempt tell which call it was."
            )
        return Table(
            ("model call", "receipt", "state", "attempts", "tokens", "price"), list(self._lines()), foot
        )

    def _lines(self) -> Iterator[tuple[str, ...]]:
        """Yield a line for each call, by activity: other paid calls, then the recorded or open one."""
        steps = _Steps(self.run)
        groups = (
            ("made again", self.repeated),
            ("wasted", self.wasted),
            ("inside its activity", self.inside),
        )
        others = sorted(
            ((row, state) for state, rows in groups for row in rows),
            key=lambda other: float(other[0]["started"]),
        )
        for step in self.run.activities:
            for row, state in others:
                if steps.of(row) is step:
                    yield step.name, short(row["receipt"]), state, f"attempt {row['attempt']}", *_paid(row)
            if step.kind == "model":
                found = self.rows.get(step.receipt or "") or self.sealed.get(step.key)
                paid = _paid(found) if found else ("", "not on this bill" if step.receipt else "no answer")
                receipt = found["receipt"] if found else step.receipt
                yield step.name, short(receipt), step.state, count(step.attempts, "attempt"), *paid
        for row, state in others:
            if steps.of(row) is None:
                yield "?", short(row["receipt"]), state, "", *_paid(row)


def _paid(row: Row) -> tuple[str, str]:
    return str(row["input_tokens"] + row["output_tokens"]), money(row["price_usd"])


class _Steps:
    """The activities of a run, by the run and activity ids on the bill."""

    def __init__(self, run: Run) -> None:
        self._steps = {(step.run_id, step.activity_id): step for step in run.activities}
        # After a reset, the history still has the first run's id, but the calls carry the new one.
        self._steps |= {
            (run.run_id, step.activity_id): step for step in run.activities if step.run_id == run.run_ids[-1]
        }

    def of(self, row: Row) -> Step | None:
        """Return the activity that a call was made in."""
        return self._steps.get((row.get("run"), row.get("activity")))  # type: ignore[arg-type]


def is_of(row: Row, run: Run) -> bool:
    """Return whether a call was made by this run, one that it continues, or one it was reset from."""
    return row.get("workflow") == run.workflow_id and row.get("run") in (run.run_id, *run.run_ids)


def compare(run: Run, bill_rows: Iterable[Row]) -> Receipts:
    """Check a run against the bill.

    A row belongs to the run whose id it carries, whoever else makes calls. A recorded receipt always belongs
    to its run. Calls by unnamed callers can only be matched by the history; see `_told_by_history`.
    """
    bill = list(bill_rows)
    rows = {row["receipt"]: row for row in bill if row["receipt"] in run.receipts}
    steps = _Steps(run)
    sealed = {step.key: row for row in bill if is_of(row, run) and (step := _sealed_step(row, steps))}
    others = [row for row in bill if row["receipt"] not in rows and row not in sealed.values()]
    named = [row for row in others if is_of(row, run)]
    told, unknown = _told_by_history(run, rows, named, [row for row in others if _is_nameless(row, run)])
    mine = sorted([*named, *told], key=lambda row: float(row["started"]))
    charged = [row for row in mine if row["state"] != "failed"]
    repeated = [row for row in charged if _is_repeated(row, steps.of(row), rows, sealed)]
    inside = [row for row in charged if row not in repeated and _is_inside(row, steps.of(row))]
    return Receipts(
        run=run,
        recorded=tuple(run.receipts),
        repeated=tuple(repeated),
        wasted=tuple(row for row in charged if row not in repeated and row not in inside),
        failed=tuple(row for row in mine if row["state"] == "failed"),
        rows=rows,
        inside=tuple(inside),
        unknown=tuple(unknown),
        sealed=sealed,
    )


def _sealed_step(row: Row, steps: _Steps) -> Step | None:
    """Return the completed model call whose answer this is, if the history doesn't show the receipt."""
    step = steps.of(row)
    is_its_answer = (
        step is not None
        and step.kind == "model"
        and step.state == "completed"
        and step.receipt is None
        and row["state"] == "delivered"
        and row["attempt"] == step.attempts
    )
    return step if is_its_answer else None


def _is_repeated(
    row: Row, step: Step | None, rows: dict[str, Row], sealed: dict[tuple[str, int], Row]
) -> bool:
    """Return whether the call's activity, or else the same input, had a recorded answer already."""
    if step is not None:
        answer = rows.get(step.receipt or "") or sealed.get(step.key)
        return answer is not None and row["started"] > answer["ended"]
    ended = [answer["ended"] for answer in rows.values() if answer["input_hash"] == row["input_hash"]]
    return bool(ended) and row["started"] > min(ended)


def _is_inside(row: Row, step: Step | None) -> bool:
    """Return whether the call's answer is or can be an activity's result: only the last attempt's is."""
    if step is None or row["state"] != "delivered" or row["attempt"] != step.attempts:
        return False
    return step.state == "started" or (step.kind != "model" and step.state == "completed")


def _is_nameless(row: Row, run: Run) -> bool:
    """Return whether a charged call may be the run's as far as the bill can tell: made by a program outside
    our environment, or by the run's own worker outside an activity.
    """
    process = row.get("process")
    may_be = row.get("workflow") is None and (
        process is None or process in {worker.identity for worker in run.workers}
    )
    return (
        may_be
        and row["state"] != "failed"
        and run.started.timestamp() <= row["started"] <= run.end.timestamp()
    )


def _told_by_history(
    run: Run, rows: dict[str, Row], named: list[Row], nameless: list[Row]
) -> tuple[list[Row], list[Row]]:
    """Return the nameless calls that must be attempts of a recorded call, and the rest, whose caller can't be
    known.

    A lost attempt has the same input as the recorded one, and was made between the activity's scheduling and
    the recorded attempt. If more calls fit than attempts were lost, some are somebody else's, and none is
    counted.
    """
    steps, told = _Steps(run), list[Row]()
    for step in run.model_calls:
        if answer := rows.get(step.receipt or ""):
            lost = step.attempts - 1 - len({row["attempt"] for row in named if steps.of(row) is step})
            began, ended = step.scheduled.timestamp(), answer["started"]
            same = [row for row in nameless if row["input_hash"] == answer["input_hash"]]
            fits = [row for row in same if began <= row["started"] < ended]
            told += [row for row in fits if len(fits) <= lost and row not in told]
    return told, [row for row in nameless if row not in told]


def bill(answer: dict[str, Any], is_practice: bool) -> Table:
    """Return the gateway's bill as a table, oldest call first."""
    rows = [
        (
            short(row["receipt"]),
            row["state"].replace("_", " "),
            f"{row['duration_s']:.1f} s",
            str(row["input_tokens"] + row["output_tokens"]),
            money(row["price_usd"]),
            who(row),
            row["summary"].rpartition(" | ")[2],
        )
        for row in answer["rows"]
    ]
    cut_off = total(row["price_usd"] for row in answer["rows"] if row["state"] == "cut_off")
    tokens = f"{answer['totals']['input_tokens']} tokens in, {answer['totals']['output_tokens']} out"
    foot = (
        f"{count(len(rows), 'model call')}, {tokens}: "
        + ("would have cost " if is_practice else "cost ")
        + money(total(row["price_usd"] for row in answer["rows"]))
    )
    foot += f", {money(cut_off)} of it for calls cut off" if cut_off else ""
    foot += "; you paid $0" if is_practice else ""
    return Table(("receipt", "state", "time", "tokens", "price", "called by", "asked"), rows, foot)


def who(row: Row) -> str:
    """Return who made a call, in readable words."""
    if row.get("workflow"):
        name = row["workflow"] if len(row["workflow"]) <= 24 else f"…{row['workflow'][-8:]}"
        return f"run {name}" + (f", attempt {row['attempt']}" if (row["attempt"] or 1) > 1 else "")
    pid = pid_of(row.get("process"))
    return "unknown" if pid is None else "this notebook" if pid == os.getpid() else f"process {pid}"
