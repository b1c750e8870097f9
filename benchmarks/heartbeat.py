"""Which heartbeat time-out is short enough to find a dead worker soon, and long enough not to take a busy
one for dead?

    .venv/bin/python benchmarks/heartbeat.py [--times 6] [--calls 10] [--trial]

Each setting has a worker of its own; all of them meet the same trouble at the same moment, while each makes
`calls` calls of 12 s that send heartbeats: as the plugin does, at half the time-out, or more often. A call
with a second attempt is a false alarm. *Held back* is the worker's `max_heartbeat_throttle_interval`: without
one, the SDK holds heartbeats back for four fifths of the time-out. The last column is the longest that a dead
worker stays undetected.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from common import Bench, parser, polls, report, services, sizes
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

CALL_S = 12.0
HEAP = 1_000_000
"""Objects that a full run of the garbage collector has to look at."""
PHASES_S = (1.0, 2.1, 3.3, 4.2, 5.5, 6.2)
"""How long after the calls the trouble begins, in turn, in seconds. Each setting has its weak moments, just
before it sends a heartbeat: with 5 s and the SDK's own throttle that is after 2.5, 6.5 and 10.5 s."""
_HELD: list[Any] = []
BUSY = 20
SETTINGS = (
    *((5.0, 0.0, 0.0), (5.0, 0.0, 1.0), (4.0, 0.0, 1.0), (3.0, 0.0, 1.0), (2.0, 0.0, 0.5)),
    *((4.0, 0.5, 0.5), (3.0, 0.5, 0.5), (2.0, 0.5, 0.5)),
)
"""Heartbeat time-out, beat and throttle, in seconds; 0: the plugin's beat, the SDK's throttle."""


@activity.defn
async def call(seconds: float, beat_s: float) -> None:
    async def beat() -> None:
        while True:
            await asyncio.sleep(beat_s)
            activity.heartbeat()

    beating = asyncio.create_task(beat())
    try:
        await asyncio.sleep(seconds)
    finally:
        beating.cancel()


@workflow.defn
class Calls:
    @workflow.run
    async def run(self, count: int, timeout_s: float, beat_s: float) -> None:
        await asyncio.gather(
            *(
                workflow.start_activity(
                    call,
                    args=[CALL_S, beat_s],
                    start_to_close_timeout=timedelta(seconds=60),
                    heartbeat_timeout=timedelta(seconds=timeout_s),
                )
                for _ in range(count)
            )
        )


async def work(address: str, queue: str, throttle_s: float) -> None:
    """Be a worker, which blocks its event loop for 1 s at each SIGUSR1 and collects garbage at SIGUSR2."""
    _HELD.extend([] for _ in range(HEAP))

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, time.sleep, 1.0)
    loop.add_signal_handler(signal.SIGUSR2, gc.collect)
    more: dict[str, Any] = (
        {"max_heartbeat_throttle_interval": timedelta(seconds=throttle_s)} if throttle_s else {}
    )
    client = await Client.connect(address)
    await Worker(
        client,
        task_queue=queue,
        workflows=[Calls],
        activities=[call],
        workflow_runner=UnsandboxedWorkflowRunner(),
        **more,
    ).run()


@dataclass
class Setting:
    timeout_s: float
    beat_s: float
    throttle_s: float
    process: subprocess.Popen[bytes]
    queue: str
    alarms: dict[str, int]

    def tell(self, number: int) -> None:
        self.process.send_signal(number)


Workers = list[Setting]


@asynccontextmanager
async def nothing(workers: Workers) -> AsyncIterator[None]:
    yield


def told(number: int, every_s: float) -> Any:
    """The trouble that workers make for themselves at a signal, three times."""

    @asynccontextmanager
    async def trouble(workers: Workers) -> AsyncIterator[None]:
        for _ in range(3):
            for one in workers:
                one.tell(number)
            await asyncio.sleep(every_s)
        yield

    return trouble


@contextmanager
def running(count: int, script: str, *words: str) -> Iterator[None]:
    """Run so many copies of a Python script."""
    copies = [subprocess.Popen([sys.executable, "-c", script, *words, str(n)]) for n in range(count)]
    try:
        yield
    finally:
        for one in copies:
            one.kill()
            one.wait()


