"""What counts as kept, repeated and wasted, whoever else calls the model meanwhile."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from workshop.history import Run, Step, Worker
from workshop.workspace.receipts import bill, compare

START = 1_000.0
RUN, WORKER = "run-1", "21@here"
OTHERS: list[dict[str, Any]] = [
    # in the same worker
    {"workflow": "weather-2", "run": "run-9", "activity": "1", "attempt": 1, "process": WORKER},
    # the id used again
    {"workflow": "weather-1", "run": "run-of-yesterday", "activity": "1", "attempt": 1, "process": WORKER},
    {"workflow": None, "run": None, "activity": None, "attempt": None, "process": "99@here"},  # a plain agent
]


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(START + seconds, UTC)


def step(
    activity: str, receipt: str | None, attempts: int = 1, state: Any = "completed", kind: Any = "model"
) -> Step:
    return Step(
        RUN,
        int(activity),
        kind,
        f"Agent {activity}",
        activity,
        at(0),
        attempts=attempts,
        state=state,
        receipt=receipt,
    )


def run(*receipts: str | Step | None, closed: float | None = 100, run_id: str = RUN) -> Run:
    steps = tuple(
        one if isinstance(one, Step) else step(str(number), one) for number, one in enumerate(receipts, 1)
    )
    ended = None if closed is None else at(closed)
    status, worker = "Running" if closed is None else "Completed", Worker(WORKER, 21, at(0), at(9))
    return Run(
        *("weather-1", run_id, "Weather", "queue", status, at(0), ended, ended or at(500), None, False),
        *(steps, (), (), (worker,), (RUN,)),
    )


def row(
    receipt: str, question: str, state: str = "delivered", begin: float = 1.0, end: float = 2.0, **who: Any
) -> dict[str, Any]:
    mine = {
        "workflow": "weather-1",
        "run": RUN,
        "activity": "1",
        "attempt": 1,
        "process": WORKER,
        "process_created": 1.0,
    }
    return {
        "receipt": receipt,
        "input_hash": question,
        "state": state,
        "started": START + begin,
        "ended": START + end,
        "price_usd": 0.5,
        "input_tokens": 30,
        "output_tokens": 10,
        **mine,
        **who,
    }


NOBODY: dict[str, Any] = dict.fromkeys(
    ("workflow", "run", "activity", "attempt", "process", "process_created")
)


def counts(run: Run, *rows: dict[str, Any]) -> tuple[int, int, int, int, int]:
    found = compare(run, rows)
    return len(found.repeated), len(found.wasted), len(found.failed), len(found.inside), len(found.unknown)


def test_a_run_without_an_accident_repeats_and_wastes_nothing() -> None:
    found = compare(run("r1", "r2"), [row("r1", "a"), row("r2", "b", begin=3, end=4, activity="2")])
    assert (found.recorded, found.repeated, found.wasted) == (("r1", "r2"), (), ())
    assert found.price == 1.0


def test_a_call_cut_off_and_made_again_is_wasted_not_repeated() -> None:
    found = compare(
        run(step("1", "r2", 2)), [row("r1", "a", "cut_off"), row("r2", "a", begin=6, end=7, attempt=2)]
    )
    assert [line["receipt"] for line in found.wasted] == ["r1"]
    assert found.repeated == () and found.price == 1.0


@pytest.mark.parametrize("state", ["delivered", "cut_off"])
@pytest.mark.parametrize("activity", ["1", "unknown", None])
def test_a_recorded_call_made_again_is_repeated(state: str, activity: str | None) -> None:
    again = row("r9", "a", state, begin=6, end=7, attempt=2, activity=activity)
    assert counts(run("r1"), row("r1", "a"), again) == (1, 0, 0, 0, 0)


def test_the_same_question_asked_twice_by_the_workflow_is_no_repetition() -> None:
    """Two activities with one input, the second cut off once: told apart by the activity."""
    rows = [
        row("r1", "a"),
        row("x", "a", "cut_off", 3, 4, activity="2"),
        row("r2", "a", begin=5, end=6, activity="2", attempt=2),
    ]
    assert counts(run("r1", step("2", "r2", 2)), *rows) == (0, 1, 0, 0, 0)


def test_failed_calls_are_told_apart_and_cost_nothing_here() -> None:
    failed = row("", "a", "failed", begin=0.1, end=0.2, price_usd=0.0)
    assert counts(run(step("1", "r1", 2)), failed, row("r1", "a", attempt=2)) == (0, 0, 1, 0, 0)


def test_a_delivered_answer_that_was_never_recorded_counts_as_wasted() -> None:
    """The worker died between the answer and its record: the call is made again, and both are charged."""
    found = compare(run(step("1", "r2", 2)), [row("r1", "a"), row("r2", "a", begin=6, end=7, attempt=2)])
    assert [line["receipt"] for line in found.wasted] == ["r1"] and found.repeated == ()


@pytest.mark.parametrize("who", OTHERS)
@pytest.mark.parametrize("question", ["a", "z"])
@pytest.mark.parametrize("state", ["delivered", "cut_off", "failed"])
def test_a_neighbor_changes_nothing(who: dict[str, Any], question: str, state: str) -> None:
    mine = [row("x", "a", "cut_off"), row("r1", "a", begin=6, end=7, attempt=2)]
    neighbor = [row(f"n{begin}", question, state, begin, begin + 1, **who) for begin in (0.5, 1.5, 6.5, 9)]
    one = run(step("1", "r1", 2))
    assert compare(one, [*mine, *neighbor]) == compare(one, mine)
    assert counts(one, *mine, *neighbor) == (0, 1, 0, 0, 0)


def test_the_clock_decides_nothing_for_a_call_with_a_name() -> None:
    late = row("x", "b", "cut_off", 99, 120, activity="2")  # the run was ended while it was in flight
    assert counts(run("r1", step("2", None, state="cancelled")), row("r1", "a"), late) == (0, 1, 0, 0, 0)


def test_a_reset_run_has_the_calls_of_the_one_that_it_came_from() -> None:
    """Its history goes on under the first run's id, its calls carry its own."""
    rows = [
        row("r1", "a"),
        row("x", "b", activity="2"),
        row("r2", "b", begin=5, end=6, activity="2", run="run-2"),
    ]
    found = compare(run("r1", "r2", run_id="run-2"), rows)
    assert [line["receipt"] for line in found.wasted] == ["x"] and list(found.rows) == ["r1", "r2"]


