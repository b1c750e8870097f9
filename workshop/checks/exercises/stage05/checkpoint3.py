"""Checkpoint 3: the endpoints, and the two stretch tasks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from workshop.checks import Finding, Stop, Trial, check
from workshop.checks.exercises.stage05.common import ANSWERS, CALL_S, KEPT, SEARCHING, SERVER, VAGUE
from workshop.checks.exercises.stage05.site import Reply, Site
from workshop.checks.shared import kept
from workshop.words import count


@check("05.endpoints", "The same calls over HTTP, and no kill loses a session", needs=SERVER)
async def endpoints(trial: Trial) -> AsyncIterator[Finding]:
    await trial.start_worker("run_worker.py")
    site = Site(trial, "run_server.py")
    await site.start()
    begun = await _started(trial, site, VAGUE)
    session, questions = str(begun.body.get("session_id")), begun.body.get("clarification_questions", [])
    handle = await _workflow_of(trial, session)
    yield Finding(
        begun.ok and len(questions) >= 2 and handle is not None,
        "start-research answers with the questions and a session_id, which is the id of a workflow",
        f"{count(len(questions), 'question')}, session {session}, "
        + ("a workflow" if handle else "no workflow has this id"),
        "client().start_workflow(…, id=session_id), then its Update start_research, whose answer holds the "
        "questions.",
    )
    if handle is None or len(questions) < 2:
        return
    async for finding in _refusals(site, session):
        yield finding
    async for finding in _server_killed(site, session):
        yield finding
    async for finding in _worker_killed(trial, site, handle, len(questions)):
        yield finding


async def _started(trial: Trial, site: Site, query: str, key: str | None = None) -> Reply:
    """Call POST /api/start-research, and let the run that this starts end with the check."""
    reply = await site.ask("POST", "/api/start-research", json={"query": query}, key=key)
    if session := reply.body.get("session_id"):
        trial.end_with_check((await trial.client()).get_workflow_handle(str(session)))
    if not reply.ok:
        raise Stop(
            "start-research answers with status 200", str(reply), "Look at the server's log: what went wrong?"
        )
    return reply


async def _workflow_of(trial: Trial, session: str) -> WorkflowHandle[Any, Any] | None:
    handle: WorkflowHandle[Any, Any] = (await trial.client()).get_workflow_handle(session)
    try:
        await handle.describe()
    except RPCError:
        return None
    return handle


async def _refusals(site: Site, session: str) -> AsyncIterator[Finding]:
    early = await site.ask("POST", f"/api/answer/{session}/1", json={"answer": ANSWERS[1]})
    yield Finding(
        early.status == 409,
        "an answer to question 1 while question 0 is open: status 409",
        f"question 1, too early: {early}",
        "Hand the question_index of the address to the Update. The workflow's validator does the rest.",
    )
    unknown = await site.ask("GET", "/api/status/research-of-nobody")
    yield Finding(
        unknown.status == 404,
        "the status of a session that nobody has begun: status 404",
        f"a session that nobody has begun: {unknown}",
        "temporal_web.py makes a 404 of Temporal's NOT_FOUND. Is it Temporal that is asked?",
    )


async def _server_killed(site: Site, session: str) -> AsyncIterator[Finding]:
    first = await site.ask("POST", f"/api/answer/{session}/0", json={"answer": ANSWERS[0]})
    yield Finding(
        first.ok and first.body.get("status") == "accepted" and "session_status" in first.body,
        'an answer to the open question: {"status": "accepted", "session_status": …}',
        f"the answer to question 0: {first}",
        "The Update returns the status of the research; its own `status` is the session_status.",
    )
    await site.crash()
    await site.start()
    status = await site.ask("GET", f"/api/status/{session}")
    known = [
        status.body.get(name)
        for name in ("query", "clarification_responses", "current_question_index", "session_id")
    ]
    yield Finding(
        known == [VAGUE, {"question_0": ANSWERS[0]}, 1, session],
        "the web server is killed and started again: query, answer and open question are all there",
        f"after the kill: status {status.status}, answers {known[1]}, open question: {known[2]}",
        "Whatever was in a variable of the server died with it. Ask the workflow.",
    )


async def _worker_killed(
    trial: Trial, site: Site, handle: WorkflowHandle[Any, Any], questions: int
) -> AsyncIterator[Finding]:
    await trial.fault("slow", delay_s=CALL_S, match=SEARCHING)
    replies = [
        await site.ask(
            "POST", f"/api/answer/{handle.id}/{index}", json={"answer": ANSWERS[index % len(ANSWERS)]}
        )
        for index in range(1, questions)
    ]
    yield Finding(
        all(reply.ok for reply in replies),
        "the other questions are answered through the new server",
        f"answered through it: {'; '.join(str(one) for one in replies if not one.ok) or 'accepted'}",
        "The handle is made from the session_id alone: nothing else has to be remembered.",
    )
    await trial.model_call_in_flight(for_s=CALL_S / 2, timeout=15)
    before = await trial.receipts(handle)
    await trial.crash()
    await trial.restart()
    result = await site.ask("GET", f"/api/result/{handle.id}", within=25)
    wanted = {"session_id", "short_summary", "markdown_report", "follow_up_questions"}
    yield Finding(
        result.ok and wanted <= result.body.keys() and bool(result.body["markdown_report"]),
        "the worker is killed while searches run and started again: result waits, and gives the report",
        f"result: status {result.status}, with {', '.join(result.body) or 'nothing'}"
        if result.ok
        else str(result),
        "await research(session_id).result() waits for the workflow's end, then session_id and the report's "
        "fields.",
    )
    yield kept(before, await trial.receipts(handle), 2, KEPT)


@check(
    "05.double_click",
    "The same Idempotency-Key starts one research run",
    needs=SERVER,
    stretch=True,
    bound_s=45,
)
async def double_click(trial: Trial) -> AsyncIterator[Finding]:
    await trial.start_worker("run_worker.py")
    site = Site(trial, "run_server.py")
    await site.start()
    key = f"click-{time.time_ns()}"
    clicks = await asyncio.gather(*(_started(trial, site, VAGUE, key) for _ in range(2)))
    ids = {reply.body["session_id"] for reply in clicks}
    yield Finding(
        len(ids) == 1,
        "two clicks with the same key, at the same moment, are answered with one session",
        f"two clicks gave {count(len(ids), 'session')}: {', '.join(sorted(ids))}",
        "The id has to follow from the key, and a second start under the same id has to find the first: "
        "id_conflict_policy.",
    )
    await site.crash()
    await site.start()
    later = (await _started(trial, site, VAGUE, key)).body["session_id"]
    yield Finding(
        later in ids,
        "the same key finds the same session after the web server was killed and started again",
        f"after the kill: {'the same session' if later in ids else f'another session, {later}'}",
        "A dict of keys dies with the server, and hash() of a text differs in each process. uuid5 does not.",
    )
    others = {
        (await _started(trial, site, VAGUE, other)).body["session_id"] for other in (f"{key}-b", None, None)
    }
    yield Finding(
        len(others) == 3 and not others & ids,
        "another key, or no key at all, starts a research run of its own",
        f"with another key, and twice without one: {count(len(others - ids), 'new session')}",
        "Without a key each start is meant: uuid4.",
    )


@check(
    "05.health",
    "Health knows within seconds whether a worker is there",
    needs=SERVER,
    stretch=True,
    bound_s=45,
)
async def health(trial: Trial) -> AsyncIterator[Finding]:
    site = Site(trial, "run_server.py")
    await trial.start_worker("run_worker.py")
    await site.start()
    yield await _turns_to(site, 200, "with a worker", "with a worker, health answers status 200")
    await trial.crash()
    yield await _turns_to(
        site, 503, "after its death", "within 8 s of a worker's death, health answers status 503"
    )
    await trial.restart()
    yield await _turns_to(
        site, 200, "after its return", "within 8 s of its return, health answers status 200"
    )


async def _turns_to(site: Site, status: int, when: str, what: str) -> Finding:
    began = time.monotonic()
    while True:
        reply = await site.ask("GET", "/api/health", within=8)
        if reply.status == status or time.monotonic() - began > 8:
            break
        await asyncio.sleep(0.2)
    return Finding(
        reply.status == status,
        what,
        f"{when}, {time.monotonic() - began:.1f} s later: {reply}",
        "The list of pollers keeps a dead worker for minutes. is_served waits for somebody to report now.",
    )
