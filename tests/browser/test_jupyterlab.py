"""The lessons in a real JupyterLab in a real browser: open, Run All, wait for the end, no error and no word on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from bench_instance import Bench, bench_instance
from playwright.sync_api import Browser, Page

from workshop.config import HOME, STAGES
from workshop.services import jupyter

QUICK = "00_start_here"
"""The lesson of the quick suite; the others are slow tests. tests/test_lessons.py executes all of them without a browser."""

pytestmark = [pytest.mark.timeout(280), pytest.mark.xdist_group("jupyterlab")]

READY = """async () => {
    const app = window.jupyterapp;
    await app.restored;
    const notebook = app.shell.currentWidget;
    await notebook.context.ready;
    await notebook.sessionContext.ready;
    await notebook.sessionContext.session.kernel.info;
}"""
RUN_ALL = "async () => await window.jupyterapp.commands.execute('notebook:run-all-cells')"
OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells.map(
    cell => ({source: [cell.source].flat().join(""), outputs: cell.outputs || [], count: cell.execution_count}))"""
SHUT_DOWN = "async () => await window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"

OpenNotebook = Callable[..., Page]


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    """A bench with JupyterLab that never saves by itself: its notebooks are this repository's."""
    with bench_instance(HOME / "jupyterlab", lab=True) as running:
        token = {"Authorization": f"token {jupyter.token(running.home)}"}
        setting = "@jupyterlab/docmanager-extension:plugin"
        url = f"http://127.0.0.1:{running.settings.jupyter_port}/lab/api/settings/{setting}"
        httpx.put(url, headers=token, json={"raw": json.dumps({"autosave": False})}, trust_env=False).raise_for_status()
        yield running


@pytest.fixture
def open_notebook(browser: Browser, lab: Bench, tmp_path: Path) -> Iterator[OpenNotebook]:
    pages: list[Page] = []

    def open_one(path: str, **options: Any) -> Page:
        page = browser.new_context(viewport={"width": 1400, "height": 1000}, **options).new_page()
        page.set_default_timeout(240_000)
        pages.append(page)
        first = jupyter.first_page(lab.home, lab.settings)
        page.goto(first.replace("/lab/tree/notebooks/00_start_here.ipynb", f"/lab/tree/{path}"))
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context")
        page.evaluate(READY)
        return page

    yield open_one
    for page in pages:
        page.evaluate(SHUT_DOWN)
        page.context.close()


def run_all(page: Page) -> list[dict[str, Any]]:
    """Run All, to its end; the code cells with their outputs."""
    page.evaluate(RUN_ALL)
    return [cell for cell in page.evaluate(OUTPUTS) if cell["count"]]


@pytest.mark.parametrize(
    "stage", [pytest.param(stage, marks=[] if stage == QUICK else [pytest.mark.slow], id=stage) for stage in STAGES]
)
def test_run_all_ends_without_an_error(open_notebook: OpenNotebook, stage: str) -> None:
    page = open_notebook(f"notebooks/{stage}.ipynb")
    cells = run_all(page)
    assert len(cells) >= 5
    wrong = [
        (cell["source"][:80], output.get("evalue") or output.get("text"))
        for cell in cells
        for output in cell["outputs"]
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_is_drawn_and_follows_the_theme(open_notebook: OpenNotebook, theme: str) -> None:
    page = open_notebook("notebooks/00_start_here.ipynb", color_scheme=theme)
    run_all(page)
    picture = page.locator(".jp-OutputArea-output svg, .jp-RenderedMarkdown img[src*='what_runs_where']").first
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box and box["width"] > 300 and box["height"] > 100
