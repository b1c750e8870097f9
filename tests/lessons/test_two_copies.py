"""Two clones of the course on one machine run all lessons at the same time, and neither sees the other."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench_instance import write_env
from temporalio.client import Client

from workshop.config import ROOT, STAGES
from workshop.services.catalog import settings_of
from workshop.workspace.control import Gateway

TAKES_S = 1500.0


class Copy:
    """A clone with an environment and services of its own, and the commands typed in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        write_env(folder, latency=0.2)
        dropped = ("WORKSHOP_", "VIRTUAL_ENV", "TEMPORAL_", "OPENAI_", "PRACTICE_", "PYTEST_")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        self.environment["PATH"] = os.pathsep.join(
            part for part in os.environ["PATH"].split(os.pathsep) if ".venv" not in part
        )
        self.workers: set[int] = set()

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = ["python3", "-m", "workshop", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, text=True, **pipes)  # type: ignore[call-overload, no-any-return]

    def type(self, *words: str) -> str:
        process = self.start(*words)
        said, _ = process.communicate()
        assert process.returncode == 0, said
        return said

    def look(self) -> None:
        """Note which workers run now, by this copy's own records."""
        for path in self.folder.glob(".lab/workers/*.json"):
            found = re.search(r'"pid": (\d+)', path.read_text(errors="replace")) if path.exists() else None
            self.workers |= {int(found[1])} if found else set()

    async def runs(self) -> dict[str, set[int]]:
        """Return every run that this copy's Temporal knows, by its id, with the processes that have worked on
        it.
        """
        client = await Client.connect(settings_of(self.folder).temporal_address)
        found = {}
        async for run in client.list_workflows():
            history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
            text = json.dumps(history.to_json_dict())
            found[run.run_id] = {int(pid) for pid in re.findall(r'"identity": "(\d+)@', text)}
        return found

    def receipts(self) -> set[str]:
        return {row["receipt"] for row in Gateway(settings_of(self.folder).gateway_url).bill()["rows"]}


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[tuple[Copy, Copy]]:
    pair = Copy(tmp_path / "one"), Copy(tmp_path / "two")
    try:
        for copy in pair:
            copy.type("build", "--check")
        yield pair
    finally:
        for copy in pair:
            copy.start("down").wait()


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_two_copies_run_all_lessons_side_by_side(copies: tuple[Copy, Copy]) -> None:
    began = time.monotonic()
    running = [copy.start("run") for copy in copies]
    try:
        while any(process.poll() is None for process in running) and time.monotonic() - began < TAKES_S:
            for copy in copies:
                copy.look()
            time.sleep(0.2)  # a sample, not a wait: what a worker does is on record
    finally:
        said = [_end(process) for process in running]
    for process, text in zip(running, said, strict=True):
        assert process.returncode == 0 and f"{len(STAGES)} lessons, 0 failed" in text, text
        print(text)
    one, two = (asyncio.run(copy.runs()) for copy in copies)
    assert len(one) > 20 and len(two) > 20
    assert not one.keys() & two.keys(), "no run of one is in the other's list"
    for mine, others, copy in ((one, copies[1].workers, copies[0]), (two, copies[0].workers, copies[1])):
        at_work = set().union(*mine.values())
        assert copy.workers & at_work, "its own workers have worked on them"
        assert not at_work & others - copy.workers, "and no worker of the other copy"
    receipts = [copy.receipts() for copy in copies]
    assert all(len(each) > 50 for each in receipts) and not receipts[0] & receipts[1], (
        "no call is on the other's bill"
    )
    print(
        f"{len(one)} and {len(two)} runs, {len(receipts[0])} and {len(receipts[1])} calls, "
        f"{time.monotonic() - began:.0f} s"
    )


def _end(process: subprocess.Popen[str]) -> str:
    if process.poll() is None:
        process.terminate()
    return process.communicate()[0]
