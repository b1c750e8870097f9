"""Background workers: started, crashed, restarted, replaced, and never left behind."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from threading import Timer
from uuid import uuid4

import psutil
import pytest
from bench_instance import Bench
from temporalio.client import Client
from waiting import until

from workshop.config import MY_WORK, ROOT
from workshop.errors import LabError
from workshop.lab import Lab
from workshop.processes.pollers import identity
from workshop.processes.starter import RECORDS, recorded

STAGE = "02_temporal_hello_world"
QUEUE = "hello-world-queue"


@pytest.fixture(scope="module")
def opened(bench: Bench) -> Lab:
    """One Lab for all tests here: its keeper imports the SDKs once."""
    return Lab(STAGE)


@pytest.fixture
def lab(opened: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    for leftover in opened.folder.glob("*.py"):
        leftover.unlink()
    shutil.copytree(ROOT / "solutions" / STAGE, opened.folder, dirs_exist_ok=True)
    monkeypatch.chdir(opened.folder)
    yield opened
    opened.terminate_open_runs(QUEUE)
    for record in recorded():
        if process := record.process():
            process.kill()
    opened.clear_faults()


async def start(lab: Lab, state: str = "CA"):  # type: ignore[no-untyped-def]  # the handle's type says nothing here
    client = await Client.connect(lab.settings.temporal_address)
    return await client.start_workflow("WeatherWorkflow", state, id=f"test-{uuid4()}", task_queue=QUEUE)


def test_a_worker_polls_when_the_call_returns(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    worker = lab.worker("worker.py")
    said = capsys.readouterr().out
    assert worker.presence() == "polling"
    assert str(worker.pid) in said and f"my_work/{STAGE}/worker.py" in said and QUEUE in said
    assert lab.pollers() == [identity(worker.pid)]


async def test_a_run_survives_a_crash_of_its_worker(lab: Lab) -> None:
    worker = lab.worker("worker.py")
    lab.fault("unavailable", on="weather")
    handle = await start(lab)
    # Between two attempts: killed in the middle of one, it would be missed only at its start-to-close
    # time-out.
    await lab.watch(handle, until=lambda run: any(step.last_failure for step in run.steps), timeout=15)
    pid = worker.pid
    worker.crash()
    assert worker.exit_code() == -signal.SIGKILL
    assert worker.presence() == "gone" and lab.pollers() == []
    at, dead = lab._starter.keeper.deaths()[-1]
    assert dead == pid and abs(time.time() - at.timestamp()) < 5
    lab.clear_faults()
    worker.restart()
    assert worker.pid != pid
    assert (await asyncio.wait_for(handle.result(), 30)).startswith("CA:")
    assert "asking for" in worker.output, "the new process replayed the workflow from its first line"


def test_a_kernel_has_one_keeper_whichever_lessons_it_opens_and_however_often(lab: Lab) -> None:
    """It imports the SDKs, which takes two seconds of a processor, and a hundred megabytes."""
    worker = lab.worker("worker.py")
    other = Lab("03_durable_agent")
    (other.folder / "probe.py").write_text("import time\ntime.sleep(60)\n")
    probe = other.process("probe.py")
    assert psutil.Process(probe.pid).ppid() == psutil.Process(worker.pid).ppid()
    probe.crash()
    assert probe.pid not in [pid for _, pid in lab.deaths()], "each lesson has its own dead"
    Lab(STAGE)
    assert worker.alive


def test_a_graceful_stop_ends_with_exit_code_zero(lab: Lab) -> None:
    worker = lab.worker("worker.py")
    worker.stop()
    assert worker.exit_code() == 0
    worker.stop()  # twice is harmless


def test_a_worker_that_dies_at_start_shows_its_traceback(lab: Lab) -> None:
    (lab.folder / "worker.py").write_text(
        "from workflow import TASK_QUEUE\nraise ValueError('no such luck')\n"
    )
    with pytest.raises(LabError) as caught:
        lab.worker("worker.py")
    assert (
        "no such luck" in str(caught.value)
        and "Traceback" in str(caught.value)
        and "exit code 1" in str(caught.value)
    )


def test_a_syntax_error_in_a_module_is_named_before_anything_starts(lab: Lab) -> None:
    file = lab.folder / "activities.py"
    file.write_text(file.read_text().replace("async def get_alerts(", "async def get_alerts(("))
    running = lab.pollers()
    with pytest.raises(LabError, match=r"activities\.py, line \d+: "):
        lab.worker("worker.py")
    assert set(lab.pollers()) <= set(running)  # nobody new; one of an earlier test may go meanwhile


def test_a_file_that_does_not_exist_is_named_with_what_is_there(lab: Lab) -> None:
    with pytest.raises(LabError, match=r"(?s)no file wroker\.py.*worker\.py.*%%writefile wroker\.py"):
        lab.worker("wroker.py")


def test_the_same_name_replaces_and_another_name_adds(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    first = lab.worker("worker.py")
    second = lab.worker("worker.py")
    assert not first.alive and second.alive
    assert f"Replacing worker 'main', process {first.pid}" in capsys.readouterr().out
    beside = lab.worker("worker.py", name="second")
    assert second.alive and beside.alive
    assert sorted(lab.pollers()) == sorted(identity(pid) for pid in (second.pid, beside.pid))


def test_a_stand_in_leaves_the_field_to_a_worker_of_ones_own(
    lab: Lab, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    first = lab.stand_in()
    assert first
    second = lab.stand_in()
    assert second and second.alive and not first.alive  # one in the background is not one's own
    second.stop()
    command = [sys.executable, "-B", "worker.py"]
    with subprocess.Popen(
        command, cwd=lab.folder, env=bench.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as own:
        until(lambda: identity(own.pid) in lab.pollers(), 30)
        capsys.readouterr()
        assert lab.stand_in() is None
        assert f"Your own worker polls {QUEUE}: {identity(own.pid)}" in capsys.readouterr().out
        # as one that was killed, and that a busy system takes down a little later
        Timer(0.2, own.kill).start()
        third = lab.stand_in()
        assert third and third.alive


async def test_another_folders_open_runs_are_not_taken_over_silently(lab: Lab) -> None:
    lab.worker("worker.py")
    lab.fault("unavailable", on="weather")
    handle = await start(lab)
    other = Lab("03_durable_agent")
    (other.folder / "worker.py").write_text((ROOT / "solutions" / STAGE / "worker.py").read_text())
    for name in ("activities.py", "workflow.py"):
        shutil.copy(ROOT / "solutions" / STAGE / name, other.folder / name)
    with pytest.raises(LabError, match=f"(?s){STAGE}.*{handle.id}.*terminate_open_runs=True"):
        other.worker("worker.py")
    worker = other.worker("worker.py", terminate_open_runs=True)
    assert worker.alive and (await handle.describe()).status.name == "TERMINATED"
    shutil.rmtree(other.folder)


async def test_a_bug_toggled_twice_within_a_second_is_never_stale(bench: Bench) -> None:
    stage = "03_durable_agent"
    shutil.copytree(ROOT / "solutions" / stage, MY_WORK / stage, dirs_exist_ok=True)
    lab = Lab(stage)
    file = lab.folder / "activities.py"
    probe = lab.folder / "probe.py"
    probe.write_text(
        "import asyncio, gc, activities\nassert gc.isenabled(), 'only the keeper imports without it'\n"
        "try:\n    asyncio.run(activities.get_weather('CA'))\n    print('good')\n"
        "except RuntimeError:\n    print('bug')\n"
    )
    size = file.stat().st_size
    seen = []
    for on in (True, False, True, False):
        lab.toggle_bug(on)
        seen.append(lab.process("probe.py").wait(20).strip())
    assert seen == ["bug", "good", "bug", "good"]
    assert file.stat().st_size == size, "the trap: the same size within the same second"
    probe.unlink()


@pytest.mark.parametrize("step", [0.5, -1.9, 3600.0])
def test_a_clock_that_is_set_loses_no_worker(lab: Lab, step: float) -> None:
    """Creation times move with the clock: a laptop that wakes sets it, by a little or by hours."""
    worker = lab.worker("worker.py")
    [path] = [path for path in RECORDS.glob("*.json") if f'"pid": {worker.pid},' in path.read_text()]
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "create_time": values["create_time"] - step}))
    assert [record.pid for record in recorded()] == [worker.pid]
    second = lab.worker("worker.py")
    assert not worker.alive and second.alive, "the one that ran is replaced, not joined"


def test_a_paused_worker_stops_as_any_other(lab: Lab) -> None:
    worker = lab.worker("worker.py")
    psutil.Process(worker.pid).suspend()
    worker.stop()
    assert worker.exit_code() == 0


KERNEL = """
import os, sys, time
from workshop.lab import Lab
worker = Lab("02_temporal_hello_world").worker("worker.py")
try:
    print("PID", worker.pid, flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("INTERRUPTED", worker.alive, flush=True)
    time.sleep(60)
"""


def kernel(bench: Bench) -> tuple[subprocess.Popen[str], int]:
    """Start a process in place of a notebook's kernel, with a worker, in its own process group as under
    Jupyter.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KERNEL)],
        stdout=subprocess.PIPE,
        text=True,
        env=bench.env,
        start_new_session=True,
    )
    assert process.stdout
    for line in process.stdout:
        if line.startswith("PID"):
            return process, int(line.split()[1])
    raise AssertionError("the kernel did not start a worker")


