"""Everything that a notebook shows of a run, a bill, a check or a report, made for a text that is put
everywhere a text can be.

Also used within a kernel: see tests/browser/test_strangers.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from timeline_looks import last

from workshop import timeline
from workshop.checks import certificate
from workshop.checks.findings import Check, Finding, Result, Shown
from workshop.checks.progress import Progress
from workshop.history import Run
from workshop.lab.panels.parts import Area, PictureArea, code, words
from workshop.show import Card, Link, Report, Table
from workshop.workspace import crash_cost, receipts

TOLD_APART_BY = {"run_id", "run_ids", "state", "kind", "status", "step"}
"""Fields whose values are the bench's or the server's own."""


def written_by(stranger: str, record: Any) -> Any:
    """Return a record in which a stranger's text replaces every text, at any depth."""
    if isinstance(record, tuple):
        return tuple(written_by(stranger, one) for one in record)
    if isinstance(record, str):
        return stranger if record else record
    if not dataclasses.is_dataclass(record) or isinstance(record, type):
        return record
    names = [field.name for field in dataclasses.fields(record) if field.name not in TOLD_APART_BY]
    return dataclasses.replace(
        record, **{name: written_by(stranger, getattr(record, name)) for name in names}
    )


def history(stranger: str, sample: str) -> Run:
    """Return a saved run as if strangers had named and written everything in it except the receipts."""
    run = last(sample)
    hostile: Run = written_by(stranger, run)
    steps = tuple(
        dataclasses.replace(step, receipt=old.receipt, last_failure=stranger)
        for step, old in zip(hostile.steps, run.steps, strict=True)
    )
    return dataclasses.replace(hostile, steps=steps, result=stranger)


def bill(stranger: str, run: Run) -> dict[str, Any]:
    """Return what the gateway's `/bench/bill` answers: a row for each recorded call, and one that nobody
    recorded.
    """
    rows = [
        {
            "receipt": receipt,
            "input_hash": stranger,
            "state": "delivered",
            "started": run.started.timestamp() + number,
            "ended": run.started.timestamp() + number + 0.5,
            "duration_s": 0.5,
            "input_tokens": 10,
            "output_tokens": 5,
            "price_usd": 0.01,
            "summary": f"{stranger} | {stranger}",
        }
        for number, receipt in enumerate((*run.receipts, stranger))
    ]
    totals = {"price_usd": 0.02, "wasted_usd": 0.01, "input_tokens": 20, "output_tokens": 10}
    return {"rows": rows, "totals": totals}


REPORT = """# {0}

{0}

- *{0}* **{0}** [1]

> {0}

| a | {0} |
|:-:|---|
| {0} | b |

    {0}

## Sources

1. [{0}](https://example.org/one "{0}")
2. ![{0}]({0})
3. [source]({0})
"""


def report(stranger: str) -> str:
    return f"{stranger}\n\n{REPORT.replace('{0}', stranger)}\n{stranger}"


def displays(stranger: str) -> Iterator[tuple[str, Any]]:
    """Return what a cell can end in or pass to `display`, by name."""
    yield "report", Report(report(stranger))
    run = history(stranger, "research")
    asked = bill(stranger, run)
    yield "bill", receipts.bill(asked, True)
    held = receipts.compare(run, asked["rows"])
    yield "receipts", held
    yield "history's bill", crash_cost.from_history(run)
    rows = tuple(asked["rows"])
    side = crash_cost.Side(stranger, run.started.timestamp() + 1, rows, frozenset(run.receipts))
    yield "side by side", crash_cost.SideBySide(side, side, run)
    finding = Finding(False, stranger, stranger, stranger)
    result = Result(stranger, stranger, (finding, Finding(True, "", stranger)), rescued=(stranger,))
    yield "check", Shown(result)
    check = Check(stranger, stranger, lambda _: None)  # type: ignore[arg-type, return-value]
    yield "progress", Progress((check,), {stranger: {"passed": True, "rescued": [stranger]}})
    yield (
        "card",
        Card(
            [
                ("Open runs", f"{stranger} (“{stranger}”)"),
                (stranger, Link(stranger, f"http://localhost:1/{stranger}")),
            ]
        ),
    )
    yield "link", Link(stranger, stranger)
    yield "table", Table((stranger, "b"), [(stranger, stranger)], stranger)


def pictures(stranger: str) -> Iterator[tuple[str, Any]]:
    """Return drawings of runs that show different parts of one."""
    run = history(stranger, "research")
    held = receipts.compare(run, bill(stranger, run)["rows"])
    yield "picture", timeline.draw(run)
    yield "failed", timeline.draw(history(stranger, "failed"))
    yield "stuck", timeline.draw(history(stranger, "stuck"))
    yield "retries", timeline.draw(history(stranger, "retries"))
    yield "messages", timeline.draw(history(stranger, "messages"), view="bytes")
    yield "certificate", certificate._draw(run, timeline.draw(run, width=904), stranger, 1, held)


def areas(stranger: str) -> Iterator[tuple[str, Any]]:
    """Return the areas of a panel, filled as the panels fill them and as one that forgets to escape would."""
    yield "line of code", Area(value=code(stranger))
    yield "words", Area(value=words(stranger))
    yield "not escaped", Area(value=f"<div><b>{stranger}</b></div>")
    yield "picture in a panel", PictureArea(value=timeline.draw(history(stranger, "weather")).svg)
