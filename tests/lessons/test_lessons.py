"""Every lesson, executed as a learner runs it: against real services, with real workers, its core and the whole.

The core is where the whole begins. In the default suite the whole follows the core, on all that the core has
left; with --all each is also followed by itself.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from bench_instance import Bench

from workshop.commands import lessons
from workshop.config import ROOT, STAGES
from workshop.workspace import outline

GONE_WITHIN_S = 15.0
"""How long after the end of its kernel a lesson's worker may still be there, in seconds."""

OFFERED = re.compile(r"^prediction = None  # (.+)$", re.MULTILINE)
SEEN = re.compile(r"^No prediction\. .+ says (\w+)\.$", re.MULTILINE)

pytestmark = pytest.mark.timeout(400)
SHOWN = {
    "04_agent_routing": {
        "{profile}shared": ("routing-", "/workflows/routing-"),
        "{profile}elsewhere": ("No Temporal server answers at 127.0.0.1:9", "exit code 3"),
    },
}
"""What the learner must read below a cell, found by a piece of its source: the next text speaks of it."""
EACH = [pytest.param(stage, marks=pytest.mark.xdist_group(f"lesson-{stage}")) for stage in STAGES]


@pytest.mark.parametrize("stage", EACH)
def test_a_lesson_runs_from_top_to_bottom_after_its_core(bench: Bench, stage: str) -> None:
    run(bench, stage, core=True)
    run(bench, stage, core=False)


@pytest.mark.slow
@pytest.mark.parametrize("core", [True, False], ids=["core", "whole"])
@pytest.mark.parametrize("stage", EACH)
def test_it_runs_twice_in_a_row(bench: Bench, stage: str, core: bool) -> None:
    run(bench, stage, core)
    run(bench, stage, core)


def run(bench: Bench, stage: str, core: bool) -> None:
    result = lessons.execute(lessons.NOTEBOOKS / f"{stage}.ipynb", core=core, env=bench.env)
    assert result.cells > 0
    assert result.ok, str(result)
    assert "The kill missed" not in "".join(printed(result.notebook)), "no prediction gets a verdict"
    assert unoffered(result.notebook) == []
    assert remaining_workers(bench.home / "my_work") == []
    for source, words in SHOWN.get(stage, {}).items():
        if cells := [cell for cell in result.notebook["cells"] if source in cell["source"]]:
            said = "".join(printed_by(cells[0]))
            assert all(word in said for word in words), f"{source}: {said}"
        else:
            assert core, f"no cell has {source}"


def unoffered(notebook: Any) -> list[str]:
    """Return what was seen where no offered prediction could be right."""
    found, offered = [], ""
    for cell in notebook["cells"]:
        offered = "".join(OFFERED.findall(cell["source"])) or offered
        said = SEEN.findall("".join(printed({"cells": [cell]})))
        found += [f"{seen}: not in {offered}" for seen in said if not _is_in(seen, offered)]
    return found


def _is_in(seen: str, offered: str) -> bool:
    """Return whether a prediction of what was seen is offered: by itself, or in a range such as "0 to 11"."""
    ranges = re.findall(r"(\d+) to (\d+)", offered)
    within = seen.isdigit() and any(int(low) <= int(seen) <= int(high) for low, high in ranges)
    return within or bool(re.search(rf"\b{re.escape(seen)}\b", offered))


def printed(notebook: Any) -> Iterator[str]:
    """Yield what the cells of an executed notebook have printed."""
    for cell in notebook["cells"]:
        yield from printed_by(cell)


def printed_by(cell: Any) -> Iterator[str]:
    yield from (output["text"] for output in cell.get("outputs", ()) if output["output_type"] == "stream")


def test_lesson_03_compares_the_agent_and_its_run_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stages = {stage: tmp_path / stage for stage in ("01_agent_hello_world", "03_durable_agent")}
    for stage, folder in stages.items():
        shutil.copytree(ROOT / "solutions" / stage, folder)
    monkeypatch.chdir(stages["03_durable_agent"])
    cells = outline.read(lessons.NOTEBOOKS / "03_durable_agent.ipynb")
    [compares] = [cell.source for cell in cells if "difflib.ndiff" in cell.source]
    exec(compares, {})
    changed = capsys.readouterr().out
    assert "- tools=[get_weather]," in changed and "+ activity_as_tool(" in changed
    assert "def " not in changed and "user_query)" in changed


def test_a_process_left_behind_would_be_seen(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], cwd=tmp_path, stdin=subprocess.PIPE)
    assert [found.split(":")[0] for found in workers(tmp_path)] == [str(process.pid)]
    process.communicate(b"\n")
    assert workers(tmp_path) == []


def remaining_workers(folder: Path) -> list[str]:
    """Return the processes that still run in a folder after they had time to end."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while (found := workers(folder)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def workers(folder: Path) -> list[str]:
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():  # an earlier test may have led this process there
            continue
        try:
            if Path(process.cwd()).is_relative_to(folder):
                found.append(f"{process.pid}: {' '.join(process.cmdline())}")
        except psutil.Error:  # ended in between, or not ours to look at
            continue
    return found
