"""How worker and starter reach Temporal, and how to tell whether a worker is there."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.workflowservice.v1 import ListWorkersRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

PRESENT = timedelta(seconds=3)  # our workers report once a second


async def connect(within_s: float = 10.0, **options: Any) -> Client:
    """Connect as TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY or a profile say; to localhost if nothing is said.

    Raises ConnectionError when the profile can't be read, or when no server answers within `within_s` seconds.
    """
    try:
        config: dict[str, Any] = {"target_host": "localhost:7233", **ClientConfig.load_client_connect_config()}
    except RuntimeError as error:
        raise ConnectionError(f"{error}. Look at TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE.") from error
    try:
        async with asyncio.timeout(within_s):
            return await Client.connect(**config, **options)
    except (RuntimeError, TimeoutError) as error:
        cure = "TEMPORAL_API_KEY is set: is it valid there?" if "api_key" in config else f"Start it: {how_to_start()}"
        raise ConnectionError(f"No Temporal server answers at {config['target_host']}. {cure}") from error


def how_to_start() -> str:
    """What to type when no Temporal answers. The file keeps the runs: without one, they are gone when the server stops.

    The server's HTTP API is closed: it would start a workflow for any web page that sends it a POST of plain text.
    """
    command = "temporal server start-dev --db-filename temporal.db"
    closed = """--dynamic-config-value 'frontend.httpAllowedHosts=["none.invalid"]'"""
    return os.environ.get("TEMPORAL_START") or f"{command} {closed}"


async def is_served(client: Client, task_queue: str) -> bool:
    """Whether a worker of this task queue has reported itself just now. True where the server can't tell."""
    try:
        answer = await client.workflow_service.list_workers(ListWorkersRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status == RPCStatusCode.UNIMPLEMENTED:
            return True
        raise
    return any(
        beat.task_queue == task_queue
        and beat.status == WorkerStatus.WORKER_STATUS_RUNNING
        and datetime.now(UTC) - beat.heartbeat_time.ToDatetime(UTC) < PRESENT
        for beat in (worker.worker_heartbeat for worker in answer.workers_info)
    )
