"""Two workers on two machines, and a cable that is pulled while one of them makes a model call.

    sudo .venv/bin/python benchmarks/two_machines.py [--call-s 8] [--times 5] [--trial]

Linux and root only. A machine is a network namespace with its own loopback and one cable to a switch; the
services stay where they are and are reached through the switch. A pulled cable ends no connection: packets
vanish, as with a dead router, and both sides think that the other is slow. Each row is one way to lose a
worker in the middle of lesson 03's second model call, `times` times:

- *killed*: the process gets SIGKILL. Its connections close, and the server knows.
- *pulled for good*: the cable stays out until the run has ended. The worker lives and knows nothing.
- *pulled for 3 s*: shorter than the heartbeat time-out.

Then the cable goes back in: is the late answer refused, and do both machines work again? An *old attempt*
may still begin there: the lost machine was given it before, so nobody made a recorded call again.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from common import HERE, Bench, median, parser, polls, report, services, sizes
from recovery import second_call_started
from temporalio.client import Client, WorkflowHandle
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import WeatherAgentWorkflow

from workshop import history
from workshop.workspace import receipts
from workshop.workspace.control import Gateway

NETWORK = "10.213.77"
SWITCH = f"{NETWORK}.1"
SHORT_S = 3.0
"""How long a cable is out that goes back in before anybody misses the worker, in seconds."""
QUESTION = "Are there weather alerts in Ohio?"
SHARED = 8
"""Runs started at once when the cable is back, to see who works."""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def switch(name: str, bench: Bench) -> Iterator[str]:
    """Put up a switch, at whose address the services can be reached."""
    now = bench.settings
    ports = [now.temporal_port, now.gateway_port, now.weather_port]
    with ExitStack() as stack:
        ip("link", "add", name, "type", "bridge")
        stack.callback(ip, "link", "delete", name)
        ip("address", "add", f"{SWITCH}/24", "dev", name)
        ip("link", "set", name, "up")
        command = [sys.executable, __file__, "--relay", SWITCH, "127.0.0.1", *map(str, ports)]
        stack.callback(end, subprocess.Popen(command))
        while not all(answers(port) for port in ports):
            time.sleep(0.1)
        yield name


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((SWITCH, port), timeout=1):
        return True
    return False


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@dataclass
class Machine:
    """A network namespace with a cable to the switch, and the worker that runs in it."""

    name: str
    address: str
    worker: subprocess.Popen[bytes] | None = None

    def run(self, bench: Bench, *words: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a Python program on this machine."""
        log = (bench.home / f"{self.name}.log").open("ab")
        command = ["ip", "netns", "exec", self.name, sys.executable, *words]
        return subprocess.Popen(command, env={**bench.env, **more}, stdout=log, stderr=log)

    def cable(self, is_in: bool) -> None:
        ip("link", "set", self.name, "up" if is_in else "down")

    @property
    def pid(self) -> int:
        return self.worker.pid if self.worker else 0

    async def work(self, bench: Bench, client: Client, queue: str) -> None:
        """Start the machine's worker and wait until it polls."""
        address = f"{SWITCH}:{bench.settings.temporal_port}"
        script = str(HERE / "agent_worker.py")
        self.worker = self.run(bench, script, "--queue", queue, TEMPORAL_ADDRESS=address)
        async with asyncio.timeout(60):
            await polls(client, queue, self.pid)

    def stop(self) -> None:
        if self.worker:
            end(self.worker)


@contextmanager
def machine(bench: Bench, name: str, number: int, on: str) -> Iterator[Machine]:
    """Set up a machine. Gateway and weather service answer to 127.0.0.1 alone: on each machine, a relay
    takes their place.
    """
    made = Machine(name, f"{NETWORK}.{number}")
    ip("netns", "add", name)
    with ExitStack() as stack:
        stack.callback(ip, "netns", "delete", name)
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", name, "master", on, "up")
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "address", "add", f"{made.address}/24", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        ports = [str(bench.settings.gateway_port), str(bench.settings.weather_port)]
        passing_on = made.run(bench, __file__, "--relay", "127.0.0.1", SWITCH, *ports)
        stack.callback(end, passing_on)
        stack.callback(made.stop)
        yield made


async def relay(host: str, target: str, port: int) -> asyncio.Server:
    """Pass on what is sent to `host`:`port` to the same port of `target`, and back."""

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(target, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pipe(reader, back), pipe(there, writer))

    return await asyncio.start_server(serve, host, port)


async def pass_on(host: str, target: str, *ports: str) -> None:
    servers = [await relay(host, target, int(port)) for port in ports]
    await asyncio.gather(*(server.serve_forever() for server in servers))


Loss = Callable[[Machine], Awaitable[None]]


async def killed(machine: Machine) -> None:
    machine.stop()


async def pulled_for_good(machine: Machine) -> None:
    machine.cable(is_in=False)


async def pulled_briefly(machine: Machine) -> None:
    machine.cable(is_in=False)
    await asyncio.sleep(SHORT_S)
    machine.cable(is_in=True)


