"""The drawing follows a run: until when it watches, what it says meanwhile, and one picture in a notebook."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bench_instance import Bench
from nbclient import NotebookClient
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from timeline_looks import Replayed, last, looks

from workshop import history, timeline
from workshop.commands.lessons import Kernel
from workshop.history import Run


async def started(bench: Bench, name: str) -> Any:
    client = await Client.connect(bench.settings.temporal_address)
    return await client.start_workflow("NeverTaken", id=name, task_queue="nobody-polls-this")


async def test_watching_ends_with_a_word_and_not_an_error(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    handle = await started(bench, "watch-timeout")
    run = await timeline.watch(handle, timeout=0.5, interval=0.05)
    assert run.is_open
    assert "Stopped watching after 0.50 s; the workflow goes on (running)." in capsys.readouterr().out
    assert "No worker has taken this workflow up" in timeline.draw(run).svg
    await handle.terminate()
    run = await timeline.watch(handle, timeout=5)
    assert run.status == "Terminated"
    assert "NeverTaken Terminated" in capsys.readouterr().out


async def test_watching_stops_when_it_has_seen_enough(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    handle = await started(bench, "watch-until")
    began = time.monotonic()
    run = await timeline.watch(handle, until=lambda run: len(run.events) >= 2, timeout=30, show=False)
    assert time.monotonic() - began < 5
    assert run.is_open
    assert capsys.readouterr().out == ""
    await handle.terminate()


async def test_a_server_that_is_away_for_a_moment_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers: list[Any] = [
        looks("retries")[2],
        RPCError("away", RPCStatusCode.UNAVAILABLE, b""),
        last("retries"),
    ]

    async def read(handle: Any) -> Run:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    monkeypatch.setattr(history, "read", read)
    run = await timeline.watch(None, interval=0.01, timeout=5)  # type: ignore[arg-type]
    assert run.status == "Completed"
    out = capsys.readouterr().out
    assert out.count("The Temporal server does not answer (UNAVAILABLE)") == 1
    assert "activity get_weather retrying, attempt 2: RuntimeError" in out
    assert "activity get_weather completed, attempt 5" in out


async def test_what_was_watched_is_drawn_later_without_being_asked_for() -> None:
    handle: Any = Replayed("retries")
    run = await timeline.watch(handle, interval=0.001, timeout=5, show=False)
    assert 'class="unseen"' not in timeline.draw(run).svg
    assert 'class="unseen"' not in timeline.draw(await history.read(handle)).svg
    assert 'class="unseen"' in timeline.draw(last("retries")).svg  # by somebody who looked only at the end


async def test_a_history_is_fetched_only_when_it_has_grown() -> None:
    handle: Any = Replayed("retries")
    lengths = [len((await history.read(handle)).events) for _ in range(2 * len(looks("retries")))]
    assert handle.fetched == len(set(lengths)) < len(lengths)


CELL = """
from temporalio.client import Client
from workshop import timeline
client = await Client.connect({address!r})
handle = await client.start_workflow("NeverTaken", id="watch-notebook", task_queue="nobody-polls-this")
run = await timeline.watch(handle, timeout=2.5)
"""


def test_in_a_notebook_one_picture_is_replaced_in_place(bench: Bench, tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(CELL.format(address=bench.settings.temporal_address))]
    seen: list[str] = []

    class Watching(NotebookClient):
        def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
            seen.append(msg["msg_type"])
            return super().process_message(msg, cell, cell_index)

    folder = {"metadata": {"path": str(tmp_path)}}
    Watching(
        notebook, timeout=60, kernel_name="python3", kernel_manager_class=Kernel, resources=folder
    ).execute()
    outputs = notebook.cells[0].outputs
    (shown,) = [output for output in outputs if output.output_type == "display_data"]
    assert (
        shown.data["image/svg+xml"].startswith("<svg ")
        and shown.data["image/svg+xml"] in shown.data["text/html"]
    )
    assert 2 <= seen.count("update_display_data") <= 5  # each second, and once at the end
    assert any("Stopped watching" in output.get("text", "") for output in outputs)