@pytest.mark.parametrize(
    ("state", "attempts", "inside"),
    [
        ("completed", 1, 1),
        ("started", 1, 1),
        ("completed", 2, 0),
        ("failed", 1, 0),
        ("timed_out", 1, 0),
        ("retrying", 1, 0),
    ],
)
def test_a_model_called_by_a_tool_is_paid_for_with_the_tools_result(
    state: str, attempts: int, inside: int
) -> None:
    found = compare(
        run("r1", step("2", None, attempts, state, "tool")), [row("r1", "a"), row("t1", "b", activity="2")]
    )
    assert (len(found.inside), len(found.wasted)) == (inside, 1 - inside) and found.price == 1.0


def test_an_answer_that_cannot_be_read_is_told_by_its_activity_and_attempt() -> None:
    """An encrypted history, or one whose payloads are stored elsewhere, shows no receipts."""
    rows = [
        row("r1", "a", "cut_off"),
        row("r2", "a", begin=6, end=7, attempt=2),
        row("r3", "b", begin=8, end=9, activity="2"),
        row("r4", "b", begin=10, end=11, activity="2", attempt=2),  # after the answer
    ]
    found = compare(run(step("1", None, 2), step("2", None)), rows)
    assert [line["receipt"] for line in found.sealed.values()] == ["r2", "r3"]
    assert [line["receipt"] for line in found.wasted] == ["r1"]
    assert [line["receipt"] for line in found.repeated] == ["r4"] and found.price == 2.0
    text = repr(found)
    assert "recorded 2 ·" in text and "2 recorded answers can't be read here" in text


# Rows without a name: an older bill, a program outside the environment.


