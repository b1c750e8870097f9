"""■ in a real kernel: a cell is back within a second, whatever it waits for, and the next cell runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bench_instance import Bench
from jupyter_client.blocking.client import BlockingKernelClient
from kernel_clicks import kernel_of, run_cell

BACK_WITHIN_S = 1.0
OPENING = """
import asyncio, httpx, os, time
from pathlib import Path
from temporalio.client import Client
from workshop.lab import Lab
lab = Lab("02_temporal_hello_world")
lab.bring()
Path("idle.py").write_text("import time; time.sleep(60)")
client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
async def ask():
    return await client.start_workflow(
        "WeatherWorkflow", "CA", id=f"stop-{time.time_ns()}", task_queue="nobody-queue"
    )
handle = await ask()
process = lab.process("idle.py")
"""
WAITING = [
    "await handle.result()",
    "await asyncio.sleep(45)",
    "await asyncio.Event().wait()",
    "await lab.watch(handle)",
    "await lab.model_call_in_flight()",
    "await asyncio.to_thread(time.sleep, 5)",
    "await asyncio.gather(handle.result(), asyncio.sleep(45))",
    "time.sleep(45)",
    "await asyncio.sleep(0); time.sleep(45)",
    "await asyncio.sleep(0)\nwhile True: pass",
    "process.wait()",
    "await asyncio.sleep(0); process.wait()",
    "!sleep 45",
    "await asyncio.sleep(0)\n!sleep 45",
    'lab.worker("idle.py", queue="idle-queue")',
    'await asyncio.sleep(0); lab.worker("idle.py", queue="idle-queue")',
    "while len(lab.weather.notices()) < 10**9: await asyncio.sleep(0.05)",  # other tests leave notices
]


@pytest.fixture(scope="module")
def kernel(bench: Bench) -> Iterator[BlockingKernelClient]:
    with kernel_of(bench) as client:
        assert run_cell(client, OPENING).error == ""
        yield client


@pytest.mark.parametrize("source", WAITING)
def test_a_waiting_cell_is_back_within_a_second(kernel: BlockingKernelClient, source: str) -> None:
    stopped = run_cell(kernel, source, stop=0.8)
    assert stopped.error in ("KeyboardInterrupt", "CancelledError") or "^C" in stopped.printed, stopped
    assert stopped.seconds < BACK_WITHIN_S, stopped
    assert "Traceback" not in stopped.printed
    assert (
        run_cell(kernel, "print('next', len(lab.gateway.faults()), lab.deaths() == lab.deaths())").printed
        == "next 0 True\n"
    )
