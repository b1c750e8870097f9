"""The checks of exercise 05: a research in memory, made durable in three checkpoints."""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from temporalio.client import WorkflowHandle, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.service import RPCError

from workshop import receipts
from workshop.checks import Bench, Finding, Outcome, Stop, check
from workshop.checks.site import Reply, Site
from workshop.records import Run, Step
from workshop.show import count

WORKFLOW = "InteractiveResearchWorkflow"
GIVEN = ["pipeline.py", "known.py"]
DRIVER = ["drive.py", "in_memory_server.py", "in_memory.py", "web_forms.py", *GIVEN]
FLOW = [f"research_workflow.py:{WORKFLOW}", *GIVEN]
WORKER = ["run_worker.py", *FLOW]
SERVER = ["run_server.py", "temporal_web.py", "web_forms.py", *WORKER]
SERVES = str(Path(__file__).with_name("serve_research.py"))
MISBEHAVES = str(Path(__file__).with_name("misbehaves.py"))

VAGUE = "Tell me about caching"
SPECIFIC = "What is the difference between a Signal and an Update in a Temporal workflow?"
ANSWERS = ("For a web API in Python", "Caching of answers from slow services", "The last two years")
PLANNING, SEARCHING = "Plan the web searches", "Search the web for"
"""How the instructions of the planner and of the search agent begin: what a fault is matched by."""

QUIET_S = 2.5
"""How long nothing may be written to the history of a research that waits for its human, in seconds."""
CALL_S = 2.0
"""How long a model call takes that is to be met in flight, in seconds."""
RECOVERY_S = 15.0
"""What a kill in mid search may cost beyond the search itself, in seconds."""
STICKY_S = 5.0
"""How long a workflow task may lie in a dead worker's queue, in seconds; the default is 10."""
SHORTEST_CALL_S = 60.0
"""A start-to-close time-out below this would cut off long reports in mid answer, in seconds."""


# --- the application that forgets ----------------------------------------------------------------------------------


@check("05.loses", "Your script drives the application over HTTP, and sees what a kill costs it", needs=DRIVER)
async def loses(bench: Bench) -> AsyncIterator[Finding]:
    drive = _driver(bench)
    site = Site(bench, "in_memory_server.py")
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
        "The index stands in the address: /api/answer/SESSION/0 for the first question.",
    )
    yield await _refusal_raised(drive, site, session)
    told = await _driven("status", drive.status, site.url, session)
    alive = isinstance(told, dict) and told.get("clarification_responses") == there
    yield Finding(
        alive,
        "status() returns the JSON of a session that is there, with its answers",
        "it did" if alive else f"status() returned {told!r}"[:300],
        "GET /api/status/SESSION, then return what response.json() gives.",
    )
    paid = len(await bench.bill())
    await site.crash()
    seen = await _with_the_server_down(drive, site.url, session)
    yield Finding(
        seen is None,
        "while the server is down, status() raises: nobody has said that the session is gone",
        f"status() {seen or 'raised'}",
        "Only a 404 means None. Let every other trouble through; a caught exception here would report a loss that is none.",
    )
    await site.start()
    gone = await _driven("status", drive.status, site.url, session)
    yield Finding(
        gone is None,
        "killed and started again, the server knows no such session: status() returns None",
        f"gone with the process: the session, {count(len(there), 'answer')} and what {count(paid, 'paid model call')} had said"
        if gone is None
        else f"status() returned {gone!r}"[:300],
        "The server answers 404 for a session that it does not know.",
    )


