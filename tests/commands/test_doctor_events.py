"""What doctor says after the sequences of commands and events of a course day.

Each row: a name, what happens, and the findings that are left (none: all is well). Then the cure that each
finding names is typed, and all is well.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from bench_instance import Bench, free_ports
from waiting import until

from workshop.builder import notebooks
from workshop.commands import doctor, services
from workshop.commands.diagnosis import UP, Diagnosis
from workshop.config import ENV_FILE, HOME, LAB_DIR, ROOT, settings
from workshop.lab import Lab
from workshop.processes import process as processes
from workshop.processes import workers
from workshop.processes.pollers import identity
from workshop.processes.record import Record, alive
from workshop.processes.starter import recorded
from workshop.workspace import leftovers

STAGE = "02_temporal_hello_world"
KERNEL = f"""
import time
from workshop.lab import Lab
lab = Lab("{STAGE}")
worker = lab.worker()
lab.fault("unavailable", on="weather")
try:
    print("READY", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    print("INTERRUPTED", flush=True)
    time.sleep(600)
"""
CHECKS = [check for check in doctor.CHECKS if check is not doctor.browser]  # a CI machine need not have one


class Day:
    """A course folder with its services, what is done in it, and a Lab in place of an open notebook."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.lab = Lab(STAGE)
        self.kernels: list[subprocess.Popen[str]] = []
        self.worker: workers.Worker  # once a step has started one

    def begin(self) -> None:
        self.lab._enter_folder()
        shutil.copytree(ROOT / "solutions" / STAGE, self.lab.folder, dirs_exist_ok=True)

    def end(self) -> None:
        self.lab.folder.mkdir(parents=True, exist_ok=True)  # it may have been put aside
        for kernel in self.kernels:
            kernel.kill()
            kernel.wait()
        self.kernels.clear()
        for record in recorded():
            if process := record.process():
                processes.stop(process, signal.SIGINT)
        services.up(lab=False, quiet=True)
        self.lab.clear_faults()
        self.lab.terminate_open_runs()
        until(lambda: not self.lab.open_runs())

    def type(self, *words: str, wait: bool = True) -> subprocess.Popen[str]:
        """Run a command as in a terminal of its own."""
        command = [sys.executable, "-m", "workshop", *words]
        typed = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.bench.env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if wait:
            said, _ = typed.communicate(timeout=1500)
            assert typed.returncode == 0, said
        return typed

    def service(self, name: str) -> psutil.Process:
        record = Record.read(LAB_DIR / "services" / f"{name}.json")
        assert record
        process = record.process()
        assert process
        return process

    def family(self) -> list[psutil.Process]:
        """Return everything that runs here: services, kernels, keepers, workers, and their children."""
        first = [self.service(name) for name in ("temporal", "gateway", "weather")]
        first += [psutil.Process(kernel.pid) for kernel in self.kernels]
        first += keepers()
        return [each for process in first for each in (process, *process.children(recursive=True))]


def keepers() -> list[psutil.Process]:
    """Return the keepers of the workers that run."""
    workers = [process for record in recorded() if (process := record.process())]
    return [keeper for worker in workers if (keeper := worker.parent())]


Step = Callable[[Day], Any]


# What one types


def up(day: Day) -> None:
    assert services.up(lab=False, quiet=True) == 0


def two_ups_at_once(day: Day) -> None:
    for typed in [day.type("up", "--no-lab", wait=False) for _ in range(2)]:
        assert typed.wait(60) == 0


def down(day: Day) -> None:
    assert services.down() == 0


def reset(day: Day) -> None:
    os.chdir(HOME)
    assert services.reset(yes=True) == 0


def run_lesson(*stages: str) -> Step:
    return lambda day: day.type("run", *stages)


def interrupt_run(day: Day) -> None:
    typed = day.type("run", "02", wait=False)
    until(recorded)
    os.killpg(typed.pid, signal.SIGINT)
    typed.communicate(timeout=60)


def rebuild(day: Day) -> None:
    assert notebooks.main(check=False) == 0


def edit(name: str, value: object) -> Step:
    def change(day: Day) -> None:
        text = ENV_FILE.read_text()
        ENV_FILE.write_text(re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE))

    return change


def move_the_gateway(day: Day) -> None:
    edit("GATEWAY_PORT", free_ports(1)[0])(day)


def delete(path: Path) -> Step:
    return lambda day: shutil.rmtree(path)


# What goes on in notebooks and terminals


def worker(day: Day) -> None:
    day.worker = day.lab.worker()


def stop(day: Day) -> None:
    day.worker.stop()


def crash(day: Day) -> None:
    day.worker.crash()


def worker_that_dies_by_itself(day: Day) -> None:
    (day.lab.folder / "worker.py").write_text("raise SystemExit('no luck')\n")
    day.lab.process("worker.py").wait(10)


