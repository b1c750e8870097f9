"""What a crash cost: the two agents side by side, and what the history alone can say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from timeline_looks import last

from workshop.errors import LabError
from workshop.history import Run, Step, Worker
from workshop.processes.pollers import identity
from workshop.processes.workers import Process
from workshop.workspace.crash_cost import FromHistory, SideBySide, from_history, side_by_side

T = 1_000_000.0
KILLED = T + 3
FIRST, SECOND, WORKER = 11, 12, 21
HOST = identity(0).removeprefix("0")


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def row(
    receipt: str,
    asked: str,
    begin: float,
    end: float,
    state: str = "delivered",
    *,
    pid: int = FIRST,
    **more: Any,
) -> dict[str, Any]:
    """Return a row of process `pid`, with the run's names if that is the worker."""
    inside = {"workflow": "weather-agent-abc", "run": "run-1", "activity": receipt, "attempt": 1}
    return {
        "receipt": receipt,
        "input_hash": asked,
        "state": state,
        "started": T + begin,
        "ended": T + end,
        "price_usd": 0.25,
        "input_tokens": 30,
        "output_tokens": 10,
        "process": f"{pid}{HOST}",
        "process_created": T + (4 if pid == SECOND else -1),
        **(inside if pid == WORKER else dict.fromkeys(inside)),
        **more,
    }


def process(tmp_path: Path, pid: int, created: float, alive: bool = False) -> Process:
    record = SimpleNamespace(pid=pid, create_time=created)
    return cast(Process, SimpleNamespace(pid=pid, record=record, alive=alive))


def run(*receipts: str, open_: bool = False) -> Run:
    calls = tuple(
        Step(
            *("run-1", number, "model", "Agent", "d2" if receipt == "d3" else receipt, at(T)),
            attempts=1 + (receipt == "d3"),
            state="completed",
            receipt=receipt,
        )
        for number, receipt in enumerate(receipts)
    )
    ended = None if open_ else at(T + 12)
    worker = Worker(f"{WORKER}{HOST}", WORKER, at(T), at(T + 12))
    return Run(
        *(
            "weather-agent-abc",
            "run-1",
            "Weather",
            "queue",
            "Running" if open_ else "Completed",
            at(T),
            ended,
            at(T + 12),
        ),
        *(None, False, calls, (), (), (worker,), ("run-1",)),
    )


ROWS = [
    row("p1", "tx-1", 0.2, 1),
    row("d1", "tx-1", 0.3, 1, pid=WORKER),
    row("p2", "tx-2", 1.2, 3, "cut_off"),
    row("d2", "tx-2", 1.4, 3, "cut_off", pid=WORKER),
    row("p3", "tx-1", 5, 6, pid=SECOND),
    row("p4", "tx-2", 6, 7, pid=SECOND),
    row("d3", "tx-2", 8, 10, pid=WORKER, activity="d2", attempt=2),
]
"""Both were asked the same."""
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
    assert (
        "Killed 0.01 s apart" in foot
        and "1 model call begun more than once: at most 1 call paid for nothing" in foot
    )
    assert "<table" in both._repr_html_()


def test_the_same_question_costs_both_the_same_but_for_what_was_bought_again(tmp_path: Path) -> None:
    both = compared(tmp_path)
    assert [len(side.charged) - len(side.twice) for side in (both.plain, both.durable)] == [2, 2]


def test_a_recorded_call_that_was_made_again_would_be_seen(tmp_path: Path) -> None:
    both = compared(tmp_path, [*ROWS, row("d9", "tx-1", 7, 7.5, pid=WORKER, activity="d1")])
    assert {line["receipt"] for line in both.durable.twice} == {"d2", "d9"}
    assert both.durable.kept == ["d1"]


def test_an_answer_that_came_and_was_not_recorded_is_lost(tmp_path: Path) -> None:
    rows = [row("d2", "tx-2", 1.4, 2.9, pid=WORKER) if line["receipt"] == "d2" else line for line in ROWS]
    assert compared(tmp_path, rows).durable.lost == ["d2"]


def test_refused_calls_are_free_and_calls_of_others_do_not_count(tmp_path: Path) -> None:
    others = [
        row("", "tx-1", 5, 5, "failed", pid=SECOND),
        row("x1", "tx-1", 0.5, 1, pid=77),  # a plain agent beside it, with the same question
        # a run in the same worker
        row("x2", "tx-1", 0.5, 1, pid=WORKER, workflow="weather-agent-def", run="run-2"),
        row("x3", "tx-1", -900, -890, process_created=T - 1000),  # a process that had the id before
    ]
    both, alone = compared(tmp_path, [*ROWS, *others]), compared(tmp_path)
    assert (both.durable, both.plain.charged, str(both)) == (alone.durable, alone.plain.charged, str(alone))


def test_a_caller_without_a_name_counts_for_nobody_and_is_said(tmp_path: Path) -> None:
    both = compared(tmp_path, [*ROWS, row("x", "tx-1", 0.5, 1, process=None, process_created=None)])
    assert (
        len(both.plain.charged) == 4 and len(both.durable.charged) == 3 and "Not counted: 1 call" in str(both)
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"the_run": run("d1", open_=True)}, "still works"),
        ({"second": {"alive": True}}, "still works"),
        ({"deaths": DEATHS[1:]}, "Process 11 was not killed"),
        ({"deaths": DEATHS[:1]}, "No worker of weather-agent-abc was killed"),
        ({"deaths": [DEATHS[0], (at(T - 50), WORKER)]}, "No worker of weather-agent-abc was killed"),
    ],
)
def test_what_can_not_be_compared_is_said(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    first = process(tmp_path, FIRST, T - 1)
    second = process(tmp_path, SECOND, T + 4, **changes.get("second", {}))
    with pytest.raises(LabError, match=said):
        side_by_side(
            changes.get("the_run", run("d1", "d3")), first, second, ROWS, changes.get("deaths", DEATHS)
        )


def with_model_call(**changes: Any) -> FromHistory:
    """Return a saved run whose last model call went differently."""
    saved = last("weather")
    *_, call = saved.model_calls
    steps = tuple(replace(step, **changes) if step is call else step for step in saved.steps)
    return from_history(replace(saved, steps=steps))


def test_a_run_without_an_accident_has_nothing_charged_in_vain() -> None:
    found = from_history(last("weather"))
    assert (
        found.more == 0
        and "2 recorded answers, 0 model calls begun more than once: at most 0 calls" in str(found)
    )


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({"attempts": 2, "last_failure": "activity Heartbeat timeout"}, 1),
        ({"attempts": 2, "last_failure": "APIStatusError: 429"}, 0),
        ({"attempts": 4, "last_failure": "APIStatusError: 429"}, 2),  # of the two before, nobody can say
        ({"attempts": 3, "last_failure": "APIConnectionError: the line dropped"}, 2),
        (
            {
                "attempts": 2,
                "receipt": None,
                "state": "started",
                "last_failure": "activity Heartbeat timeout",
            },
            1,
        ),
        (
            {
                "attempts": 2,
                "receipt": None,
                "state": "retrying",
                "last_failure": "activity Heartbeat timeout",
            },
            2,
        ),
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
