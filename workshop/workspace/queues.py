"""Task queues as the server knows them: who polls one, and from when on a worker's version counts."""

from __future__ import annotations

import asyncio
import time

from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.enums.v1 import TaskQueueType, WorkerVersioningMode
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

PATIENCE_S = 6.0
"""How long a version's worker may take to poll for the second kind of task, in seconds. One that has only
workflows, or only activities, takes all of it."""


async def pollers(client: Client, queue: str) -> list[PollerInfo]:
    """Return who polls a task queue for workflow tasks, then who does for activities. The server lists a dead
    one for minutes.
    """
    found: list[PollerInfo] = []
    for kind in (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY):
        request = DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        )
        found += (await client.workflow_service.describe_task_queue(request)).pollers
    return found


async def registered(client: Client, queue: str, worker: str) -> None:
    """Wait until a worker of `queue` has registered its version for workflow tasks and for activities.

    The server makes no version current that lacks a queue which the current one serves, and on a busy machine
    the second kind comes later. Returns at once for the identity of a worker without a version.
    """
    if (version := await _version(client, queue, worker)) is None:
        return
    request = DescribeWorkerDeploymentVersionRequest(namespace=client.namespace, deployment_version=version)
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            answer = await client.workflow_service.describe_worker_deployment_version(request)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # it is listed as a poller a moment before
                raise
        else:
            if len([known for known in answer.version_task_queues if known.name == queue]) > 1:
                return
        await asyncio.sleep(0.05)


async def _version(client: Client, queue: str, worker: str) -> WorkerDeploymentVersion | None:
    """Return the version that a poller says it is, if it says one."""
    for poller in await pollers(client, queue):
        said = poller.deployment_options
        if poller.identity == worker and (
            said.worker_versioning_mode == WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED
        ):
            return WorkerDeploymentVersion(deployment_name=said.deployment_name, build_id=said.build_id)
    return None
