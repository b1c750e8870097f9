"""The server below a path, as a JupyterHub serves it: /user/ana/proxy/absolute/8234/ in front of every address."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

# What comes before one of our own paths. A proxy that takes it away leaves nothing to find.
PREFIX = re.compile(r"/(?!/|api/|static/).+(?=/(?:api|static)/[^/]|/success$|/$)")


class BelowAPrefix:
    """Tells the routes which part of a path is the proxy's. The pages need no such word: their addresses are relative."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (prefix := PREFIX.match(scope["path"])):
            scope = {**scope, "root_path": prefix[0]}
        await self.app(scope, receive, send)
