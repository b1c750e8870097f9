"""The framework of the checks: what a learner reads whatever happens in a check, and that a check leaves
nothing behind.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from bench_instance import Bench as Services
from temporalio.client import Client
from timeline_looks import last

from workshop import checks
from workshop.checks import Finding, Result, Stop, Trial, check, findings, progress, running, sharing
from workshop.checks.certificate import FILE, certificate
from workshop.checks.findings import Shown
from workshop.checks.needs import missing, unfilled
from workshop.config import ROOT
from workshop.errors import LabError
from workshop.lab import Lab
from workshop.processes.pollers import identity
from workshop.processes.starter import recorded

STAGE = "02_temporal_hello_world"
QUEUE = "hello-world-queue"
GOOD = Finding(True, "good weather", "the sun")


@pytest.fixture(scope="module")
def opened(bench: Services) -> Lab:
    return Lab(STAGE)


@pytest.fixture
def lab(opened: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Return a Lab whose exercise has only the checks that a test registers, with the lesson's finished code
    in its folder.
    """
    findings.checks_of(STAGE[:2])  # imported now, so that the real ones register where they belong
    monkeypatch.setattr(findings, "_registered", {})
    for leftover in opened.folder.glob("*.py"):
        leftover.unlink()
    for module in (ROOT / "solutions" / STAGE).glob("*.py"):
        shutil.copy(module, opened.folder)
    monkeypatch.chdir(opened.folder)
    progress.FILE.unlink(missing_ok=True)
    yield opened
    for record in recorded():
        if process := record.process():
            process.kill()
    opened.terminate_open_runs(QUEUE)
    opened.clear_faults()
    progress.FILE.unlink(missing_ok=True)


def red(result: Result) -> Finding:
    assert not result
    return next(finding for finding in result.findings if not finding.ok)


# What a check may do, and what is made of it


