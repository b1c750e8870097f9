"""Saves histories for the replay check, the newest few of each kind of run: python save_histories.py [how many]

They hold prompts and answers of real people. Keep them where such data may be, or save runs of a
staging system.
"""

import asyncio
import os
import sys
from pathlib import Path

from dotenv import load_dotenv
from temporalio.client import Client

FOLDER = Path("histories")
# An open run and a finished one break for different edits.
KINDS = ("Running", "Completed", "Failed")


async def histories(limit: int) -> dict[str, str]:
    """Return histories as JSON, by file name."""
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"))
    saved = {}
    for kind in KINDS:
        query = f'WorkflowType = "RefundWorkflow" AND ExecutionStatus = "{kind}"'
        async for run in client.list_workflows(query, limit=limit):
            handle = client.get_workflow_handle(run.id, run_id=run.run_id)
            saved[f"{kind.lower()}-{run.run_id}.json"] = (await handle.fetch_history()).to_json()
    return saved


if __name__ == "__main__":
    load_dotenv(override=True)
    FOLDER.mkdir(exist_ok=True)
    for name, text in asyncio.run(histories(int(sys.argv[1]) if sys.argv[1:] else 3)).items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(FOLDER / name, flush=True)
    os._exit(0)  # no interpreter shutdown: the SDK's threads can abort the process there
