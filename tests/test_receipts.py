"""What counts as kept, repeated and wasted."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from workshop.history import Run
from workshop.receipts import compare

START = 1_000.0


def run(*receipts: str, closed: float | None = START + 100) -> Run:
    calls = tuple(SimpleNamespace(name="Agent", receipt=receipt, state="completed", attempts=1) for receipt in receipts)
    at = datetime.fromtimestamp
    return cast(
        Run,
        SimpleNamespace(
            receipts=receipts, model_calls=calls, started=at(START, UTC), closed=None if closed is None else at(closed, UTC)
        ),
    )


def row(receipt: str, question: str, state: str = "delivered", begin: float = 1.0, end: float = 2.0) -> dict[str, Any]:
    return {
        "receipt": receipt,
        "input_hash": question,
        "state": state,
        "started": START + begin,
        "ended": START + end,
        "price_usd": 0.5,
    }


def test_a_run_without_an_accident_repeats_and_wastes_nothing() -> None:
    found = compare(run("r1", "r2"), [row("r1", "a"), row("r2", "b", begin=3, end=4)])
    assert (found.recorded, found.repeated, found.wasted) == (("r1", "r2"), (), ())
    assert found.price == 1.0


def test_a_call_cut_off_and_made_again_is_wasted_not_repeated() -> None:
    found = compare(run("r2"), [row("r1", "a", "cut_off"), row("r2", "a", begin=6, end=7)])
    assert [line["receipt"] for line in found.wasted] == ["r1"]
    assert found.repeated == () and found.price == 1.0


def test_a_recorded_call_made_again_is_repeated() -> None:
    found = compare(run("r1"), [row("r1", "a"), row("r9", "a", begin=6, end=7)])
    assert [line["receipt"] for line in found.repeated] == ["r9"]


def test_a_recorded_call_made_again_and_cut_off_is_repeated_too() -> None:
    found = compare(run("r1"), [row("r1", "a"), row("r9", "a", "cut_off", begin=6, end=7)])
    assert [line["receipt"] for line in found.repeated] == ["r9"]


def test_failed_calls_are_told_apart_and_cost_nothing_here() -> None:
    failed = row("", "a", "failed", begin=0.1, end=0.2) | {"price_usd": 0.0}
    found = compare(run("r1"), [failed, row("r1", "a")])
    assert len(found.failed) == 1 and found.wasted == () and found.repeated == ()


def test_calls_of_another_time_do_not_count() -> None:
    earlier, later = row("r0", "a", begin=-9, end=-8), row("r9", "a", begin=200, end=201)
    found = compare(run("r1"), [earlier, row("r1", "a"), later])
    assert found.repeated == () and found.wasted == ()


def test_a_delivered_answer_that_was_never_recorded_counts_as_wasted() -> None:
    """The worker died between the answer and its record: the call is made again, and both are charged."""
    found = compare(run("r2"), [row("r1", "a"), row("r2", "a", begin=6, end=7)])
    assert [line["receipt"] for line in found.wasted] == ["r1"] and found.repeated == ()
