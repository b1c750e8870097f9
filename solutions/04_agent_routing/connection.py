"""How worker and starter reach Temporal, and how to tell whether a worker is there."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.workflowservice.v1 import ListWorkersRequest
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.envconfig import ClientConfig
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.runtime import Runtime, TelemetryConfig

MODEL_CALLS = ModelActivityParameters(
    start_to_close_timeout=timedelta(seconds=30),  # a call that hangs
    heartbeat_timeout=timedelta(seconds=5),  # a worker that died
    retry_policy=RetryPolicy(maximum_attempts=5, maximum_interval=timedelta(seconds=10)),
)


async def connect(within_s: float = 10.0) -> Client:
    """Connect as TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY or a profile say; to localhost if nothing is said.

    Raises ConnectionError when no server answers within `within_s` seconds.
    """
    config = {"target_host": "localhost:7233", **ClientConfig.load_client_connect_config()}
    try:
        async with asyncio.timeout(within_s):
            return await Client.connect(
                **config,
                plugins=[OpenAIAgentsPlugin(model_params=MODEL_CALLS)],
                # A worker reports itself once a second, so that a starter can tell whether one is there.
                runtime=Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=timedelta(seconds=1)),
            )
    except (RuntimeError, TimeoutError) as error:
        raise ConnectionError(
            f"No Temporal server answers at {config['target_host']}. Start one: temporal server start-dev"
        ) from error


async def is_served(client: Client, task_queue: str) -> bool:
    """Whether a worker of this task queue has reported itself within the last 3 seconds."""
    answer = await client.workflow_service.list_workers(ListWorkersRequest(namespace=client.namespace))
    return any(
        beat.task_queue == task_queue
        and beat.status == WorkerStatus.WORKER_STATUS_RUNNING
        and datetime.now(UTC) - beat.heartbeat_time.ToDatetime(UTC) < timedelta(seconds=3)
        for beat in (worker.worker_heartbeat for worker in answer.workers_info)
    )
