"""The checks of exercise 03: the storm notifier, durable."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import random
import re
import string
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from workshop.history import waiting
from workshop.checks import Bench, Finding, Outcome, Stop, check
from workshop.checks.helpers import run_starter
from workshop.checks.helpers.asks_twice import AsksTwice
from workshop.history.records import Run, Step
from workshop.words import count

AGENT = "workflow.py:StormNotifierWorkflow"
WORKFLOW = "StormNotifierWorkflow"
FILES = ["activities.py", AGENT, "worker.py"]

CALL_S = 1.5
"""How long the model call during which the worker is killed takes, in seconds."""
RECOVERY_S = 15.0
"""How much time a kill during a model call may cost beyond the call itself, in seconds."""
LONGEST_HEARTBEAT_S = 10.0
SHORTEST_CALL_S = 20.0
"""The shortest start-to-close timeout, in seconds, that would not cut off real models in the middle of an answer."""
STICKY_S = 5.0
"""How long a workflow task may wait in a dead worker's queue, in seconds; the default is 10."""


def _person(name: str) -> str:
    """Return a subscriber that only this check uses: no other run can be mistaken for it."""
    return f"{name}-{''.join(random.choices(string.ascii_lowercase, k=4))}"


def _request(first: str, second: str) -> str:
    return f"Post a notice for {first} about the alerts in Texas, and one for {second} about the alerts in Ohio."


def _end(outcome: Outcome, what: str = "the run completes") -> Finding:
    seen = f"the run is {outcome.status}" + (f": {outcome.error}" if outcome.error else "")
    for step in outcome.run.steps:
        if step.is_open and step.last_failure and not outcome.completed:
            seen += f"; {step.name} waits for attempt {step.attempts + 1} after: {step.last_failure}"
    return Finding(outcome.completed, what, seen[:600], outcome.look)


def _said(bench: Bench) -> str:
    """Return what the learner predicted, if the cell passed it in."""
    prediction = bench.answers.get("prediction")
    return "" if prediction is None else f" (you said {prediction})"


async def _notices(bench: Bench, *people: str) -> dict[str, int]:
    posted = Counter([row["subscriber"] for row in await bench.notices()])
    return {person: posted[person] for person in people}


def _tally(posted: dict[str, int]) -> str:
    return ", ".join(f"{count(number, 'notice')} for {person}" for person, number in posted.items())


@check("03.durable", "The history shows each model call and each tool as an activity", needs=FILES, bound_s=40)
async def durable(bench: Bench) -> AsyncIterator[Finding]:
    people = _person("Ana"), _person("Ben")
    outcome = await bench.ask(WORKFLOW, _request(*people), timeout=25)
    yield _end(outcome)
    models = len(outcome.run.model_calls)
    yield Finding(
        models >= 2,
        "at least two model calls in the history: one asks for tools, one reads what they said",
        f"{count(models, 'model call')} in the history",
        "Runner.run belongs in the workflow, and OpenAIAgentsPlugin on the worker's client: it makes activities of model calls.",
    )
    tools = Counter(step.activity_type for step in outcome.run.tools)
    yield Finding(
        tools["get_weather"] >= 2 and tools["post_notice"] >= 2,
        "get_weather and post_notice stand in the history as activities, twice each for two subscribers in two states",
        f"activities beside the model's: {', '.join(f'{name} {number}' for name, number in tools.items()) or 'none'}",
        "Make the agent's tools with activity_as_tool; a function_tool runs inside the workflow and leaves no trace.",
    )
    posted = await _notices(bench, *people)
    yield Finding(
        set(posted.values()) == {1},
        "one notice for each of the two subscribers on the board",
        _tally(posted),
        "Has the agent both tools? And does the worker offer both activities?",
    )


@check("03.heartbeat", "A dead worker is missed within seconds, a slow model is left alone", needs=FILES, bound_s=30)
async def heartbeat(bench: Bench) -> AsyncIterator[Finding]:
    outcome = await bench.ask(WORKFLOW, "What can you do?", timeout=20)
    yield _end(outcome)
    if not outcome.run.model_calls:
        raise Stop("a model call in the history", "there is none", 'First the agent: lab.check("03.durable")')
    limits = outcome.run.model_calls[0].timeouts
    beat = limits.heartbeat
    yield Finding(
        beat is not None and beat <= LONGEST_HEARTBEAT_S,
        f"model calls have a heartbeat time-out of at most {LONGEST_HEARTBEAT_S:.0f} s",
        f"heartbeat time-out in the history: {_s(beat)}",
        "heartbeat_timeout=… in the ModelActivityParameters of worker.py. The plugin sends the heartbeats by itself.",
    )
    whole = limits.start_to_close
    yield Finding(
        whole is None or whole >= SHORTEST_CALL_S,
        f"a model may take at least {SHORTEST_CALL_S:.0f} s to answer",
        f"start-to-close time-out in the history: {_s(whole)}",
        "A short start_to_close_timeout finds dead workers too, but it also cuts off every long answer.",
    )