@asynccontextmanager
async def busy(workers: Workers) -> AsyncIterator[None]:
    with running(BUSY, "while True: pass"):
        yield


def frozen(seconds: float) -> Any:
    @asynccontextmanager
    async def trouble(workers: Workers) -> AsyncIterator[None]:
        for one in workers:
            one.tell(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        for one in workers:
            one.tell(signal.SIGCONT)
        yield

    return trouble


@asynccontextmanager
async def slow_disk(workers: Workers) -> AsyncIterator[None]:
    """Write and sync all the time, beside Temporal's database."""
    script = (
        "import os, sys\nf = os.open(sys.argv[1] + sys.argv[2], os.O_CREAT | os.O_WRONLY)\n"
        "while True: os.pwrite(f, b'x' * 4_000_000, 0); os.fsync(f)"
    )
    with running(4, script, os.environ["WORKSHOP_HOME"] + "/noise-"):
        yield


TROUBLES: dict[str, Any] = {
    "nothing": nothing,
    "loop blocked 3 times 1 s": told(signal.SIGUSR1, 3),
    f"collector, {HEAP / 1e6:.0f} M objects": told(signal.SIGUSR2, 2),
    f"{BUSY} busy processes": busy,
    "frozen 1 s": frozen(1.0),
    "frozen 2 s": frozen(2.0),
    "frozen 4 s": frozen(4.0),
    "disk kept busy": slow_disk,
}


async def false_alarms(client: Client, workers: Workers, trouble: str, calls: int, after_s: float) -> None:
    """Let every worker make its calls through the trouble; count those that were taken for dead."""
    handles = [
        await client.start_workflow(
            Calls.run,
            args=[calls, one.timeout_s, one.beat_s or one.timeout_s / 2],
            id=f"heartbeat-{uuid4()}",
            task_queue=one.queue,
        )
        for one in workers
    ]
    await asyncio.sleep(after_s)
    async with TROUBLES[trouble](workers):
        await asyncio.gather(*(handle.result() for handle in handles))
    for one, handle in zip(workers, handles, strict=True):
        again = 0
        async for event in handle.fetch_history_events():
            if event.HasField("activity_task_started_event_attributes"):
                again += event.activity_task_started_event_attributes.attempt > 1
        one.alarms[trouble] = one.alarms.get(trouble, 0) + again


def start(bench: Bench, timeout_s: float, beat_s: float, throttle_s: float) -> Setting:
    queue = f"heartbeat-{timeout_s}-{beat_s}-{throttle_s}"
    command = [sys.executable, __file__, "--worker", bench.settings.temporal_address, queue, str(throttle_s)]
    process = subprocess.Popen(command, env=bench.env, stderr=subprocess.DEVNULL)  # each alarm is a traceback
    return Setting(timeout_s, beat_s, throttle_s, process, queue, {})


async def main(times: int, calls: int, trial: bool) -> int:
    with services("heartbeat") as bench:
        workers = [start(bench, *setting) for setting in SETTINGS]
        try:
            client = await Client.connect(bench.settings.temporal_address)
            async with asyncio.timeout(60):
                for one in workers:
                    await polls(client, one.queue, one.process.pid)
            for trouble in TROUBLES:
                for number in range(times):
                    after_s = PHASES_S[number % len(PHASES_S)]
                    await false_alarms(client, workers, trouble, calls, after_s)
                print(trouble, [one.alarms[trouble] for one in workers], flush=True)
        finally:
            for one in workers:
                one.process.kill()
                one.process.wait()
    rows = [
        {
            "time-out s": one.timeout_s,
            "beats every, s": one.beat_s or f"{one.timeout_s / 2:g} (plugin's)",
            "held back, s": one.throttle_s or f"{0.8 * one.timeout_s:.1f} (SDK's)",
            **{name: f"{one.alarms[name]} of {times * calls}" for name in TROUBLES},
            "dead for, at most, s": one.timeout_s,
        }
        for one in workers
    ]
    report("heartbeat", {"rows": rows, "call_s": CALL_S}, trial)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        asyncio.run(work(sys.argv[2], sys.argv[3], float(sys.argv[4])))
    given = sizes(parser(__doc__), times=(6, 1), calls=(10, 4))
    sys.exit(asyncio.run(main(given.times, given.calls, given.trial)))
