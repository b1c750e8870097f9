"""How worker and starter reach Temporal, and how to tell whether a worker is there."""

import asyncio
import os
import time
from typing import Any

from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.workflowservice.v1 import ListWorkersRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode


def settings() -> dict[str, Any]:
    """Return what TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY or a profile say; localhost if nothing is said."""
    return {"target_host": "localhost:7233", **ClientConfig.load_client_connect_config()}


async def connect(within_s: float = 10.0, **options: Any) -> Client:
    """Connect as `settings` say.

    Raises ConnectionError when the profile can't be read, or when no server answers within `within_s` seconds.
    """
    try:
        config = settings()
    except RuntimeError as error:
        raise ConnectionError(f"{error}. Look at TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE.") from error
    try:
        async with asyncio.timeout(within_s):
            return await Client.connect(**config, **options)
    except (RuntimeError, TimeoutError) as error:
        cure = "TEMPORAL_API_KEY is set: is it valid there?" if "api_key" in config else f"Start it: {how_to_start()}"
        raise ConnectionError(f"No Temporal server answers at {config['target_host']}. {cure}") from error


def how_to_start() -> str:
    """Return what to type when no Temporal answers. The file keeps the runs: without it, they are gone when the server stops.

    The server's HTTP API is closed: it would start a workflow for any web page that sends it a POST of plain text.
    """
    command = "temporal server start-dev --db-filename temporal.db"
    closed = """--dynamic-config-value 'frontend.httpAllowedHosts=["none.invalid"]'"""
    port = settings()["target_host"].rpartition(":")[2]
    elsewhere = "" if port == "7233" else f" --port {port}"
    return os.environ.get("TEMPORAL_START") or f"{command} {closed}{elsewhere}"


async def reports(client: Client, task_queue: str) -> set[int] | None:
    """Return when each worker of this task queue last reported itself, by its own clock; None where the server can't tell."""
    try:
        answer = await client.workflow_service.list_workers(ListWorkersRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status == RPCStatusCode.UNIMPLEMENTED:
            return None
        raise
    return {
        beat.heartbeat_time.ToNanoseconds()
        for beat in (worker.worker_heartbeat for worker in answer.workers_info)
        if beat.task_queue == task_queue and beat.status == WorkerStatus.WORKER_STATUS_RUNNING
    }


async def is_served(client: Client, task_queue: str, within_s: float = 2.5) -> bool:
    """Tell whether a worker of this task queue is there. True where the server can't tell.

    The server lists dead ones, too, and a worker's clock may differ from ours. So we wait for a new report: one comes each second.
    """
    known = await reports(client, task_queue)
    deadline = time.monotonic() + within_s
    while known and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        if (await reports(client, task_queue) or set()) - known:
            return True
    return known is None
