"""The web server. Stop it with Ctrl+C whenever you like: every research run goes on, and its page comes back with the server.

python run_server.py
"""

import asyncio
import os
import signal
import socket
import sys

import uvicorn
from deep_research.connection import connect
from deep_research.web.app import create_app
from deep_research.web.health import Health
from deep_research.web.patience import Protocol, allow_connections
from deep_research.web.sessions import Sessions
from deep_research.workflows.research_workflow import TASK_QUEUE
from dotenv import load_dotenv
from temporalio.openai_agents import OpenAIAgentsPlugin


class Server(uvicorn.Server):
    """Before it waits for its connections to end, it ends those that would stay."""

    def __init__(self, config: uvicorn.Config, health: Health) -> None:
        super().__init__(config)
        self.health = health

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.health.stop()
        await super().shutdown(sockets)


def listen() -> socket.socket:
    """A socket for this machine alone, on RESEARCH_APP_PORT or 8234."""
    port = os.environ.get("RESEARCH_APP_PORT") or "8234"
    try:
        listening = socket.create_server(("127.0.0.1", int(port)))
    except (OSError, OverflowError, ValueError) as error:
        raise ConnectionError(f"Can't listen on port {port}: {error}. Set RESEARCH_APP_PORT to a free port.") from error
    # Otherwise each answer waits 40 ms for its last packet.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


async def main() -> None:
    listening = listen()
    # One client for all calls. It connects at the first one: the server also starts without
    # Temporal, and says what is missing.
    client = await connect(lazy=True, plugins=[OpenAIAgentsPlugin()])
    health = Health(client, TASK_QUEUE)
    app = create_app(Sessions(client, health))
    print(f"Deep research: http://localhost:{listening.getsockname()[1]}", flush=True)
    allow_connections()
    config = uvicorn.Config(app, http=Protocol, log_level="warning", timeout_graceful_shutdown=3)
    await Server(config, health).serve([listening])


if __name__ == "__main__":
    load_dotenv(override=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl+C does
    exit_code = 0
    try:
        asyncio.run(main())
    except ConnectionError as error:
        print(error, file=sys.stderr, flush=True)
        exit_code = 1
    except KeyboardInterrupt:  # uvicorn has stopped, and hands the signal on
        pass
    os._exit(exit_code)  # no interpreter shutdown: it can abort the process (sdk-python issue 300)
