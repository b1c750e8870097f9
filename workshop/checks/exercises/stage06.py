"""The checks of exercise 06: an approval with a deadline, a replay check, a patched step, a release."""

from __future__ import annotations

import ast
import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError

from workshop.checks import Finding, Outcome, Script, Stop, Trial, check
from workshop.history import Run
from workshop.words import count
from workshop.workspace import days

WORKFLOW = "RefundWorkflow"
FILES = ["activities.py", "workflow.py:RefundWorkflow", "worker.py"]
WAIT_S = 15.0
"""How long an agent may take until it asks a person, in seconds."""
DEADLINE = timedelta(days=3)
COPIES = ".check"
"""The folder, below the learner's own, for copies of their files with an edit in them."""


# --- runs that wait for a person


async def _asked(trial: Trial, request: str) -> WorkflowHandle[Any, Any]:
    """Start a run and return it once it waits for a person."""
    return await _waits(trial, await trial.start(WORKFLOW, request))


async def _waits(trial: Trial, handle: WorkflowHandle[Any, Any]) -> WorkflowHandle[Any, Any]:
    async def waits() -> bool:
        run = await trial.read(handle)
        if run.stuck or not run.is_open:
            outcome = await trial.outcome(handle, timeout=0)
            raise Stop(
                "the run waits for a person before it refunds anything",
                f"the run is {outcome.status}: {outcome.error or outcome.result}",
                outcome.look
                or "While there are interruptions, ask about each of them before the agent runs again.",
            )
        return any(step.kind == "timer" for step in run.steps) or bool(await _question(handle))

    _: bool = await trial.until(
        waits, "a run that waits for a person", WAIT_S, 'Ask it by hand: await handle.query("waits_for")'
    )
    return handle


async def _question(handle: WorkflowHandle[Any, Any]) -> str:
    try:
        return str(await handle.query("waits_for", rpc_timeout=timedelta(seconds=5)))
    except (RPCError, TemporalError):
        return ""


async def _decide(handle: WorkflowHandle[Any, Any], approve: bool) -> str:
    """Send a person's decision. Return why it was refused, empty if it was taken."""
    try:
        await handle.execute_update("decide", approve, rpc_timeout=timedelta(seconds=12))
    except (RPCError, TemporalError) as error:
        return str(error.cause or error)
    return ""


async def _refunds(trial: Trial, handle: WorkflowHandle[Any, Any]) -> int:
    return sum(handle.id in notice["text"] for notice in await trial.notices())


async def _asked_twice(trial: Trial, handle: WorkflowHandle[Any, Any]) -> int:
    """Return how many calls of a run sent the model what it had answered before."""
    rows = await asyncio.to_thread(trial.lab.calls, handle)
    answered = [row["input_hash"] for row in rows if row["state"] == "delivered"]
    return len(answered) - len(set(answered))


def _ended(outcome: Outcome, expected: str) -> Finding:
    seen = f"the run is {outcome.status}" + (f": {outcome.error}" if outcome.error else "")
    return Finding(outcome.completed, expected, seen, outcome.look)


@check("06.approval", "It asks a person, waits through a kill, and gives up after three days", needs=FILES)
async def approval(trial: Trial) -> AsyncIterator[Finding]:
    handle = await _asked(trial, "Please refund order 1208, it is torn.")
    before = await trial.receipts(handle)
    yield Finding(
        await _refunds(trial, handle) == 0,
        "nothing is refunded before a person has decided",
        f"on the board before the decision: {count(await _refunds(trial, handle), 'refund')}",
        "refund.needs_approval = True makes the agent stop before that tool.",
    )
    await trial.crash()
    await days.fast_forward(handle, timedelta(days=2))
    await trial.restart()
    refused = await _decide(handle, True)
    outcome = await trial.outcome(handle)
    yield _ended(outcome, "killed while it waited, approved two days later, the run completes")
    after = await trial.receipts(outcome.run)
    yield Finding(
        await _refunds(trial, handle) == 1 and not refused,
        "approved: exactly one refund",
        f"the decision was {refused or 'taken'}; {count(await _refunds(trial, handle), 'refund')} on the "
        "board",
        "Approve the call in the state, then run the agent with that state: Runner.run(agent, state).",
    )
    again = await _asked_twice(trial, handle)
    yield Finding(
        set(before.recorded) <= set(after.recorded) and not again,
        "no recorded model call is made again",
        f"recorded before the kill: {len(before.recorded)}, made again: {again}",
        "Go on with result.to_state(); an agent that is run with the request again starts over.",
    )
    for finding in [await _denied(trial), await _silent(trial)]:
        yield finding


