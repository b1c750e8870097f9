"""The replay check: does workflow.py, as it is now, fit every history in histories/? Exit code 0: yes."""

import asyncio
import os
from pathlib import Path

from agents import AgentsException
from temporalio.client import WorkflowHistory
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.worker import Replayer
from workflow import RefundWorkflow

HISTORIES = Path(__file__).with_name("histories")  # next to this file, wherever it is


async def check(histories: list[WorkflowHistory]) -> bool:
    """Return whether there are histories, and the workflow fits each of them. Print a line for each."""
    ### BEGIN SOLUTION: replay each history with a Replayer that has the workflow and the plugin
    replayer = Replayer(
        workflows=[RefundWorkflow],
        plugins=[OpenAIAgentsPlugin()],
        workflow_failure_exception_types=[AgentsException],
    )
    fits = bool(histories)
    for history in histories:
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        print("RED  " if result.replay_failure else "green", history.workflow_id, flush=True)
        fits = fits and result.replay_failure is None
    return fits
    ### END SOLUTION


if __name__ == "__main__":
    files = sorted(HISTORIES.glob("*.json"))
    saved = [WorkflowHistory.from_json(file.stem, file.read_text(encoding="utf-8")) for file in files]
    # No interpreter shutdown: the SDK's threads can abort the process there.
    os._exit(0 if asyncio.run(check(saved)) else 1)
