"""What a crash cost: the two agents side by side, and what the history alone can say."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from timeline_looks import last

from workshop.bills import FromHistory, SideBySide, from_history, side_by_side
from workshop.errors import LabError
from workshop.history import Run, Step
from workshop.workers import Process

T = 1_000_000.0
KILLED = T + 3
FIRST, SECOND, WORKER = 11, 12, 21


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def row(receipt: str, asked: str, begin: float, end: float, state: str = "delivered") -> dict[str, Any]:
    return {
        "receipt": receipt,
        "input_hash": asked,
        "state": state,
        "started": T + begin,
        "ended": T + end,
        "price_usd": 0.25,
        "input_tokens": 30,
        "output_tokens": 10,
    }


def process(tmp_path: Path, pid: int, created: float, question: str = "Texas?", alive: bool = False) -> Process:
    log = tmp_path / f"{pid}.log"
    log.write_text("the answer\n")
    os.utime(log, (T + 9, T + 9))
    record = SimpleNamespace(pid=pid, created=created, log=str(log))
    return cast(Process, SimpleNamespace(pid=pid, record=record, args=(question,), alive=alive, output="the answer"))


def run(*receipts: str, open_: bool = False) -> Run:
    calls = tuple(
        SimpleNamespace(
            input_preview="Ohio?", receipt=receipt, attempts=1 + (receipt == "d3"), state="completed", last_failure=None
        )
        for receipt in receipts
    )
    worker = SimpleNamespace(pid=WORKER)
    names = {"workflow_id": "weather-agent-abc", "receipts": receipts, "model_calls": calls, "workers": (worker,)}
    return cast(Run, SimpleNamespace(**names, started=at(T), closed=at(T + 12), end=at(T + 12), is_open=open_))


ROWS = [
    row("p1", "tx-1", 0.2, 1),
    row("d1", "oh-1", 0.3, 1),
    row("p2", "tx-2", 1.2, 3, "cut_off"),
    row("d2", "oh-2", 1.4, 3, "cut_off"),
    row("p3", "tx-1", 5, 6),
    row("p4", "tx-2", 6, 7),
    row("d3", "oh-2", 8, 10),
]
DEATHS = [(at(KILLED), FIRST), (at(KILLED + 0.01), WORKER)]


def compared(tmp_path: Path, rows: list[dict[str, Any]] = ROWS, the_run: Run | None = None) -> SideBySide:
    first, second = process(tmp_path, FIRST, T - 1), process(tmp_path, SECOND, T + 4)
    return side_by_side(the_run or run("d1", "d3"), first, second, rows, DEATHS)


def test_plain_keeps_nothing_and_durable_keeps_what_was_recorded(tmp_path: Path) -> None:
    both = compared(tmp_path)
    assert (both.plain.kept, both.plain.lost) == ([], ["p1"])
    assert (both.durable.kept, both.durable.lost) == (["d1"], [])
    assert [line["receipt"] for line in both.plain.twice] == ["p1", "p2"]
    assert [line["receipt"] for line in both.durable.twice] == ["d2"]
    plain, durable, foot = str(both).splitlines()[1:]
    assert plain.split("  ")[0] == "plain: process 11, then 12" and "160" in plain and "$1.00" in plain
    assert "120" in durable and "$0.75" in durable
    assert "Killed 0.01 s apart" in foot and "1 model call begun more than once: at most 1 call charged in vain" in foot
    assert "<table" in both._repr_html_()


def test_a_recorded_call_that_was_made_again_would_be_seen(tmp_path: Path) -> None:
    both = compared(tmp_path, [*ROWS, row("d9", "oh-1", 7, 7.5)])
    assert [line["receipt"] for line in both.durable.twice] == ["d2", "d9"]
    assert both.durable.kept == ["d1"]


def test_an_answer_that_came_and_was_not_recorded_is_lost(tmp_path: Path) -> None:
    rows = [row("d2", "oh-2", 1.4, 2.9) if line["receipt"] == "d2" else line for line in ROWS]
    assert compared(tmp_path, rows).durable.lost == ["d2"]


def test_refused_calls_are_free_and_calls_of_other_times_do_not_count(tmp_path: Path) -> None:
    others = [row("", "tx-1", 5, 5, "failed"), row("x1", "z", -9, -8), row("x2", "z", 20, 21), row("x3", "oh-1", 30, 31)]
    both = compared(tmp_path, [*ROWS, *others])
    assert len(both.plain.charged) == 4 and len(both.durable.charged) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"the_run": run("d1", open_=True)}, "still works"),
        ({"second": {"alive": True}}, "still works"),
        ({"first": {"question": "Ohio?"}}, "two different states"),
        ({"deaths": DEATHS[1:]}, "Process 11 was not killed"),
        ({"deaths": DEATHS[:1]}, "No worker of weather-agent-abc was killed"),
        ({"deaths": [DEATHS[0], (at(T - 50), WORKER)]}, "No worker of weather-agent-abc was killed"),
    ],
)
def test_what_can_not_be_compared_is_said(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    first = process(tmp_path, FIRST, T - 1, **changes.get("first", {}))
    second = process(tmp_path, SECOND, T + 4, **changes.get("second", {}))
    with pytest.raises(LabError, match=said):
        side_by_side(changes.get("the_run", run("d1", "d3")), first, second, ROWS, changes.get("deaths", DEATHS))


def with_model_call(**changes: Any) -> FromHistory:
    """A saved run whose last model call went otherwise."""
    saved = last("weather")
    *_, call = saved.model_calls
    steps = tuple(replace(step, **changes) if step is call else step for step in saved.steps)
    return from_history(replace(saved, steps=steps))


def test_a_run_without_an_accident_has_nothing_charged_in_vain() -> None:
    found = from_history(last("weather"))
    assert found.more == 0 and "2 recorded answers, 0 model calls begun more than once: at most 0 calls" in str(found)


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({"attempts": 2, "last_failure": "activity Heartbeat timeout"}, 1),
        ({"attempts": 2, "last_failure": "APIStatusError: 429"}, 0),
        ({"attempts": 4, "last_failure": "APIStatusError: 429"}, 2),  # of the two before, nobody can say
        ({"attempts": 3, "last_failure": "APIConnectionError: the line dropped"}, 2),
        ({"attempts": 2, "receipt": None, "state": "started", "last_failure": "activity Heartbeat timeout"}, 1),
        ({"attempts": 2, "receipt": None, "state": "retrying", "last_failure": "activity Heartbeat timeout"}, 2),
        ({"attempts": 1, "receipt": None, "state": "failed", "last_failure": "APIStatusError: 401"}, 0),
        ({"attempts": 1, "receipt": None, "state": "timed_out", "last_failure": "StartToClose timeout"}, 1),
        ({"attempts": 0, "receipt": None, "state": "scheduled"}, 0),
    ],
)
def test_the_most_that_may_have_been_charged(changes: dict[str, Any], most: int) -> None:
    assert with_model_call(**changes).more == most


def test_the_history_of_a_real_crash_says_so() -> None:
    crashed = last("research")
    again: list[Step] = [step for step in crashed.model_calls if step.attempts > 1]
    assert len(again) == 1 and from_history(crashed).more == 1
    assert "at most 1" in from_history(crashed)._repr_html_()
