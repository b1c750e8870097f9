"""Every lesson, executed as a learner runs it: against real services, with real workers, its core and the whole, twice each."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from bench_instance import Bench

from workshop import run
from workshop.config import STAGES

CASES = [
    pytest.param(stage, core, id=f"{stage}-{'core' if core else 'whole'}", marks=pytest.mark.xdist_group(f"{stage}-{core}"))
    for stage in STAGES
    for core in (True, False)
]
GONE_WITHIN_S = 15.0
"""How long after the end of its kernel a lesson's worker may still be there, in seconds."""


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("stage", "core"), CASES)
def test_a_lesson_runs_from_top_to_bottom_twice(bench: Bench, stage: str, core: bool) -> None:
    path = run.NOTEBOOKS / f"{stage}.ipynb"
    for turn in ("first", "second"):
        result = run.execute(path, core=core, env=bench.env)
        assert result.cells > 0
        assert result.ok, f"{turn} time: {result}"
        assert remaining_workers(bench.home / "my_work") == [], f"left behind by the {turn} run"


def test_a_process_left_behind_would_be_seen(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], cwd=tmp_path, stdin=subprocess.PIPE)
    assert [found.split(":")[0] for found in workers(tmp_path)] == [str(process.pid)]
    process.communicate(b"\n")
    assert workers(tmp_path) == []


def remaining_workers(folder: Path) -> list[str]:
    """The processes that still work in a folder once they had time to go."""
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
