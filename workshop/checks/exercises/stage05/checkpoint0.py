"""Before the checkpoints: an application that forgets, driven over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx

from workshop.checks import Finding, Stop, Trial, check
from workshop.checks.exercises.stage05.common import ANSWERS, GIVEN, SHIELDS, VAGUE
from workshop.checks.exercises.stage05.site import Site
from workshop.words import count

DRIVER = ["drive.py", "in_memory_server.py", "in_memory.py", "web_forms.py", *SHIELDS, *GIVEN]


@check(
    "05.loses", "Your script drives the application over HTTP, and sees what a kill costs it", needs=DRIVER
)
async def loses(trial: Trial) -> AsyncIterator[Finding]:
    drive = trial.load("drive.py")
    site = Site(trial, "in_memory_server.py")
    await site.start()
    session = (await asyncio.to_thread(drive.start, site.url, VAGUE))["session_id"]
    for index in (0, 1):
        await _driven("answer", drive.answer, site.url, session, index, ANSWERS[index])
    there = (await site.ask("GET", f"/api/status/{session}")).body["clarification_responses"]
    expected = {f"question_{index}": ANSWERS[index] for index in (0, 1)}
    yield Finding(
        there == expected,
        "answer() has answered questions 0 and 1, each under its own index",
        f"the server has these answers: {there}",
        "The index is in the address: /api/answer/SESSION/0 for the first question.",
    )
    yield await _refusal_raised(drive, site, session)
    told = await _driven("status", drive.status, site.url, session)
    alive = isinstance(told, dict) and told.get("clarification_responses") == there
    yield Finding(
        alive,
        "status() returns the JSON of a session that is there, with its answers",
        "status() returned the session with its answers" if alive else f"status() returned {told!r}"[:300],
        "GET /api/status/SESSION, then return what response.json() gives.",
    )
    paid = len(await trial.bill())
    await site.crash()
    seen = await _in_trouble(drive, site.url, session)
    yield Finding(
        seen is None,
        "while the server is down, or answers 503, status() raises: nobody has said that the session is gone",
        f"with the server down, or answering 503, status() {seen or 'raised'}",
        "Only a 404 means None. Let every other error through; catching it would report a loss that never "
        "happened.",
    )
    await site.start()
    gone = await _driven("status", drive.status, site.url, session)
    yield Finding(
        gone is None,
        "killed and started again, the server knows no such session: status() returns None",
        f"gone with the process: the session, {count(len(there), 'answer')} and what "
        f"{count(paid, 'paid model call')} had said"
        if gone is None
        else f"status() returned {gone!r}"[:300],
        "The server answers 404 for a session that it does not know.",
    )


async def _driven(name: str, function: Any, *arguments: Any) -> Any:
    """Call a function of the learner's drive.py. Raises Stop if it raises."""
    try:
        return await asyncio.to_thread(function, *arguments)
    except Exception as error:
        raise Stop(
            f"{name}() in drive.py works with the server as it is now",
            f"it raised {type(error).__name__}: {error}"[:400],
            "The index is in the address: /api/answer/SESSION/0. start() and result() show how a call is "
            "made.",
        ) from error


async def _refusal_raised(drive: Any, site: Site, session: str) -> Finding:
    try:
        await asyncio.to_thread(drive.answer, site.url, session, 0, "Something else")
        raised = False
    except httpx.HTTPStatusError:
        raised = True
    return Finding(
        raised,
        "answer() raises when the server refuses: question 0 has another answer already, status 409",
        f"refused with status 409, answer() {'raised' if raised else 'returned as if all were well'}",
        "response.raise_for_status() turns a refusal into an exception.",
    )


async def _in_trouble(drive: Any, url: str, session: str) -> str | None:
    """Return what status() returned with no server, or one that answers 503; None if it raised twice."""

    async def unavailable(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        writer.close()

    async with await asyncio.start_server(unavailable, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for address in (url, f"http://127.0.0.1:{port}"):
            with suppress(httpx.HTTPError):
                return f"returned {await asyncio.to_thread(drive.status, address, session)!r}"
    return None
