"""The replay check: does the workflow code, as it is now, fit every history in histories/? Exit code 0: yes."""

import asyncio
import os
from pathlib import Path

from agents import AgentsException
from temporalio.client import WorkflowHistory
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.worker import Replayer
from workflow import RefundWorkflow


async def check(histories: list[WorkflowHistory]) -> bool:
    replayer = Replayer(
        workflows=[RefundWorkflow],
        plugins=[OpenAIAgentsPlugin()],
        workflow_failure_exception_types=[AgentsException],  # the same as in the worker
    )
    results = [await replayer.replay_workflow(history, raise_on_replay_failure=False) for history in histories]
    for result in results:
        print("RED  " if result.replay_failure else "green", result.history.workflow_id, flush=True)
    # No history proves nothing.
    return bool(results) and not any(result.replay_failure for result in results)


if __name__ == "__main__":
    files = sorted(Path("histories").glob("*.json"))
    saved = [WorkflowHistory.from_json(file.stem, file.read_text(encoding="utf-8")) for file in files]
    # No interpreter shutdown: the SDK's threads can abort the process there.
    os._exit(0 if asyncio.run(check(saved)) else 1)
