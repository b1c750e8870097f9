"""A worker for lesson 03's agent (and the long conversation) with settings that a benchmark chooses.

python agent_worker.py --queue Q [--call-s 30] [--heartbeat-s 5] [--beat-s 0] [--throttle-s 1]
    [--first-retry-s 1] [--sticky-s 1] [--variant NAME …]      (0: the setting is omitted)

`beat-s`: send heartbeats of our own this often, in seconds, beside the plugin's, which come at half the
time-out. `variant`: one of VARIANTS, for step_price.py.
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

import uvloop  # noqa: E402
from activities import get_weather  # noqa: E402  # the lesson's own
from agents import AgentsException, set_tracing_disabled  # noqa: E402
from conversation_workflow import ConversationWorkflow, WaitingWorkflow  # noqa: E402
from temporalio import activity  # noqa: E402
from temporalio.client import Client  # noqa: E402
from temporalio.common import RetryPolicy  # noqa: E402
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin  # noqa: E402
from temporalio.worker import (  # noqa: E402
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    PollerBehaviorSimpleMaximum,
    UnsandboxedWorkflowRunner,
    Worker,
)
from temporalio.worker.workflow_sandbox import (  # noqa: E402
    SandboxedWorkflowRunner,
    SandboxRestrictions,
)
from workflow import WeatherAgentWorkflow  # noqa: E402


class Beats(ActivityInboundInterceptor):
    """Sends a heartbeat every so many seconds while an activity runs."""

    def __init__(self, next: ActivityInboundInterceptor, every_s: float) -> None:
        super().__init__(next)
        self.every_s = every_s

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        beating = asyncio.create_task(self.beat())
        try:
            return await super().execute_activity(input)
        finally:
            beating.cancel()

    async def beat(self) -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(self.every_s)


class Beating(Interceptor):
    """Gives every activity heartbeats of our own, beside the plugin's."""

    def __init__(self, every_s: float) -> None:
        self.every_s = every_s

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return Beats(next, self.every_s)


OPEN = SandboxRestrictions.default.with_passthrough_all_modules()
VARIANTS: dict[str, dict[str, Any]] = {
    "no sandbox": {"workflow_runner": UnsandboxedWorkflowRunner()},
    "all modules passed through": {"workflow_runner": SandboxedWorkflowRunner(restrictions=OPEN)},
    "activities not eager": {"disable_eager_activity_execution": True},
    "one poller each": {
        "workflow_task_poller_behavior": PollerBehaviorSimpleMaximum(2),
        "activity_task_poller_behavior": PollerBehaviorSimpleMaximum(1),
    },
    "no cached workflows": {"max_cached_workflows": 0},
    "no tracing": {},
    "no spans of Temporal": {},
    "uvloop": {},
}
"""What can be set on a worker, or on what it runs, and might change the price of a step."""


async def main(given: argparse.Namespace) -> None:
    calls: dict[str, Any] = {
        "start_to_close_timeout": timedelta(seconds=given.call_s),
        "retry_policy": RetryPolicy(
            maximum_attempts=5,
            initial_interval=timedelta(seconds=given.first_retry_s),
        ),
    }
    if given.heartbeat_s:
        calls["heartbeat_timeout"] = timedelta(seconds=given.heartbeat_s)
    options: dict[str, Any] = {}
    if given.throttle_s:
        options["max_heartbeat_throttle_interval"] = timedelta(seconds=given.throttle_s)
    if given.sticky_s:
        options["sticky_queue_schedule_to_start_timeout"] = timedelta(seconds=given.sticky_s)
    for variant in given.variant:
        options |= VARIANTS[variant]
    if given.beat_s:
        options["interceptors"] = [Beating(given.beat_s)]
    client = await Client.connect(
        os.environ["TEMPORAL_ADDRESS"],
        plugins=[
            OpenAIAgentsPlugin(
                model_params=ModelActivityParameters(**calls),
                add_temporal_spans="no spans of Temporal" not in given.variant,
            )
        ],
    )
    worker = Worker(
        client,
        task_queue=given.queue,
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


def profiled(given: argparse.Namespace) -> None:
    """Run the worker until SIGINT, and from SIGUSR1 profile all threads' processor time. Write seconds per
    run by package.
    """
    import yappi

    yappi.set_clock_type("cpu")
    signal.signal(signal.SIGUSR1, lambda *_: yappi.start())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(given))
    yappi.stop()
    seconds: Counter[str] = Counter()
    for one in yappi.get_func_stats():
        seconds[package_of(one.module)] += one.tsub / given.runs
    given.profile.write_text(json.dumps(dict(seconds.most_common())))
    os._exit(0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--queue", required=True)
    parser.add_argument("--call-s", type=float, default=30)
    parser.add_argument("--heartbeat-s", type=float, default=5)
    parser.add_argument("--sticky-s", type=float, default=1)
    parser.add_argument("--beat-s", type=float, default=0)
    parser.add_argument("--throttle-s", type=float, default=1)
    parser.add_argument("--first-retry-s", type=float, default=1)
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--variant", nargs="*", choices=list(VARIANTS), default=[])
    given = parser.parse_args()
    set_tracing_disabled("no tracing" in given.variant)
    if given.profile:
        profiled(given)
    with contextlib.suppress(KeyboardInterrupt):
        (uvloop if "uvloop" in given.variant else asyncio).run(main(given))