def test_no_worker_is_left_when_the_kernel_is_killed(lab: Lab, bench: Bench) -> None:
    process, pid = kernel(bench)
    keeper = psutil.Process(pid).ppid()
    process.kill()
    process.wait()
    until(lambda: not psutil.pid_exists(pid), seen=lambda: "the worker outlived its notebook")
    until(lambda: not psutil.pid_exists(keeper), seen=lambda: "the keeper outlived its notebook")


def test_interrupting_a_cell_does_not_stop_its_worker(lab: Lab, bench: Bench) -> None:
    process, pid = kernel(bench)
    below = psutil.Process(process.pid).children(recursive=True)
    assert below == [], "VS Code interrupts, and in the end kills, whatever descends from the kernel"
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout and process.stdout.readline().strip() == "INTERRUPTED True"
    assert psutil.pid_exists(pid)
    process.kill()
    process.wait()
    until(lambda: not psutil.pid_exists(pid))


def test_a_killed_keeper_is_said_and_replaced(lab: Lab) -> None:
    keeper = psutil.Process(lab.worker("worker.py").pid).ppid()
    os.kill(keeper, signal.SIGKILL)
    until(lambda: not psutil.pid_exists(keeper))
    assert lab.worker("worker.py").alive


def test_what_the_keeper_can_not_do_is_said_and_the_workers_go_on(lab: Lab) -> None:
    worker = lab.worker("worker.py")
    with pytest.raises(LabError, match=r"could not do that: KeyError(.|\n)*What runs already goes on"):
        lab._starter.keeper.ask({"op": "exit_code"})
    assert worker.alive and lab.worker("worker.py", name="another").alive


