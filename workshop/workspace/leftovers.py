"""What was left on: faults, workers, open runs, chaos; each in a line, with the way to end it.

For a lesson's card, for `status` and for doctor.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from workshop.config import LAB_DIR, Settings
from workshop.errors import LabError
from workshop.processes import process as processes
from workshop.processes.health import get_json
from workshop.processes.process import Record
from workshop.processes.workers import recorded
from workshop.words import count, duration_text
from workshop.workspace.control import Gateway, ServiceClient, Weather

CHAOS = LAB_DIR / "chaos"
"""A record of each notebook that kills its worker at random at the moment."""
OPEN_RUNS = "/api/v1/namespaces/default/workflows?query=" + quote('ExecutionStatus="Running"')
NAMED = 3
"""How many open runs of a task queue are named."""


@dataclass(frozen=True)
class Left:
    """One thing that is still on. `harm`: whether it breaks what comes next, however it was meant."""

    kind: str
    text: str
    shell: str = ""
    """What ends it, typed in a terminal."""
    cell: str = ""
    """What ends it, in a cell of any notebook."""
    queue: str = ""
    harm: bool = False

    @property
    def end(self) -> str:
        """What to type, for somebody in a terminal."""
        if not self.shell:
            return f"in a notebook: {self.cell}"
        return f"{self.shell}   (or in a notebook: {self.cell})" if self.cell else self.shell

    def __str__(self) -> str:
        return f"{self.text}. To end it: {self.cell or f'{self.shell} in a terminal'}"


def faults(service: ServiceClient) -> Iterator[Left]:
    """The live faults of a service, with whose they are. Raises LabError if it does not answer."""
    for fault in service.faults():
        owner = fault["owner"]
        whose = f"by {owner['name']}, process {owner['pid']}" if owner else "from outside the notebooks"
        at = time.strftime("%H:%M", time.localtime(fault["set_at"]))
        text = f"{service.name}: {describe(fault)} · set at {at} {whose}"
        yield Left("fault", text, f"curl -X DELETE {service.url}/bench/faults", "lab.clear_faults()", harm=True)


def workers() -> Iterator[Left]:
    """Processes of notebooks: those at work, those that are paused, those that have outlived their notebook."""
    for record in recorded():
        process = record.process()
        if process is None:
            continue
        where = f" on {record.queue}" if record.queue else ""
        what = f"{Path(record.folder).name}/{record.file}{where}, process {record.pid}"
        end = f"kill -INT {record.pid}"
        if processes.is_paused(process):
            end = f"kill -CONT {record.pid}"
            yield Left("worker", f"{what}, is paused: it lives, and does nothing", end, queue=record.queue, harm=True)
        elif not _has_keeper(process):
            yield Left("worker", f"{what}, has outlived its notebook", end, queue=record.queue, harm=True)
        else:
            yield Left("worker", f"{what}, ends with its notebook", end, queue=record.queue)


def _has_keeper(process: psutil.Process) -> bool:
    """Whether the helper that ends a notebook's processes with their notebook is still there."""
    try:
        parent = process.parent()
        return parent is not None and "workshop.processes.keeper" in parent.cmdline()
    except psutil.Error:
        return False


@contextmanager
def chaos_at_work(notebook: str) -> Iterator[None]:
    """Leave word that this process kills its worker, for as long as it does."""
    path = CHAOS / f"{os.getpid()}.json"
    Record.of(psutil.Process(), notebook).write(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def chaos() -> Iterator[Left]:
    """Notebooks that kill their worker again and again."""
    for record in processes.living(CHAOS).values():
        text = f"{record.name}, process {record.pid}, kills its worker at random (lab.chaos)"
        yield Left("chaos", text, f"kill -INT {record.pid}", harm=True)


def runs(settings: Settings) -> Iterator[Left]:
    """The open runs, by task queue. They cost nothing while they wait."""
    queues: dict[str, list[str]] = {}
    for found in (get_json(settings.temporal_ui_port, OPEN_RUNS) or {}).get("executions", []):
        queues.setdefault(found["taskQueue"], []).append(found["execution"]["workflowId"])
    for queue, ids in sorted(queues.items()):
        yield Left("open runs", f"{_some(ids)} on {queue}", cell=f"lab.terminate_open_runs({json.dumps(queue)})", queue=queue)


def _some(ids: list[str]) -> str:
    named = ", ".join(ids[:NAMED])
    return f"{count(len(ids), 'run')} ({named}{', …' if len(ids) > NAMED else ''})"


def everything(settings: Settings) -> Iterator[Left]:
    """All that is on. What a service that is down would say is left out: that it is down is said elsewhere."""
    for service in (Gateway(settings.gateway_url), Weather(settings.weather_service_url)):
        try:
            yield from faults(service)
        except LabError:
            continue
    yield from workers()
    yield from chaos()
    yield from runs(settings)


def describe(fault: dict[str, Any]) -> str:
    """A live fault in a line: what, for which requests, and how much longer."""
    what: str = fault["kind"]
    if fault.get("delay_s") is not None:
        what += f" by {fault['delay_s']:g} s" if what == "slow" else f" for {fault['delay_s']:g} s"
    if fault.get("retry_after_s"):
        what += f", Retry-After {fault['retry_after_s']:g} s"
    left = []
    if (times := fault.get("remaining_times")) is not None:
        left.append(f"{count(times, 'time')} left")
    if (seconds := fault.get("remaining_seconds")) is not None:
        left.append(f"{whole(seconds)} left")
    which = f" · requests with “{fault['match']}”" if fault.get("match") else ""
    return f"{what}{which} · {', '.join(left) or 'until it is switched off'}"


def whole(seconds: float) -> str:
    """A duration in whole seconds, for a line that changes each second."""
    number = max(1, round(seconds))
    return f"{number} s" if number < 60 else duration_text(number)
