"""A real browser for the tests in this folder: the system's Chromium, driven by Playwright.

Playwright's synchronous interface keeps an event loop in this thread, so all of it belongs to one module:
asynchronous tests elsewhere find their thread free again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from bench_instance import Bench, bench_instance
from lab_page import SHUT_DOWN, Notebook, learners_files
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright
from research_servers import ResearchApp, research_app

from workshop.config import HOME
from workshop.services import jupyter

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WITHIN_MS = 40_000
"""How long a step may take on a busy machine."""

WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
  refused(`${event.effectiveDirective} ${event.sample}`));
"""

OpenPage = Callable[..., Page]
OpenNotebook = Callable[[str], Notebook]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        message = (
            f"No browser: none of {', '.join(NAMES)} is on PATH. Install one, as in: apt-get install chromium"
        )
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    expect.set_options(timeout=WITHIN_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def app(bench: Bench) -> Iterator[ResearchApp]:
    with research_app(bench, name="browser") as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, app: ResearchApp) -> Iterator[OpenPage]:
    """Open a page in a browser profile of its own. At the end, assert that no injected script ran or was
    tried, and that none of ours broke.
    """
    pages: list[Page] = []
    wrong: list[str] = []

    def open_one(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 850}, **options})
        context.set_default_timeout(WITHIN_MS)
        # Both live in Python: what a page says there outlasts its next navigation.
        context.expose_function("pwned", lambda *_: wrong.append("a script ran"))
        context.expose_function("refused", lambda said: wrong.append(f"refused: {said}"))
        context.add_init_script(WATCH)

        def dismiss(dialog: Dialog) -> None:
            wrong.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("dialog", dismiss)
        page.on(
            "console",
            lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None,
        )
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(app.url) else wrong.append(f"request: {asked.url}"),
        )
        page.goto(app.url + path)
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.evaluate("0")  # everything the page has said arrives before this answer
        page.context.close()
    assert not wrong, wrong


@pytest.fixture(scope="session")
def lab() -> Iterator[Bench]:
    """Start services with JupyterLab on a copy of the learner's files below their home: once for all tests of
    the group `jupyterlab`.
    """
    home = HOME / "jupyterlab"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jupyter, "ROOT", learners_files(home))
        with bench_instance(home, lab=True) as running:
            yield running


@pytest.fixture
def open_notebook(browser: Browser, lab: Bench) -> Iterator[OpenNotebook]:
    """Open a notebook in a fresh browser profile and workspace, with nothing open from earlier ones."""
    pages: list[Page] = []

    def open_one(path: str) -> Notebook:
        page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
        page.set_default_timeout(WITHIN_MS)
        pages.append(page)
        first = jupyter.first_page(lab.home, lab.settings)
        page.goto(first.replace(jupyter.FIRST_LESSON, f"/lab/workspaces/{uuid4().hex}/tree/{path}"))
        return Notebook(page, path)

    yield open_one
    for page in pages:
        page.evaluate(SHUT_DOWN)
        page.context.close()
