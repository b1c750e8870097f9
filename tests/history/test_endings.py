"""Every way in which a child, an activity, a local activity and a run can end, from a real server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from bench_instance import Bench
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from workshop import history

ONCE = RetryPolicy(maximum_attempts=1)
SHORT, LONG = timedelta(seconds=0.5), timedelta(seconds=20)


@activity.defn
async def end_as(way: str) -> str:
    if way == "fails":
        raise RuntimeError("no luck today")
    if way in ("is cancelled", "is too slow"):
        while True:
            activity.heartbeat()
            await asyncio.sleep(0.05)
    return "luck"


@workflow.defn
class Child:
    @workflow.run
    async def run(self, way: str) -> str:
        if way == "fails":
            raise ApplicationError("the child failed")
        if way != "completes":
            await asyncio.sleep(30)
        return "grown up"


@workflow.defn
class Parent:
    @workflow.run
    async def run(self, way: str) -> str:
        name = f"{workflow.info().workflow_id}-child"
        if way == "its name is taken":
            await workflow.start_child_workflow(Child.run, "waits", id=name)
        limit = SHORT if way == "is too slow" else LONG
        child = await workflow.start_child_workflow(
            Child.run,
            way,
            id=name,
            execution_timeout=limit,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        if way == "is cancelled":
            child.cancel()
        return await child


@workflow.defn
class Caller:
    @workflow.run
    async def run(self, way: str, is_local: bool) -> str:
        if is_local:
            return await workflow.execute_local_activity(
                end_as, way, start_to_close_timeout=LONG, retry_policy=ONCE
            )
        call = workflow.start_activity(
            end_as,
            way,
            task_queue="nobody" if way == "is never taken" else None,
            start_to_close_timeout=SHORT if way == "is too slow" else LONG,
            schedule_to_start_timeout=SHORT if way == "is never taken" else None,
            heartbeat_timeout=timedelta(seconds=1),
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            retry_policy=ONCE,
        )
        if way == "is cancelled":
            await asyncio.sleep(0.3)
            call.cancel()
        return await call


async def run_of(bench: Bench, kind: Any, *args: Any, end: str = "") -> history.Run:
    """Run a workflow to its end, and read it. `end`: ends the run, or its child, from outside."""
    client = await Client.connect(bench.settings.temporal_address)
    queue = f"endings-{uuid4()}"
    async with Worker(
        client,
        task_queue=queue,
        workflows=[Parent, Child, Caller],
        activities=[end_as],
        workflow_runner=UnsandboxedWorkflowRunner(),  # the sandbox would import this test module again
    ):
        handle = await client.start_workflow(kind.run, args=args, id=queue, task_queue=queue)
        if end:
            async with asyncio.timeout(20):
                while not any(step.started for step in (await history.read(handle)).steps):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        if end == "terminate child":
            await client.get_workflow_handle(f"{queue}-child").terminate()
        elif end:
            await getattr(handle, end)()
        with suppress(WorkflowFailureError):
            await handle.result()
    return await history.read(handle)


@pytest.mark.parametrize(
    ("way", "end", "state", "says"),
    [
        ("completes", "", "completed", None),
        ("fails", "", "failed", "the child failed"),
        ("is cancelled", "", "cancelled", None),
        ("is too slow", "", "timed_out", None),
        ("waits", "terminate child", "cancelled", "terminated"),
        ("its name is taken", "", "failed", "it could not be started"),
    ],
)
async def test_how_a_child_ended(bench: Bench, way: str, end: str, state: str, says: str | None) -> None:
    run = await run_of(bench, Parent, way, end=end)
    child = [step for step in run.steps if step.kind == "child"][-1]
    assert (child.name, child.state) == ("Child", state) and child.closed is not None
    assert (says or "") in (child.last_failure or "") and bool(says) == bool(child.last_failure)
    assert run.status == ("Completed" if state == "completed" else "Failed")


@pytest.mark.parametrize(
    ("way", "state", "says"),
    [
        ("completes", "completed", None),
        ("fails", "failed", "RuntimeError: no luck today"),
        ("is cancelled", "cancelled", None),
        ("is too slow", "timed_out", "StartToClose"),
        ("is never taken", "timed_out", "ScheduleToStart"),
    ],
)
async def test_how_an_activity_ended(bench: Bench, way: str, state: str, says: str | None) -> None:
    run = await run_of(bench, Caller, way, False)
    (step,) = run.activities
    assert step.state == state and (says or "") in (step.last_failure or "")
    assert all(attempt.state == state for attempt in step.attempt_log)


@pytest.mark.parametrize(("way", "state"), [("completes", "completed"), ("fails", "failed")])
async def test_how_a_local_activity_ended(bench: Bench, way: str, state: str) -> None:
    run = await run_of(bench, Caller, way, True)
    (step,) = run.activities
    assert (step.state, step.summary, step.attempts) == (state, "local activity", 1)
    assert ("no luck" in (step.last_failure or "")) == (way == "fails")


@pytest.mark.parametrize(("end", "status"), [("cancel", "Failed"), ("terminate", "Terminated")])
async def test_what_was_open_when_the_run_ended_is_not_left_open(bench: Bench, end: str, status: str) -> None:
    run = await run_of(bench, Parent, "waits", end=end)
    assert run.status in (status, "Canceled")
    assert [step.state for step in run.steps if step.kind == "child"] == ["cancelled"]
