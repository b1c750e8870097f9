"""The front door of every chat: one call starts the chat if there is none, and sends it the next message."""

from typing import Any

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from workflow import TASK_QUEUE


async def say(client: Client, chat: str, text: str, workflow: str, *args: Any) -> str:
    """Say something in a chat, the workflow with this id, and return the answer."""
    start = open_or_begin(chat, workflow, *args)
    return str(await client.execute_update_with_start_workflow("say", text, start_workflow_operation=start))


def open_or_begin(chat: str, workflow: str, *args: Any) -> WithStartWorkflowOperation[Any, Any]:
    return WithStartWorkflowOperation(
        workflow,
        args=args,
        id=chat,
        task_queue=TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
