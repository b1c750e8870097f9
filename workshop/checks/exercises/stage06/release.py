"""Exercise 06, fourth task: two versions side by side, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError

from workshop.checks import Finding, Stop, Trial, check
from workshop.checks.exercises.stage06.common import (
    FILES,
    WORKFLOW,
    asked_about,
    decide,
    ended,
    refunds_of,
    waiting,
)


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
    seen = await asked_about(old)
    await trial.crash()
    await _deploy(trial, "v2")
    yield await _make_current(trial, "v2")
    new = await _taken(trial, "v2", "Please refund order 1208, it is torn.")
    yield await _on(new, "v2", "a run that begins while v2 is current is on v2")
    taken, waiting = await _with_v1_dead(trial, old, seen)
    yield Finding(
        waiting,
        "v1 was killed: its open run waits for v1, and v2 does not take it",
        "it waits" if waiting else "v2 took it over",
        "default_versioning_behavior=VersioningBehavior.PINNED",
    )
    await _deploy(trial, "v1")
    for handle, decided in ((old, taken), (new, "")):
        if not decided:
            await decide(handle, True)
        outcome = await trial.outcome(handle, timeout=20)
        yield ended(outcome, "both runs complete once v1 is back")
    yield await _on(old, "v1", "the old run was finished by v1")
    refunds = [await refunds_of(trial, handle) for handle in (old, new)]
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
    return await waiting(trial, handle)


async def _on(handle: WorkflowHandle[Any, Any], build: str, expected: str) -> Finding:
    info = (await handle.describe()).raw_description.workflow_execution_info
    seen = info.versioning_info.deployment_version.build_id
    return Finding(
        seen == build,
        expected,
        f"{handle.id} is on {seen or 'no version'}",
        'The build is os.environ["BUILD_ID"], and use_worker_versioning=True makes the server look at it.',
    )


async def _with_v1_dead(trial: Trial, old: WorkflowHandle[Any, Any], seen: str) -> tuple[str, bool]:
    """Approve what was seen of the old run while v1 is dead. Return whether it was taken, and whether it
    waits for v1.
    """
    try:
        await old.execute_update("decide", args=[seen, True], id="check", rpc_timeout=timedelta(seconds=3))
        return "taken", False
    except (RPCError, TemporalError):
        return "", (await trial.read(old)).is_open