async def _denied(trial: Trial) -> Finding:
    handle = await _asked(trial, "Please refund order 1207, it leaks.")
    await _decide(handle, False)
    outcome = await trial.outcome(handle)
    refunds, calls = await _refunds(trial, handle), len(outcome.run.model_calls)
    return Finding(
        outcome.completed and refunds == 0 and calls >= 3,
        "refused: no refund, and the model is told, so that it can answer",
        f"the run is {outcome.status}; {count(refunds, 'refund')}, {count(calls, 'model call')}",
        "state.reject(call, rejection_message=…), then run the agent with the state, as after an approval.",
    )


async def _silent(trial: Trial) -> Finding:
    handle = await _asked(trial, "Please refund order 1209, it is too small.")
    await days.fast_forward(handle, DEADLINE + timedelta(hours=1))
    outcome = await trial.outcome(handle, timeout=8)
    refunds = await _refunds(trial, handle)
    return Finding(
        outcome.completed and refunds == 0,
        "nobody answers: after three days the run ends by itself, without a refund",
        f"an hour after the deadline the run is {outcome.status}; {count(refunds, 'refund')}",
        "wait_condition(…, timeout=DEADLINE) raises TimeoutError. What should silence mean?",
    )


# --- copies of the learner's files with an edit in them


@contextmanager
def _copies(trial: Trial) -> Iterator[Callable[[str, Callable[[str], str]], str]]:
    """Give a function that copies the learner's modules, edits their workflow, and returns the folder's name.

    All copies are deleted at the end.
    """
    home = trial.folder / COPIES
    shutil.rmtree(home, ignore_errors=True)

    def copy(name: str, edit: Callable[[str], str]) -> str:
        (folder := home / name).mkdir(parents=True)
        for file in trial.folder.glob("*.py"):
            shutil.copy(file, folder)
        code = edit(trial.source("workflow.py"))
        (folder / "workflow.py").write_text(code, encoding="utf-8")
        return f"{COPIES}/{name}"

    try:
        yield copy
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run_method(text: str) -> ast.AsyncFunctionDef:
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.AsyncFunctionDef)]
    return next(node for node in found if node.name == "run")


def _with_line(text: str, at: int, line: str) -> str:
    """Put a line into the body of `run`, before the line with this number (from 1)."""
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: at - 1], f"        {line}\n", *lines[at - 1 :]])


def _step_first(text: str) -> str:
    return _with_line(text, _run_method(text).body[0].lineno, "await workflow.sleep(1)")


def _step_last(text: str) -> str:
    return _with_line(text, _run_method(text).body[-1].lineno, "await workflow.sleep(1)")


def _kinder(text: str) -> str:
    return text.replace("You handle refunds for a shop.", "You handle refunds for a shop. Be kind.")


def _renamed(text: str) -> str:
    return text.replace('"Refund Agent"', '"Refunds"')


def _tool_gone(text: str) -> str:
    return text.replace("tools=[find, refund]", "tools=[refund]")


EDITS: dict[str, tuple[bool, Callable[[str], str]]] = {
    "as it is": (True, str),
    "a new prompt": (True, _kinder),
    "another name for the agent": (True, _renamed),
    "a step put first": (False, _step_first),
    "a tool taken away": (False, _tool_gone),
    "a step put last, which only finished runs know": (False, _step_last),
}
"""Edits of workflow.py, and whether every saved history still fits."""


