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
from typing import Annotated

import uvicorn
from dotenv import load_dotenv
from fastapi import Body, FastAPI, Header
from fastapi.responses import FileResponse, StreamingResponse
from front import say
from temporalio.client import Client
from temporalio.contrib.workflow_streams import WorkflowStreamClient
from temporalio.openai_agents import OpenAIAgentsPlugin


async def events(client: Client, chat: str, after: int) -> AsyncIterator[str]:
    """Each event of the chat's stream. Its offset is its id: a browser that lost its connection says where to resume."""
    stream = WorkflowStreamClient.create(client, chat)
    async for item in stream.subscribe(["turns", "events"], from_offset=after + 1, poll_cooldown=timedelta(milliseconds=200)):
        yield f"id: {item.offset}\ndata: {json.dumps(item.data)}\n\n"


def create_app(client: Client) -> FastAPI:
    app = FastAPI(root_path=os.environ.get("ROOT_PATH", ""))  # a proxy's path in front of the page, as on a JupyterHub

    @app.get("/")
    async def page() -> FileResponse:
        return FileResponse(Path(__file__).with_name("page.html"))

    @app.post("/chats/{chat}")
    async def post(chat: str, text: Annotated[str, Body(embed=True, max_length=4000)]) -> dict[str, str]:
        return {"answer": await say(client, chat, text, "StreamedChatWorkflow")}

    @app.get("/chats/{chat}/events")
    async def listen(chat: str, last_event_id: Annotated[int, Header()] = -1) -> StreamingResponse:
        return StreamingResponse(events(client, chat, last_event_id), media_type="text/event-stream")

    return app


async def main() -> None:
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"), plugins=[OpenAIAgentsPlugin()])
    port = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("RESEARCH_APP_PORT", "8234"))
    await uvicorn.Server(uvicorn.Config(create_app(client), port=port, log_level="warning", timeout_graceful_shutdown=1)).serve()


if __name__ == "__main__":
    load_dotenv(override=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
