"""What strangers write, shown by everything that a notebook shows, in a real JupyterLab: nothing runs, loads
or presses anything.

The texts are those of tests/helpers/strangers.py. tests/house/test_safe.py looks at the same outputs without
a browser.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bench_instance import Bench
from lab_page import PICTURE, Notebook, complaints, notebook_file
from playwright.sync_api import Browser, Dialog, Request, expect
from strangers import STRANGERS
from test_lab_panels import button, with_files_of

from workshop.config import ROOT

pytestmark = [pytest.mark.timeout(280), pytest.mark.xdist_group("jupyterlab")]

OpenNotebook = Callable[[str], Notebook]

ALIVE = """
(index) => {
  const harmless = new Set(`A B BLOCKQUOTE BR CODE DEFS DIV EM H1 H2 H3 H4 H5 H6 HR LI LINE OL P PATH
    PATTERN PRE RECT SPAN STRONG STYLE SVG TABLE TBODY TD TEXT TH THEAD TITLE TR UL`.split(/\\s+/));
  const ofWidgets = (one) => ["BUTTON", "I", "INPUT", "LABEL", "OPTION", "SELECT"].includes(one.tagName)
    && one.closest(".jupyter-widgets") && !one.closest(".widget-html-content");
  // JupyterLab makes links of what looks like a file, and opens the file
  const isPath = (one) => one.closest(".jp-RenderedText") && /^(\\/(?!\\/)|$)/.test(one.getAttribute("href"));
  const cell = `.jp-Cell[data-windowed-list-index="${index}"]`;
  const outputs = document.querySelectorAll(`${cell} .jp-OutputArea-output *`);
  if (!outputs.length) return ["nothing is shown"];
  return [...outputs].filter((one) =>
    !harmless.has(one.tagName.toUpperCase()) && !ofWidgets(one)
    || [...one.attributes].some(({ name, value }) =>
        /^on|^data-commandlinker|^(src|srcset|srcdoc|formaction|action|background|poster)$/i.test(name)
        || !["aria-label", "title", "href"].includes(name) && /url\\((?!["']?#)|javascript:/i.test(value))
    || one.hasAttribute("href") && !/^https?:/.test(one.getAttribute("href")) && !isPath(one)
    || one.tagName.toUpperCase() === "STYLE" && /@import|url\\((?!#)/i.test(one.textContent)
  ).map((one) => one.outerHTML.slice(0, 200));
}
"""


@pytest.fixture
def wrong(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Record what the pages of this test did that no text may make them do. The test checks it at the end."""
    seen: list[str] = []
    new_page = browser.new_context

    def ask(request: Request) -> None:
        where = urlsplit(request.url)
        if where.scheme in ("http", "https", "ws", "wss") and where.hostname not in (
            "localhost",
            "127.0.0.1",
        ):
            seen.append(f"request: {request.url}")

    def dismiss(dialog: Dialog) -> None:
        seen.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def watched(**options: object) -> object:
        context = new_page(**options)  # type: ignore[arg-type]
        context.expose_function("pwned", lambda *_: seen.append("a script ran"))
        context.on("request", ask)
        context.on("dialog", dismiss)
        return context

    monkeypatch.setattr(browser, "new_context", watched)
    yield seen


OPEN = f"""import sys
sys.path += [{str(ROOT / "tests" / "helpers")!r}]
from IPython.display import HTML, Markdown, display
from shown import areas, displays, pictures
from strangers import STRANGERS
from workshop.lab import Lab
lab = Lab("05_deep_research")"""

SHOWN = """text = STRANGERS[NUMBER]
print(text)
for _, shown in [*displays(text), *pictures(text), *areas(text)][NUMBER % STEP :: STEP]:
    display(shown)
try:
    raise ValueError(text)
except ValueError:
    get_ipython().showtraceback()
text"""

MATHEMATICS = 'HTML("$x$")'
"""JupyterLab renders outputs in order: once this one is there, all before it are."""
NO_DOOR = "for text in STRANGERS:\n    display(HTML(text), Markdown(text))"


@pytest.mark.parametrize(
    "step", [pytest.param(1, id="everything", marks=pytest.mark.slow), pytest.param(4, id="in turn")]
)
def test_nothing_that_a_notebook_shows_does_anything(
    step: int, open_notebook: OpenNotebook, lab: Bench, wrong: list[str]
) -> None:
    """Each text has a cell with everything that can show one, or a quarter of it. At the end IPython's own
    displays do harm.
    """
    texts = STRANGERS
    cells = [
        OPEN,
        *[SHOWN.replace("NUMBER", str(number)).replace("STEP", str(step)) for number in range(len(texts))],
        MATHEMATICS,
        NO_DOOR,
    ]
    notebook_file(lab.home / "strangers.ipynb", *cells)
    notebook = open_notebook("strangers.ipynb")
    for index in range(len(cells) - 1):
        notebook.run(index)
    notebook.show(len(cells) - 2)
    notebook.ended(len(cells) - 2, within_s=200)
    notebook.output(len(cells) - 2).locator("mjx-container").wait_for(state="attached")
    alive = dict[str, list[str]]()
    for index, text in enumerate(texts, 1):
        notebook.show(index)
        if found := notebook.page.evaluate(ALIVE, index):
            alive[text] = found
        shown = [
            "".join(one.split())
            for one in notebook.output(index).locator(".jp-OutputArea-output").all_text_contents()
        ]
        readable = [one for one in shown if words(text)[:40] in one]
        assert len(shown) >= 3 + 20 // step and len(shown) - len(readable) <= 4, (
            f"{text}: {[one for one in shown if one not in readable]}"
        )
    assert (alive, wrong) == ({}, [])

    notebook.run(len(cells) - 1)
    notebook.show(len(cells) - 1)
    notebook.ended(len(cells) - 1)
    assert len(notebook.page.evaluate(ALIVE, len(cells) - 1)) > 20
    assert "a script ran" in wrong and any(
        one.startswith("request: https://tracker.invalid") for one in wrong
    )


def words(text: str) -> str:
    """Return a text without blanks after its escape sequences have been interpreted."""
    return "".join(re.sub(r"\x1b.*", "", text).split())


RESEARCH = [
    'worker = lab.worker("hostile_worker.py", queue="deep-research-queue")\ndisplay(lab.worker_panel(), '
    "lab.fault_panel())",
    """import os
import httpx
from openai import AsyncOpenAI
from temporalio.client import Client

text = "\\n".join(STRANGERS)
for one in STRANGERS:
    lab.gateway.fault("slow", delay_s=0.01, match=one)
notice = {"state": "TX", "subscriber": text[:200], "text": text}
httpx.post(f"{lab.settings.weather_service_url}/notices", json=notice).raise_for_status()
await AsyncOpenAI().responses.create(model="gpt-4.1", input=text)
client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])


async def ask(query, name):
    handle = await client.start_workflow(
        "InteractiveResearchWorkflow", id=name, task_queue="deep-research-queue", memo={"query": query}
    )
    await handle.execute_update("start_research", {"query": query})
    return handle


name = "".join(STRANGERS[number] for number in (0, 9, 12, 17, 18, 36))
handle, failing = await ask(text, name), await ask("fail " + text, "fail " + name)
lab.status()""",
    "lab.research_console(handle)",
    """for one in (handle, failing):
    await one.execute_update("provide_clarification", {"answer": text, "question_index": 0})
    await lab.watch(one)
    display(await lab.receipts(one), await lab.bill_from_history(one), await lab.picture(one))
    display(lab.web_ui(one), lab.web_app(one))
print(lab.weather.notices())
display(lab.bill(), lab.report((await handle.result())["markdown_report"]))
await handle.result()""",
    "await failing.result()",
    "worker.stop()\nlab.clear_faults()\nlab.terminate_open_runs()",
]


@pytest.mark.slow
def test_a_research_of_a_hostile_model_by_the_lessons_own_means(
    open_notebook: OpenNotebook, lab: Bench, wrong: list[str]
) -> None:
    """All texts at once, through a real workflow, bill, faults and notice board, to the panels, the console
    and the cells.
    """
    opened = with_files_of("05_deep_research", lab)
    shutil.copy(Path(__file__).with_name("hostile_worker.py"), lab.home / "my_work" / "05_deep_research")
    notebook_file(lab.home / "hostile.ipynb", f"{opened}\n{OPEN}", *RESEARCH)
    notebook = open_notebook("hostile.ipynb")
    for index in range(4):
        notebook.run(index)
        notebook.ended(index)
    assert complaints(notebook.cells()) == []
    console = notebook.output(3)
    button(console, "Watch").click()
    expect(console.locator(PICTURE)).to_be_visible()
    assert notebook.page.evaluate(ALIVE, 3) == []
    for index in (4, 5):
        notebook.run(index)
        notebook.ended(index)
    notebook.show(3)
    button(console, "Read").click()
    expect(console.locator(".jp-RenderedHTML")).to_contain_text("Sources")
    for index in range(6):
        notebook.show(index)
        assert (index, notebook.page.evaluate(ALIVE, index)) == (index, [])
    assert [said for _, said in complaints(notebook.cells())] == ["Workflow execution failed"]
    notebook.run(6)
    notebook.ended(6)
    assert wrong == []