def _s(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds:g} s"


@check("03.recovery", f"A kill in mid model call costs under {RECOVERY_S:.0f} s", needs=FILES)
async def recovery(bench: Bench) -> AsyncIterator[Finding]:
    person = _person("Ana")
    # The second model call, at both attempts: by then the worker has just polled its sticky queue. The server skips a queue that
    # nobody has polled for 10 s, and a long wait there would not show.
    await bench.fault("slow", delay_s=CALL_S, times=2, match="severity")
    handle = await bench.start(WORKFLOW, f"Post a notice for {person} about the alerts in Texas.")
    await bench.model_call_in_flight(for_s=CALL_S / 2)
    await bench.crash()
    killed = time.time()
    await bench.restart()
    outcome = await bench.outcome(handle, timeout=RECOVERY_S + CALL_S + 5)
    run = outcome.run
    if len(run.model_calls) < 2:
        raise Stop(
            "two model calls in the history", f"there is {len(run.model_calls)}", 'First the agent: lab.check("03.durable")'
        )
    bench.hit(run)
    call = run.model_calls[1]
    if call.attempts < 2 and call.is_open:
        yield Finding(
            False,
            f"the interrupted call is tried again within {RECOVERY_S:.0f} s of the kill",
            f"{time.time() - killed:.0f} s after the kill the server still takes it for running: heartbeat time-out "
            f"{_s(call.timeouts.heartbeat)}, start-to-close {_s(call.timeouts.start_to_close)}{_said(bench)}",
            "Who could tell the server that the worker is dead? See heartbeat_timeout in ModelActivityParameters.",
        )
        return
    yield _end(outcome)
    if call.started and call.closed:
        yield Finding(
            call.started.timestamp() - killed < RECOVERY_S,
            f"the interrupted call is tried again within {RECOVERY_S:.0f} s of the kill",
            f"tried again {call.started.timestamp() - killed:.1f} s after the kill",
            "heartbeat_timeout in the ModelActivityParameters decides how soon a dead worker is missed.",
        )
        lay = _lay(run, call)
        yield Finding(
            lay <= STICKY_S,
            f"once the call is answered, the workflow goes on within {STICKY_S:.0f} s",
            f"it went on {lay:.1f} s after the answer",
            "The next workflow task lay in the queue of the dead worker. Look at sticky_queue_schedule_to_start_timeout.",
        )
    if run.closed:
        calls = sum(_seconds_since(killed, step) for step in run.activities)
        cost = max(run.closed.timestamp() - killed - calls, 0.0)
        yield Finding(
            cost < RECOVERY_S,
            f"from the kill to the result under {RECOVERY_S:.0f} s, the calls themselves not counted",
            f"the kill cost {cost:.1f} s",
            "Look at the picture of the run: where is nothing happening?",
        )


def _seconds_since(killed: float, step: Step) -> float:
    """Return how long an attempt after the kill took. An attempt that the kill cut short is part of the kill's cost."""
    if not step.started or not step.closed or step.started.timestamp() < killed:
        return 0.0
    return (step.closed - step.started).total_seconds()


def _lay(run: Run, call: Step) -> float:
    """Return the seconds between a call's answer and the workflow code that took it."""
    assert call.closed
    after = [task.started for task in run.workflow_tasks if task.started and task.started >= call.closed]
    return (min(after, default=run.end) - call.closed).total_seconds()


@check("03.crash", "A kill costs no recorded model call", needs=FILES)
async def crash(bench: Bench) -> AsyncIterator[Finding]:
    person = _person("Ana")
    await bench.fault("slow", delay_s=CALL_S, times=2, match="severity")  # the call that reads alerts, at both attempts
    handle = await bench.start(WORKFLOW, f"Post a notice for {person} about the alerts in Texas.")
    await bench.model_call_in_flight(for_s=CALL_S / 2)
    before = await bench.receipts(handle)
    yield Finding(
        len(before.recorded) >= 1,
        "the model's first answer is recorded before the kill, while the second one is being written",
        f"recorded before the kill: {count(len(before.recorded), 'receipt')}",
        "What is not in the history when the process dies is lost. Do model calls run as activities of their own?",
    )
    await bench.crash()
    await bench.restart()
    outcome = await bench.outcome(handle, timeout=35)
    yield _end(outcome, "the run completes after the kill")
    bench.hit(outcome.run)
    after = await bench.receipts(outcome.run)
    yield Finding(
        set(before.recorded) <= set(after.recorded),
        "what was recorded before the kill is still there at the end",
        f"kept: {len(set(before.recorded) & set(after.recorded))} of {count(len(before.recorded), 'receipt')}",
        "Compare the receipts: await lab.receipts(handle)",
    )
    yield Finding(
        not after.repeated and len(after.wasted) <= 1,
        "no recorded call made again, and at most one call wasted in flight",
        f"recorded and made again: {len(after.repeated)}, wasted in flight: {len(after.wasted)}",
        "Each bill row with the same input after its answer was recorded is a call too many. Who makes it?",
    )


