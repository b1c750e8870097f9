"""What was left on: faults, workers, open runs, chaos. One line for each, with how to end it.

For a lesson's card, for `status` and for `doctor`.
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
from workshop.processes.record import Record, living
from workshop.processes.starter import recorded
from workshop.words import count, duration_text
from workshop.workspace.control import Gateway, ServiceClient, Weather

CHAOS = LAB_DIR / "chaos"
"""Where each notebook that is killing its worker at random keeps a record."""
OPEN_RUNS = "/api/v1/namespaces/default/workflows?query=" + quote('ExecutionStatus="Running"')
NAMED = 3
"""How many open runs of each task queue are named."""


@dataclass(frozen=True)
class Left:
    """One thing that is still on. `harm`: whether it breaks what comes next, on purpose or not."""

    kind: str
    text: str
    shell: str = ""
    """What to type in a terminal to end it."""
    cell: str = ""
    """What to run in a cell of any notebook to end it."""
    queue: str = ""
    harm: bool = False
    several: bool = False

    @property
    def to_end(self) -> str:
        """The words before `end`."""
        return f"to end {'them' if self.several else 'it'}"

    @property
    def end(self) -> str:
        """How to end it, as told in a terminal."""
        if not self.shell:
            return f"in a notebook: {self.cell}"
        return f"{self.shell}   (or in a notebook: {self.cell})" if self.cell else self.shell

    def __str__(self) -> str:
        return f"{self.text}. {self.to_end.capitalize()}: {self.cell or f'{self.shell} in a terminal'}"


def faults(service: ServiceClient) -> Iterator[Left]:
    """Yield a service's faults that are on, with owners. Raises LabError if it does not answer."""
    for fault in service.faults():
        owner = fault["owner"]
        whose = f"by {owner['name']}, process {owner['pid']}" if owner else "from outside the notebooks"
        at = time.strftime("%H:%M", time.localtime(fault["set_at"]))
        text = f"{service.name}: {describe(fault)} · set at {at} {whose}"
        yield Left(
            "fault", text, f"curl -X DELETE {service.url}/bench/faults", "lab.clear_faults()", harm=True
        )


def workers() -> Iterator[Left]:
    """Yield the processes of notebooks: at work, paused, or outliving their notebook."""
    for record in recorded():
        process = record.process()
        if process is None:
            continue
        where = f" on {record.queue}" if record.queue else ""
        what = f"{Path(record.folder).name}/{record.file}{where}, process {record.pid}"
        end = f"kill -INT {record.pid}"
        if processes.is_paused(process):
            end = f"kill -CONT {record.pid}"
            yield Left(
                "worker", f"{what}, is paused: it lives, and does nothing", end, queue=record.queue, harm=True
            )
        elif not _has_keeper(process):
            yield Left("worker", f"{what}, has outlived its notebook", end, queue=record.queue, harm=True)
        else:
            yield Left("worker", f"{what}, ends with its notebook", end, queue=record.queue)


def _has_keeper(process: psutil.Process) -> bool:
    """Return whether the process still has its keeper, which ends it with its notebook."""
    try:
        parent = process.parent()
        return parent is not None and "workshop.processes.keeper" in parent.cmdline()
    except psutil.Error:
        return False


@contextmanager
def chaos_at_work(notebook: str) -> Iterator[None]:
    """Keep a record that this process kills its worker, for as long as it does."""
    path = CHAOS / f"{os.getpid()}.json"
    Record.of(psutil.Process(), notebook).write(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def chaos() -> Iterator[Left]:
    """Yield the notebooks that are killing their worker at random."""
    for record in living(CHAOS).values():
        text = f"{record.name}, process {record.pid}, kills its worker at random (lab.chaos)"
        yield Left("chaos", text, f"kill -INT {record.pid}", harm=True)


def runs(settings: Settings) -> Iterator[Left]:
    """Yield the open runs, by task queue. They cost nothing while they wait."""
    queues: dict[str, list[str]] = {}
    for found in (get_json(settings.temporal_ui_port, OPEN_RUNS) or {}).get("executions", []):
        queues.setdefault(found["taskQueue"], []).append(found["execution"]["workflowId"])
    for queue, ids in sorted(queues.items()):
        yield Left(
            "open runs",
            f"{_some(ids)} on {queue}",
            cell=f"lab.terminate_open_runs({json.dumps(queue)})",
            queue=queue,
            several=len(ids) > 1,
        )


def _some(ids: list[str]) -> str:
    named = ", ".join(ids[:NAMED])
    return f"{count(len(ids), 'run')} ({named}{', …' if len(ids) > NAMED else ''})"


def everything(settings: Settings) -> Iterator[Left]:
    """Yield everything that is on. A service that is down is left out: other messages say that it is down."""
    for service in (Gateway(settings.gateway_url), Weather(settings.weather_service_url)):
        try:
            yield from faults(service)
        except LabError:
            continue
    yield from workers()
    yield from chaos()
    yield from runs(settings)


_FOR = {"slow": "by", "trickle": "over"}


def describe(fault: dict[str, Any]) -> str:
    """Describe a fault that is on in one line: what, for which requests, and how much longer."""
    what: str = fault["kind"]
    if fault.get("delay_s") is not None:
        what += f" {_FOR.get(what, 'for')} {fault['delay_s']:g} s"
    if fault.get("characters") is not None:
        what += f" after {count(fault['characters'], 'character')}"
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
    """Return a duration in whole seconds, for a line that changes every second."""
    number = max(1, round(seconds))
    return f"{number} s" if number < 60 else duration_text(number)
