"""A worker for lesson 03's agent (and the long conversation) with settings that a benchmark chooses.

python agent_worker.py --queue Q [--call-s 30] [--heartbeat-s 5] [--throttle-s 0] [--first-retry-s 1]
    [--sticky-s 1]        (0: the setting is omitted)
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "solutions" / "03_durable_agent")]

from activities import get_weather  # noqa: E402  # the lesson's own
from agents import AgentsException  # noqa: E402
from conversation_workflow import ConversationWorkflow, WaitingWorkflow  # noqa: E402
from temporalio.client import Client  # noqa: E402
from temporalio.common import RetryPolicy  # noqa: E402
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin  # noqa: E402
from temporalio.worker import Worker  # noqa: E402
from workflow import WeatherAgentWorkflow  # noqa: E402


async def main(
    queue: str,
    call_s: float,
    heartbeat_s: float,
    sticky_s: float,
    throttle_s: float = 0,
    first_retry_s: float = 1,
) -> None:
    calls: dict[str, Any] = {"start_to_close_timeout": timedelta(seconds=call_s)}
    if heartbeat_s:
        calls["heartbeat_timeout"] = timedelta(seconds=heartbeat_s)
    first = timedelta(seconds=first_retry_s)
    calls["retry_policy"] = RetryPolicy(maximum_attempts=5, initial_interval=first)
    options: dict[str, Any] = {}
    if throttle_s:
        options["max_heartbeat_throttle_interval"] = timedelta(seconds=throttle_s)
    if sticky_s:
        options["sticky_queue_schedule_to_start_timeout"] = timedelta(seconds=sticky_s)
    client = await Client.connect(
        os.environ["TEMPORAL_ADDRESS"],
        plugins=[OpenAIAgentsPlugin(model_params=ModelActivityParameters(**calls))],
    )
    worker = Worker(
        client,
        task_queue=queue,
        workflows=[WeatherAgentWorkflow, ConversationWorkflow, WaitingWorkflow],
        activities=[get_weather],
        workflow_failure_exception_types=[AgentsException],
        **options,
    )
    await worker.run()


def package_of(path: str) -> str:
    """Return whose code a file is, by the packages that matter here."""
    for part, name in (
        ("temporalio/openai_agents", "the plugin (temporalio-openai-agents)"),
        ("temporalio", "Temporal's SDK"),
        ("/agents/", "openai-agents"),
        ("/openai/", "openai"),
        ("pydantic", "pydantic"),
        ("http", "httpx"),
        ("solutions/03_durable_agent", "ours"),
        ("asyncio", "asyncio"),
    ):
        if part in path:
            return name
    return "the rest of Python"


def profiled(out: Path, runs: int, queue: str) -> None:
    """Run the worker until SIGINT, and from SIGUSR1 profile all threads' processor time. Write seconds per
    run by package.
    """
    import yappi

    yappi.set_clock_type("cpu")
    signal.signal(signal.SIGUSR1, lambda *_: yappi.start())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(queue, 30, 5, 1))
    yappi.stop()
    seconds: Counter[str] = Counter()
    for one in yappi.get_func_stats():
        seconds[package_of(one.module)] += one.tsub / runs
    out.write_text(json.dumps(dict(seconds.most_common())))
    os._exit(0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--queue", required=True)
    parser.add_argument("--call-s", type=float, default=30)
    parser.add_argument("--heartbeat-s", type=float, default=5)
    parser.add_argument("--sticky-s", type=float, default=1)
    parser.add_argument("--throttle-s", type=float, default=0)
    parser.add_argument("--first-retry-s", type=float, default=1)
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args()
    if given.profile:
        profiled(given.profile, given.runs, given.queue)
    asyncio.run(
        main(
            *(given.queue, given.call_s, given.heartbeat_s, given.sticky_s),
            *(given.throttle_s, given.first_retry_s),
        )
    )