@check("03.once", "Exactly one notice for each subscriber, however the worker dies", needs=FILES)
async def once(bench: Bench) -> AsyncIterator[Finding]:
    people = _person("Ana"), _person("Ben")
    # Slow on the way back: the notice is on the board, and the worker does not know it yet.
    await bench.fault("slow", on="weather", delay_s=5, times=1, match=f'"{people[0]}"')
    handle = await bench.start(WORKFLOW, _request(*people))

    async def hangs() -> bool:
        return (await _notices(bench, people[0]))[people[0]] > 0

    _: bool = await bench.until(
        hangs, f"a notice for {people[0]} on the board", timeout=15, look='First the agent: lab.check("03.durable")'
    )
    await bench.crash()
    await bench.restart()
    outcome = await bench.outcome(handle, timeout=35)
    yield _end(outcome, "the run completes after a kill between the notice and its record")
    bench.hit(outcome.run)
    posted = await _notices(bench, *people)
    tried = max((step.attempts for step in outcome.run.find("post_notice")), default=0)
    yield Finding(
        set(posted.values()) == {1},
        "exactly one notice for each subscriber",
        f"{_tally(posted)}{_said(bench)}; post_notice was tried {count(tried, 'time')}",
        "The retry can't know that the notice hangs there already; the board can, by the Idempotency-Key of the request.",
    )
    if outcome.completed:
        await bench.ask(WORKFLOW, f"Post a notice for {people[0]} about the alerts in Texas.", timeout=15)
        later = (await _notices(bench, people[0]))[people[0]] - posted[people[0]]
        yield Finding(
            later == 1,
            "another run, say tomorrow's storm, gets a notice of its own",
            f"the next run added {count(later, 'notice')} for {people[0]}",
            "The key must be the same within a run and another one in the next. What is different between two runs?",
        )


@check(
    "03.secret", "Your starter gets an answer, and the key is nowhere in the history", needs=["starter.py", *FILES], bound_s=45
)
async def secret(bench: Bench) -> AsyncIterator[Finding]:
    await bench.start_worker()
    people = _person("Ana"), _person("Ben")
    requests = [f"Post a notice for {person} about the alerts in Texas." for person in people]
    # Both at once: since each has its own id, neither is in the other's way.
    scripts = [
        await bench.start_script(file, request)
        for file, request in zip(("starter.py", run_starter.__file__), requests, strict=True)
    ]
    first, second = [await bench.end_of(script, timeout=25) for script in scripts]
    runs = await _runs_since(bench, len(requests))
    if not runs:
        raise Stop(
            "a run that starter.py has started",
            f"there is none on the task queue; the last it printed: {first.last_line[:300] or '(nothing)'}",
            "Run it by hand: python starter.py",
        )
    yield Finding(
        len(runs) == 2 and len({handle.id for handle in runs}) == 2,
        "two requests at the same moment are two runs, each under an id of its own",
        f"ids of the two: {', '.join(handle.id for handle in runs)}{'' if len(runs) == 2 else ', and no other'}",
        'A new id for each request: id=f"storm-notifier-{uuid4()}". Under a fixed one the second request is refused, or lost.',
    )
    answers = [await _answer(handle) for handle in runs]
    printed = sum(any(answer in script.output for answer in answers) for script in (first, second))
    yield Finding(
        bool(all(answers)) and printed == 2,
        "starter.py prints the answer, which is the result of its run",
        f"the last it printed: {first.last_line[:300] or '(nothing)'}",
        "Wait for the result and return it: return await handle.result(). The task queue is the one of workflow.py.",
    )
    plugins = next(
        (line for line in second.output.splitlines() if line.startswith(run_starter.PLUGINS)), "no client was connected"
    )
    yield Finding(
        "OpenAIAgentsPlugin" in plugins,
        "the starter's client has the OpenAIAgentsPlugin, as the worker's has: both ends read and write the same data",
        plugins if plugins != run_starter.PLUGINS else f"{plugins} none",
        "Client.connect(…, plugins=[OpenAIAgentsPlugin()]). Text alone goes through without it; the next thing may not.",
    )
    places = [place for handle in runs for place in _places(await handle.fetch_history(), bench.lab.settings.openai_api_key)]
    yield Finding(
        not places,
        "the value of OPENAI_API_KEY is nowhere in the event history",
        f"it is in {'; '.join(places)}" if places else "searched every event: it is in none",
        "Whoever may read a history may read this. The worker has the key in its environment: nobody has to hand it over.",
    )


