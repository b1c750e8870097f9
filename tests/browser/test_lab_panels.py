"""The panels of the lessons in a real JupyterLab: crash, restart, break and fix by clicks, and a research
with buttons alone.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from bench_instance import Bench
from lab_page import PICTURE, Notebook, complaints, notebook_file, picture
from playwright.sync_api import Locator, expect

from workshop.config import ROOT
from workshop.workspace.control import Gateway, Weather

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("jupyterlab")]

OpenNotebook = Callable[[str], Notebook]


def with_files_of(stage: str, lab: Bench) -> str:
    """Write a lesson's finished modules to `my_work/` and return the cell that opens the lesson there."""
    ignored = shutil.ignore_patterns("exercise", "__pycache__", ".*")
    shutil.copytree(
        ROOT / "solutions" / stage, lab.home / "my_work" / stage, ignore=ignored, dirs_exist_ok=True
    )
    return f'from workshop.lab import Lab\nlab = Lab("{stage}")'


@pytest.fixture(autouse=True)
def _as_found(lab: Bench) -> Iterator[None]:
    """Clear the faults that a failed test left on."""
    yield
    Gateway(lab.settings.gateway_url).clear_faults()
    Weather(lab.settings.weather_service_url).clear_faults()


def button(where: Locator, name: str) -> Locator:
    return where.get_by_role("button", name=name, exact=True)


def choose(where: Locator, offered: str, value: str) -> None:
    """Choose this option in the drop-down list that has it."""
    where.locator("select").filter(has_text=offered).select_option(label=value)


WORKER = 'worker = lab.worker("worker.py")\ndisplay(lab.worker_panel(), lab.fault_panel())'
RUN = """import os
from workflow import TASK_QUEUE, WeatherAgentWorkflow
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin

client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], plugins=[OpenAIAgentsPlugin()])
question = "Are there weather alerts in Nevada?"
handle = await client.start_workflow(WeatherAgentWorkflow.run, question, id="clicked", task_queue=TASK_QUEUE)
await lab.watch(handle)
print("The end:", await handle.result())
display(await lab.receipts(handle), lab.bill())"""


def test_a_worker_is_crashed_and_restarted_by_clicks_while_a_cell_runs(
    open_notebook: OpenNotebook, lab: Bench
) -> None:
    """The model is slow by a click, so that the crash meets a call under way; faults count down and are
    switched off.
    """
    notebook_file(lab.home / "panels.ipynb", with_files_of("03_durable_agent", lab), WORKER, RUN)
    notebook = open_notebook("panels.ipynb")
    notebook.run(0)
    notebook.run(1)
    panels = notebook.output(1)
    expect(panels).to_contain_text(re.compile("● polls agents-sdk-queue · process ([0-9]+)"))
    expect(panels).to_contain_text("No faults: every request is answered.")

    choose(panels, "slow", "slow")
    choose(panels, "for 30 s", "for 30 s")
    expect(panels).to_contain_text('lab.fault("slow", delay_s=5, seconds=30)')
    button(panels, "Break").click()
    expect(panels).to_contain_text(re.compile("model: slow by 5 s · (30|29|28) s left"))

    notebook.run(2)
    expect(notebook.output(2).locator(PICTURE)).to_be_visible()
    while not Gateway(lab.settings.gateway_url).in_flight():
        notebook.page.wait_for_timeout(50)
    button(panels, "Crash").click()
    expect(panels).to_contain_text("✕ killed by SIGKILL (kill -9)")
    expect(button(panels, "Crash")).to_be_disabled()
    expect(panels).to_contain_text(re.compile("model: slow by 5 s · (2[0-7]|1[0-9]) s left"))
    button(panels, "All off").click()
    expect(panels).to_contain_text("No faults: every request is answered.")
    assert notebook.is_running(2), "the cell had ended: the clicks met no running cell"
    button(panels, "Restart").click()
    expect(panels).to_contain_text(re.compile("● polls agents-sdk-queue · process [0-9]+"))
    notebook.ended(2)
    expect(notebook.output(2)).to_contain_text("The end:")
    cells = notebook.cells()
    assert len(cells) == 3 and complaints(cells) == []
    assert notebook.faint("panels") == {}


CONSOLE = 'worker = lab.worker("run_worker.py")\nlab.research_console()'


def test_a_research_by_buttons_alone(open_notebook: OpenNotebook, lab: Bench) -> None:
    """Asked, a question answered, the others skipped, watched and read, while the kernel is free."""
    notebook_file(lab.home / "console.ipynb", with_files_of("05_deep_research", lab), CONSOLE)
    notebook = open_notebook("console.ipynb")
    notebook.run(0)
    notebook.run(1)
    console = notebook.output(1)
    expect(console).to_contain_text("No research yet.")
    expect(button(console, "Read")).to_be_disabled()
    console.get_by_placeholder("What do you want to know?").fill("caching")
    button(console, "Ask").click()
    expect(console).to_contain_text(re.compile(r"Question 1 of [2-9]: \w+"))
    button(console, "Watch").click()
    expect(console.locator(PICTURE)).to_be_visible()
    console.get_by_placeholder("Your answer").fill("web services in Python")
    button(console, "Answer").click()
    expect(console).to_contain_text("Question 2 of ")
    picture(notebook.page, "console-question")
    button(console, "Skip").click()
    expect(console).to_contain_text("the report is there: press Read")
    expect(button(console, "Skip")).to_be_hidden()
    button(console, "Read").click()
    expect(console).to_contain_text("the report is below")
    expect(console.locator(".jp-RenderedHTML h1")).not_to_be_empty()
    expect(console.locator(".jp-RenderedHTML")).to_contain_text("Sources")
    assert complaints(notebook.cells()) == []
    assert notebook.faint("console") == {}
