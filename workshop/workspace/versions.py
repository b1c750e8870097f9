"""Workers of a deployment's versions: when the server knows all that one polls for."""

from __future__ import annotations

import asyncio
import time

from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.enums.v1 import TaskQueueType, WorkerVersioningMode
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

PATIENCE_S = 6.0
"""How long a version's worker may take to poll for the second kind of task, in seconds. One that has only
workflows, or only activities, takes all of it."""


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
    for kind in (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY):
        request = DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        )
        for poller in (await client.workflow_service.describe_task_queue(request)).pollers:
            options = poller.deployment_options
            if poller.identity == worker and (
                options.worker_versioning_mode == WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED
            ):
                return WorkerDeploymentVersion(
                    deployment_name=options.deployment_name, build_id=options.build_id
                )
    return None
