"""Forty texts that would run a script, in every place where a research shows text: none of them runs, or is
even tried.

A worker of our own (hostile_worker.py) puts each text into question, searches, reasons, errors, report,
sources and follow-up questions. What the real pipeline makes of them is tested as well. The page from
`open_page` asserts that nothing ran.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from bench_instance import Bench
from injections import INJECTIONS
from playwright.sync_api import Page, expect
from research_servers import Program, ResearchApp, research_app
from story import ask, heading, question, report, searches, skip

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

OpenPage = Callable[..., Page]
SCRIPT = Path(__file__).with_name("hostile_worker.py")
TOGETHER = "\n".join(INJECTIONS)
"""In plain text none can hide another; in Markdown one might, so each report is also checked alone."""

STRANGERS = """
() => {
  const harmless = new Set(`A ARTICLE BLOCKQUOTE BR BUTTON CODE DD DETAILS DIV DL DT EM FORM H1 H2 H3
    H4 H5 H6 HEADER HR INPUT LABEL LI NAV OL OPTION P PRE Q SECTION SELECT SPAN STRONG SUMMARY TABLE
    TBODY TD TEXTAREA TH THEAD TIME TR UL`.split(/\\s+/));
  const wrong = [...document.querySelectorAll("main *, main")].slice(1).filter((one) =>
    !harmless.has(one.tagName)
    || [...one.attributes].some(({ name }) => name.startsWith("on") ||
      ["style", "srcdoc", "formaction"].includes(name))
    || one.hasAttribute("href") && !/^(https?:|\\.\\/|success\\?|api\\/|#)/.test(one.getAttribute("href")));
  return wrong.map((one) => one.outerHTML.slice(0, 200));
}
"""


@pytest.fixture(scope="module")
def app(bench: Bench) -> Iterator[ResearchApp]:
    """Start the unchanged web server with the hostile worker behind it."""
    with research_app(bench, worker=False, name="hostile") as running:
        shutil.copy(SCRIPT, running.folder)
        worker = Program(
            SCRIPT.name, running.folder, running.server.env, "Hostile worker started", (sys.executable,)
        )
        hostile = replace(running, worker=worker)
        worker.start()
        try:
            hostile.wait_until(healthy=True)
            yield hostile
        finally:
            worker.kill()


def research(app: ResearchApp, text: str) -> str:
    """Run a research up to its report and return its id."""
    with httpx.Client(base_url=app.url, timeout=60) as http:
        session_id = (
            http.post("/api/start-research", json={"query": text}).raise_for_status().json()["session_id"]
        )
        http.post(f"/api/answer/{session_id}/0", json={"answer": text}).raise_for_status()
        http.get(f"/api/result/{session_id}").raise_for_status()
        return str(session_id)


INSERT = """
async (id) => {
  const { report } = await import("/static/js/api.js");
  const { insertReport, insertSources, drawContents } = await import("/static/js/report.js");
  const article = document.getElementById("article");
  insertReport(article, await report(id, "html"));
  insertSources(document.getElementById("sources"), article);
  drawContents(document.getElementById("toc"), article);
}
"""


@pytest.fixture(scope="module")
def reports(app: ResearchApp) -> list[str]:
    """Finish a research for each text."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda text: research(app, text), INJECTIONS))


def test_each_report(reports: list[str], open_page: OpenPage) -> None:
    """Each report alone, inserted by the page's own module from the server's rendering."""
    page = open_page(f"/success?session={reports[0]}")
    report(page)
    for session_id, text in zip(reports, INJECTIONS, strict=True):
        page.evaluate(INSERT, session_id)
        assert page.evaluate(STRANGERS) == [], text
        assert "Sources" in page.locator("#sources").inner_text(), text
        page.locator("#article").hover()


def test_every_place(open_page: OpenPage) -> None:
    """Typed by a person, shown as question, answer, search, error, summary, source, follow-up, and among the
    earlier ones.
    """
    page, text = open_page(), TOGETHER
    ask(page, text, plan_wait="")
    question(page, 1).fill(text)
    assert page.evaluate(STRANGERS) == []
    page.locator("#answer").press("Enter")
    expect(page.locator("#plan-list input")).to_have_count(3)
    assert page.evaluate(STRANGERS) == []
    page.get_by_role("button", name="Start the searches").click()
    expect(page.locator("#attention-reason")).to_have_text(text, use_inner_text=False)
    assert page.evaluate(STRANGERS) == []
    page.get_by_role("button", name="Try again from this step").click()
    searches(page, "failed").wait_for()
    assert page.evaluate(STRANGERS) == []
    report(page)
    page.get_by_text("How this report was made").click()
    expect(page.locator("#summary")).to_have_text(text, use_inner_text=False)
    assert page.evaluate(STRANGERS) == []
    page.locator("#follow-ups button").first.click()
    question(page, 1)
    page.goto(page.url.split("?")[0])
    page.locator("#past-list li").first.wait_for()
    assert page.evaluate(STRANGERS) == []


def test_failure(open_page: OpenPage) -> None:
    text = "fail " + TOGETHER
    page = open_page()
    ask(page, text)
    question(page, 1).fill(text)
    page.locator("#answer").press("Enter")
    heading(page, "The research failed")
    expect(page.locator("#outcome-reason")).to_have_text(text, use_inner_text=False)
    assert page.evaluate(STRANGERS) == []


@pytest.mark.slow
def test_each_page(reports: list[str], app: ResearchApp, open_page: OpenPage) -> None:
    """Each research alone, with its own page loads: the report, and the address of the research itself."""
    page = open_page()
    for session_id in reports:
        page.goto(f"{app.url}/success?session={session_id}")
        report(page)
        page.get_by_text("How this report was made").click()
        assert page.evaluate(STRANGERS) == []
        page.goto(f"{app.url}/?session={session_id}")
        report(page)


@pytest.mark.slow
def test_through_the_model(bench: Bench, app: ResearchApp, open_page: OpenPage) -> None:
    """The real worker in the hostile one's place: what the pipeline itself makes of such queries and
    answers.
    """
    app.worker.kill()
    real = replace(app.worker, script="run_worker.py", ready="Worker started")
    real.start()
    try:
        app.wait_until(healthy=True)
        for text in ("\n".join(INJECTIONS[first::4]) for first in range(4)):
            page = open_page()
            ask(page, text)
            page.locator("#research, #article").first.wait_for()
            if page.locator("#answer-form").is_visible():
                question(page, 1).fill(text)
                page.locator("#answer").press("Enter")
                question(page, 2)
                skip(page)
            report(page)
            assert page.evaluate(STRANGERS) == []
    finally:
        real.kill()
        app.worker.start()