def _driver(bench: Bench) -> Any:
    spec = importlib.util.spec_from_file_location(f"drive_{time.time_ns()}", bench.folder / "drive.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def _driven(name: str, function: Any, *arguments: Any) -> Any:
    """Call a function of the learner's drive.py. Raises Stop if it raises."""
    try:
        return await asyncio.to_thread(function, *arguments)
    except Exception as error:
        raise Stop(
            f"{name}() in drive.py works with the server as it is now",
            f"it raised {type(error).__name__}: {error}"[:400],
            "start() and result() in the same file show how a call is made.",
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
        "it raised" if raised else "it returned as if all were well",
        "response.raise_for_status() turns a refusal into an exception.",
    )


async def _with_the_server_down(drive: Any, url: str, session: str) -> str | None:
    """What status() returned with nobody there; None if it raised, as it should."""
    try:
        return f"returned {await asyncio.to_thread(drive.status, url, session)!r}"
    except httpx.TransportError:
        return None


# --- checkpoint 1: the workflow ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What an Update gave: the status, or why it was refused."""

    status: dict[str, Any] | None
    refusal: str = ""

    @property
    def answers(self) -> dict[str, str]:
        return dict((self.status or {}).get("clarification_responses", {}))

    def __str__(self) -> str:
        return f"refused: {self.refusal}" if self.status is None else f"accepted; answers now: {self.answers}"


async def _update(bench: Bench, handle: WorkflowHandle[Any, Any], name: str, within: float = 12.0, **given: Any) -> Told:
    """Send an Update. Raises Stop when no answer comes within `within` seconds."""
    try:
        status = await asyncio.wait_for(handle.execute_update(name, given), within)
    except WorkflowUpdateFailedError as error:
        return Told(None, f"{error.__cause__}")
    except RPCError as error:  # the run is over
        return Told(None, error.message)
    except TimeoutError:
        stuck = (await bench.read(handle)).stuck
        raise Stop(
            f"the Update {name} is answered within {within:.0f} s",
            f"no answer; the workflow task keeps failing: {stuck.failure}"[:500]
            if stuck
            else "no answer; the handler still waits",
            "Which condition does the handler wait for, and who makes it true? Open the run on 8233.",
        ) from None
    if not isinstance(status, dict):
        raise Stop(f"the Update {name} returns the status", f"it returned {status!r}"[:200], "return self.known.status()")
    return Told(status)


async def _answer(bench: Bench, handle: WorkflowHandle[Any, Any], index: int, text: str) -> Told:
    return await _update(bench, handle, "provide_clarification", answer=text, question_index=index)


async def _status(handle: WorkflowHandle[Any, Any]) -> dict[str, Any]:
    """The Query's answer. Raises Stop when there is none."""
    try:
        status = await handle.query("get_status", rpc_timeout=timedelta(seconds=8))
    except (RPCError, WorkflowQueryFailedError) as error:
        raise Stop("the Query get_status is answered at any time", f"{error}"[:300], "return self.known.status()") from error
    if not isinstance(status, dict):
        raise Stop("the Query get_status returns the status", f"it returned {status!r}"[:200], "return self.known.status()")
    return status


@check("05.workflow", "The workflow waits, takes each answer once, and tells how far it is", needs=FLOW)
async def flow(bench: Bench) -> AsyncIterator[Finding]:
    await bench.start_worker(SERVES)
    handle = await bench.start(WORKFLOW)
    begun = (await _update(bench, handle, "start_research", query=VAGUE)).status or {}
    questions = begun.get("clarification_questions", [])
    yield Finding(
        len(questions) >= 2 and begun.get("status") == "awaiting_clarifications",
        f"start_research returns with the questions to “{VAGUE}” as soon as they are known",
        f"status {begun.get('status')}, {count(len(questions), 'question')}",
        "The handler waits until triage is over. The stage after it says so, whether there are questions or not.",
    )
    if len(questions) < 2:
        return
    yield await _quiet(bench, handle)
    async for finding in _turns(bench, handle, len(questions)):
        yield finding
    async for finding in _to_the_end(bench, handle, len(questions)):
        yield finding
    async for finding in _without_questions(bench):
        yield finding


async def _quiet(bench: Bench, handle: WorkflowHandle[Any, Any]) -> Finding:
    before = await bench.read(handle)
    await asyncio.sleep(QUIET_S)
    after = await bench.read(handle)
    new = [event.type for event in after.events[len(before.events) :]]
    return Finding(
        not new,
        f"while it waits for its human, nothing at all is written to the history for {QUIET_S:g} s",
        f"{count(len(new), 'event')} in {QUIET_S:g} s" + (f": {', '.join(dict.fromkeys(new))}" if new else ""),
        "A loop with a sleep asks again and again, and each time costs events. workflow.wait_condition costs none.",
    )


async def _turns(bench: Bench, handle: WorkflowHandle[Any, Any], questions: int) -> AsyncIterator[Finding]:
    early = await _answer(bench, handle, 1, ANSWERS[1])
    recorded = len((await bench.read(handle)).find("provide_clarification"))
    yield Finding(
        early.status is None,
        "an answer to question 1 is refused while question 0 is open",
        str(early),
        "The validator compares question_index with the number of answers that it has.",
    )
    yield Finding(
        recorded == 0,
        "a refused answer leaves nothing in the history: the validator refuses it, before it is accepted",
        f"Updates provide_clarification in the history: {recorded}",
        "What the handler raises is recorded; what the validator raises never was. Raise ApplicationError in check_answer.",
    )
    first = await _answer(bench, handle, 0, ANSWERS[0])
    again = await _answer(bench, handle, 0, ANSWERS[0])
    wanted = {"question_0": ANSWERS[0]}
    yield Finding(
        first.answers == wanted and again.answers == wanted,
        "the same answer to question 0, sent twice as by a double click, is accepted twice and kept once",
        f"first: {first}; second: {again}",
        "The validator lets a repeated answer pass, and the handler keeps only what is new.",
    )
    other = await _answer(bench, handle, 0, "Something else")
    yield Finding(
        other.status is None,
        "another answer to question 0 is refused: it has one",
        str(other),
        "Only the very same text is a double click.",
    )
    status = await _status(handle)
    yield Finding(
        status["clarification_responses"] == wanted and status["current_question_index"] == 1,
        "the Query get_status tells one answer, and question 1 as the open one",
        f"answers: {status['clarification_responses']}, open: question {status['current_question_index']} of {questions}",
        "return self.known.status()",
    )


async def _to_the_end(bench: Bench, handle: WorkflowHandle[Any, Any], questions: int) -> AsyncIterator[Finding]:
    await bench.fault("slow", delay_s=CALL_S, times=1, match=PLANNING)
    for index in range(1, questions):
        await _answer(bench, handle, index, ANSWERS[index % len(ANSWERS)])
    late = await _answer(bench, handle, questions, "One more")
    yield Finding(
        late.status is None,
        "an answer to a question that was never asked is refused",
        f"question {questions} of {questions}: {late}",
        "When every question has its answer, no index is the open one.",
    )
    during = await _status(handle)
    outcome = await bench.outcome(handle, timeout=20)
    yield _end(outcome, "with the last answer the research goes on, and ends with a report")
    result = outcome.result if isinstance(outcome.result, dict) else {}
    after = await _status(handle)
    stages = [during["status"], after["status"]]
    yield Finding(
        bool(result.get("markdown_report"))
        and stages == ["searching", "completed"]
        and len(after["clarification_responses"]) == questions,
        "the Query is answered during the research (searching) and after its end (completed), with all answers",
        f"during: {stages[0]}, after the end: {stages[1]}, answers: {len(after['clarification_responses'])} of {questions}",
        "A Query reads what the workflow knows; it changes nothing and waits for nothing.",
    )


async def _without_questions(bench: Bench) -> AsyncIterator[Finding]:
    await bench.clear_faults()
    await bench.fault("slow", delay_s=CALL_S * 2, times=1, match=PLANNING)
    handle = await bench.start(WORKFLOW)
    told = (await _update(bench, handle, "start_research", query=SPECIFIC)).status or {}
    yield Finding(
        told.get("clarification_questions") == [] and told.get("status") in ("planning", "searching"),
        "a specific query has no questions: start_research returns at once, while the research itself goes on",
        f"it returned with {count(len(told.get('clarification_questions', [])), 'question')}, status {told.get('status')}",
        "The handler waits for the questions, never for the report: somebody's HTTP call waits for it.",
    )
    yield _end(await bench.outcome(handle, timeout=20), "a research without questions ends with a report, nobody needed")


def _end(outcome: Outcome, what: str) -> Finding:
    seen = f"the run is {outcome.status}" + (f": {outcome.error}" if outcome.error else "")
    for step in outcome.run.steps:
        if step.is_open and step.last_failure and not outcome.completed:
            seen += f"; {step.name} waits for attempt {step.attempts + 1} after: {step.last_failure}"
    return Finding(outcome.completed, what, seen[:600], "Open the run on 8233: what was the last thing that happened?")


# --- checkpoint 2: the worker --------------------------------------------------------------------------------------


@check("05.worker", f"A kill in mid search costs under {RECOVERY_S:.0f} s and no recorded call", needs=WORKER)
async def worker(bench: Bench) -> AsyncIterator[Finding]:
    await bench.start_worker("run_worker.py")
    await bench.fault("slow", delay_s=CALL_S, match=SEARCHING)
    handle = await bench.start(WORKFLOW)
    await _update(bench, handle, "start_research", query=SPECIFIC)
    await bench.model_call_in_flight(for_s=CALL_S / 2, timeout=15)
    run = await bench.read(handle)
    for finding in _settings(next(step for step in run.model_calls if step.is_open)):
        yield finding
    before = receipts.compare(run, await bench.bill())
    await bench.crash()
    killed = time.time()
    await bench.restart()
    outcome = await bench.outcome(handle, timeout=RECOVERY_S + 2 * CALL_S)
    for finding in _recovered(outcome, killed):
        yield finding
    after = receipts.compare(outcome.run, await bench.bill())
    yield _kept(before, after)
    if outcome.completed:
        await bench.clear_faults()
        yield await _an_agents_error(bench)


def _settings(call: Step) -> list[Finding]:
    limits, most = call.timeouts, call.retries.maximum_attempts if call.retries else 0
    beat, whole = limits.heartbeat, limits.start_to_close
    return [
        Finding(
            beat is not None and beat <= 10,
            "model calls have a heartbeat time-out of at most 10 s",
            f"heartbeat time-out in the history: {_s(beat)}",
            "heartbeat_timeout=… in the ModelActivityParameters of run_worker.py. The plugin sends the heartbeats by itself.",
        ),
        Finding(
            whole is None or whole >= SHORTEST_CALL_S,
            f"a model may take at least {SHORTEST_CALL_S:.0f} s for a long report",
            f"start-to-close time-out in the history: {_s(whole)}",
            "A short start_to_close_timeout finds dead workers too, but it also cuts off every long answer.",
        ),
        Finding(
            2 <= most <= 10,
            "a call that keeps failing is given up after some attempts, 2 to 10",
            f"most attempts in the history: {most or 'no limit'}",
            "retry_policy=RetryPolicy(maximum_attempts=…) in the ModelActivityParameters. Without it a search can fail for ever.",
        ),
    ]


def _s(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds:g} s"


def _recovered(outcome: Outcome, killed: float) -> list[Finding]:
    run = outcome.run
    met = [step for step in run.model_calls if step.attempts >= 2]
    again = max((step.started.timestamp() - killed for step in met if step.started), default=None)
    seen = f"{len(met)} of them, the last {again:.1f} s after the kill" if again else "none was made again"
    found = [
        Finding(
            again is not None and again < RECOVERY_S and outcome.completed,
            f"the searches cut short by the kill are made again within {RECOVERY_S:.0f} s, and the report comes",
            f"{seen}; the run is {outcome.status}" + (f": {outcome.error}" if outcome.error else ""),
            "Who tells the server that the worker is dead? heartbeat_timeout. Who may try again? retry_policy.",
        )
    ]
    closed = [step.closed for step in met if step.closed]
    if closed:
        lay = _lay(run, min(closed).timestamp())
        found.append(
            Finding(
                lay <= STICKY_S,
                f"once a search is done, the workflow goes on within {STICKY_S:.0f} s",
                f"it went on {lay:.1f} s after the first of them",
                "The next workflow task lay in the dead worker's own queue. See sticky_queue_schedule_to_start_timeout.",
            )
        )
    return found


def _lay(run: Run, moment: float) -> float:
    """Seconds between a moment and the next time that workflow code ran."""
    after = [task.started.timestamp() for task in run.workflow_tasks if task.started and task.started.timestamp() >= moment]
    return min(after, default=run.end.timestamp()) - moment


def _kept(before: receipts.Receipts, after: receipts.Receipts) -> Finding:
    return Finding(
        len(before.recorded) >= 2 and set(before.recorded) <= set(after.recorded) and not after.repeated,
        "what was recorded before the kill is kept, and no recorded call is made again",
        f"recorded before the kill: {len(before.recorded)}, kept: {len(set(before.recorded) & set(after.recorded))}, "
        f"recorded and made again: {len(after.repeated)}, wasted in flight: {len(after.wasted)}",
        "Each bill row with the same input after its answer was recorded is a call too many. Who makes it?",
    )


async def _an_agents_error(bench: Bench) -> Finding:
    await bench.start_worker(MISBEHAVES)
    handle = await bench.start(WORKFLOW)
    asking = asyncio.create_task(handle.execute_update("start_research", {"query": SPECIFIC}))
    outcome = await bench.outcome(handle, timeout=10)
    asking.cancel()  # nobody answers it, whether the run has failed or is stuck
    await asyncio.gather(asking, return_exceptions=True)
    return Finding(
        outcome.status == "Failed",
        "a model that breaks the asked form (ModelBehaviorError, an AgentsException) fails the research, with its reason",
        f"the run is {outcome.status}: {outcome.error}"[:400],
        "Otherwise its workflow task is tried again for ever, and says Running. See workflow_failure_exception_types.",
    )


# --- checkpoint 3: the endpoints -----------------------------------------------------------------------------------


@check("05.endpoints", "The same calls over HTTP, and no kill loses a session", needs=SERVER)
async def endpoints(bench: Bench) -> AsyncIterator[Finding]:
    await bench.start_worker("run_worker.py")
    site = Site(bench, "run_server.py")
    await site.start()
    begun = await _started(bench, site, VAGUE)
    session, questions = str(begun.body.get("session_id")), begun.body.get("clarification_questions", [])
    handle = await _workflow_of(bench, session)
    yield Finding(
        begun.ok and len(questions) >= 2 and handle is not None,
        "start-research answers with the questions and a session_id, which is the id of a workflow",
        f"{count(len(questions), 'question')}, session {session}, " + ("a workflow" if handle else "no workflow has this id"),
        "client().start_workflow(…, id=session_id), then its Update start_research, whose answer holds the questions.",
    )
    if handle is None or len(questions) < 2:
        return
    async for finding in _refusals(site, session):
        yield finding
    async for finding in _server_killed(site, session, len(questions)):
        yield finding
    async for finding in _worker_killed(bench, site, handle, len(questions)):
        yield finding


async def _started(bench: Bench, site: Site, query: str, key: str | None = None) -> Reply:
    """POST /api/start-research. The run that it began ends with the check."""
    reply = await site.ask("POST", "/api/start-research", json={"query": query}, key=key)
    if session := reply.body.get("session_id"):
        bench.end_with_check((await bench.client()).get_workflow_handle(str(session)))
    if not reply.ok:
        raise Stop("start-research answers with status 200", str(reply), "Look at the server's log: what went wrong?")
    return reply


async def _workflow_of(bench: Bench, session: str) -> WorkflowHandle[Any, Any] | None:
    handle: WorkflowHandle[Any, Any] = (await bench.client()).get_workflow_handle(session)
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
        str(early),
        "Hand the question_index of the address to the Update. The workflow's validator does the rest.",
    )
    unknown = await site.ask("GET", "/api/status/research-of-nobody")
    yield Finding(
        unknown.status == 404,
        "the status of a session that nobody has begun: status 404",
        str(unknown),
        "temporal_web.py makes a 404 of Temporal's NOT_FOUND. Is it Temporal that is asked?",
    )


