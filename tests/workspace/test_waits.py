"""A cell that waits says for whom, within seconds, and one that fails names the cell to run first; in a real
kernel.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from bench_instance import Bench
from jupyter_client.blocking.client import BlockingKernelClient
from kernel_clicks import kernel_of, run_cell
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from timeline_looks import last

from workshop.config import ROOT
from workshop.history import Run
from workshop.workspace import advice, outline, waits
from workshop.workspace.control import Weather

OPENING = """
import asyncio, os
from temporalio.client import Client
from workshop.lab import Lab
lab = Lab("{stage}")
lab.bring({files})
"""
FILES = '"activities.py", "workflow.py", "worker.py"'

ASK = """
client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
async def ask(workflow="WeatherWorkflow", *args, queue="hello-world-queue"):
    return await client.start_workflow(
        workflow, args=args, id=f"waits-{os.urandom(4).hex()}", task_queue=queue
    )
"""
AT_WORK = (
    OPENING.format(stage="02_temporal_hello_world", files=FILES) + ASK + 'worker = lab.worker("worker.py")'
)
"""Lesson 02, as far as a worker that runs."""


@pytest.fixture(scope="module")
def running(bench: Bench) -> Iterator[BlockingKernelClient]:
    with kernel_of(bench) as client:
        yield client


@pytest.fixture
def kernel(bench: Bench, running: BlockingKernelClient) -> BlockingKernelClient:
    """Start a kernel whose names are gone, as after a restart, with no fault of an earlier test."""
    run_cell(running, "get_ipython().reset(new_session=False)")
    for url in (bench.settings.gateway_url, bench.settings.weather_service_url):
        httpx.delete(f"{url}/bench/faults", trust_env=False)
    return running


def cell(stage: str, code: str, nth: int = 0) -> outline.Cell:
    return [cell for cell in outline.read(ROOT / "notebooks" / f"{stage}.ipynb") if code in cell.source][nth]


def test_nobody_polls_names_the_cell_that_starts_the_worker(kernel: BlockingKernelClient) -> None:
    """Lesson 03 with only its first cell run, as after a restart of the kernel."""
    stage = "03_durable_agent"
    run_cell(kernel, OPENING.format(stage=stage, files=FILES))
    first_run = cell(stage, "async def ask(question")
    waited = run_cell(kernel, first_run.source, stop="then this cell again", cell_id=first_run.id)
    assert (
        "Nobody polls agents-sdk-queue: press ■, run the cell under “The worker gets a plugin”, then this "
        "cell again." in waited.printed
    )
    assert waited.seconds < 1.0
    worker = cell(stage, 'lab.worker("worker.py")')
    assert "polls agents-sdk-queue" in run_cell(kernel, worker.source, cell_id=worker.id).printed
    again = run_cell(kernel, first_run.source, timeout=30, cell_id=first_run.id)
    assert again.error == "" and "Nobody polls" not in again.printed


def test_who_waits_for_a_worker_that_was_killed_is_told_to_restart_it(kernel: BlockingKernelClient) -> None:
    run_cell(kernel, AT_WORK)
    source = (
        'worker.crash()\nhandle = await ask("WeatherWorkflow", "CA")\nprint(await '
        "asyncio.wait_for(handle.result(), 60))"
    )
    waited = run_cell(kernel, source, stop="then this cell again")
    assert "Nobody polls hello-world-queue: its worker, process" in waited.printed
    assert "run worker.restart(), then this cell again." in waited.printed


async def test_a_cell_that_kills_and_restarts_its_worker_is_not_told_to_restart_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a busy machine a restart within `lab.chaos` takes seconds."""
    monkeypatch.setattr(waits, "PATIENCE_S", 0.0)
    monkeypatch.setattr(waits, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(waits, "TICK_S", 0.05)
    watch = waits.Waits(
        lambda look: None, set, lambda queue: [], lambda queue, info: "", lambda queue, before: ""
    )
    monkeypatch.setattr(watch, "_reason", lambda *about: waits.Reason("nobody", "Nobody polls it"))
    scope: dict[str, Any] = {"asyncio": asyncio, "__name__": waits.RESTARTS}
    exec("async def chaos():\n    await asyncio.sleep(0.6)", scope)
    for wait, said in ((scope["chaos"], ""), (partial(asyncio.sleep, 0.6), "Nobody polls it\n")):
        cell = asyncio.create_task(wait())
        printed = waits._Printed()
        attending = asyncio.create_task(
            watch._attend(SimpleNamespace(raw_cell=""), cell, printed, time.time())
        )
        await cell
        attending.cancel()
        printed.end()
        assert capsys.readouterr().out == said


def test_a_failing_activity_and_the_fault_behind_it_are_named_once(kernel: BlockingKernelClient) -> None:
    run_cell(kernel, AT_WORK)
    run_cell(kernel, 'lab.fault("unavailable", on="weather")')
    source = 'handle = await ask("WeatherWorkflow", "CA")\nprint(await handle.result())'
    waited = run_cell(kernel, source, stop=7.0)
    assert waited.printed.count("get_alerts has failed") == 1
    assert (
        f"\n{waits.FIRST}\n"
        "A fault is on: unavailable for the weather service. To turn it off: lab.clear_faults()\n"
        in waited.printed
    )
    assert "Nobody polls" not in waited.printed
    assert "No faults." in run_cell(kernel, "lab.clear_faults()\nprint(await handle.result())").printed


def test_a_fault_of_another_notebook_is_named_by_watch_and_by_tail(
    bench: Bench, kernel: BlockingKernelClient
) -> None:
    """And one of this notebook is not: whoever breaks something on purpose and watches knows."""
    run_cell(kernel, AT_WORK)
    watching = 'run = await lab.watch(await ask("WeatherWorkflow", "CA"), timeout=3)\nworker.tail(3)'
    run_cell(kernel, 'lab.fault("unavailable", on="weather")')
    assert "fault is on" not in run_cell(kernel, watching).printed
    run_cell(kernel, "lab.clear_faults()")
    other = Weather(bench.settings.weather_service_url, "lesson 03's notebook")
    other.fault("unavailable")
    said = (
        "A fault is on: unavailable for the weather service (set by lesson 03's notebook). To turn it off: "
        "lab.clear_faults()\n"
    )
    watched = run_cell(kernel, watching).printed
    assert f"{waits.FIRST}\n{said}" in watched and watched.count(said) == 2
    run_cell(kernel, "lab.clear_faults()\nlab.terminate_open_runs()")
    other.fault("bad_request")
    assert run_cell(kernel, watching.replace('"CA"', '"XX"')).printed.count("bad_request") == 2
    assert "fault is on" not in run_cell(kernel, "lab.clear_faults()\nworker.tail()").printed


def test_after_a_restart_that_failed_nobody_is_told_to_load_newer_code(kernel: BlockingKernelClient) -> None:
    run_cell(kernel, AT_WORK)
    run_cell(
        kernel,
        'good = open("worker.py").read()\nopen("worker.py", "w").write(good.replace("Worker(", "no_such_name("))',
    )
    failed = run_cell(kernel, "worker.restart()")
    assert "Fix the cell that writes" in failed.printed and "older code" not in failed.printed
    waiting = 'handle = await ask("WeatherWorkflow", "CA")\nprint(await handle.result())'
    waited = run_cell(kernel, waiting, stop="then this cell again.")
    assert "Nobody polls" in waited.printed and "older code" not in waited.printed
    run_cell(kernel, 'open("worker.py", "w").write(good)')
    assert "CA: 3 active" in run_cell(kernel, "worker.restart()\nprint(await handle.result())").printed


def test_who_stops_watching_is_told_how_to_see_the_same_run_again(kernel: BlockingKernelClient) -> None:
    """The cell starts a run: run again, it would start another one."""
    run_cell(kernel, AT_WORK)
    run_cell(kernel, "worker.stop()")
    start = 'handle = await ask("WeatherWorkflow", "CA")\n'
    named = run_cell(kernel, start + "run = await lab.watch(handle, timeout=0.5)").printed
    assert named.endswith("To see this run again: await lab.watch(handle)\n"), named
    nameless = (
        'run = await lab.watch(await ask("WeatherWorkflow", "CA"), timeout=0.5)\nprint(run.workflow_id)'
    )
    printed = run_cell(kernel, nameless).printed
    again, name = printed.strip().splitlines()[-2:]
    assert again.endswith(f'await lab.watch(client.get_workflow_handle("{name}"))')
    run_cell(kernel, "lab.terminate_open_runs()")


def test_a_cell_is_not_told_of_its_own_fault_nor_in_the_middle_of_a_line(
    kernel: BlockingKernelClient,
) -> None:
    run_cell(kernel, AT_WORK)
    printing = """
handle = await ask("WeatherWorkflow", "CA")
for number in range(35):
    print(number, end=" ", flush=True)
    await asyncio.sleep(0.2)
"""
    own = run_cell(kernel, 'lab.fault("slow", on="weather", delay_s=5, times=1)' + printing)
    numbers = " ".join(map(str, range(35)))
    assert numbers in own.printed and "A fault is on" not in own.printed
    run_cell(kernel, 'lab.fault("unavailable", on="weather")')
    older = run_cell(kernel, printing + "await asyncio.sleep(8)")
    assert f"{numbers} \nget_alerts has failed" in older.printed, older.printed
    assert "A fault is on: unavailable for the weather service." in older.printed
    run_cell(kernel, "lab.clear_faults()\nlab.terminate_open_runs()")


def test_a_bug_that_was_left_on_is_named_and_so_is_a_restart_that_was_forgotten(
    kernel: BlockingKernelClient,
) -> None:
    """Lesson 03's crash, after a *Your turn* that was not finished."""
    stage = "03_durable_agent"
    run_cell(kernel, OPENING.format(stage=stage, files=FILES) + 'worker = lab.worker("worker.py")')
    run_cell(kernel, cell(stage, "async def ask(question").source)
    run_cell(kernel, "lab.toggle_bug(on=True)\nworker.restart()")
    crash = cell(stage, "before = await lab.receipts(handle)\n!kill")
    stalled = run_cell(kernel, crash.source, stop="worker.restart()", cell_id=crash.id)
    off = "The bug in activities.py is on. To turn it off: lab.toggle_bug(on=False), then worker.restart()"
    assert off in stalled.printed and "get_weather has failed" in stalled.printed
    run_cell(kernel, "lab.clear_faults()\nlab.toggle_bug(on=False)")
    forgotten = run_cell(kernel, "print(await handle.result())", stop="worker.restart()").printed
    assert "The worker runs older code than activities.py has now. To load it: worker.restart()" in forgotten
    assert "The bug" not in forgotten
    assert "Ohio" in run_cell(kernel, "worker.restart()\nprint(await handle.result())").printed


def test_a_run_that_waits_for_a_message_is_named_only_to_who_waits_for_its_end() -> None:
    """And not in the moment between two steps, nor by the clock of a run whose time was skipped."""
    run = waiting_run()
    said = "chat-1 waits for a message: an Update or a Signal."
    assert waits.why(run) == waits.Reason("asked", said)
    assert waits.why(run, for_its_end=False) is None
    event = run.events[-1]
    assert waits.why(replace(run, read_at=event.time + timedelta(seconds=1))) is None
    skipped = (run.started, run.started + timedelta(days=2))
    later = replace(event, time=event.time + timedelta(days=2))
    assert waits.why(replace(run, events=(later,), skipped=(skipped,))) == waits.Reason("asked", said)


def waiting_run() -> Run:
    """A chat whose last workflow task ended nine seconds ago, with nothing under way."""
    run, began = last("skipped"), datetime(2026, 11, 27, tzinfo=UTC)
    return replace(
        run,
        workflow_id="chat-1",
        status="Running",
        started=began,
        closed=None,
        read_at=began + timedelta(seconds=10),
        steps=(),
        workflow_tasks=run.workflow_tasks[:1],
        events=(replace(run.events[0], time=began + timedelta(seconds=1)),),
        skipped=(),
    )


def test_a_first_cell_that_is_run_again_leaves_no_second_watch(kernel: BlockingKernelClient) -> None:
    watches = (
        "print(sum(task.get_coro().__qualname__ == 'Waits._attend' for task in asyncio.all_tasks()),"
        " sys.stdout.write.__qualname__)"
    )
    for _ in range(2):
        run_cell(kernel, OPENING.format(stage="02_temporal_hello_world", files=FILES))
    assert run_cell(kernel, "import asyncio, sys\n" + watches).printed == "1 _Printed._note\n"


async def test_who_awaits_a_result_waits_for_the_end_of_a_run() -> None:
    class Endless(WorkflowHandle[Any, Any]):
        def __init__(self) -> None:
            self._result_run_id = None

        async def _fetch_history_events_for_run(  # type: ignore[override]
            self, *_: Any, **__: Any
        ) -> AsyncIterator[Any]:
            await asyncio.sleep(30)
            yield

    async def message() -> None:
        await asyncio.sleep(30)

    for waiting, expected in ((message(), False), (asyncio.wait_for(Endless().result(), 20), True)):
        task = asyncio.create_task(waiting)
        await asyncio.sleep(0.05)
        assert waits.waits_for_the_end(list(waits.frames_of(task))) is expected
        task.cancel()


def test_nothing_is_said_while_a_worker_is_at_work_or_a_picture_shows_it(
    kernel: BlockingKernelClient,
) -> None:
    run_cell(kernel, AT_WORK)
    assert run_cell(kernel, "await asyncio.sleep(5)").printed == ""
    watched = (
        'lab.fault("unavailable", on="weather", seconds=6)\nrun = await lab.watch(await '
        'ask("WeatherWorkflow", "CA"), timeout=5)'
    )
    assert "has failed" not in run_cell(kernel, watched).printed


@pytest.mark.parametrize(
    ("stage", "code", "said"),
    [
        (
            "03_durable_agent",
            "before = await lab.receipts(handle)\nbefore",
            "`handle` is made by the cell under “The bug”",
        ),
        (
            "03_durable_agent",
            "history = await handle.fetch_history()\nscheduled",
            "`handle` is made by the cell under “First run”",
        ),
        ("04_agent_routing", "!kill -9 {pid}", "`pid` is made by the cell under “A kill between two calls”"),
        (
            "05_deep_research",
            "overnight.execute_update(\n",
            "`overnight` is made by the cell under “Overnight”",
        ),
        (
            "01_agent_hello_world",
            "second = lab.process",
            "`question` is made by the cell under “Kill it in the middle of its answer”",
        ),
        ("00_start_here", "again = await Runner", "`Runner` is made by the cell under “The first question”"),
    ],
)
def test_a_name_that_is_not_there_yet_is_traced_to_its_cell(
    kernel: BlockingKernelClient, stage: str, code: str, said: str
) -> None:
    opened, wanted = cell(stage, "from workshop.lab import Lab"), cell(stage, code)
    run_cell(kernel, opened.source, cell_id=opened.id)
    failed = run_cell(kernel, wanted.source, cell_id=wanted.id)
    assert (
        failed.error in ("NameError", "") and f"{said}: run that first, then this one." in failed.printed
    ), failed


def test_a_run_that_has_ended_and_a_temporal_that_is_away_have_a_way_on(tmp_path: Path) -> None:
    """What lesson 05's cells raise when they are run a second time."""
    told = advice.Advice(tmp_path, ROOT / "notebooks" / "05_deep_research.ipynb", {}, str)
    again = cell("05_deep_research", "await asyncio.sleep(2)")
    running = SimpleNamespace(cell_id=again.id, raw_cell=again.source)
    ended = RPCError("workflow execution already completed", RPCStatusCode.NOT_FOUND, b"")
    assert "another is started by the cell under “Nobody is there”: run that first" in told.first(
        ended, running
    )
    away = RPCError("tcp connect error", RPCStatusCode.UNAVAILABLE, b"")
    assert "lab.start_temporal()" in told.first(away, running)
    assert told.first(RPCError("other", RPCStatusCode.INTERNAL, b""), running) == ""


def test_after_an_error_an_active_fault_is_named(kernel: BlockingKernelClient) -> None:
    run_cell(kernel, OPENING.format(stage="00_start_here", files="").replace("lab.bring()", ""))
    failed = run_cell(kernel, 'lab.fault("unavailable", times=1)\n1 / 0')
    assert failed.printed.endswith(
        "A fault is on: unavailable for the model gateway. To turn it off: lab.clear_faults()\n"
    )
    assert "fault is on" not in run_cell(kernel, "lab.gateway.clear_faults()\n1 / 0").printed


KILL = """
worker = lab.worker("worker.py")
handle = await ask("WeatherWorkflow", "CA")
before = await handle.result()
worker.crash()
worker.restart()
lab.compare(2, 2, "the board", killed=await lab.watch(handle))
"""


def test_a_kill_that_came_too_late_is_no_proof(kernel: BlockingKernelClient) -> None:
    """Lesson 04's own cells, read for so long that the run had ended; its prediction would have been
    right.
    """
    run_cell(kernel, OPENING.format(stage="02_temporal_hello_world", files=FILES) + ASK)
    late = run_cell(kernel, KILL)
    assert "Right" not in late.printed and "The kill missed" in late.printed
    compares = cell(
        "02_temporal_hello_world", 'lab.compare(prediction, printed, "the log of the two processes"'
    )
    source = compares.source.replace("prediction", "1").replace("printed +=", "printed =")
    said = run_cell(kernel, source, cell_id=compares.id).printed
    assert "Run the cells under “Replay” again, in their order." in said, said


def test_a_kill_in_time_is_one(kernel: BlockingKernelClient) -> None:
    run_cell(kernel, OPENING.format(stage="02_temporal_hello_world", files=FILES) + ASK)
    in_time = KILL.replace(
        "before = await handle.result()",
        "await lab.watch(handle, until=lambda run: any(step.last_failure for step in run.steps))",
    ).replace("handle = await", 'lab.fault("unavailable", on="weather", times=2)\nhandle = await')
    assert "Right: you said 2, the board says 2." in run_cell(kernel, in_time).printed


@pytest.mark.parametrize("stage", [path.stem for path in sorted((ROOT / "notebooks").glob("0*.ipynb"))])
def test_each_prediction_about_a_kill_looks_whether_it_hit(stage: str) -> None:
    """A cell that compares under a heading with a kill says what was killed, and each kill is found by its
    heading.
    """
    cells = outline.read(ROOT / "notebooks" / f"{stage}.ipynb")
    struck = {cell.heading for cell in cells if advice.KILLS.search(cell.source)}
    unproved = [
        cell.source
        for cell in cells
        if cell.heading in struck and "lab.compare(" in cell.source and "killed=" not in cell.source
    ]
    assert unproved == []


def test_workflow_code_that_no_longer_fits_is_named_with_both_ways_out() -> None:
    said = str(waits.told("[TMPRL1100] Nondeterminism error: …", 3))
    assert "it was changed while the run was open" in said
    assert "put it back and restart the worker" in said and "make the old version current" in said
    assert "lab.terminate_open_runs()" in said
    other = str(waits.told("NameError: name 'x' is not defined", 3))
    assert "attempt 3: NameError" in other and "history" not in other


async def test_the_handle_that_a_cell_waits_for_is_found_through_its_tasks() -> None:
    async def inner(number: int) -> None:
        await asyncio.sleep(number)

    task = asyncio.create_task(asyncio.wait_for(asyncio.gather(inner(60), inner(61)), 90))
    for _ in range(3):
        await asyncio.sleep(0)
    numbers = [frame.f_locals["number"] for frame in waits.frames_of(task) if "number" in frame.f_locals]
    task.cancel()
    assert numbers == [60, 61]