def open_run(day: Day) -> None:
    async def start(client: Any) -> None:
        await client.start_workflow(
            "WeatherWorkflow", "CA", id=f"left-{time.time_ns()}", task_queue="hello-world-queue"
        )

    day.lab._temporal.ask(start)
    until(day.lab.open_runs)


def outage(day: Day) -> None:
    day.lab.fault("unavailable", on="weather")


def kernel(day: Day) -> None:
    """Start another notebook with a running worker and an active fault."""
    opened = subprocess.Popen(
        [sys.executable, "-c", KERNEL],
        stdout=subprocess.PIPE,
        text=True,
        env=day.bench.env,
        start_new_session=True,
    )
    day.kernels.append(opened)
    assert opened.stdout and any(line.startswith("READY") for line in opened.stdout)


def kill_kernel(day: Day) -> None:
    [record] = recorded()
    day.kernels[-1].kill()
    day.kernels[-1].wait()
    until(lambda: record.process() is None)


def interrupt_kernel(day: Day) -> None:
    opened = day.kernels[-1]
    os.killpg(opened.pid, signal.SIGINT)
    assert opened.stdout and opened.stdout.readline().strip() == "INTERRUPTED"


def kill_keeper_then_kernel(day: Day) -> None:
    for keeper in keepers():
        keeper.kill()
    day.kernels[-1].kill()
    day.kernels[-1].wait()


def fault_from_a_terminal(day: Day) -> None:
    answer = httpx.post(f"{settings().gateway_url}/bench/faults", json={"kind": "hang"}, trust_env=False)
    assert answer.status_code == 201


def fault_here(day: Day) -> None:
    day.lab.fault("rate_limit", times=2)


def worker_in_a_terminal(day: Day) -> None:
    command = [sys.executable, "-B", "worker.py"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=day.lab.folder, env=day.bench.env, stdout=quiet, stderr=quiet) as own:
        until(lambda: identity(own.pid) in day.lab.pollers())
        own.send_signal(signal.SIGINT)


