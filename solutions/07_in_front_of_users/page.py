"""The chat's page: passes on what is typed, and sends the words of the answer as server-sent events.

python page.py [PORT]
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated

import uvicorn
from dotenv import load_dotenv
from fastapi import Body, FastAPI, Header, HTTPException
from fastapi.responses import FileResponse, StreamingResponse
from front import open_or_begin
from temporalio.client import Client, RPCTimeoutOrCancelledError, WorkflowUpdateStage
from temporalio.contrib.workflow_streams import WorkflowStreamClient
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.service import RPCError
from trouble import missing, retried

TAKEN_WITHIN = timedelta(seconds=3)
LIMIT = 4000  # characters of a message; page.html counts them, too


async def events(client: Client, chat: str, after: int) -> AsyncIterator[str]:
    """Each event of the chat's stream. Its offset is its id: a browser that lost its connection says where to resume."""
    stream = WorkflowStreamClient.create(client, chat)
    try:
        async for item in stream.subscribe(["turns", "events"], from_offset=after + 1, poll_cooldown=timedelta(milliseconds=200)):
            yield f"id: {item.offset}\ndata: {json.dumps(item.data)}\n\n"
    except RPCError:  # nobody can answer for the chat now: the browser asks again, and is told why
        return
    yield "event: over\ndata:\n\n"  # the run has ended: the next message begins another one


async def take(client: Client, chat: str, text: str, message: str) -> None:
    """Return when the chat has taken the message. Sent again, under the same name, it's still one message."""
    start = open_or_begin(chat, "StreamedChatWorkflow")
    update = client.start_update_with_start_workflow(
        "say",
        text,
        id=message,
        start_workflow_operation=start,
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
        rpc_timeout=TAKEN_WITHIN,
    )
    await asyncio.gather(update, start.workflow_handle())  # each has an error when the call fails


def create_app(client: Client) -> FastAPI:
    # ROOT_PATH: a proxy's path in front of the page, as on a JupyterHub.
    app = FastAPI(root_path=os.environ.get("ROOT_PATH", ""))

    @app.get("/")
    async def page() -> FileResponse:
        return FileResponse(Path(__file__).with_name("page.html"))

    @app.post("/chats/{chat}", status_code=202)
    async def post(
        chat: str, text: Annotated[str, Body(max_length=LIMIT)], message: Annotated[str, Body(max_length=100)]
    ) -> None:
        try:
            await take(client, chat, text, message)
        except (RPCError, RPCTimeoutOrCancelledError, RuntimeError) as error:
            raise HTTPException(503, await missing(client, chat) or "The chat is busy. It's sent again.") from error

    @app.get("/chats/{chat}")
    async def state(chat: str) -> dict[str, str]:
        """Why nothing comes: 503 when something has to be started, otherwise the call that is being made again."""
        await check(chat)
        return {"detail": await retried(client, chat)}

    @app.get("/chats/{chat}/events")
    async def listen(chat: str, after: int = -1, last_event_id: Annotated[int, Header()] = -1) -> StreamingResponse:
        await check(chat)  # a stream that nobody serves would be asked for again and again
        return StreamingResponse(events(client, chat, max(after, last_event_id)), media_type="text/event-stream")

    async def check(chat: str) -> None:
        if detail := await missing(client, chat):
            raise HTTPException(503, detail)

    return app


async def main() -> None:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        data_converter=resolve_name(os.environ.get("CONVERTER", "temporalio.converter:DataConverter.default")),
        plugins=[OpenAIAgentsPlugin()],
        lazy=True,  # the page also opens without Temporal, and says what is missing
    )
    port = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("RESEARCH_APP_PORT", "8234"))
    await uvicorn.Server(uvicorn.Config(create_app(client), port=port, log_level="warning", timeout_graceful_shutdown=1)).serve()


if __name__ == "__main__":
    load_dotenv(override=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
