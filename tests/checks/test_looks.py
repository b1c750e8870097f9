"""Where a check sends a learner whose run did not complete."""

from __future__ import annotations

from pathlib import Path

import pytest
from executed_exercises import Exercise, misfit

from workshop.checks import looks
from workshop.config import ROOT, settings
from workshop.workspace import waits

DIRECT = """
from datetime import timedelta
from temporalio import workflow
import activities
from activities import read_alerts

@workflow.defn
class NoticeWorkflow:
    @workflow.run
    async def run(self, state: str) -> str:
        CALL
"""
ACTIVITIES = "from temporalio import activity\n\n@activity.defn\nasync def read_alerts(state): ...\n"
SANDBOX = (
    "Cannot access threading.local.__mro_entries__ from inside a workflow. If this is code from a "
    "module not used …"
)


@pytest.mark.parametrize(
    "call", ["return await read_alerts(state)", "return await activities.read_alerts(state)"]
)
def test_an_activity_that_is_called_like_a_function_is_named_with_its_line(tmp_path: Path, call: str) -> None:
    (tmp_path / "activities.py").write_text(
        ACTIVITIES.replace("@activity.defn", '@activity.defn(name="read_alerts")')
    )
    (tmp_path / "workflow.py").write_text(DIRECT.replace("CALL", call))
    said = looks.direct_call(tmp_path)
    assert "workflow.py, line 11, calls read_alerts like a function" in said
    assert "await workflow.execute_activity(read_alerts, …)" in said


@pytest.mark.parametrize(
    "call",
    [
        "return await workflow.execute_activity(read_alerts, state, "
        "start_to_close_timeout=timedelta(seconds=9))",
        "return str(activity_as_tool(read_alerts))",
    ],
)
def test_one_that_is_asked_for_is_none(tmp_path: Path, call: str) -> None:
    (tmp_path / "activities.py").write_text(ACTIVITIES)
    (tmp_path / "workflow.py").write_text(DIRECT.replace("CALL", call))
    assert looks.direct_call(tmp_path) == ""


def test_it_is_found_in_the_exercise_and_in_no_solution(tmp_path: Path) -> None:
    exercise = Exercise("02_temporal_hello_world")
    exercise.copy_sources(tmp_path)
    [patch] = [one for one in exercise.wrong_answers("02.notice") if "called-directly" in one.name]
    folder = tmp_path / "solutions" / exercise.stage / "exercise"
    assert looks.direct_call(folder) == ""
    assert misfit(patch, tmp_path) == ""
    assert "execute_activity(post_notice, …)" in looks.direct_call(folder)
    solutions = [path for path in (ROOT / "solutions").glob("*") if path.is_dir()]
    assert [
        path.name for path in solutions if looks.direct_call(path) or looks.direct_call(path / "exercise")
    ] == []


def test_the_sandbox_is_explained_in_a_waiting_cell_too() -> None:
    assert "execute_activity" in waits.told(SANDBOX).cure
    assert "execute_activity" not in str(waits.told("ValueError: no"))


def test_the_web_ui_is_named_with_the_port_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_UI_PORT", "12345")
    settings.cache_clear() if hasattr(settings, "cache_clear") else None
    assert looks.web_ui() == f"the Web UI (port {settings().temporal_ui_port})"
    texts = [path.read_text() for path in (ROOT / "workshop" / "checks").rglob("*.py")]
    assert [text for text in texts if "8233" in text] == []
