"""The lessons in a real JupyterLab in a real browser: Run All to the end without an error, and every link
leads somewhere.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable

import httpx
import pytest
from bench_instance import Bench
from lab_page import Notebook, complaints, links

from workshop.config import ROOT, STAGES

QUICK = "00_start_here"
"""The lesson of the quick suite; the others are slow tests. tests/lessons/test_lessons.py executes all of
them without a browser.
"""
LESSONS = [
    pytest.param(stage, marks=[] if stage == QUICK else [pytest.mark.slow], id=stage) for stage in STAGES
]

pytestmark = [pytest.mark.timeout(280), pytest.mark.xdist_group("jupyterlab")]

OpenNotebook = Callable[[str], Notebook]


@pytest.mark.parametrize("stage", LESSONS)
def test_run_all_ends_without_an_error(open_notebook: OpenNotebook, lab: Bench, stage: str) -> None:
    """No error, no word on stderr; the addresses that the cells show answer; what they show can be read, in
    both themes.
    """
    notebook = open_notebook(f"notebooks/{stage}.ipynb")
    cells = notebook.run_all()
    code = [
        cell
        for cell in json.loads((ROOT / "notebooks" / f"{stage}.ipynb").read_text())["cells"]
        if cell["source"]
    ]
    assert len(cells) == len([cell for cell in code if cell["cell_type"] == "code"])
    assert complaints(cells) == []
    assert notebook.missing_images() == []
    shown = links(cells)
    assert f"http://localhost:{lab.settings.temporal_ui_port}/namespaces/default/workflows" in shown
    assert {url: said for url in shown if (said := answer(url)) != 200} == {}
    assert notebook.faint(stage) == {}


def test_the_widest_code_needs_no_scrolling_sideways(open_notebook: OpenNotebook) -> None:
    """In a window of 1280 pixels with the list of files beside it, and in half of that."""
    stage = "07_in_front_of_users"
    cells = json.loads((ROOT / "notebooks" / f"{stage}.ipynb").read_text())["cells"]
    widths = {
        n: max(map(len, "".join(c["source"]).split("\n")))
        for n, c in enumerate(cells)
        if c["cell_type"] == "code"
    }
    widest = max(widths, key=lambda n: widths[n])
    notebook = open_notebook(f"notebooks/{stage}.ipynb")
    for width in (1280, 640):
        notebook.page.set_viewport_size({"width": width, "height": 900})
        assert notebook.cut_off(widest) == 0, f"at {width} pixels"


def answer(url: str) -> int | str:
    try:
        return httpx.get(url, timeout=20, trust_env=False, follow_redirects=True).status_code
    except httpx.HTTPError as error:
        return str(error)


LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)#]+)")


@pytest.mark.parametrize("stage", LESSONS)
def test_a_click_on_a_link_opens_what_it_names(open_notebook: OpenNotebook, stage: str) -> None:
    """The next lesson, the exercise, finished code: each opens in a tab of JupyterLab, from the lesson and
    from its exercise.
    """
    sources = [f"notebooks/{stage}.ipynb", f"exercises/{stage}/exercise.ipynb"]
    for path in [source for source in sources if (ROOT / source).exists()]:
        notebook = open_notebook(path)
        cells = json.loads((ROOT / path).read_text())["cells"]
        found = [
            (index, text, posixpath.normpath(f"{posixpath.dirname(path)}/{target}"))
            for index, cell in enumerate(cells)
            if cell["cell_type"] == "markdown"
            for text, target in LINK.findall("".join(cell["source"]))
        ]
        assert found
        for index, text, target in found:
            assert (text, notebook.follow(index, text)) == (text, target)
