"""Replays of saved histories with edits tried on the workflow, and days that pass for a run."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.service import RPCError, RPCStatusCode
from timeline_looks import SAMPLES

from workshop.config import ROOT
from workshop.errors import LabError
from workshop.workspace import days, replays

STAGE = ROOT / "solutions" / "06_change_it_safely"
SAFE = ("new prompt", "other model", "agent renamed", "other time-outs", "one more tool")
EVERYWHERE = ("tool removed", "turn limit", "guardrail", "streamed", "step before")
"""Edits that no history fits. `step after` fits those that wait."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The stage's modules, and two histories of one run: as it waited, and finished."""
    for file in STAGE.glob("*.py"):
        shutil.copy(file, tmp_path)
    (tmp_path / "histories").mkdir()
    waiting, finished = (
        look["history"] for look in json.loads((SAMPLES / "skipped.json").read_text())["looks"]
    )
    for name, history in (("waiting", waiting), ("finished", finished)):
        (tmp_path / "histories" / f"{name}.json").write_text(json.dumps(history))
    yield tmp_path
    for name in ("workflow", "activities", "edits"):
        sys.modules.pop(name, None)


async def replayed(folder: Path, edit: replays.Edit = ()) -> replays.Replays:
    return await replays.replay(folder / "workflow.py", folder / "histories", edit)


async def test_the_table_of_eleven_edits_is_as_the_lesson_has_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(folder))
    from edits import EDITS, PATCHED  # type: ignore[import-not-found]

    assert (await replayed(folder)).safe
    both = ("finished", "waiting")
    red = dict.fromkeys(SAFE, ()) | dict.fromkeys(EVERYWHERE, both) | {"step after": ("finished",)}
    seen = {name: (await replayed(folder, edit)).red for name, edit in EDITS.items()}
    assert seen == red and len(seen) == 11
    assert all([(await replayed(folder, edit)).safe for edit in PATCHED.values()])
    assert (folder / "workflow.py").read_text() == (STAGE / "workflow.py").read_text()
    assert "TMPRL1100" not in capfd.readouterr().err, "a replay is quiet"


async def test_a_red_replay_says_why_in_one_line(folder: Path) -> None:
    result = await replayed(
        folder, [("result = await Runner", "await workflow.sleep(1)\n        result = await Runner")]
    )
    assert result.red == ("finished", "waiting") and not result.safe
    assert "timer" in result.results[0][1].lower() and "\n" not in result.results[0][1]
    assert "RED" in repr(result)


async def test_nothing_saved_or_nothing_to_edit_is_said(folder: Path) -> None:
    with pytest.raises(LabError, match="no such text"):
        await replayed(folder, [("not in it", "")])
    for file in (folder / "histories").iterdir():
        file.unlink()
    with pytest.raises(LabError, match="no history"):
        await replayed(folder)
    assert not replays.Replays(()).safe


def test_why_days_can_not_pass_is_said() -> None:
    old = RPCError(
        "The Time-Skipping feature is not enabled for namespace.", RPCStatusCode.INVALID_ARGUMENT, b""
    )
    assert "workshop down" in days.why("refund-1", old, timedelta(days=3))
    over = RPCError("workflow execution already completed", RPCStatusCode.NOT_FOUND, b"")
    assert days.why("refund-1", over, timedelta(days=3)).startswith("3 d can't pass for refund-1")
