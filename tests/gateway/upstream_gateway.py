"""A gateway that plays the real provider: one key is good, every other is refused, and the practice model
answers.
"""

from __future__ import annotations

import json
import sys

from starlette.types import ASGIApp, Receive, Scope, Send

from workshop.config import settings
from workshop.gateway.app import create_app
from workshop.services.serving import serve

KEY = "sk-second-gateway"


class OneKey:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            headers = dict(scope["headers"])
            if headers.get(b"authorization") != f"Bearer {KEY}".encode():
                error = {
                    "message": "Incorrect API key provided.",
                    "type": "invalid_request_error",
                    "code": "invalid_api_key",
                }
                body = json.dumps({"error": {**error, "param": None}}).encode()
                await send(
                    {
                        "type": "http.response.start",
                        "status": 401,
                        "headers": [(b"content-type", b"application/json")],
                    }
                )
                await send({"type": "http.response.body", "body": body})
                return
            headers[b"authorization"] = b"Bearer practice"
            scope = {**scope, "headers": list(headers.items())}
        await self.app(scope, receive, send)


if __name__ == "__main__":
    application = create_app()
    application.add_middleware(OneKey)
    sys.exit(serve(application, settings().gateway_port, "gateway", "GATEWAY_PORT"))