LOSSES: dict[str, Loss] = {
    "killed": killed,
    "cable out for good": pulled_for_good,
    f"cable out for {SHORT_S:.0f} s": pulled_briefly,
}


@dataclass
class Trial:
    """Two machines at work on one task queue, and the services that they use."""

    bench: Bench
    client: Client
    machines: tuple[Machine, Machine]
    queue: str
    call_s: float

    async def start(self) -> WorkflowHandle[Any, Any]:
        name = f"two-machines-{uuid4().hex[:8]}"
        question = f"{QUESTION} ({name})"
        return await self.client.start_workflow(
            WeatherAgentWorkflow.run, question, id=name, task_queue=self.queue
        )

    async def holder(self, handle: WorkflowHandle[Any, Any]) -> Machine:
        """Return the machine that makes the run's model call."""
        raw = (await handle.describe()).raw_description
        worker = int(raw.pending_activities[0].last_worker_identity.split("@")[0])
        return next(machine for machine in self.machines if machine.pid == worker)

    async def lose(self, loss: Loss) -> dict[str, Any]:
        """Lose the machine that makes the second call, in the middle of it; return what happened."""
        handle = await self.start()
        started = await second_call_started(handle)
        lost = await self.holder(handle)
        await asyncio.sleep(max(0.0, started + self.call_s / 2 - time.time()))
        began = time.monotonic()
        await loss(lost)
        await handle.result()
        took = time.monotonic() - began
        lives = lost.worker is not None and lost.worker.poll() is None
        lost.cable(is_in=True)
        await asyncio.sleep(self.call_s)  # a late answer would come by now
        run = await history.read(handle)
        bill = await asyncio.to_thread(Gateway(self.bench.settings.gateway_url).bill, workflow=handle.id)
        found = receipts.compare(run, bill["rows"])
        call = run.model_calls[-1]
        old = [row for row in found.repeated if row["activity"] == call.activity_id]
        late = sum(row["attempt"] < call.attempts for row in old)
        if not lives:
            await lost.work(self.bench, self.client, self.queue)
        return {
            "took_s": took,
            "lives": lives,
            "elsewhere": (call.worker or "").split("@")[0] != str(lost.pid) or not lives,
            "attempts": call.attempts,
            "timed_out": sum(task.state == "timed_out" for task in run.workflow_tasks),
            "repeated": len(found.repeated) - late,
            "late": late,
            "wasted": len(found.wasted),
        }

    async def who_works(self) -> int:
        """Start some runs at once; return how many of the two machines made model calls."""
        handles = [await self.start() for _ in range(SHARED)]
        await asyncio.gather(*(handle.result() for handle in handles))
        runs = [await history.read(handle) for handle in handles]
        return len({step.worker for run in runs for step in run.steps if step.kind == "model"})


def row(name: str, found: list[dict[str, Any]], working: int) -> dict[str, Any]:
    return {
        "the worker's machine": name,
        "times": len(found),
        "worker still alive": sum(one["lives"] for one in found),
        "finished by the other machine": sum(one["elsewhere"] for one in found),
        "seconds to the result, median": round(median([one["took_s"] for one in found]), 1),
        "worst": round(max(one["took_s"] for one in found), 1),
        "attempts at the call": " ".join(str(one["attempts"]) for one in found),
        "workflow tasks timed out": " ".join(str(one["timed_out"]) for one in found),
        "recorded calls made again": sum(one["repeated"] for one in found),
        "old attempts begun after that": sum(one["late"] for one in found),
        "calls wasted": sum(one["wasted"] for one in found),
        "machines at work afterwards": working,
    }


async def main(call_s: float, times: int, trial: bool) -> int:
    tag = str(os.getpid())[-6:]
    rows = []
    with services("two_machines") as bench, ExitStack() as stack:
        on = stack.enter_context(switch(f"switch{tag}", bench))
        machines = [stack.enter_context(machine(bench, f"m{n}-{tag}", n, on)) for n in (11, 12)]
        Gateway(bench.settings.gateway_url).fault("slow", delay_s=call_s, match="severity")
        client = await Client.connect(bench.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
        both = Trial(bench, client, (machines[0], machines[1]), f"two-{tag}", call_s)
        await asyncio.gather(*(one.work(bench, client, both.queue) for one in machines))
        for name, loss in LOSSES.items():
            found = [await both.lose(loss) for _ in range(times)]
            rows.append(row(name, found, await both.who_works()))
            print(rows[-1], flush=True)
    report("two_machines", {"call_s": call_s, "rows": rows}, trial)
    return int(
        any(row["recorded calls made again"] or row["machines at work afterwards"] < 2 for row in rows)
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--relay"]:
        asyncio.run(pass_on(*sys.argv[2:]))
    if (
        sys.platform != "linux"
        or os.geteuid() != 0
        or not any(Path(folder, "ip").exists() for folder in os.environ["PATH"].split(":"))
    ):
        sys.exit("Two machines need Linux, root and the command `ip` (Debian: apt install iproute2).")
    given = sizes(parser(__doc__), call_s=(8.0, 4.0), times=(5, 1))
    sys.exit(asyncio.run(main(given.call_s, given.times, given.trial)))
