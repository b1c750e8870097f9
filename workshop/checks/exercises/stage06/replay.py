"""Exercise 06, second task: a replay check that tells dangerous edits from harmless ones."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

from workshop.checks import Finding, Script, Stop, Trial, check
from workshop.checks.exercises.stage06.common import DEADLINE, FILES, asked, decide
from workshop.checks.exercises.stage06.edits import EDITS, copies
from workshop.workspace import days

_ONE_OF_THEM = {0: "a first history of another workflow", -1: "a last history of another workflow"}


@check(
    "06.replay",
    "check_replay.py is red for dangerous edits and green for harmless ones",
    needs=["check_replay.py", *FILES],
)
async def replay(trial: Trial) -> AsyncIterator[Finding]:
    histories = await _histories(trial)
    with copies(trial) as copy:
        scripts = {}
        for number, (edit, (_, change)) in enumerate(EDITS.items()):
            folder = copy(f"edit-{number}", change)
            (saved := trial.folder / folder / "histories").mkdir()
            for name, history in histories.items():
                (saved / f"{name}.json").write_text(history, encoding="utf-8")
            scripts[edit] = await trial.start_script(f"{folder}/check_replay.py")
        for which in (0, -1):  # one history that does not fit, among others that do
            folder = copy(f"history{which}", str)
            (saved := trial.folder / folder / "histories").mkdir()
            for name, history in histories.items():
                foreign = name == [*histories][which]
                (saved / f"{name}.json").write_text(
                    _of_another(history) if foreign else history, encoding="utf-8"
                )
            scripts[_ONE_OF_THEM[which]] = await trial.start_script(f"{folder}/check_replay.py")
        empty = copy("empty", str)
        scripts["no history"] = await trial.start_script(f"{empty}/check_replay.py")
        ended = {edit: await trial.end_of(script, timeout=25) for edit, script in scripts.items()}
    wanted = {edit: fits for edit, (fits, _) in EDITS.items()} | dict.fromkeys(_ONE_OF_THEM.values(), False)
    for edit, fits in wanted.items():
        yield _verdict(edit, fits, ended[edit])
    yield Finding(
        ended["no history"].exit_code != 0,
        "without any history the exit code is not 0: nothing was proved",
        f"with an empty folder: exit code {ended['no history'].exit_code}",
        "bool(histories) is False for an empty list.",
    )


async def _histories(trial: Trial) -> dict[str, str]:
    """Save a run that waits, one that was approved after a kill, and one that nobody answered."""
    first = await asked(trial, "Please refund order 1207.")
    approved = await asked(trial, "Please refund order 1208.")
    silent = await asked(trial, "Please refund order 1209.")
    await trial.crash()
    await trial.restart()
    await decide(approved, True)
    await days.fast_forward(silent, DEADLINE + timedelta(hours=1))
    for handle in (approved, silent):
        outcome = await trial.outcome(handle, timeout=15)
        if not outcome.completed:
            raise Stop(
                "runs to save", f"a run is {outcome.status}", 'First the approval: lab.check("06.approval")'
            )
    runs = {"1-waiting": first, "2-approved": approved, "3-silent": silent}
    return {name: (await handle.fetch_history()).to_json() for name, handle in runs.items()}


def _of_another(history: str) -> str:
    """Return a history whose first activity is one that this workflow does not have."""
    events = json.loads(history)
    scheduled = (each.get("activityTaskScheduledEventAttributes") for each in events["events"])
    next(filter(None, scheduled))["activityType"]["name"] = "send_newsletter"
    return json.dumps(events)


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
