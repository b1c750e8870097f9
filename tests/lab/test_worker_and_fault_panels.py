"""Worker panel and fault panel: a button does what its line of code does, and the panel shows changes made
elsewhere.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import waiting
from bench_instance import Bench
from kernel_clicks import click, display, kernel_of, printed

from workshop.config import ROOT, settings
from workshop.errors import LabError
from workshop.lab import Lab, panels
from workshop.lab.panels.worker import LINES, tail
from workshop.processes.starter import recorded
from workshop.services.faults import KINDS
from workshop.workspace.control import START, Gateway, Weather
from workshop.workspace.leftovers import describe

STAGE = "02_temporal_hello_world"
SECONDS = 20.0


@pytest.fixture(scope="module")
def opened(bench: Bench) -> Lab:
    """Open one Lab for all tests here, so that its keeper imports the SDKs once."""
    return Lab(STAGE)


@pytest.fixture
def lab(opened: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    shutil.copytree(ROOT / "solutions" / STAGE, opened.folder, dirs_exist_ok=True)
    monkeypatch.chdir(opened.folder)
    opened._worker = None
    yield opened
    while opened._panels:
        opened._panels.pop().close()
    for record in recorded():
        if process := record.process():
            process.kill()
    opened.clear_faults()


def worker_panel(lab: Lab, displayed: bool = True) -> panels.WorkerPanel:
    box = lab.worker_panel()
    panel = lab._panels[-1]
    assert isinstance(panel, panels.WorkerPanel) and panel.box is box
    box._view_count = int(displayed)
    return panel


def fault_panel(lab: Lab, displayed: bool = True) -> panels.FaultPanel:
    box = lab.fault_panel()
    panel = lab._panels[-1]
    assert isinstance(panel, panels.FaultPanel) and panel.box is box
    box._view_count = int(displayed)
    return panel


def until(condition: Callable[[], object], panel: panels.Panel, seconds: float = SECONDS) -> None:
    """Wait, and say what the panel shows if it does not come to that."""
    waiting.until(condition, seconds, lambda: [getattr(widget, "value", "") for widget in panel.box.children])


def twin(panel: panels.Panel, button: str) -> str:
    """Return the line of code beside a button."""
    found = re.fullmatch("<code[^>]*>(.*)</code>", panel.twins[button].value)
    assert found
    return html.unescape(found[1])


def enabled(panel: panels.Panel) -> list[str]:
    return [name for name, button in panel.buttons.items() if not button.disabled]


# --- worker
# -----------------------------------------------------------------------------------------------------------


def test_the_buttons_and_their_lines_crash_stop_and_restart_a_real_worker(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    panel = worker_panel(lab)
    assert "No worker yet" in panel.state.value and "lab.worker" in panel.state.value and enabled(panel) == []
    worker = lab.worker("worker.py")
    until(lambda: "● polls hello-world-queue" in panel.state.value, panel)
    assert (
        f"process {worker.pid} · up " in panel.state.value
        and f"my_work/{STAGE}/worker.py" in panel.state.value
    )
    assert enabled(panel) == ["Crash", "Stop", "Restart"]

    def press(button: str) -> None:
        if how == "click":
            panel.buttons[button].click()
        else:
            eval(twin(panel, button), {"worker": worker})

    def crash() -> None:
        pid = worker.pid
        press("Crash")
        until(
            lambda: "✕ killed by SIGKILL (kill -9)" in panel.state.value and enabled(panel) == ["Restart"],
            panel,
        )
        assert f"process {pid}" in panel.state.value and not worker.alive and worker.exit_code() == -9

    def restart() -> None:
        pid = worker.pid
        press("Restart")
        until(lambda: "● polls" in panel.state.value and len(enabled(panel)) == 3, panel)
        assert (
            worker.pid != pid
            and worker.presence() == "polling"
            and f"process {worker.pid} " in panel.state.value
        )

    def stop() -> None:
        press("Stop")
        until(lambda: "✕ stopped" in panel.state.value and enabled(panel) == ["Restart"], panel)
        assert worker.exit_code() in (0, 130, -2)

    for how in ("click", "line"):
        for step in (crash, restart, stop, restart):
            capsys.readouterr()
            step()
            assert how == "line" or capsys.readouterr().out == "", (
                "a click prints into whatever cell is running"
            )


def test_what_other_hands_do_is_seen_within_a_second_or_two(lab: Lab) -> None:
    worker = lab.worker("worker.py")
    panel = worker_panel(lab)
    panel.buttons["Restart"].click()
    until(lambda: "Polls after" in panel.said.value, panel)
    os.kill(worker.pid, signal.SIGKILL)
    until(lambda: "killed by SIGKILL" in panel.state.value, panel, 3)
    until(lambda: panel.said.value == "", panel, 3)  # words on an earlier click would contradict it
    worker.restart()
    until(lambda: f"process {worker.pid} " in panel.state.value, panel, 3)
    with Path(worker.record.log).open("a") as log:
        log.write("a line with <b>markup</b>\n")
    until(lambda: "a line with &lt;b&gt;markup" in panel.log.value, panel, 3)
    newer = lab.worker("worker.py")
    until(lambda: f"process {newer.pid} " in panel.state.value, panel, 3)
    second = lab.worker("worker.py", name="second")
    lab.worker_panel(second)
    assert twin(lab._panels[-1], "Stop") == "second.stop()" and twin(panel, "Stop") == "worker.stop()"


def test_nobody_looks_while_the_panel_is_not_displayed(lab: Lab) -> None:
    worker = lab.worker("worker.py")
    panel = worker_panel(lab, displayed=False)
    worker.crash(quietly=True)
    time.sleep(1.5)
    assert "● polls" in panel.state.value
    panel.box._view_count = 1
    until(lambda: "killed by SIGKILL" in panel.state.value, panel, 1)


def test_what_goes_wrong_with_a_worker_is_said_in_the_panel(lab: Lab) -> None:
    worker = lab.worker("worker.py")
    panel = worker_panel(lab)
    file = lab.folder / "worker.py"
    file.write_text("raise RuntimeError('no such <queue>')\n")
    panel.buttons["Restart"].click()
    until(lambda: "died while it started (exit code 1)" in panel.said.value, panel)
    assert (
        "no such &lt;queue&gt;" in panel.said.value and "run it, then run this cell again" in panel.said.value
    )
    until(lambda: enabled(panel) == ["Restart"], panel)
    shutil.copy(ROOT / "solutions" / STAGE / "worker.py", file)
    panel.buttons["Restart"].click()
    until(lambda: "Polls after" in panel.said.value and "● polls" in panel.state.value, panel)

    def away(queue: str) -> dict[str, float]:
        raise LabError(f"Temporal does not answer.\n{START}")

    answers, worker._pollers = worker._pollers, away
    until(lambda: "workshop up" in panel.trouble.value, panel, 3)
    assert "It runs; whether it polls is unknown" in panel.state.value and "Crash" in enabled(panel)
    worker._pollers = answers
    until(lambda: panel.trouble.value == "" and "● polls" in panel.state.value, panel, 3)

    worker.crash(quietly=True)
    panel.press("Stop")  # the click was under way when the worker died
    until(lambda: "had ended already. Restart" in panel.said.value, panel)


def test_the_tail_of_a_long_log_is_read_from_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log) == []
    log.write_text("".join(f"line {number}\n" for number in range(100_000)))
    assert tail(log) == [f"line {number}" for number in range(100_000 - LINES, 100_000)]


# --- faults
# -----------------------------------------------------------------------------------------------------------

FORMS: list[dict[str, Any]] = [
    {},
    {"kind": "rate_limit", "long": "once"},
    {"kind": "rate_limit", "number": 2.5, "long": "until All off"},
    {"kind": "hang", "on": "weather", "long": "for 30 s"},
    {"kind": "slow", "number": 8, "match": 'says "é"\\n'},
    {"kind": "unavailable", "on": "weather", "long": "for 2 min", "match": "TX"},
]


def model_call() -> int:
    body = {"model": "any", "input": "Hello"}
    headers = {"Authorization": "Bearer practice"}
    return httpx.post(
        f"{settings().model_base_url}/responses", json=body, headers=headers, trust_env=False
    ).status_code


def without_time(faults: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in fault.items() if name not in ("remaining_seconds", "set_at")}
        for fault in faults
    ]


@pytest.mark.parametrize("form", FORMS)
def test_a_click_sets_the_fault_that_its_line_sets(lab: Lab, form: dict[str, Any]) -> None:
    panel = fault_panel(lab)
    assert "No faults" in panel.live.value
    for name, value in form.items():
        getattr(panel, name).value = value
    service = lab.weather if form.get("on") == "weather" else lab.gateway
    panel.buttons["Break"].click()
    until(lambda: "Break" not in panel.busy, panel)
    clicked = service.faults()
    assert len(clicked) == 1 and clicked[0]["kind"] == form.get("kind", "slow") and panel.said.value == ""
    numbers = [clicked[0][name] for name in ("delay_s", "retry_after_s") if clicked[0][name]]
    assert clicked[0]["match"] == form.get("match") and form.get("number", panel.number.value or None) in (
        *numbers,
        None,
    )
    until(lambda: html.escape(str(panel.kind.value)) in panel.live.value, panel)
    panel.buttons["All off"].click()
    until(lambda: "No faults" in panel.live.value, panel)
    assert lab.gateway.faults() == lab.weather.faults() == []
    eval(twin(panel, "Break"))
    assert without_time(service.faults()) == without_time(clicked)
    eval(twin(panel, "All off"))
    assert service.faults() == []


def test_faults_count_down_whoever_has_set_them(lab: Lab) -> None:
    panel = fault_panel(lab)
    lab.fault("server_error", times=2)
    lab.fault("hang", on="weather", seconds=3)
    until(lambda: "model: server_error · 2 times left" in panel.live.value, panel, 3)
    until(lambda: "weather: hang · 2 s left" in panel.live.value, panel, 3)
    assert model_call() == 500
    until(lambda: "server_error · 1 time left" in panel.live.value, panel, 3)
    until(lambda: "hang" not in panel.live.value, panel, 5)
    assert model_call() == 500 and model_call() == 200
    until(lambda: "No faults" in panel.live.value, panel, 3)


def test_a_live_fault_is_described_with_all_that_it_has() -> None:
    fault = {
        "kind": "slow",
        "delay_s": 5.0,
        "match": "severity",
        "remaining_times": None,
        "remaining_seconds": None,
    }
    assert describe(fault) == "slow by 5 s · requests with “severity” · until it is switched off"
    fault = {"kind": "rate_limit", "retry_after_s": 2.0, "remaining_times": 3, "remaining_seconds": 61.2}
    assert describe(fault) == "rate_limit, Retry-After 2 s · 3 times left, 1 min 01 s left"


def test_every_kind_of_fault_is_offered_with_its_meaning_and_its_number(lab: Lab) -> None:
    panel = fault_panel(lab)
    for name, kind in KINDS.items():
        panel.kind.value = name
        assert html.escape(kind.sees) in panel.meaning.value
        assert panel.number.description == kind.label
        assert bool(panel.number.layout.display) == (not kind.takes)
    panel.kind.value, panel.number.value = "truncate", 250
    panel.buttons["Break"].click()
    until(lambda: "model: truncate after 250 characters" in panel.live.value, panel, 3)
    panel.kind.value, panel.number.value = "trickle", 7
    panel.buttons["Break"].click()
    until(lambda: "model: trickle over 7 s" in panel.live.value, panel, 3)
    assert [fault.get("characters") for fault in lab.gateway.faults()] == [250, None]
    lab.clear_faults()


def test_what_goes_wrong_with_faults_is_said_in_the_panel(lab: Lab) -> None:
    panel = fault_panel(lab)
    panel.match.value = "x" * 3000
    panel.buttons["Break"].click()
    until(lambda: "match: String should have at most 2000 characters" in panel.said.value, panel)
    assert lab.gateway.faults() == [] and enabled(panel) == ["Break", "All off"]

    lonely = panels.FaultPanel(Gateway("http://127.0.0.1:1"), Weather(lab.weather.url))
    lab._panels.append(lonely)
    assert (
        "The model gateway does not answer" in lonely.trouble.value and "workshop up" in lonely.trouble.value
    )
    lab.fault("hang", on="weather", seconds=30)
    lonely.buttons["All off"].click()
    until(lambda: "does not answer" in lonely.said.value, lonely)
    assert lab.weather.faults() == [], "one service that is away kept the other from being cleared"
    both = panels.FaultPanel(Gateway("http://127.0.0.1:1"), Weather("http://127.0.0.1:1"))
    lab._panels.append(both)
    assert both.trouble.value.count("does not answer") == 2 and both.trouble.value.count("workshop up") == 1


def test_a_fault_of_the_weather_service_that_nobody_asks_is_called_so(lab: Lab) -> None:
    panel = panels.FaultPanel(lab.gateway, lab.weather, live_weather=True)
    lab._panels.append(panel)
    assert "live service" not in panel.meaning.value
    panel.on.value = "weather"
    assert "live service" in panel.meaning.value


# --- a real kernel
# ----------------------------------------------------------------------------------------------------

OPEN = f"""
from workshop.lab import Lab
lab = Lab({STAGE!r})
lab.bring()
worker = lab.worker("worker.py")
pid = worker.pid
lab.worker_panel(), lab.fault_panel()
watching, breaking = lab._panels
print("IDS", watching.box.model_id, watching.buttons["Crash"].model_id, breaking.buttons["Break"].model_id)
"""
AWAITING = """
import asyncio
print("WAITING", flush=True)
while worker.alive or not lab.gateway.faults():
    await asyncio.sleep(0.05)
