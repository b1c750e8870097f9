"""A reverse proxy as a JupyterHub puts it in front of the research application: everything below a path,
nothing else.

with proxied(app.url, "/user/ana/proxy/8234") as address: ...
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import quote

import httpx
import uvicorn
from bench_instance import free_ports
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


@contextmanager
def proxied(target: str, prefix: str, strips: bool) -> Iterator[str]:
    """Serve an application below a prefix; yield the address. `strips`: the application does not see the
    prefix.
    """
    port = free_ports(1)[0]
    server = uvicorn.Server(
        uvicorn.Config(
            _proxy(target, prefix, strips), port=port, log_level="warning", timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the proxy did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}{quote(prefix)}"
    finally:
        server.should_exit = True
        thread.join()


def _proxy(target: str, prefix: str, strips: bool) -> Starlette:
    client = httpx.AsyncClient(base_url=target, timeout=None, trust_env=False)

    async def forward(request: Request) -> Response:
        path, inside = request.scope["raw_path"].decode(), quote(prefix)
        if not path.startswith(f"{inside}/"):
            return Response("Nothing of ours is here.", 404)
        address = f"{path.removeprefix(inside) if strips else path}?{request.url.query}".rstrip("?")
        try:
            asked = client.build_request(
                request.method, address, headers=request.headers.raw, content=await request.body()
            )
            answer = await client.send(asked, stream=True)
        except httpx.TransportError:
            return Response("Nobody answers.", 502)
        made = StreamingResponse(_body(answer), answer.status_code)
        made.raw_headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.lower().decode() not in HOP_BY_HOP
        ]
        return made

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    return Starlette(
        routes=[Route("/{path:path}", forward, methods=["GET", "POST", "HEAD", "DELETE"])], lifespan=lifespan
    )


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except httpx.TransportError:
        pass  # the application is gone, and with it the rest
    finally:
        await answer.aclose()
