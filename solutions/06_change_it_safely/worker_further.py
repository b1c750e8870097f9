"""The worker of "Going further": an MCP server next to it, and a version if BUILD_ID is set."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from activities import find_order, refund_order
from agents import AgentsException
from agents.mcp import MCPServerStdio
from dotenv import load_dotenv
from further import CarriedWorkflow, ChatWorkflow, ShopWorkflow
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.worker import Worker, WorkerDeploymentConfig
from worker import MODEL_CALLS, serve

TASK_QUEUE = "refund-further-queue"


def shop() -> MCPServerStdio:
    program = Path(__file__).with_name("shop_server.py")
    return MCPServerStdio(name="shop", params={"command": sys.executable, "args": [str(program)]})


async def main() -> None:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        plugins=[OpenAIAgentsPlugin(model_params=MODEL_CALLS, mcp_servers={"shop": shop})],
    )
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[ShopWorkflow, CarriedWorkflow, ChatWorkflow],
        activities=[find_order, refund_order],
        deployment_config=WorkerDeploymentConfig(
            version=WorkerDeploymentVersion("refund-further", os.environ["BUILD_ID"]),
            use_worker_versioning=True,
            default_versioning_behavior=VersioningBehavior.PINNED,
        ),
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
