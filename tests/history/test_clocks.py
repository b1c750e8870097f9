"""No duration in a run is negative, whatever its clocks say: server, workers and observers have one each."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import random
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from bench_instance import Bench
from google.protobuf.json_format import ParseDict
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from temporalio import activity, workflow
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from timeline_looks import NAMES, SAMPLES, looks

from workshop import history, timeline
from workshop.gateway.bill import Bill, Call
from workshop.history import Recorder, Run, from_events
from workshop.history.waiting import OpenRun
from workshop.lab.bills import InFlight
from workshop.words import duration_text

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
NEGATIVE = re.compile(r"[-\u2212]\d[\d.]* ?(?:ms|s|min|h|d)\b|[-\u2212]\d+:\d\d")


class Clocks:
    """Clocks that are set before each reported moment, by up to `most` seconds."""

    def __init__(self, seed: int, most: float) -> None:
        self._random, self._most = random.Random(seed), most

    def off(self, moment: datetime) -> datetime:
        return moment + timedelta(seconds=self._random.uniform(-self._most, self._most))

    def shuffled(self, value: Any) -> Any:
        """Return a history or description in JSON with all its times moved, those in the markers' payloads
        included.
        """
        if isinstance(value, dict):
            if "original_schedule_time" in value:
                value = {
                    **value,
                    **{
                        name: self._parts(value[name]) for name in ("original_schedule_time", "complete_time")
                    },
                }
            return {
                key: self._data(inner) if key == "data" else self.shuffled(inner)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.shuffled(inner) for inner in value]
        # an older one says that there is none
        if isinstance(value, str) and STAMP.fullmatch(value) and value > "1970":
            return self.off(datetime.fromisoformat(value[:26].rstrip("Z")).replace(tzinfo=UTC)).isoformat()
        return value

    def _data(self, value: Any) -> Any:
        if not isinstance(value, str):
            return self.shuffled(value)
        try:
            inside = json.loads(base64.b64decode(value))
        except ValueError:
            return value
        return base64.b64encode(json.dumps(self.shuffled(inside)).encode()).decode()

    def _parts(self, parts: dict[str, int]) -> dict[str, int]:
        moved = self.off(datetime.fromtimestamp(parts["seconds"], UTC)).timestamp()
        return {"seconds": int(moved), "nanos": parts["nanos"]}


def looks_of(name: str, clocks: Clocks) -> list[Run]:
    return [
        from_events(
            WorkflowHistory.from_json("saved", clocks.shuffled(look["history"])).events,
            ParseDict(
                clocks.shuffled(look["description"]),
                DescribeWorkflowExecutionResponse(),
                ignore_unknown_fields=True,
            ),
            read_at=clocks.off(datetime.fromisoformat(look["read_at"])),
        )
        for look in json.loads((SAMPLES / f"{name}.json").read_text())["looks"]
    ]


def rows_of_moments(run: Run) -> Iterator[tuple[str, list[datetime | None]]]:
    """Return times in the order in which they must come."""
    yield "run", [run.started, *run.continued, run.closed, run.end, run.read_at]
    yield "events", [run.started, *(event.time for event in run.events), run.read_at]
    for task in run.workflow_tasks:
        yield "workflow task", [run.started, task.scheduled, task.started, task.closed, run.read_at]
    for step in run.steps:
        yield step.name, [run.started, step.scheduled, step.closed, run.read_at]
        yield step.name, [step.scheduled, step.started, step.closed, run.read_at]
        for attempt in step.attempt_log:
            yield f"{step.name}, attempt {attempt.number}", [attempt.started, attempt.ended]
            if attempt.started:
                yield (
                    f"{step.name}, attempt {attempt.number}",
                    [attempt.scheduled, attempt.started, attempt.heartbeat],
                )
    for worker in run.workers:
        yield worker.identity, [run.started, worker.first_seen, worker.last_seen, run.read_at]


def assert_no_time_is_negative(runs: list[Run]) -> None:
    recorder = Recorder()
    for run in runs:
        known = recorder.add(run)
        for name, moments in (*rows_of_moments(run), *rows_of_moments(known)):
            told = [moment for moment in moments if moment]
            assert all(one <= two for one, two in pairwise(told)), f"{name}: {told}"
        for view in ("time", "bytes"):
            picture = timeline.draw(known, view=view).svg
            assert NEGATIVE.findall(picture) == []
            assert re.findall(r'(?:width|height)="-', picture) == []


@hypothesis_settings(max_examples=20, deadline=None)
@given(
    name=st.sampled_from(NAMES), seed=st.integers(0, 2**32), most=st.sampled_from([0.01, 0.5, 20.0, 5000.0])
)
def test_whatever_the_clocks_say_no_time_is_negative(name: str, seed: int, most: float) -> None:
    assert_no_time_is_negative(looks_of(name, Clocks(seed, most)))


@pytest.mark.parametrize("name", NAMES)
def test_clocks_that_agree_are_believed(name: str) -> None:
    for moved, run in zip(looks_of(name, Clocks(0, 0.0)), looks(name), strict=True):
        assert [event.time for event in moved.events] == [event.time for event in run.events]
        assert (moved.workflow_tasks, moved.workers, moved.read_at) == (
            run.workflow_tasks,
            run.workers,
            run.read_at,
        )
        for one, other in zip(moved.steps, run.steps, strict=True):
            assert (one.scheduled, one.started, one.closed) == (other.scheduled, other.started, other.closed)
            assert one.attempt_log == other.attempt_log


def test_what_is_shown_of_a_clock_that_was_set_back_is_nothing() -> None:
    assert [duration_text(seconds) for seconds in (-0.006, -3.0, -0.0, 0.006)] == [
        "0 ms",
        "0 ms",
        "0 ms",
        "6 ms",
    ]
    assert "0.0 s" in repr(InFlight(time.time() + 5, "resp_1"))
    waits = OpenRun("research-1", "", datetime.now(UTC) + timedelta(seconds=5))
    assert not NEGATIVE.search(waits.text(lambda *_: 0).removeprefix("research-1"))


async def test_a_clock_that_is_set_during_a_call_does_not_shorten_it(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = Bill(tmp_path / "bill.sqlite", logging.getLogger())
    call = Call("responses", "practice", "hash", "a call", "req_1", "resp_1")
    bill.begin(call)
    began = time.time()
    monkeypatch.setattr(time, "time", lambda: began - 3600)
    bill.finish(call, "delivered", 200, 0.0)
    monkeypatch.undo()
    [row] = json.loads(await bill.read())["rows"]
    assert 0 <= row["duration_s"] < 5 and row["ended"] >= row["started"]
    bill.close()


# --- local activities of a real worker
# ---------------------------------------------------------------------------------------


@activity.defn
def works(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


@workflow.defn(sandboxed=False)
class Local:
    @workflow.run
    async def run(self) -> None:
        def local(seconds: float) -> Any:
            return workflow.execute_local_activity(
                works, seconds, start_to_close_timeout=timedelta(seconds=20)
            )

        for _ in range(3):
            await local(0.0)
        await asyncio.gather(local(0.6), local(0.3), local(0.0))
        await workflow.sleep(0.2)
        await local(0.2)
        await local(0.0)


async def test_local_activities_take_as_long_as_they_took(bench: Bench) -> None:
    client = await Client.connect(bench.settings.temporal_address)
    queue = f"clocks-{uuid4()}"
    with ThreadPoolExecutor(4) as pool:
        async with Worker(
            client,
            task_queue=queue,
            workflows=[Local],
            activities=[works],
            activity_executor=pool,
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            handle = await client.start_workflow(Local.run, id=queue, task_queue=queue)
            await handle.result()
    run = await history.read(handle)
    assert_no_time_is_negative([run])
    asked = {0.0: 0.0, 0.2: 0.2, 0.3: 0.3, 0.6: 0.6}
    took: dict[float, list[float]] = {seconds: [] for seconds in asked}
    for step in run.activities:
        assert step.closed
        took[float(step.result_preview)].append((step.closed - step.scheduled).total_seconds())
    assert {seconds: len(found) for seconds, found in took.items()} == {0.0: 5, 0.2: 1, 0.3: 1, 0.6: 1}
    for seconds, found in took.items():
        assert all(seconds - 0.002 <= each < seconds + 0.25 for each in found), took