async def _server_killed(site: Site, session: str, questions: int) -> AsyncIterator[Finding]:
    first = await site.ask("POST", f"/api/answer/{session}/0", json={"answer": ANSWERS[0]})
    yield Finding(
        first.ok and first.body.get("status") == "accepted" and "session_status" in first.body,
        'an answer to the open question: {"status": "accepted", "session_status": …}',
        str(first),
        "The Update returns the status of the research; its own `status` is the session_status.",
    )
    await site.crash()
    await site.start()
    status = await site.ask("GET", f"/api/status/{session}")
    kept = [status.body.get(name) for name in ("query", "clarification_responses", "current_question_index", "session_id")]
    yield Finding(
        kept == [VAGUE, {"question_0": ANSWERS[0]}, 1, session],
        "the web server is killed and started again: query, answer and open question are all there",
        f"status {status.status}, answers {kept[1]}, open question {kept[2]} of {questions}",
        "Whatever stands in a variable of the server died with it. Ask the workflow.",
    )


async def _worker_killed(bench: Bench, site: Site, handle: WorkflowHandle[Any, Any], questions: int) -> AsyncIterator[Finding]:
    await bench.fault("slow", delay_s=CALL_S, match=SEARCHING)
    replies = [
        await site.ask("POST", f"/api/answer/{handle.id}/{index}", json={"answer": ANSWERS[index % len(ANSWERS)]})
        for index in range(1, questions)
    ]
    yield Finding(
        all(reply.ok for reply in replies),
        "the other questions are answered through the new server",
        "; ".join(str(reply) for reply in replies if not reply.ok) or "accepted",
        "The handle is made from the session_id alone: nothing else has to be remembered.",
    )
    await bench.model_call_in_flight(for_s=CALL_S / 2, timeout=15)
    before = receipts.compare(await bench.read(handle), await bench.bill())
    await bench.crash()
    await bench.restart()
    result = await site.ask("GET", f"/api/result/{handle.id}", within=25)
    wanted = {"session_id", "short_summary", "markdown_report", "follow_up_questions"}
    yield Finding(
        result.ok and wanted <= result.body.keys() and bool(result.body["markdown_report"]),
        "the worker is killed while searches run and started again: result waits, and gives the report",
        f"status {result.status}, with {', '.join(result.body) or 'nothing'}" if result.ok else str(result),
        "await research(session_id).result() waits for the workflow's end, then session_id and the report's fields.",
    )
    yield _kept(before, receipts.compare(await bench.read(handle), await bench.bill()))