@check(
    "06.replay",
    "check_replay.py is red for dangerous edits and green for harmless ones",
    needs=["check_replay.py", *FILES],
)
async def replay(trial: Trial) -> AsyncIterator[Finding]:
    histories = await _histories(trial)
    with _copies(trial) as copy:
        scripts = {}
        for number, (edit, (_, change)) in enumerate(EDITS.items()):
            folder = copy(f"edit-{number}", change)
            (saved := trial.folder / folder / "histories").mkdir()
            for name, history in histories.items():
                (saved / f"{name}.json").write_text(history, encoding="utf-8")
            scripts[edit] = await trial.start_script(f"{folder}/check_replay.py")
        empty = copy("empty", str)
        scripts["no history"] = await trial.start_script(f"{empty}/check_replay.py")
        ended = {edit: await trial.end_of(script, timeout=25) for edit, script in scripts.items()}
    for edit, (fits, _) in EDITS.items():
        yield _verdict(edit, fits, ended[edit])
    yield Finding(
        ended["no history"].exit_code != 0,
        "without any history the exit code is not 0: nothing was proved",
        f"with an empty folder: exit code {ended['no history'].exit_code}",
        "bool(histories) is False for an empty list.",
    )


async def _histories(trial: Trial) -> dict[str, str]:
    """Save a run that waits, one that was approved after a kill, and one that nobody answered."""
    first = await _asked(trial, "Please refund order 1207.")
    approved = await _asked(trial, "Please refund order 1208.")
    silent = await _asked(trial, "Please refund order 1209.")
    await trial.crash()
    await trial.restart()
    await _decide(approved, True)
    await days.fast_forward(silent, DEADLINE + timedelta(hours=1))
    for handle in (approved, silent):
        outcome = await trial.outcome(handle, timeout=15)
        if not outcome.completed:
            raise Stop(
                "runs to save", f"a run is {outcome.status}", 'First the approval: lab.check("06.approval")'
            )
    runs = {"1-waiting": first, "2-approved": approved, "3-silent": silent}
    return {name: (await handle.fetch_history()).to_json() for name, handle in runs.items()}


def _verdict(edit: str, fits: bool, script: Script) -> Finding:
    expected = "0" if fits else "not 0"
    if (script.exit_code == 0) == fits:
        return Finding(True, f"exit code {expected} for {edit}", f"{edit}: exit code {script.exit_code}")
    look = "Every history counts, and one that does not fit is enough. Is the result returned?"
    if fits:
        look = "The Replayer needs the plugin that the worker has: plugins=[OpenAIAgentsPlugin()]."
    seen = (
        f"{edit}: exit code {script.exit_code}; the last line it printed: "
        f"{script.last_line[:200] or '(nothing)'}"
    )
    return Finding(False, f"exit code {expected} for {edit}", seen, look)


# --- the fraud check


def _before_the_patch(text: str) -> str:
    """Return their workflow as it was before the patched step: no run has the patch."""
    return re.sub(r"\b(?:workflow\s*\.\s*)?patched\(", "(lambda *_: False)(", text)


def _fraud(run: Run) -> int:
    return len(run.find("check_fraud"))


@check("06.patched", "The fraud check is for new runs; an open run goes on without it", needs=FILES)
async def patched(trial: Trial) -> AsyncIterator[Finding]:
    with _copies(trial) as copy:
        await trial.start_worker(f"{copy('old', _before_the_patch)}/worker.py")
        old = await _asked(trial, "Please refund order 1208, it is torn.")
        await trial.crash()
    await trial.start_worker()
    refused = await _decide(old, True)
    outcome = await trial.outcome(old)
    yield _ended(
        outcome, "a run from before the fraud check, killed while it waits, completes on the new code"
    )
    yield Finding(
        _fraud(outcome.run) == 0 and await _refunds(trial, old) == 1,
        "that run has no fraud check, and its refund is paid once",
        f"the decision was {refused or 'taken'}; {count(_fraud(outcome.run), 'fraud check')}, "
        f"{count(await _refunds(trial, old), 'refund')}",
        'if workflow.patched("fraud-check"): is false where a history was made without it.',
    )
    new = await _asked(trial, "Please refund order 1207, it leaks.")
    run = await trial.read(new)
    first = run.activities[0].name if run.activities else "nothing"
    yield Finding(
        _fraud(run) == 1 and first == "check_fraud",
        "a new run begins with check_fraud, before any model call",
        f"its first step: {first}; {count(_fraud(run), 'fraud check')} in all",
        "await workflow.execute_activity(check_fraud, request, …) as the first thing in run, behind patched.",
    )
    stolen = await trial.ask(WORKFLOW, "Please refund order 1209, bought with a stolen card.", timeout=15)
    calls = len(stolen.run.model_calls)
    yield Finding(
        stolen.completed and calls == 0 and await _refunds(trial, stolen.handle) == 0,
        "a request that looks like fraud ends at once: no model call, nobody is asked, no refund",
        f"the run is {stolen.status}; {count(calls, 'model call')}: "
        f"{str(stolen.result or stolen.error)[:200]}",
        'Return from run if the verdict is not "ok".',
    )