def test_a_lost_attempt_without_a_name_is_told_by_the_history() -> None:
    rows = [row("x", "a", "cut_off", **NOBODY), row("r1", "a", begin=6, end=7, **NOBODY)]
    found = compare(run(step("1", "r1", 2)), rows)
    assert ([line["receipt"] for line in found.wasted], found.unknown) == (["x"], ())
    assert "x" in str(found)


@pytest.mark.parametrize(
    ("attempts", "strangers"),
    [
        (1, [row("x", "a", "cut_off", **NOBODY)]),  # nothing was lost
        (2, [row("x", "a", "cut_off", **NOBODY), row("y", "a", begin=2, end=3, **NOBODY)]),  # one of the two
        (2, [row("x", "b", "cut_off", **NOBODY)]),  # another question
        (2, [row("x", "a", begin=8, end=9, **NOBODY)]),  # after the answer
        (2, [row("x", "a", "cut_off", **(NOBODY | {"process": WORKER})), row("y", "a", **NOBODY)]),
    ],
)
def test_what_nobody_can_attribute_is_said_and_counted_for_nobody(
    attempts: int, strangers: list[dict[str, Any]]
) -> None:
    found = compare(
        run(step("1", "r1", attempts)), [row("r1", "a", begin=6, end=7, attempt=attempts), *strangers]
    )
    assert (found.wasted, found.repeated, found.price) == ((), (), 0.5)
    assert len(found.unknown) == len(strangers)
    assert f"Not counted: {len(strangers)} call" in str(found)


def test_a_call_with_a_name_leaves_no_lost_attempt_to_one_without() -> None:
    rows = [row("x", "a", "cut_off"), row("r1", "a", begin=6, end=7, attempt=2), row("n", "a", **NOBODY)]
    found = compare(run(step("1", "r1", 2)), rows)
    assert [line["receipt"] for line in found.wasted] == ["x"] and len(found.unknown) == 1


def test_of_another_time_nobody_asks() -> None:
    rows = [row("r0", "a", begin=-9, end=-8, **NOBODY), row("r9", "a", begin=200, end=201, **NOBODY)]
    assert counts(run("r1"), row("r1", "a"), *rows) == (0, 0, 0, 0, 0)


def test_what_the_rows_show_adds_up_to_the_total() -> None:
    """The wasted call has a row of its own, and rounding hides nothing."""
    rows = [
        row("recorded-1", "a", price_usd=0.00004975),
        row("lost-1", "b", "cut_off", 3, 4, activity="2", price_usd=0.00010825),
        row("recorded-2", "b", begin=6, end=7, activity="2", attempt=2, price_usd=0.00010825),
        row("in-tool", "c", begin=8, end=9, activity="3", price_usd=0.0000135),
    ]
    shown = str(compare(run("recorded-1", step("2", "recorded-2", 2), step("3", None, kind="tool")), rows))
    *lines, foot = shown.splitlines()[1:]
    prices = [float(line.rpartition("$")[2]) for line in lines]
    (total,) = re.findall(r"total \$([\d.]+)", foot)
    assert len(prices) == 4 and sum(prices) == pytest.approx(float(total), abs=1e-9)
    assert [" wasted " in line for line in lines] == [False, True, False, False]
    assert " ".join(lines[1].split()) == "Agent 2 #lost-1 wasted attempt 1 40 $0.000108"


def test_the_whole_bill_says_who_called_and_adds_up() -> None:
    rows = [
        row(f"r{number}", "a", duration_s=1.0, summary="You | Texas?", price_usd=0.00004975, **who)
        for number, who in enumerate([dict[str, Any](attempt=2), OTHERS[2], NOBODY])
    ]
    shown = str(
        bill(
            {
                "rows": rows,
                "totals": {"price_usd": 0.00014925, "wasted_usd": 0, "input_tokens": 1, "output_tokens": 1},
            },
            True,
        )
    )
    assert "run weather-1, attempt 2" in shown and "process 99" in shown and "unknown" in shown
    assert shown.count("$0.000050") == 3 and "$0.000150" in shown