# --- stretch -------------------------------------------------------------------------------------------------------


@check("05.double_click", "The same Idempotency-Key starts one research", needs=SERVER, stretch=True, bound_s=45)
async def double_click(bench: Bench) -> AsyncIterator[Finding]:
    await bench.start_worker("run_worker.py")
    site = Site(bench, "run_server.py")
    await site.start()
    key = f"click-{time.time_ns()}"
    clicks = await asyncio.gather(*(_started(bench, site, VAGUE, key) for _ in range(2)))
    ids = {reply.body["session_id"] for reply in clicks}
    yield Finding(
        len(ids) == 1,
        "two clicks with the same key, at the same moment, are answered with one session",
        f"{count(len(ids), 'session')}: {', '.join(sorted(ids))}",
        "The id has to follow from the key, and a second start under the same id has to find the first: id_conflict_policy.",
    )
    await site.crash()
    await site.start()
    later = (await _started(bench, site, VAGUE, key)).body["session_id"]
    yield Finding(
        later in ids,
        "the same key finds the same session after the web server was killed and started again",
        "the same session" if later in ids else f"another session: {later}",
        "A dict of keys dies with the server, and hash() of a text differs in each process. uuid5 does not.",
    )
    others = {(await _started(bench, site, VAGUE, other)).body["session_id"] for other in (f"{key}-b", None, None)}
    yield Finding(
        len(others) == 3 and not others & ids,
        "another key, or no key at all, starts a research of its own",
        f"{count(len(others - ids), 'new session')} of 3",
        "Without a key each start is meant: uuid4.",
    )


@check("05.health", "Health knows within seconds whether a worker is there", needs=SERVER, stretch=True, bound_s=45)
async def health(bench: Bench) -> AsyncIterator[Finding]:
    site = Site(bench, "run_server.py")
    await bench.start_worker("run_worker.py")
    await site.start()
    yield await _turns_to(bench, site, 200, "with a worker, health answers status 200")
    await bench.crash()
    yield await _turns_to(bench, site, 503, "within 8 s of a worker's death, health answers status 503")
    await bench.restart()
    yield await _turns_to(bench, site, 200, "within 8 s of its return, health answers status 200")


async def _turns_to(bench: Bench, site: Site, status: int, what: str) -> Finding:
    began = time.monotonic()
    while True:
        reply = await site.ask("GET", "/api/health", within=8)
        if reply.status == status or time.monotonic() - began > 8:
            break
        await asyncio.sleep(0.2)
    return Finding(
        reply.status == status,
        what,
        f"{reply}, after {time.monotonic() - began:.1f} s",
        "The list of pollers keeps a dead worker for minutes. is_served asks who has reported within the last 3 s.",
    )