# --- the release


@check(
    "06.release",
    "An open run stays on v1, a new one begins on v2, and back",
    needs=["versioned_worker.py", "release.py", *FILES],
)
async def release(trial: Trial) -> AsyncIterator[Finding]:
    await _deploy(trial, "v1")
    yield await _make_current(trial, "v1")
    old = await _taken(trial, "v1", "Please refund order 1207, it leaks.")
    yield await _on(old, "v1", "a run that begins while v1 is current is on v1")
    await trial.crash()
    await _deploy(trial, "v2")
    yield await _make_current(trial, "v2")
    new = await _taken(trial, "v2", "Please refund order 1208, it is torn.")
    yield await _on(new, "v2", "a run that begins while v2 is current is on v2")
    taken, waiting = await _with_v1_dead(trial, old)
    yield Finding(
        waiting,
        "v1 was killed: its open run waits for v1, and v2 does not take it",
        "it waits" if waiting else "v2 took it over",
        "default_versioning_behavior=VersioningBehavior.PINNED",
    )
    await _deploy(trial, "v1")
    for handle, decided in ((old, taken), (new, "")):
        if not decided:
            await _decide(handle, True)
        outcome = await trial.outcome(handle, timeout=20)
        yield _ended(outcome, "both runs complete once v1 is back")
    yield await _on(old, "v1", "the old run was finished by v1")
    refunds = [await _refunds(trial, handle) for handle in (old, new)]
    yield Finding(refunds == [1, 1], "each run paid exactly once", f"refunds on the board: {refunds}")
    yield await _make_current(trial, "v1")
    back = await _taken(trial, "v1", "Please refund order 1209, it is too small.")
    yield await _on(back, "v1", "after python release.py v1, new runs are on v1 again")


async def _deploy(trial: Trial, build: str) -> None:
    await trial.start_worker("versioned_worker.py", name=f"check {build}", env={"BUILD_ID": build})


async def _make_current(trial: Trial, build: str) -> Finding:
    script = await trial.run_script("release.py", build)
    if script.exit_code:
        raise Stop(
            f"python release.py {build} makes {build} the current version",
            f"exit code {script.exit_code}; the last line it printed: "
            f"{script.last_line[:300] or '(nothing)'}",
            "Compare it with the lesson's command, word by word; deployment and build are those of "
            "versioned_worker.py.",
        )
    return Finding(True, f"python release.py {build} works", f"python release.py {build}: exit code 0")


async def _taken(trial: Trial, build: str, request: str) -> WorkflowHandle[Any, Any]:
    """Start a run and return it once it waits for a person. Raises Stop if no worker takes it."""
    handle = await trial.start(WORKFLOW, request)

    async def taken() -> bool:
        return bool((await trial.read(handle)).workers)

    _: bool = await trial.until(
        taken,
        f"a worker of {build} takes a run that begins while {build} is current",
        timeout=8,
        look=(
            'The worker does not say that it is this build. Is it os.environ["BUILD_ID"], with '
            "use_worker_versioning=True?"
        ),
    )
    return await _waits(trial, handle)


async def _on(handle: WorkflowHandle[Any, Any], build: str, expected: str) -> Finding:
    info = (await handle.describe()).raw_description.workflow_execution_info
    seen = info.versioning_info.deployment_version.build_id
    return Finding(
        seen == build,
        expected,
        f"{handle.id} is on {seen or 'no version'}",
        'The build is os.environ["BUILD_ID"], and use_worker_versioning=True makes the server look at it.',
    )


async def _with_v1_dead(trial: Trial, old: WorkflowHandle[Any, Any]) -> tuple[str, bool]:
    """Approve the old run while v1 is dead. Return whether that was taken, and whether the run waits for
    v1.
    """
    try:
        await old.execute_update("decide", True, id="check", rpc_timeout=timedelta(seconds=3))
        return "taken", False
    except (RPCError, TemporalError):
        return "", (await trial.read(old)).is_open
