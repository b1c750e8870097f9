"""The worker: runs the research's own code and makes its model calls.

python run_worker.py
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

from agents import AgentsException
from deep_research.connection import connect
from dotenv import load_dotenv
from research_workflow import TASK_QUEUE, InteractiveResearchWorkflow
from temporalio.common import RetryPolicy
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import Worker

ONE_SECOND = timedelta(seconds=1)

### BEGIN SOLUTION from "model_calls.py": let a dead worker be detected within seconds, and end a call that keeps failing
MODEL_CALLS = ModelActivityParameters(
    start_to_close_timeout=timedelta(seconds=120),  # a long report needs its time
    heartbeat_timeout=timedelta(seconds=5),
    retry_policy=RetryPolicy(maximum_attempts=5, maximum_interval=timedelta(seconds=30)),
)
### END SOLUTION


async def main() -> None:
    # Reports itself once a second, so that a server can tell whether a worker is there.
    runtime = Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=ONE_SECOND)
    client = await connect(plugins=[OpenAIAgentsPlugin(model_params=MODEL_CALLS)], runtime=runtime)
    ### BEGIN SOLUTION from "worker.py": let the next worker continue within seconds, and let an agent's error end the research
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[InteractiveResearchWorkflow],
        # How long a step may wait for a worker that has died.
        sticky_queue_schedule_to_start_timeout=ONE_SECOND,
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        # Otherwise its workflow task is tried again forever.
        workflow_failure_exception_types=[AgentsException],
        graceful_shutdown_timeout=timedelta(seconds=10),  # time to finish the calls under way
    )
    ### END SOLUTION
    print(f"Worker started on task queue: {TASK_QUEUE}", flush=True)
    await worker.run()


if __name__ == "__main__":
    load_dotenv(override=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