def test_a_keeper_that_fails_takes_its_workers_with_it(lab: Lab) -> None:
    worker = lab.worker("worker.py")
    pid, pipe = psutil.Process(worker.pid).ppid(), lab._starter.keeper._process
    assert pipe and pipe.stdin
    pipe.stdin.write(b"this is no request\n")
    pipe.stdin.flush()
    until(lambda: not psutil.pid_exists(pid))
    assert not psutil.pid_exists(worker.pid)


def test_a_worker_keeps_what_was_added_to_its_environment(lab: Lab) -> None:
    (lab.folder / "workflow.py").write_text(
        'import os\n\nprint("release", os.environ.get("RELEASE"))\n'
        + (lab.folder / "workflow.py").read_text()
    )
    worker = lab.worker("worker.py", env={"RELEASE": "v1"})
    assert "release v1" in worker.output
    worker.crash()
    worker.restart()
    assert "release v1" in worker.output
    assert recorded()[0].env == {"RELEASE": "v1"}, "a check starts it again from its record"
    assert "release None" in lab.worker("worker.py").output, "it is this worker's alone"


def test_a_program_in_a_folder_of_its_own_imports_what_is_beside_it(lab: Lab) -> None:
    release = lab.folder / "releases" / "v1"
    shutil.copytree(ROOT / "solutions" / STAGE, release)
    (release / "workflow.py").write_text(
        'print("from the release")\n' + (release / "workflow.py").read_text()
    )
    try:
        assert "from the release" in lab.worker("releases/v1/worker.py").output
    finally:
        shutil.rmtree(release.parent)
