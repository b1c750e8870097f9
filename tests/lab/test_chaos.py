"""Chaos: the worker dies at random while a research runs, and the balance is true."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from uuid import uuid4

import pytest
from bench_instance import Bench
from temporalio.client import Client

from workshop import history
from workshop.errors import LabError
from workshop.lab import Lab, chaos
from workshop.processes.starter import recorded

STAGE = "05_deep_research"
QUEUE = "deep-research-queue"


@pytest.fixture
def lab(bench: Bench) -> Iterator[Lab]:
    opened = Lab(STAGE)
    opened.bring("deep_research", "run_worker.py")
    yield opened
    opened.clear_faults()
    opened.terminate_open_runs()
    for record in recorded():
        if process := record.process():
            process.kill()


async def ask(lab: Lab, query: str = "How do Python web frameworks compare?"):  # type: ignore[no-untyped-def]
    client = await Client.connect(lab.settings.temporal_address)
    handle = await client.start_workflow(
        "InteractiveResearchWorkflow", id=f"research-{uuid4()}", task_queue=QUEUE
    )
    await handle.execute_update("start_research", {"query": query})
    return handle


@pytest.mark.timeout(150)
async def test_a_research_survives_and_the_balance_says_how(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = lab.worker("run_worker.py")
    first = worker.pid
    lab.fault("slow", delay_s=1.0, seconds=10)
    handle = await ask(lab)
    result = await lab.chaos(handle, seconds=6, seed=1)
    said = capsys.readouterr().out
    assert result.kills >= 1 and said.count("kill ") == result.kills
    assert result.survived and result.status == "Completed" and len(result.receipts.recorded) == 8
    assert any(under_way for _, under_way in result.moments) and result.receipts.wasted
    assert worker.alive and worker.pid != first and result.worker.pid == worker.pid, (
        "the learner's own `worker` stands for it"
    )
    assert f"{result.kills} kill" in repr(result) and "made again 0" in repr(result)
    killed = [pid for _, pid in lab._starter.deaths()]
    assert first in killed and len(killed) == result.kills


async def test_chaos_ends_with_the_run(lab: Lab) -> None:
    lab.worker("run_worker.py")
    handle = await ask(lab)
    await handle.result()
    result = await lab.chaos(handle, seconds=60)
    assert result.kills == 0 and result.survived


async def test_chaos_without_a_worker_says_what_to_start(lab: Lab) -> None:
    with pytest.raises(LabError, match=r"lab\.worker"):
        await lab.chaos(SimpleNamespace(id="none"), seconds=1)  # type: ignore[arg-type]


def change(lab: Lab) -> None:
    """Make the change that the lesson asks for under Your turn."""
    manager = lab.folder / "deep_research" / "workflows" / "research_manager.py"
    manager.write_text(manager.read_text().replace("AT_ONCE = 5", "AT_ONCE = 1"))


async def test_a_restart_that_was_forgotten_is_said_before_anything_is_killed(lab: Lab) -> None:
    worker = lab.worker("run_worker.py")
    first = worker.pid
    change(lab)
    lab.fault("slow", delay_s=1.0, seconds=10)
    handle = await ask(lab)
    with pytest.raises(
        LabError, match=r"older code than research_manager\.py(.|\n)*terminate(.|\n)*worker\.restart\(\)"
    ):
        await lab.chaos(handle, seconds=30)
    assert worker.pid == first and worker.alive
    await handle.terminate()  # the cure that is named
    worker.restart()
    lab.clear_faults()
    assert (await lab.chaos(await ask(lab), seconds=1)).survived


async def test_code_that_no_longer_fits_the_run_ends_chaos_at_once_and_is_named(lab: Lab) -> None:
    worker = lab.worker("run_worker.py")
    lab.fault("slow", delay_s=3, match="Search the web")
    handle = await ask(lab)
    await lab.watch(handle, until=lambda run: len(run.model_calls) > 2)  # the searches have begun
    change(lab)
    worker.restart()
    began = time.monotonic()
    with pytest.raises(
        LabError, match=r"no longer fits this run's history(.|\n)*lab\.terminate_open_runs\(\)"
    ):
        await lab.chaos(handle, seconds=60)
    assert time.monotonic() - began < 30


async def test_a_run_that_failed_or_paid_twice_did_not_survive(lab: Lab) -> None:
    worker = lab.worker("run_worker.py")
    handle = await ask(lab)
    await handle.result()
    good = await lab.chaos(handle, seconds=1)
    assert good.survived
    assert not replace(good, status="Failed").survived
    paid_twice = replace(good.receipts, repeated=({"receipt": "again", "price_usd": 0.0},))
    assert not replace(good, receipts=paid_twice).survived
    worker.stop()


async def test_the_last_attempts_of_a_call_are_spared(lab: Lab) -> None:
    lab.worker("run_worker.py")
    lab.fault("slow", delay_s=3.0, times=2)
    handle = await ask(lab)
    run = await history.read(handle)
    last = run.model_calls[-1]
    assert last.retries is not None
    step = replace(last, state="started", attempts=1, retries=replace(last.retries, maximum_attempts=5))
    for attempts, allowed in ((1, True), (2, True), (3, False), (5, False)):
        assert chaos._may_kill(replace(run, steps=(replace(step, attempts=attempts),))) is allowed
    assert chaos._may_kill(replace(run, steps=(replace(step, attempts=5, state="completed"),)))
