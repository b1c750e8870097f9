"""A second run and a plain agent ask the model the same, at the same time: nobody's figures change for it."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import pytest
from bench_instance import Bench
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.service import RPCError

from workshop import history
from workshop.checks.certificate import certificate
from workshop.config import ROOT
from workshop.errors import LabError
from workshop.lab import Lab
from workshop.processes.starter import recorded
from workshop.processes.workers import Process

QUEUE = "agents-sdk-queue"
QUESTION = "Are there weather alerts in Texas?"
READS = "severity"


@pytest.fixture
def lab(bench: Bench) -> Iterator[Lab]:
    opened = Lab("03_durable_agent")
    shutil.copytree(ROOT / "solutions" / "03_durable_agent", opened.folder, dirs_exist_ok=True)
    opened.bring("agent.py", stage="01_agent_hello_world")
    yield opened
    opened.clear_faults()
    opened.terminate_open_runs(QUEUE)
    for record in recorded():
        if process := record.process():
            process.kill()


async def ask(lab: Lab, id: str = "") -> WorkflowHandle[Any, Any]:
    client = await Client.connect(lab.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
    return await client.start_workflow(
        "WeatherAgentWorkflow", QUESTION, id=id or f"run-{uuid4()}", task_queue=QUEUE
    )


@contextmanager
def a_plain_agent(lab: Lab) -> Iterator[list[Process]]:
    """Ask the same again and again, each time in a new process."""
    asked: list[Process] = []
    goes_on = True

    async def loop() -> None:
        while goes_on:
            asked.append(await asyncio.to_thread(lab.process, "agent.py", QUESTION))
            await asyncio.to_thread(asked[-1]._gone, 60)

    task = asyncio.create_task(loop())
    yield asked
    goes_on = False
    task.cancel()


async def crash(lab: Lab) -> tuple[WorkflowHandle[Any, Any], tuple[Process, Process], Any]:
    """Do what lesson 03 does: kill a run and a plain agent together in their second call, and take both to
    their ends.
    """
    worker = lab.worker("worker.py")
    lab.fault("slow", delay_s=2.5, match=READS)
    first, handle = lab.process("agent.py", QUESTION), await ask(lab)
    await lab.model_call_in_flight(first, handle, for_s=1.0)
    before = await lab.receipts(handle)
    await asyncio.gather(asyncio.to_thread(first.crash), asyncio.to_thread(worker.crash))
    lab.clear_faults()
    await asyncio.to_thread(worker.restart)
    second = lab.process("agent.py", QUESTION)
    await asyncio.gather(asyncio.to_thread(second.wait), handle.result())
    return handle, (first, second), before


async def figures(lab: Lab) -> dict[str, Any]:
    """Return all that the course says of a crash, without the ids and times that differ each time."""
    handle, plain, before = await crash(lab)
    after, both = await lab.receipts(handle), await lab.compare_bills(handle, plain)
    run = await history.read(handle)
    said = [
        re.sub(r"#\w{6}|\d+\.\d\d s|-?\w{6}, one run|process \d+|then \d+", "", str(one))
        for one in (after, both)
    ]
    said = [re.sub(" +", " ", one) for one in said]  # a column is as wide as its ids
    drawn = re.findall(r">(\d+)<", certificate(lab, run).svg)
    return {
        "before": (len(before.recorded), len(before.wasted), len(before.repeated)),
        "kept": set(before.recorded) <= set(after.recorded),
        "after": [
            len(rows)
            for rows in (
                after.recorded,
                after.wasted,
                after.repeated,
                after.inside,
                after.unknown,
                after.calls,
            )
        ],
        "sides": [
            (len(side.kept), len(side.lost), len(side.charged), len(side.twice))
            for side in (both.plain, both.durable)
        ],
        "calls": [len(lab.calls(one)) for one in (*plain, handle)],
        "said": said,
        "drawn": drawn[:3],
    }


@pytest.mark.timeout(180)
async def test_a_crash_has_the_same_figures_with_neighbors_as_alone(lab: Lab) -> None:
    alone = await figures(lab)
    assert alone["before"] == (1, 0, 0) and alone["kept"] and alone["after"] == [2, 1, 0, 0, 0, 3]
    assert alone["sides"] == [(0, 1, 4, 2), (1, 0, 3, 1)] and alone["calls"] == [2, 2, 3]
    with a_plain_agent(lab) as asked:
        beside = [await ask(lab) for _ in range(2)]  # they run in the worker that is killed
        beside += [await ask(lab, "a & b = 50%\n" + str(uuid4()))]
        assert await figures(lab) == alone
        await asyncio.gather(*(handle.result() for handle in beside))
    assert asked and len(lab.calls(asked[0])) == 2
    for handle in beside:
        found = await lab.receipts(handle)
        assert (len(found.recorded), len(found.repeated), found.unknown) == (2, 0, ())


async def test_a_neighbors_call_is_not_the_one_that_is_waited_for(lab: Lab) -> None:
    lab.worker("worker.py")
    lab.fault("slow", delay_s=30)
    neighbor, mine = await ask(lab), lab.process("agent.py", QUESTION)
    await lab.model_call_in_flight(neighbor)
    await lab.model_call_in_flight(mine)
    mine.crash()
    async with asyncio.timeout(10):  # until the gateway has noticed
        while any((call["process"] or "").startswith(f"{mine.pid}@") for call in lab.gateway.in_flight()):  # noqa: ASYNC110  # the gateway is asked
            await asyncio.sleep(0.05)
    idle = await ask(lab, "not-yet-" + str(uuid4()))
    await idle.terminate()
    with pytest.raises(LabError, match="No model call was under way"):
        await lab.model_call_in_flight(neighbor, mine, timeout=0.5)
    assert await lab.model_call_in_flight(), "of this notebook: its worker makes the neighbor's"
    lab.clear_faults()


async def test_a_call_cut_off_has_its_attempt_and_the_next_attempt_its_own(lab: Lab) -> None:
    worker = lab.worker("worker.py")
    name = f"retried-{uuid4()}"
    lab.fault("server_error", times=1, of=name)
    lab.fault("slow", delay_s=20, times=1, of=name)
    handle = await ask(lab, name)
    other = await ask(lab)
    await other.result()  # its calls meet neither fault
    await lab.model_call_in_flight(handle, for_s=0.2)
    worker.crash()
    worker.restart()
    await handle.result()
    rows = lab.calls(handle)
    assert [(row["attempt"], row["state"], row["fault"]) for row in rows[:3]] == [
        (1, "failed", "server_error"),
        (2, "cut_off", "slow"),
        (3, "delivered", None),
    ]
    assert len({row["activity"] for row in rows[:3]}) == 1 and {row["run"] for row in rows} == {
        handle.result_run_id
    }
    assert len({row["process"] for row in rows[:3]}) == 2, "the killed worker's, and its successor's"
    assert {row["fault"] for row in lab.calls(other)} == {None}


async def test_a_reset_run_has_its_own_calls_and_those_that_the_reset_threw_away(lab: Lab) -> None:
    lab.worker("worker.py")
    handle, neighbor = await ask(lab), await ask(lab)
    await asyncio.gather(handle.result(), neighbor.result())
    events = (await handle.fetch_history()).events
    second = [
        event.event_id for event in events if event.HasField("workflow_task_completed_event_attributes")
    ][1]
    reset = await handle._client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace="default",
            workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=handle.result_run_id or ""),
            reason="a test",
            # the first model call is kept, the tool and the second are made again
            workflow_task_finish_event_id=second,
            request_id=str(uuid4()),
        )
    )
    again = handle._client.get_workflow_handle(handle.id)
    await again.result()
    found = await lab.receipts(again)
    assert (len(found.recorded), len(found.wasted), len(found.repeated), found.unknown) == (2, 1, 0, ())
    assert [row["run"] for row in found.rows.values()] == [handle.result_run_id, reset.run_id]
    assert "not on this bill" not in str(found)


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_check_is_as_green_beside_others(bench: Bench) -> None:
    """They run in the check's own worker, ask what it asks, and wait for no fault of its."""
    lab = Lab("03_durable_agent_exercise")
    shutil.copytree(ROOT / "solutions" / "03_durable_agent" / "exercise", lab.folder, dirs_exist_ok=True)
    lab.bring("agent.py", stage="01_agent_hello_world")
    client = await Client.connect(lab.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
    request = "Post a notice for Zoe about the alerts in Texas."
    beside = [
        await client.start_workflow(
            "StormNotifierWorkflow", request, id=f"zoe-{uuid4()}", task_queue="agents-sdk-exercise-queue"
        )
        for _ in range(2)
    ]
    with a_plain_agent(lab) as asked:
        result = await asyncio.to_thread(lab.check, "03.crash")
    assert result, result
    assert "wasted in flight: 1" in str(result), "the call that the kill met, and none of the others"
    assert asked and not lab.gateway.faults()
    for handle in beside:
        with suppress(RPCError):  # it has ended by itself
            await handle.terminate()


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_chaos_counts_its_own_run_alone(lab: Lab) -> None:
    lab.worker("worker.py")
    lab.fault("slow", delay_s=0.7, seconds=6)
    mine, beside = await ask(lab), [await ask(lab) for _ in range(3)]
    with a_plain_agent(lab):
        result = await lab.chaos(mine, seconds=4, seed=3)
    rows = lab.calls(mine)
    assert result.survived and result.kills and len(result.receipts.recorded) == 2
    assert len(result.receipts.wasted) == len([row for row in rows if row["state"] != "failed"]) - 2
    assert all(under_way <= 1 for _, under_way in result.moments), (
        "the run has one call at a time, the neighbors have more"
    )
    assert not result.receipts.unknown
    for handle in beside:
        await handle.result()
