"""The research console: a button does what its line of code does, also while a cell waits, and what goes
wrong is said there.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from bench_instance import Bench
from kernel_clicks import click, kernel_of, printed
from temporalio.client import Client

from workshop.lab import Lab, panels
from workshop.processes.starter import recorded

STAGE = "05_deep_research"
SECONDS = 30.0


@pytest.fixture(scope="module")
def lab(bench: Bench) -> Iterator[Lab]:
    opened = Lab(STAGE)
    # tests of the application may have left researches that wait for their human
    opened.terminate_open_runs()
    opened.bring("deep_research", "run_worker.py")
    yield opened
    opened.terminate_open_runs()
    for record in recorded():
        if process := record.process():
            process.kill()


@pytest.fixture
async def console(lab: Lab) -> AsyncIterator[panels.ResearchConsole]:
    lab.research_console()
    assert lab._console is not None
    lab._console.box._view_count = 1
    yield lab._console
    lab._console.close()


async def until(condition: Callable[[], object], console: panels.ResearchConsole | None = None) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, (
            f"it did not come to that; the console says: "
            f"{console and [console.state.value, console.said.value, console.trouble.value]}"
        )
        await asyncio.sleep(0.05)


def shown(widget: Any) -> bool:
    return bool(widget.layout.display != "none")


async def test_a_research_from_the_question_to_the_report(lab: Lab, console: panels.ResearchConsole) -> None:
    worker = lab.worker("run_worker.py")
    assert "No research yet" in console.state.value and not shown(console.answering)
    assert console.buttons["Watch"].disabled and console.buttons["Read"].disabled

    console.query.value = 'caching with "quotes"'
    assert 'await ask("caching with' in console.twins["Ask"].value
    console.buttons["Ask"].click()
    await until(lambda: shown(console.answering), console)
    assert "Question 1 of 3" in console.question.value and "waits for your answer" in console.state.value

    console.answer.value = "Web services in Python"
    console.buttons["Answer"].click()
    await until(lambda: "Question 2 of 3" in console.question.value, console)
    assert console.answer.value == "" and "question_index=1" in console.twins["Answer"].value

    console.buttons["Watch"].click()
    await until(lambda: "<svg" in console.picture.value, console)
    console.buttons["Skip"].click()
    await until(lambda: not console.buttons["Read"].disabled, console)
    assert not shown(console.answering)
    await until(lambda: "completed" in console.picture.value, console)
    console.buttons["Watch"].click()
    await until(lambda: console.picture.value == "", console)

    console.buttons["Read"].click()
    await until(lambda: console.report.outputs, console)
    [output] = console.report.outputs
    assert (
        "Web services in Python" in output["data"]["text/html"]
        and "<h2>Sources</h2>" in output["data"]["text/html"]
    )
    assert "## Sources" in output["data"]["text/plain"] and "text/markdown" not in output["data"]

    client = await Client.connect(lab.settings.temporal_address)
    assert console.workflow_id
    description = await client.get_workflow_handle(console.workflow_id).describe()
    assert await description.memo_value("query") == 'caching with "quotes"'
    worker.stop()


async def test_enter_presses_the_button_beside_it_and_an_unsent_answer_stays_behind(
    lab: Lab, console: panels.ResearchConsole
) -> None:
    worker = lab.worker("run_worker.py")
    enter: Any = {"event": "submit"}  # as the browser sends it
    for query in ("caching", "job queues"):
        console.query.value = query
        console.query._handle_custom_msg(enter, [])
        await until(lambda: f"“{query}”: waits for your answer" in console.state.value, console)  # noqa: B023  # awaited here
        assert console.answer.value == ""
        console.answer.value = "typed, and never sent"
    console.answer.value = "web services"
    console.answer._handle_custom_msg(enter, [])
    await until(lambda: console.status.get("clarification_responses"), console)
    assert list(console.status["clarification_responses"].values()) == ["web services"]
    worker.stop()
    lab.terminate_open_runs(panels.QUEUE)  # the next test's console would find them


async def test_what_goes_wrong_is_said_in_the_console(lab: Lab, console: panels.ResearchConsole) -> None:
    console.buttons["Ask"].click()
    await until(lambda: "Type a question first" in console.said.value, console)
    console.query.value = "caching"
    console.buttons["Ask"].click()
    await until(lambda: "No worker answers" in console.said.value, console)
    assert "lab.worker" in console.said.value

    worker = lab.worker("run_worker.py")
    console.buttons["Ask"].click()
    await until(lambda: shown(console.answering), console)
    console.answer.value = "   "
    console.buttons["Answer"].click()
    await until(lambda: "Refused: Invalid: The answer is empty." in console.said.value, console)
    worker.crash()
    console.answer.value = "an answer"
    console.buttons["Answer"].click()
    await until(lambda: "No worker answers" in console.said.value, console)

    worker.restart()  # the answer was not lost on the way: it was never sent, and the field still holds it
    console.buttons["Answer"].click()
    await until(lambda: "Question 2" in console.question.value, console)
    worker.stop()


async def test_a_new_console_takes_up_the_newest_open_research_and_follows_what_others_do(lab: Lab) -> None:
    worker = lab.worker("run_worker.py")
    client = await Client.connect(lab.settings.temporal_address)
    handle = await client.start_workflow(panels.WORKFLOW, id="research-left", task_queue=panels.QUEUE)
    await handle.execute_update("start_research", {"query": "retries"})
    await until(lambda: "research-left" in lab.open_runs())
    lab.research_console()
    console = lab._console
    assert console is not None and console.workflow_id == "research-left"
    console.box._view_count = 1
    await until(lambda: "Question 1 of 3" in console.question.value, console)
    await handle.execute_update("skip_clarifications")
    await until(lambda: "press Read" in console.state.value, console)
    lab.research_console(handle)
    assert lab._console is not console
    assert console._closed.is_set()  # the old one no longer follows
    worker.stop()


async def test_a_model_that_is_away_and_a_step_that_needs_attention_are_said(
    lab: Lab, console: panels.ResearchConsole
) -> None:
    worker = lab.worker("run_worker.py")
    lab.fault("unavailable", match="Decide whether")
    console.query.value = (
        "How does temporalio retry failed activities, and which settings bound the attempts?"
    )
    console.buttons["Ask"].click()
    await until(lambda: "the model does not answer: attempt 2, " in console.state.value, console)
    lab.clear_faults()
    lab.fault("unauthorized", match="Plan the web searches")
    await until(lambda: shown(console.trying), console)
    assert "needs attention" in console.state.value and "Incorrect API key" in console.state.value
    lab.clear_faults()
    console.buttons["Try again"].click()
    await until(lambda: "press Read" in console.state.value, console)
    assert not shown(console.trying)
    worker.stop()


OPEN = f"""
from workshop.lab import Lab
lab = Lab({STAGE!r})
lab.bring("deep_research", "run_worker.py")
worker = lab.worker("run_worker.py")
box = lab.research_console()
lab._console.query.value = "caching"
print("BUTTON", lab._console.buttons["Ask"].model_id)
"""
WAIT = """
import asyncio
for turn in range(600):
    if lab._console.status.get("status") == "awaiting_clarifications":
        print("SEEN FROM THE CELL")
        break
    await asyncio.sleep(0.05)
"""


def test_a_click_in_the_browser_is_answered_while_a_cell_runs(bench: Bench) -> None:
    with kernel_of(bench) as kernel:
        button = printed(kernel, kernel.execute(OPEN)).split("BUTTON ")[1].split()[0]
        cell = kernel.execute("print('WAITING', flush=True)\n" + WAIT)
        assert "WAITING" in printed(kernel, cell, stop_at="WAITING")
        click(kernel, button)
        assert "SEEN FROM THE CELL" in printed(kernel, cell)


async def test_what_is_typed_while_the_console_looks_stays(
    console: panels.ResearchConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, goes_on = threading.Event(), threading.Event()

    def slow() -> int:
        if threading.current_thread() is looking:
            entered.set()
            goes_on.wait(SECONDS)
        return 0

    monkeypatch.setattr(console, "_open_question", slow)
    looking = threading.Thread(target=console._changed, args=(None,))
    typing = threading.Thread(target=setattr, args=(console.query, "value", "tides"))
    looking.start()
    assert entered.wait(SECONDS)
    typing.start()
    typing.join(0.3)
    goes_on.set()
    looking.join()
    typing.join()
    assert "tides" in console.twins["Ask"].value