def chaos_of_a_dead_notebook(day: Day) -> None:
    """Leave what an interrupted kernel leaves: a record of chaos whose process is gone."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    Record.of(psutil.Process(ended.pid), "lesson 05's notebook").write(leftovers.CHAOS / "1.json")
    ended.wait()


# What happens to processes and to the machine


def kill(name: str) -> Step:
    def killed(day: Day) -> None:
        process = day.service(name)
        process.kill()
        until(lambda: alive(process.pid) is None)

    return killed


def pause(name: str) -> Step:
    return lambda day: day.service(name).suspend()


def pause_worker(day: Day) -> None:
    psutil.Process(day.worker.pid).suspend()


def sleep(seconds: float) -> Step:
    def slept(day: Day) -> None:
        family = day.family()
        for process in family:
            process.suspend()
        time.sleep(seconds)
        for process in family:
            process.resume()

    return slept


def set_clock(step: float) -> Step:
    """Imitate a clock that was set: creation times of living processes move against those on record."""

    def moved(day: Day) -> None:
        for path in LAB_DIR.glob("*/*.json"):
            record = Record.read(path)
            if record:
                Record(**{**record.__dict__, "create_time": record.create_time - step}).write(path)

    return moved


def stop_temporal(day: Day) -> None:
    day.lab.stop_temporal()


def still_at_work(day: Day) -> None:
    assert day.worker.presence() == "polling" and [record.pid for record in recorded()] == [day.worker.pid]


def runs_go_on(day: Day) -> None:
    day.lab.clear_faults()
    until(lambda: not day.lab.open_runs())


def jupyter(day: Day) -> None:
    assert services.up(browser=False, quiet=True) == 0


def shut_jupyter_down(day: Day) -> None:
    """Do what File > Shut Down does."""
    process = day.service("jupyter")
    token = (LAB_DIR / "jupyter" / "token").read_text().strip()
    address = f"http://127.0.0.1:{settings().jupyter_port}/api/shutdown"
    httpx.post(address, headers={"Authorization": f"token {token}"}, trust_env=False)
    until(lambda: alive(process.pid) is None)


STOPPED = ("Temporal server: stopped", "Model gateway: stopped", "Weather service: stopped")

ROWS: list[tuple[str, list[Step], tuple[str, ...]]] = [
    ("up", [up], ()),
    ("up, run, down, up", [run_lesson("00"), down, up], ()),
    ("down", [worker, down], STOPPED),
    ("reset, up", [worker, reset, up], ()),
    ("two ups at once", [kill("weather"), two_ups_at_once], ()),
    ("run interrupted in lesson 02", [interrupt_run], ()),
    ("worker.stop()", [worker, stop], ()),
    ("worker.crash()", [worker, crash], ()),
    ("a worker that dies by itself", [worker_that_dies_by_itself], ()),
    ("a worker in a terminal, ended", [worker_in_a_terminal], ()),
    ("a paused worker", [worker, pause_worker], ("is paused",)),
    ("a lesson left in the middle", [worker, crash, open_run], ()),
    ("rebuild after a lesson", [worker, stop, rebuild], ()),
    ("kernel killed with its worker and its fault on", [kernel, kill_kernel], ()),
    ("keeper and kernel killed", [kernel, kill_keeper_then_kernel], ("has outlived its notebook",)),
    ("chaos whose notebook died", [chaos_of_a_dead_notebook], ()),
    ("a fault of another notebook that is open", [kernel], ("fault: weather service: unavailable",)),
    ("a notebook's own fault", [fault_here], ("fault: model gateway: rate_limit",)),
    ("a fault set in a terminal", [fault_from_a_terminal], ("fault: model gateway: hang",)),
    ("gateway killed", [kill("gateway")], ("Model gateway: died",)),
    ("Temporal killed", [kill("temporal")], ("Temporal server: died",)),
    ("all asleep and awake", [worker, sleep(1), still_at_work], ()),
    (
        "clock set by half a second, and by an hour",
        [worker, set_clock(0.5), still_at_work, set_clock(3600), still_at_work],
        (),
    ),
    (".env edited while all runs", [edit("PRACTICE_LATENCY_S", 0.1)], ()),
    ("the gateway's port moved while it runs", [move_the_gateway], ("its port was moved",)),
    (".lab deleted under running services", [delete(LAB_DIR)], 3 * ("deleted while it ran",)),
    ("records of services deleted", [delete(LAB_DIR / "services")], ()),
]
SLOW: list[tuple[str, list[Step], tuple[str, ...]]] = [
    ("up, down, up", [up, down, up], ()),
    (
        "a kernel interrupted with its fault on",
        [kernel, interrupt_kernel],
        ("fault: weather service: unavailable",),
    ),
    ("a paused service", [pause("weather")], ("it is paused",)),
    ("lab.stop_temporal()", [stop_temporal], ("Temporal server: stopped",)),
    ("JupyterLab shut down by its menu", [jupyter, shut_jupyter_down], ()),
    ("JupyterLab killed", [jupyter, kill("jupyter")], ("JupyterLab: died",)),
    (
        "the machine restarted, then up --no-lab",
        [jupyter, *map(kill, ("jupyter", "temporal", "gateway", "weather")), up],
        (),
    ),
    (
        "a minute's sleep with a run open",
        [worker, outage, open_run, sleep(60), runs_go_on, still_at_work],
        (),
    ),
    ("all lessons, run", [run_lesson()], ()),
]


@pytest.fixture(scope="module")
def opened(bench: Bench) -> Iterator[Day]:
    kept = ENV_FILE.read_text()
    day = Day(bench)
    yield day
    ENV_FILE.write_text(kept)
    services.up(lab=False, quiet=True)


@pytest.fixture
def day(opened: Day) -> Iterator[Day]:
    kept = ENV_FILE.read_text()
    opened.begin()
    yield opened
    ENV_FILE.write_text(kept)
    opened.end()


def bad() -> list[Diagnosis]:
    return [finding for check in CHECKS for finding in check() if not finding.well]


def cure(command: str) -> None:
    """Type what a finding names; `up` runs without JupyterLab, which saves three seconds."""
    command = command.split("   (")[0]
    if command == UP:
        assert services.up(lab=False, quiet=True) == 0
        return
    command = command.replace("workshop up", "workshop up --no-lab").replace("python3", sys.executable)
    subprocess.run(command, shell=True, cwd=ROOT, check=True, timeout=60)


def check_row(day: Day, steps: list[Step], expected: tuple[str, ...]) -> None:
    for step in steps:
        step(day)
    found = bad()
    assert len(found) == len(expected) and all(
        text in each.text for text, each in zip(expected, found, strict=True)
    ), found
    for command in dict.fromkeys(finding.next for finding in found):
        cure(command)
    if found:
        until(lambda: bad() == [])


def rows(table: list[tuple[str, list[Step], tuple[str, ...]]], *marks: pytest.MarkDecorator) -> list[Any]:
    return [pytest.param(steps, expected, id=name, marks=marks) for name, steps, expected in table]


@pytest.mark.xdist_group("doctor")
@pytest.mark.parametrize(
    ("steps", "expected"), [*rows(ROWS), *rows(SLOW, pytest.mark.slow, pytest.mark.timeout(1600))]
)
def test_doctor_after(day: Day, steps: list[Step], expected: tuple[str, ...]) -> None:
    check_row(day, steps, expected)
