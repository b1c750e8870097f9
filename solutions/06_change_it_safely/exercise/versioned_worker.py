"""The worker of a release: BUILD_ID says which build it is."""

import asyncio
import os
from datetime import timedelta

from activities import check_fraud, find_order, refund_order
from agents import AgentsException
from dotenv import load_dotenv
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.worker import Worker, WorkerDeploymentConfig
from worker import MODEL_CALLS, serve
from workflow import RefundWorkflow

TASK_QUEUE = "refund-exercise-releases-queue"
DEPLOYMENT = "refund-exercise"


def deployment() -> WorkerDeploymentConfig:
    """Say which version of which deployment this process is, and that a run stays on the version it began on."""
    ### BEGIN SOLUTION: return a WorkerDeploymentConfig: DEPLOYMENT and the environment's BUILD_ID, versioning on, runs pinned
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(DEPLOYMENT, os.environ["BUILD_ID"]),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED,
    )
    ### END SOLUTION


async def main() -> None:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        plugins=[OpenAIAgentsPlugin(model_params=MODEL_CALLS)],
    )
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[RefundWorkflow],
        activities=[check_fraud, find_order, refund_order],
        deployment_config=deployment(),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        workflow_failure_exception_types=[AgentsException],
        graceful_shutdown_timeout=timedelta(seconds=10),
    )
    await serve(worker)


if __name__ == "__main__":
    load_dotenv(override=True)
    asyncio.run(main())
    os._exit(0)  # no interpreter shutdown: the SDK's threads can abort the process there
