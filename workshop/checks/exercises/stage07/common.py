"""What the checks of exercise 07 share: a conversation with the learner's help desk, and a kill in it."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import Any
from uuid import uuid4

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import TemporalError
from temporalio.openai_agents import OpenAIAgentsPlugin

from workshop.checks import Stop, Trial
from workshop.words import shorten

WORKFLOW = "HelpDeskWorkflow"
FILES = ["activities.py", "budget.py", "carrying.py", "keeping.py", f"workflow.py:{WORKFLOW}", "worker.py"]
ANSWER_S = 25.0
"""How long an answer may take, a kill included, in seconds."""


class Chat:
    """A new conversation with the learner's help desk."""

    def __init__(self, trial: Trial, client: Client, first: list[Any]) -> None:
        self.trial, self.client, self.first = trial, client, first
        self.id = f"check-{trial.name}-{uuid4()}"
        self.handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(self.id)

    async def say(self, text: str) -> str:
        """Say something and return the answer. Raises Stop if there is none."""
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            WORKFLOW,
            args=self.first,
            id=self.id,
            task_queue=self.trial.queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,  # a failed one says why
        )
        asking = self.client.execute_update_with_start_workflow("say", text, start_workflow_operation=start)
        try:
            return str(await asyncio.wait_for(asking, ANSWER_S))
        except (TemporalError, TimeoutError, KeyError) as error:
            raise Stop(
                f"an answer to {text!r} within {ANSWER_S:.0f} s",
                await self._trouble(error),
                "Look at the run in the Web UI and at the worker's log: worker.tail()",
            ) from error

    async def _trouble(self, error: Exception) -> str:
        try:
            if stuck := (await self.trial.read(self.handle)).stuck:
                return f"the workflow task fails: {shorten(stuck.failure or '', 300)}"
            if (await self.handle.describe()).status == WorkflowExecutionStatus.FAILED:
                await self.handle.result()
        except WorkflowFailureError as ended:
            error = ended
        except TemporalError:
            pass
        cause = getattr(error, "cause", None) or error
        return f"{type(cause).__name__}: {shorten(str(cause), 300)}".rstrip(": ")

    async def runs(self) -> list[int]:
        """Return the bytes of each run of this conversation, the newest first."""
        sizes = []
        async for run in self.client.list_workflows(f'WorkflowId = "{self.id}"'):
            handle = self.client.get_workflow_handle(self.id, run_id=run.run_id)
            raw = (await handle.describe()).raw_description
            sizes.append(int(raw.workflow_execution_info.history_size_bytes))
        return sizes

    async def carried(self) -> int:
        """Return the bytes that the newest run began with."""
        events = self.client.get_workflow_handle(self.id).fetch_history_events()
        return (await anext(events)).ByteSize()


def load(trial: Trial, file: str) -> ModuleType:
    """Import one of the learner's files. Raises Stop if it fails."""
    try:
        return trial.load(file)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        raise Stop(f"{file} can be imported", text, "Fix its cell and run it.") from error


async def open_chat(trial: Trial, *first: Any) -> Chat:
    """Start the worker and a chat that has said one thing."""
    await trial.start_worker()
    client = await Client.connect(
        trial.lab.settings.temporal_address,
        data_converter=load(trial, "keeping.py").CONVERTER,
        plugins=[OpenAIAgentsPlugin()],
    )
    chat = Chat(trial, client, list(first))
    trial.end_with_check(chat.handle)
    return chat


async def killed_while_answering(trial: Trial, chat: Chat, text: str) -> str:
    """Say something, kill the worker in the middle of the model call, start it again, return the answer."""
    await trial.fault("slow", delay_s=1.5, times=1)
    asking = asyncio.create_task(chat.say(text))
    await trial.model_call_in_flight(for_s=0.3)
    await trial.crash()
    await trial.restart()
    return await asking