def test_a_green_check_is_true_is_shown_once_and_is_written_down(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    @check("02.sun", "The sun shines")
    async def sun(trial: Trial) -> AsyncIterator[Finding]:
        print("nothing of this is for a learner")
        yield GOOD

    capsys.readouterr()
    result = lab.check("02.sun")
    result._ipython_display_()
    shown = capsys.readouterr().out
    assert result and shown.count("passed: 02.sun · The sun shines") == 1
    assert "the sun" in shown and "for a learner" not in shown
    assert checks.recorded_results()["02.sun"]["passed"] is True


def test_a_learners_faults_come_back_as_they_were(lab: Lab) -> None:
    lab.fault("truncate", characters=300, match="severity", times=3)
    lab.fault("slow", delay_s=2, on="weather")

    @check("02.faults", "The faults are back")
    async def faults(trial: Trial) -> list[Finding]:
        return [GOOD]

    before = [lab.gateway.faults(), lab.weather.faults()]
    assert lab.check("02.faults")
    for were, are in zip(before, [lab.gateway.faults(), lab.weather.faults()], strict=True):
        assert [{**fault, "set_at": 0} for fault in were] == [{**fault, "set_at": 0} for fault in are]


def test_one_red_finding_makes_it_red_and_says_all_three_things(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    @check("02.rain", "No rain")
    async def rain(trial: Trial) -> list[Finding]:
        return [GOOD, Finding(False, "no rain", "rain", "Take an umbrella."), GOOD]

    result = lab.check("02.rain")
    shown = capsys.readouterr().out
    assert red(result).seen == "rain"
    assert "not yet: 02.rain" in shown
    assert all(
        re.search(rf"{word} +{text}", shown)
        for word, text in [("expected", "no rain"), ("next", "Take an umbrella")]
    )


def broken(trial: Trial) -> Any:
    async def raises() -> list[Finding]:
        raise RuntimeError("the check itself is broken")

    return raises()


async def stops(trial: Trial) -> AsyncIterator[Finding]:
    yield GOOD
    raise Stop("a helper that finds", "a helper that does not", "Look there.")


async def needs_the_services(trial: Trial) -> list[Finding]:
    raise LabError("The weather service does not answer.\nStart it in a terminal.")


async def silent(trial: Trial) -> list[Finding]:
    return []


async def too_slow(trial: Trial) -> list[Finding]:
    await asyncio.sleep(30)
    return [GOOD]


async def meets_a_stub(trial: Trial) -> list[Finding]:
    raise RuntimeError("Activity task failed") from NotImplementedError("Your turn: post the notice")


@pytest.mark.parametrize(
    ("function", "seen", "look"),
    [
        (broken, "RuntimeError: the check itself is broken", "Run this cell again"),
        (stops, "a helper that does not", "Look there."),
        (needs_the_services, "does not answer", ""),
        (silent, "it did not", "Run this cell again"),
        (too_slow, "was stopped", "Web UI"),
        (meets_a_stub, "nothing has been written", "Your turn: post the notice"),
    ],
)
def test_whatever_a_check_raises_becomes_a_red_finding(lab: Lab, function: Any, seen: str, look: str) -> None:
    check("02.any", "Any check", bound_s=1 if function is too_slow else 30)(function)
    result = lab.check("02.any")
    assert seen in red(result).seen and look in red(result).look
    assert "Traceback" not in repr(result)
    assert result.seconds < 20


def test_a_check_that_does_not_exist_is_named_with_those_that_do(lab: Lab) -> None:
    check("02.sun", "The sun shines")(silent)
    result = lab.check("03.sun")
    assert "02.sun" in red(result).expected and "'03.sun'" in red(result).seen
    assert checks.recorded_results() == {}


def test_a_check_that_is_stopped_gives_the_cell_back_at_once_and_the_next_cell_finds_all_tidied_up(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, close = threading.Event(), Trial.close

    async def slowly(trial: Trial) -> list[str]:
        await asyncio.sleep(3)
        return await close(trial)

    monkeypatch.setattr(Trial, "close", slowly)

    @check("02.long", "Takes long")
    async def long(trial: Trial) -> list[Finding]:
        await trial.fault("rate_limit")
        begun.set()
        await asyncio.sleep(30)
        return []

    def interrupted(thread: threading.Thread, seconds: float) -> None:
        begun.wait(20)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(running, "_join", interrupted)
        lab.check("02.long")
    assert lab.gateway.faults() != [], "it has not waited for the tidying up"
    running.tidying.before(None)
    assert lab.gateway.faults() == []
    assert not [thread for thread in threading.enumerate() if thread.name == "check-02.long"]


def test_no_check_may_keep_a_learner_waiting_longer_than_a_minute() -> None:
    with pytest.raises(ValueError, match="at most 60"):
        check("02.hour", "An hour", bound_s=3600)


def test_colour_only_repeats_what_a_word_says_and_markup_is_shown_as_text() -> None:
    html = Shown(Result("02.x", "Less < more", (Finding(False, "a <b>", "$1 and $2", "c"),)))._repr_html_()
    assert "not yet" in html and "dashed" in html and "&lt;b&gt;" in html
    assert "$1 and $2" in html and html.startswith('<div class="mathjax_ignore">'), (
        "no mathematics between two dollar signs"
    )


# What a check needs


@pytest.mark.parametrize(
    ("text", "need", "seen"),
    [
        (None, "mine.py", "it is not there"),
        ("def f(:\n", "mine.py", "line 1"),
        ("x = 1\n", "mine.py:f", "nothing of that name"),
        ('def f():\n    raise NotImplementedError("Your turn: add")\n', "mine.py:f", "in mine.py at line 2"),
        (
            'def g():\n    pass\nraise NotImplementedError("Your turn: add")\n',
            "mine.py",
            "in mine.py at line 3",
        ),
    ],
)
def test_what_is_missing_is_said_before_the_check_begins(
    lab: Lab, text: str | None, need: str, seen: str
) -> None:
    if text is not None:
        (lab.folder / "mine.py").write_text(text)
    check("02.mine", "Mine", needs=[need])(broken)
    assert seen in red(lab.check("02.mine")).seen


def test_a_stub_elsewhere_in_the_file_does_not_count(lab: Lab) -> None:
    (lab.folder / "mine.py").write_text(
        'def f():\n    return 1\n\ndef g():\n    raise NotImplementedError("Your turn: g")\n'
    )
    assert missing(lab.folder, ["mine.py:f"]) is None


def test_a_hint_is_found_in_what_a_process_prints() -> None:
    assert (
        unfilled("Traceback\n  ...\nNotImplementedError: Your turn: post the notice\n") == "post the notice"
    )
    assert unfilled("all is well") is None


# Progress


def test_progress_survives_names_what_is_next_and_does_not_hide_a_step_back(lab: Lab) -> None:
    weather = [GOOD]
    for name, stretch in (("02.more", True), ("02.one", False), ("02.two", False)):

        async def function(trial: Trial) -> list[Finding]:
            return list(weather)

        check(name, "A task", stretch=stretch)(function)
    panel = lab.progress
    assert "0 of 3 passed" in repr(panel()) and panel().next and panel().next.name == "02.one"  # type: ignore[union-attr]
    lab.check("02.one")
    assert panel().next.name == "02.two"  # type: ignore[union-attr]
    lab.check("02.two")
    assert panel().next.name == "02.more"  # type: ignore[union-attr]
    weather[:] = [Finding(False, "sun", "rain")]
    lab.check("02.one")
    assert "passed before" in repr(panel()) and checks.recorded_results()["02.one"]["tries"] == 2
    assert "passed before" in repr(checks.panel(STAGE))  # what another kernel reads


def all_sent() -> None:
    for thread in threading.enumerate():
        if thread.name == "board":
            thread.join(10)


def test_only_who_has_joined_the_board_is_heard_there(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[dict[str, Any]] = []

    def send(method: str, member: Any, sent: dict[str, Any]) -> Any:
        heard.append(sent)
        return SimpleNamespace(status_code=204)

    monkeypatch.setattr(sharing, "_send", send)

    @check("02.sun", "The sun shines")
    async def sun(trial: Trial) -> list[Finding]:
        return [GOOD]

    lab.check("02.sun")
    lab.progress()
    assert heard == [] and "board" not in repr(lab.progress())
    lab.join_board("http://127.0.0.1:9/CLASSCODE", name="Ada Lovelace")
    lab.check("02.sun")
    assert "shows this as Ada" in repr(lab.progress())
    all_sent()
    assert [sent["checks"]["02.sun"]["tries"] for sent in heard] == [1, 2, 2]
    lab.leave_board()
    heard.clear()
    lab.check("02.sun")
    all_sent()
    assert heard == [] and "board" not in repr(lab.progress())


DAMAGED = {
    "cut off": b'{"02.sun": {"passed": tr',
    "empty": b"",
    "a list": b"[]",
    "binary": bytes(range(256)),
    "a check without its mark": b'{"02.sun": {"tries": 2}}',
    "marks of another kind": b'{"02.sun": {"passed": true, "tries": "two"}}',
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_progress_file_is_kept_and_told_once(
    lab: Lab, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    check("02.sun", "The sun shines")(silent)
    for look in (lab.progress, lambda: lab.check("02.sun")):
        progress.FILE.write_bytes(DAMAGED[damage])
        capsys.readouterr()
        look()
        [kept] = progress.FILE.parent.glob("progress.json.damaged-*")
        assert kept.read_bytes() == DAMAGED[damage]
        assert f"It is kept as {kept.name}" in capsys.readouterr().out
        lab.progress()
        assert "damaged" not in capsys.readouterr().out
        kept.unlink()
    assert list(checks.recorded_results()) == ["02.sun"]


def test_a_result_that_can_not_be_kept_is_shown(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any, **__: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    check("02.sun", "The sun shines")(silent)
    monkeypatch.setattr(Path, "write_text", full)
    assert lab.check("02.sun").title == "The sun shines"
    said = capsys.readouterr().out
    assert "No space left on device" in said and "workshop doctor" in said


def test_two_notebooks_write_their_progress_at_once(lab: Lab) -> None:
    names = [f"02.{number}" for number in range(20)]
    threads = [threading.Thread(target=progress.record, args=(Result(name, "", (GOOD,)),)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(checks.recorded_results()) == sorted(names)


# What a check works with


async def a_run_of_the_learners(lab: Lab) -> Any:
    client = await Client.connect(lab.settings.temporal_address)
    return await client.start_workflow("WeatherWorkflow", "CA", id=f"mine-{uuid4()}", task_queue=QUEUE)


def test_a_check_gives_everything_back(lab: Lab) -> None:
    lab.fault("unavailable", on="weather", match="/alerts/", times=50)
    before = lab.worker()
    pid = before.pid
    mine = asyncio.run(a_run_of_the_learners(lab))
    seen: dict[str, Any] = {}

    @check("02.all", "All that a trial can do")
    async def all_of_it(trial: Trial) -> AsyncIterator[Finding]:
        done = await trial.ask("WeatherWorkflow", "CA")  # the learner's fault is off meanwhile
        yield Finding(done.completed, "a run completes", f"{done.status}: {done.result}")
        failed = await trial.ask("WeatherWorkflow", "XX")
        yield Finding(failed.status == "Failed", "an unknown state fails", f"{failed.status}: {failed.error}")
        await trial.fault("unavailable", on="weather")
        handle = await trial.start("WeatherWorkflow", "TX")

        async def waits() -> bool:
            return any(step.state == "retrying" for step in (await trial.read(handle)).steps)

        await trial.until(waits, "an attempt fails")
        first = trial.worker.pid
        await trial.crash()
        await trial.restart()
        seen.update(handle=handle, pids={first, trial.worker.pid})
        yield Finding(len(seen["pids"]) == 2, "two processes", f"{seen['pids']}")

    result = lab.check("02.all")
    assert result, result
    theirs = [record for record in recorded() if record.queue == QUEUE]
    assert [record.name for record in theirs] == ["main"]
    assert theirs[0].pid == before.pid not in {pid, *seen["pids"]}
    assert before.presence() == "polling"  # the learner's own variable stands for the process that runs now
    assert [(fault["kind"], fault["match"]) for fault in lab.weather.faults()] == [
        ("unavailable", "/alerts/")
    ]
    lab.clear_faults()

    async def states() -> tuple[str, str]:
        client = await Client.connect(lab.settings.temporal_address)
        ended = (await client.get_workflow_handle(seen["handle"].id).describe()).status
        assert await client.get_workflow_handle(mine.id).result()
        return str(ended and ended.name), "COMPLETED"

    assert asyncio.run(states()) == ("TERMINATED", "COMPLETED")
    before.restart()
    assert [record.pid for record in recorded() if record.queue == QUEUE] == [before.pid]


def test_a_worker_in_a_terminal_is_noticed(lab: Lab, bench: Services) -> None:
    stranger = subprocess.Popen(
        [sys.executable, "worker.py"], cwd=lab.folder, env={**os.environ, **bench.env}
    )
    try:
        # one of an earlier test may still be dying
        while identity(stranger.pid) not in lab.pollers(QUEUE):
            assert stranger.poll() is None

        @check("02.alone", "Alone on the queue")
        async def alone(trial: Trial) -> list[Finding]:
            await trial.start_worker()
            return [GOOD]

        found = red(lab.check("02.alone"))
        assert str(stranger.pid) in found.seen and "Ctrl+C" in found.look
    finally:
        stranger.kill()
        stranger.wait()


def test_a_run_that_is_stuck_ends_the_wait_with_the_reason(lab: Lab) -> None:
    text = (lab.folder / "workflow.py").read_text()
    (lab.folder / "workflow.py").write_text(
        text.replace("alerts = await", "print(undefined)\n        alerts = await")
    )

    @check("02.stuck", "Stuck")
    async def stuck(trial: Trial) -> list[Finding]:
        outcome = await trial.ask("WeatherWorkflow", "CA")
        return [Finding(outcome.completed, "completes", f"{outcome.status}: {outcome.error}")]

    result = lab.check("02.stuck")
    assert "Running" in red(result).seen and "undefined" in red(result).seen
    assert result.seconds < 25


def test_a_stub_met_while_the_workflow_runs_is_shown_as_its_hint(lab: Lab) -> None:
    text = (lab.folder / "activities.py").read_text()
    stub = 'raise NotImplementedError("Your turn: ask the service")'
    (lab.folder / "activities.py").write_text(
        text.replace("    async with httpx", f"    {stub}\n    async with httpx")
    )

    @check("02.stub", "A stub")
    async def meets_it(trial: Trial) -> list[Finding]:
        await trial.ask("WeatherWorkflow", "CA")
        return [GOOD]

    result = lab.check("02.stub")
    assert red(result).look == "Your turn: ask the service"
    assert result.seconds < 15


# The certificate


def billed(*rows: dict[str, Any], deaths: Sequence[tuple[datetime, int]] = ()) -> Any:
    return SimpleNamespace(
        gateway=SimpleNamespace(bill=lambda since: {"rows": list(rows)}), deaths=lambda: list(deaths)
    )


def test_the_certificate_counts_names_and_is_saved() -> None:
    run = last("crash")
    picture = certificate(billed(), run, name="Ada <& Co>")
    tree = ElementTree.fromstring(picture.svg)
    said = " ".join(text.strip() for text in tree.itertext())
    assert FILE.read_text() == picture.svg
    assert "Ada <& Co>" in said and "kill survived" in said and "recorded calls repeated" in said
    assert f"{run.closed:%Y}" in said
    identifiers = re.findall(r' id="([^"]+)"', picture.svg)
    assert len(identifiers) == len(set(identifiers))


def test_a_kill_that_was_written_down_is_drawn_where_it_happened() -> None:
    run = last("crash")
    known = [(run.started + timedelta(seconds=1), run.workers[0].pid or 0)]
    assert "killed" in certificate(billed(deaths=known), run).svg
    assert "killed" not in certificate(billed(), run).svg


def test_a_kill_while_days_pass_is_told_as_that() -> None:
    assert "while it waited for a person, 3 d passed" in certificate(billed(), last("skipped")).svg
    day = last("skipped").started.astimezone()
    said = certificate(billed(), last("skipped")).svg
    assert f", {day.day} {day:%B %Y}." in said, "by our clocks, not by those of the run"
    assert "in the middle of the work" in certificate(billed(), last("crash")).svg


def test_no_certificate_without_a_crash_or_with_a_call_made_again() -> None:
    run = last("crash")
    elsewhere = [(run.started, 4_000_000), (run.started - timedelta(hours=1), run.workers[0].pid or 0)]
    with pytest.raises(LabError, match="nothing to survive yet"):
        certificate(billed(deaths=elsewhere), replace(run, workers=run.workers[:1]))
    with pytest.raises(LabError, match="nothing to survive yet"):
        certificate(billed(), replace(run, workers=run.workers[:1]))
    with pytest.raises(LabError, match="a run that completed"):
        certificate(billed(), replace(run, status="Running"))
    run = last("research")
    first, again = run.receipts[0], run.started.timestamp() + 1
    whose = {
        "workflow": run.workflow_id,
        "run": run.run_id,
        "process": run.workers[0].identity,
        "activity": "?",
        "attempt": 1,
    }
    rows = [
        {
            "receipt": receipt,
            "input_hash": "same",
            "started": at,
            "ended": at,
            "state": "delivered",
            "price_usd": 0.1,
            **whose,
        }
        for receipt, at in ((first, again), ("another", again + 1))
    ]
    with pytest.raises(LabError, match="made again: 1"):
        certificate(billed(*rows), run)
    alone = certificate(billed(), run).svg
    for neighbor in ({"workflow": "another"}, {"run": "another"}, {"workflow": None, "process": "1@here"}):
        assert certificate(billed(rows[0], rows[1] | neighbor), run).svg == alone, (
            "a neighbor with the same question"
        )
    nameless = {"workflow": None, "process": None}
    assert (
        "1 call by an unknown program not counted"
        in certificate(billed(rows[0], rows[1] | nameless), run).svg
    )
