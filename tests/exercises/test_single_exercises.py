"""What a single exercise promises besides its checks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest
from bench_instance import Bench
from executed_exercises import BY_NUMBER, cells, checking, code, execute, part

from workshop.checks.exercises.stage03 import starter
from workshop.checks.exercises.stage04 import OTHERS, SENTENCES
from workshop.checks.exercises.stage05.checkpoint2 import given_up
from workshop.config import MY_WORK
from workshop.history import waiting
from workshop.practice.reading.language import NAMES, OTHER, detect
from workshop.workspace.control import Gateway, Weather

pytestmark = pytest.mark.timeout(600)


@pytest.mark.slow
@pytest.mark.xdist_group("exercise-01")
def test_faults_of_another_notebook_disturb_no_check_and_are_still_there_afterwards(
    bench: Bench, tmp_path: Path
) -> None:
    exercise = BY_NUMBER["01"]
    services = [Gateway(bench.settings.gateway_url), Weather(bench.settings.weather_service_url)]
    kinds = ["rate_limit", "unavailable"]
    try:
        for service, kind in zip(services, kinds, strict=True):
            service.fault(kind)
        written = part(cells(exercise.solution), "%%writefile")
        checks = [checking(name, exercise.answers) for name in exercise.checks]
        found = execute(bench, tmp_path, [*exercise.opened, *written, *checks])
        assert [result["passed"] for result in found] == [True] * len(checks), found
        assert [fault["kind"] for service in services for fault in service.faults()] == kinds
    finally:
        for service in services:
            service.clear_faults()


@pytest.mark.xdist_group("exercise-01")
def test_without_a_prediction_nothing_is_killed(bench: Bench, tmp_path: Path) -> None:
    solved = part(cells(BY_NUMBER["01"].solution), "from workshop.lab", "%%writefile")
    found = execute(bench, tmp_path, [*solved, checking("01.forgets", "prediction=None")])
    assert [finding["seen"] for finding in found[0]["findings"]] == ["no prediction yet"]


@pytest.mark.parametrize(
    ("most", "limit", "ok"),
    [
        (5, None, True),
        (0, 86_400.0, True),
        (5, 600.0, True),
        (0, None, False),
        (1, None, False),
        (0, 5.0, False),
    ],
)
def test_a_call_may_be_limited_by_attempts_or_as_in_the_lesson_by_time(
    most: int, limit: float | None, ok: bool
) -> None:
    call: Any = SimpleNamespace(
        retries=SimpleNamespace(maximum_attempts=most), timeouts=SimpleNamespace(schedule_to_close=limit)
    )
    finding = given_up(call)
    assert finding.ok is ok, finding
    assert "None" not in finding.seen


async def test_the_run_of_the_check_before_is_none_that_the_starter_has_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a quick machine 03.secret begins within a second after the run of 03.durable."""
    began = time.time()
    moments = {"check-03.durable": began - 0.3, "storm-notifier-1": began + 0.1, "other": began - 60}

    async def runs_of(*_: object) -> AsyncIterator[Any]:
        for name, moment in moments.items():
            yield SimpleNamespace(id=name, run_id="", start_time=datetime.fromtimestamp(moment, UTC))

    monkeypatch.setattr(waiting, "runs_of", runs_of)
    client = SimpleNamespace(get_workflow_handle=lambda name, run_id: name)
    trial = SimpleNamespace(client=AsyncMock(return_value=client), queue="queue", started=began)
    assert await starter._runs_since(trial, 1) == ["storm-notifier-1"]  # type: ignore[arg-type, comparison-overlap]


@pytest.mark.slow
@pytest.mark.xdist_group("exercise-04")
@pytest.mark.parametrize("language", ["Italian", "Japanese"])
def test_another_language_is_as_good(bench: Bench, tmp_path: Path, language: str) -> None:
    solved = cells(BY_NUMBER["04"].solution)
    files = part(solved, "%%writefile")
    for cell in files:
        cell.source = cell.source.replace("German", language)
    found = execute(
        bench,
        tmp_path,
        [*part(solved, "from workshop.lab"), *files, checking("04.fourth"), checking("04.others")],
    )
    assert [result["passed"] for result in found] == [True, True], found


def test_the_practice_model_knows_the_languages_that_the_check_asks_in() -> None:
    codes = {names[0]: code for code, names in NAMES.items()}
    asked = {sentence: codes[language] for language, sentences in SENTENCES.items() for sentence in sentences}
    asked |= {sentence: codes[agent.removesuffix(" Agent")] for sentence, agent in list(OTHERS.items())[:3]}
    asked |= dict.fromkeys(list(OTHERS)[3:], OTHER)
    assert {sentence: detect(sentence) for sentence in asked} == asked


@pytest.mark.slow
@pytest.mark.xdist_group("exercise-07")
def test_a_limit_below_what_a_run_begins_with_is_named_by_the_check(bench: Bench, tmp_path: Path) -> None:
    solved = part(cells(BY_NUMBER["07"].solution), "from workshop.lab", "%%writefile")
    for cell in solved:
        cell.source = cell.source.replace("LIMIT = 150_000", "LIMIT = 300")
    [found] = execute(bench, tmp_path, [*solved, checking("07.long")])
    assert "carry over less, or raise LIMIT" in found["findings"][-1]["seen"], found


@pytest.mark.xdist_group("exercise-05")
def test_a_rescued_file_serves_the_check_is_named_in_the_panel_and_the_learners_own_is_kept(
    bench: Bench, tmp_path: Path
) -> None:
    untouched = cells(BY_NUMBER["05"].untouched)
    opened = part(untouched, "from workshop.lab", "lab.bring", "%%writefile")
    own = next(cell for cell in part(untouched, "%%writefile drive.py"))
    panel = code(
        'state = repr(lab.progress())\nassert "passed with the solution\'s drive.py" in state, state'
    )
    rescued = [code('lab.rescue("drive.py")'), checking("05.loses"), panel]
    found = execute(bench, tmp_path, [*opened, *rescued, code(own.source), checking("05.loses")])
    assert [(result["passed"], result["rescued"]) for result in found] == [(True, ["drive.py"]), (False, [])]
    kept = sorted((MY_WORK / "kept").glob("*/05_deep_research_exercise/drive.py"))[-1]
    assert kept.read_text() == own.source.partition("\n")[2] + "\n"
    assert "NotImplementedError" in (MY_WORK / "05_deep_research_exercise" / "drive.py").read_text()