print("BROKEN BY CLICKS")
"""
BLOCKING = """
import os, time
worker.restart(quietly=True)
while f"process {worker.pid} " not in watching.state.value:
    time.sleep(0.05)
os.kill(worker.pid, 9)
while "killed by SIGKILL" not in watching.state.value:
    time.sleep(0.05)
print("SEEN WHILE BLOCKED")
"""


@pytest.mark.timeout(120)
def test_clicks_are_answered_while_a_cell_runs_and_the_kernel_ends_quietly(
    bench: Bench, lab: Lab, tmp_path: Path
) -> None:
    errors, frozen = tmp_path / "stderr", tmp_path / "frozen"
    at_the_end = f"open({str(frozen)!r}, 'w').write(str(gc.get_freeze_count()))"
    with kernel_of(bench, errors) as kernel:
        printed(kernel, kernel.execute(f"import atexit, gc; atexit.register(lambda: {at_the_end})"))
        box, crash, break_it = printed(kernel, kernel.execute(OPEN)).split("IDS ")[1].split()
        cell = kernel.execute(AWAITING)
        assert "WAITING" in printed(kernel, cell, stop_at="WAITING")
        display(kernel, box)
        click(kernel, crash)
        click(kernel, break_it)
        assert printed(kernel, cell).strip() == "BROKEN BY CLICKS"
        assert printed(kernel, kernel.execute(BLOCKING)).strip() == "SEEN WHILE BLOCKED"
        printed(kernel, kernel.execute("lab.clear_faults()"))
    said = errors.read_text()
    assert "Traceback" not in said and "Exception" not in said and "Fatal" not in said, said
    assert int(frozen.read_text()) > 10_000, "the end of a kernel looks for no garbage"
