"""A gateway whose model follows a script, so that the tests of the wire format know every word of the answer."""

from __future__ import annotations

import sys
import time

from workshop.config import settings
from workshop.gateway.app import create_app
from workshop.practice.types import Call, Citation, Message, Reply, Request, Search, Text, ToolResult
from workshop.services.serving import serve

PLACE = {"place": "Zürich", "days": 3}
SHELL = {"commands": ["ls"]}
CITED = "Durable execution keeps the state of a run [1]."


def scripted(request: Request) -> Reply:
    said = [item.text for item in request.items if isinstance(item, Message)]
    last = said[-1] if said else ""
    results = [item.output for item in request.items if isinstance(item, ToolResult)]
    if "stumble" in last:
        raise RuntimeError("stumbled on purpose")
    if "ponder" in last:
        time.sleep(0.3)
    if results:
        return Reply((Text("The tools said: " + "; ".join(results)),))
    if request.tools and request.tool_choice != "none":
        wanted = [tool for tool in request.tools if request.tool_choice in ("auto", "required", tool.name)]
        return Reply(
            (
                Text("I will look."),
                *(Call(tool.name, SHELL if tool.name == "shell" else PLACE) for tool in wanted),
            )
        )
    if request.web_search:
        cited = Text(CITED, (Citation(43, 46, "https://temporal.io/", "Temporal"),))
        return Reply((Search("durable execution", ("https://temporal.io/", "https://example.org/")), cited))
    if request.output_schema is not None:
        return Reply((Text('{"answer": "yes"}'),))
    if "long" in last:
        return Reply((Text(" ".join(f"word{number}" for number in range(500))),))
    return Reply((Text(f"{request.instructions}|" + "|".join(said)),))


if __name__ == "__main__":
    sys.exit(
        serve(
            create_app(brain=scripted, prepare=lambda: None),
            settings().gateway_port,
            "gateway",
            "GATEWAY_PORT",
        )
    )