async def _answer(handle: WorkflowHandle[Any, Any]) -> str:
    """Return a run's result as text; empty if it has none within a few seconds."""
    try:
        return str(await asyncio.wait_for(handle.result(), 5))
    except (TimeoutError, WorkflowFailureError):
        return ""


async def _runs_since(bench: Bench, count: int) -> list[WorkflowHandle[Any, Any]]:
    """Return the runs on the learner's queue that began after the check did. Waits a few seconds for `count` of them."""
    client = await bench.client()
    deadline = time.monotonic() + 5
    while True:  # lists show a new run only after a moment
        listed = [run async for run in waiting.runs_of(client, bench.queue)]
        found = [run for run in listed if run.start_time.timestamp() >= bench.started - 1]
        if len(found) >= count or time.monotonic() > deadline:
            return [client.get_workflow_handle(run.id, run_id=run.run_id) for run in found]
        await asyncio.sleep(0.2)


def _places(history: Any, key: str) -> Iterator[str]:
    """Yield the events of a history that contain the key as a word, each once."""
    word = re.compile(rb"(?<![\w-])" + re.escape(key.encode()) + rb"(?![\w-])")
    for event in history.events:
        if word.search(event.SerializeToString()):
            name = (event.WhichOneof("attributes") or "").removesuffix("_event_attributes").replace("_", " ")
            yield f"event {event.event_id} ({name})"


@check(
    "03.own", "Your own check counts right in runs it has not seen", needs=["own_check.py:count_activities", *FILES], bound_s=45
)
async def own(bench: Bench) -> AsyncIterator[Finding]:
    function = _count_activities(bench)
    chat = await bench.ask(WORKFLOW, "What can you do?", timeout=15)
    yield await _counted(function, chat.handle, chat.run, "a run without a tool")
    both = await bench.ask(WORKFLOW, _request(_person("Ana"), _person("Ben")), timeout=20)
    yield await _counted(function, both.handle, both.run, "a run that posts two notices")
    await bench.fault("unavailable", on="weather", match="/alerts/")
    stuck = await bench.start(WORKFLOW, _request(_person("Ana"), _person("Ben")))

    async def retried() -> Run | None:
        run = await bench.read(stuck)
        return run if run.attempts("get_weather") >= 2 else None

    waiting: Run | None = await bench.until(retried, "get_weather is tried again while the weather service is down")
    assert waiting
    yield await _counted(function, stuck, waiting, "a run whose tools are still being retried")


def _count_activities(bench: Bench) -> Any:
    spec = importlib.util.spec_from_file_location(f"own_check_{time.time_ns()}", bench.folder / "own_check.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.count_activities


async def _counted(function: Any, handle: WorkflowHandle[Any, Any], run: Run, what: str) -> Finding:
    answer = await asyncio.to_thread(function, await handle.fetch_history())
    if inspect.isawaitable(answer):
        answer = await answer
    expected = len(run.activities)
    return Finding(
        answer == expected and not isinstance(answer, bool),
        f"{expected} for {what}",
        f"count_activities said {answer!r} for {what}",
        "Print the events of a history: which of them stands there once for each activity, from the moment it is asked for?",
    )


@check("03.again", "A model that asks twice still posts once", needs=FILES, stretch=True, bound_s=40)
async def again(bench: Bench) -> AsyncIterator[Finding]:
    person = _person("Ana")
    await bench.start_worker()
    client = await Client.connect(bench.lab.settings.temporal_address)
    queue = f"check-{person}"
    # The check's own workflow runs without the sandbox, which would load the whole workshop a second time.
    async with Worker(client, task_queue=queue, workflows=[AsksTwice], workflow_runner=UnsandboxedWorkflowRunner()):
        arguments = [bench.queue, "TX", person]
        asking = client.execute_workflow(
            AsksTwice.run, args=arguments, id=queue, task_queue=queue, execution_timeout=timedelta(seconds=20)
        )
        try:
            said = await asking
        except WorkflowFailureError as error:
            raise Stop("post_notice can be called twice in one run", f"{error.cause}", "See the worker's log.") from error
    posted = await _notices(bench, person)
    yield Finding(
        set(posted.values()) == {1},
        "one notice, though post_notice is called twice in one run for the same subscriber and state, in different words",
        f"{_tally(posted)}; post_notice answered: {said[-1][:200]}",
        "activity_id is the same in all attempts of one call, and another one in the next. Which facts are the same in both?",
    )
