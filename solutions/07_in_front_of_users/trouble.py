"""Why a chat doesn't go on, in a sentence for its page: what has to be started, or which call is being made again."""

import asyncio
import os

from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.contrib.workflow_streams import WorkflowStreamClient
from temporalio.service import RPCError, RPCStatusCode

PATIENCE_S = 2.0
WORKER = "CHATS=streamed_chat:StreamedChatWorkflow python worker.py"
TEMPORAL = """temporal server start-dev --db-filename temporal.db \
--dynamic-config-value 'frontend.httpAllowedHosts=["none.invalid"]'"""


async def missing(client: Client, chat: str) -> str:
    """What has to be started. Empty if nothing is missing, or if there is no such chat.

    It asks the chat itself: a worker on the right queue may still not have this workflow.
    """
    try:
        async with asyncio.timeout(PATIENCE_S):
            await WorkflowStreamClient.create(client, chat).get_offset()
    except (TimeoutError, WorkflowQueryFailedError, RPCError, RuntimeError) as error:
        if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
            return ""
        if not await is_reachable(client):
            return f"No Temporal server answers. Every chat is kept. Type: {os.environ.get('TEMPORAL_START', TEMPORAL)}"
        converter = f"CONVERTER={name} " if (name := os.environ.get("CONVERTER")) else ""
        return f"No worker serves this chat. Nothing is lost. Type: {converter}{WORKER}"
    return ""


async def is_reachable(client: Client) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await client.service_client.check_health()
    except (TimeoutError, RPCError, RuntimeError):  # RuntimeError: the first connection failed
        return False


async def retried(client: Client, chat: str) -> str:
    """Which call has failed and is made again: no event of the history tells it, and the workflow knows nothing of it."""
    try:
        description = await client.get_workflow_handle(chat).describe()
    except RPCError:  # no such chat
        return ""
    for call in description.raw_description.pending_activities:
        if call.HasField("last_failure"):
            failure = await client.data_converter.decode_failure(call.last_failure)
            return f"Attempt {call.attempt} at {call.activity_type.name}; the one before failed: {failure}"
    return ""
