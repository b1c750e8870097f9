"""The short summary of its reasoning that a client may ask for: what the practice model does, and why."""

from __future__ import annotations

from workshop.practice.types import Call, Reply, Request, Search, ToolResult


def summary(request: Request, reply: Reply) -> str:
    """Return a heading and a sentence about a reply."""
    called = [part.name for part in reply.parts if isinstance(part, Call)]
    if called:
        names = " and ".join(called)
        return f"**Choosing a tool**\n\nThe question needs {names}, so I ask for {'it' if len(called) == 1 else 'them'} first."
    searched = [part.query for part in reply.parts if isinstance(part, Search)]
    if searched:
        return f"**Searching**\n\nI search for “{'” and “'.join(searched)}” and answer from what I find."
    if request.items and isinstance(request.items[-1], ToolResult):
        return "**Reading the result**\n\nThe tools have answered, so I put their results into words."
    if request.output_schema is not None:
        return "**Filling in the form**\n\nThe answer has a fixed form, so I take each field from the text."
    return "**Answering**\n\nNo tool is needed: I answer from the instructions and the conversation."
