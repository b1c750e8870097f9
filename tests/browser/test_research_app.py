"""The web application in a real browser: the story of a research, through kills of worker and server, by
keys, on a phone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from legibility import faint_texts
from playwright.sync_api import Page, Route, expect
from research_servers import ResearchApp
from story import (
    SEARCH,
    SPECIFIC,
    VAGUE,
    ask,
    banner,
    heading,
    no_banner,
    question,
    report,
    searches,
    session,
    skip,
)
from waiting import until

from workshop.workspace.control import Gateway

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]

OpenPage = Callable[..., Page]
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenfabrik" * 2


def status(app: ResearchApp, session_id: str) -> dict[str, Any]:
    return dict(httpx.get(f"{app.url}/api/status/{session_id}", timeout=20).json())


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_story(app: ResearchApp, gateway: Gateway, open_page: OpenPage) -> None:
    """Vague question, reload with half an answer, worker killed while searches run, reload, report, the next
    research.
    """
    page = open_page()
    ask(page, VAGUE)
    question(page, 1).press_sequentially("It calls three")
    page.reload()
    expect(question(page, 1)).to_have_value("It calls three")
    page.locator("#answer").press_sequentially(" services")
    gateway.fault("slow", delay_s=4, seconds=60, match=SEARCH)
    page.get_by_role("button", name="Answer").click()
    question(page, 2).fill("It shall survive crashes")
    page.locator("#answer").press("Enter")

    expect(searches(page, "running")).to_have_count(5)
    app.worker.kill()
    gateway.clear_faults()
    page.reload()
    banner(page, "run_worker.py")
    app.worker.start()
    report(page)
    asked = status(app, session(page))
    assert asked["clarification_responses"] == {
        "question_0": "It calls three services",
        "question_1": "It shall survive crashes",
    }
    read_report(page, app)

    follow_up = page.locator("#follow-ups button").first
    text = follow_up.inner_text()
    gateway.fault("slow", delay_s=3, times=1)  # one with no findings would be over before anybody looks
    follow_up.click()
    page.wait_for_url("**/?session=*")
    expect(page.locator("#research-title")).to_have_text(text)


def read_report(page: Page, app: ResearchApp) -> None:
    """Contents lead to headings, numbers to sources, sources out into new tabs; the file is the report's
    Markdown.
    """
    entry = page.locator("#toc a").first
    assert page.locator(f"#article {entry.get_attribute('href')}").inner_text() == entry.inner_text()
    number = page.locator("#article a.number").first
    target = page.locator(f"#sources ol {number.get_attribute('href')}")
    assert number.get_attribute("href") == f"#source-{number.inner_text().strip('[]')}"
    link = target.get_by_role("link").first
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener noreferrer")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app.url)
    page.get_by_role("button", name="Copy Markdown").click()
    expect(page.locator("#copied")).to_have_text("Copied.")
    markdown = httpx.get(f"{app.url}/api/report/{session(page)}.md").text
    assert page.evaluate("navigator.clipboard.readText()") == markdown
    with page.expect_download() as download:
        page.get_by_role("link", name="Download .md").click()
    assert Path(download.value.path()).read_text() == markdown
    page.get_by_text("How this report was made").click()
    assert searches(page, "done").count() == 5


def test_server_killed_with_an_answer_on_its_way(app: ResearchApp, open_page: OpenPage) -> None:
    page = open_page()
    ask(page, VAGUE)
    question(page, 1)
    app.server.kill()
    page.locator("#answer").fill("an answer while nobody listens")
    page.locator("#answer").press("Enter")
    banner(page, "run_server.py")
    app.server.start()
    question(page, 2)
    no_banner(page)
    assert status(app, session(page))["clarification_responses"] == {
        "question_0": "an answer while nobody listens"
    }
    skip(page)
    report(page)


@pytest.mark.slow
def test_server_killed_during_the_start(app: ResearchApp, gateway: Gateway, open_page: OpenPage) -> None:
    """The start carries the same key when it is sent again, even by a reloaded page: one research, not
    two.
    """
    query = "How do I make my Python service observable?"
    gateway.fault("slow", delay_s=2, times=1)
    page = open_page()
    ask(page, query)
    heading(page, query)
    page.wait_for_timeout(500)
    app.server.kill()
    banner(page, "run_server.py")
    app.server.start()
    page.reload()
    question(page, 1)
    listed = httpx.get(f"{app.url}/api/sessions?limit=100", timeout=20).json()["sessions"]
    assert [one["session_id"] for one in listed if one["query"] == query] == [session(page)]


@pytest.mark.slow
def test_server_killed_while_searching_and_at_the_report(
    app: ResearchApp, gateway: Gateway, open_page: OpenPage
) -> None:
    """The searches go on without it, and the report is there when it is back; so is the next research that
    was asked for.
    """
    gateway.fault("slow", delay_s=2, seconds=60, match=SEARCH)
    page = open_page()
    ask(page, SPECIFIC)
    expect(searches(page, "running")).to_have_count(5)
    app.server.kill()
    banner(page, "run_server.py")
    app.server.start()
    report(page)
    gateway.clear_faults()
    page.locator("#follow-ups").wait_for()
    app.server.kill()
    follow_up = page.locator("#follow-ups button").last
    text = follow_up.inner_text()
    gateway.fault("slow", delay_s=3, times=1)  # one with no findings would be over before anybody looks
    follow_up.click()
    banner(page, "run_server.py")
    app.server.start()
    page.wait_for_url("**/?session=*")
    expect(page.locator("#research-title")).to_have_text(text)


@pytest.mark.slow
def test_worker_away_before_the_question(app: ResearchApp, open_page: OpenPage) -> None:
    """The form says so at once; a question that is asked all the same goes on when a worker is there."""
    app.worker.kill()
    app.wait_until(healthy=False)
    page = open_page()
    banner(page, "run_worker.py")
    ask(page, SPECIFIC)
    app.worker.start()
    report(page)


@pytest.mark.slow
def test_page_loaded_anew_with_an_answer_on_its_way(app: ResearchApp, open_page: OpenPage) -> None:
    page = open_page()
    ask(page, VAGUE)
    question(page, 1)
    app.worker.kill()
    banner(page, "run_worker.py")
    page.locator("#answer").fill("nobody takes this yet")
    page.locator("#answer").press("Enter")
    expect(page.locator("#answer-send")).to_have_text("Sending …")
    page.reload()
    page.get_by_text("Looking up this research").wait_for()
    app.worker.start()
    question(page, 2)
    assert status(app, session(page))["clarification_responses"] == {"question_0": "nobody takes this yet"}


def test_two_tabs(app: ResearchApp, open_page: OpenPage) -> None:
    """Tabs stay in step; a double click answers one question; what a tab has not sent is shown there."""
    one = open_page()
    ask(one, VAGUE)
    question(one, 1)
    other = open_page(f"/?session={session(one)}")
    question(other, 1).fill("half an answer")
    sent: list[str] = []
    one.on("request", lambda request: sent.append(request.url) if "/api/answer/" in request.url else None)
    question(one, 1).fill("the whole answer")
    one.get_by_role("button", name="Answer").dblclick()
    question(one, 2)
    question(other, 2)
    expect(other.locator("#unsent")).to_contain_text("half an answer")
    assert status(app, session(one))["clarification_responses"] == {"question_0": "the whole answer"}
    assert len(sent) == 1
    skip(other)
    report(one)
    report(other)


def test_hidden_tab(app: ResearchApp, open_page: OpenPage) -> None:
    """It gives its connection back, since a browser has only six for all tabs, and is up to date when it is
    visible again.
    """
    page = open_page()
    ask(page, VAGUE)
    question(page, 1)
    wait_for_listeners(app, 1)
    see(page, "hidden")
    wait_for_listeners(app, 0)
    httpx.post(
        f"{app.url}/api/answer/{session(page)}/0", json={"answer": "from elsewhere"}, timeout=20
    ).raise_for_status()
    see(page, "visible")
    question(page, 2)
    wait_for_listeners(app, 1)


def see(page: Page, how: str) -> None:
    page.evaluate(
        "(how) => Object.defineProperty(document, 'visibilityState', {value: how, configurable: true})", how
    )
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def wait_for_listeners(app: ResearchApp, count: int) -> None:
    until(lambda: httpx.get(f"{app.url}/api/health", timeout=5).json()["listening"] == count, 20)


def test_link_to_temporal(open_page: OpenPage, app: ResearchApp) -> None:
    """When the server says where Temporal's Web UI is, each page links there; an invalid address gets no
    link.
    """
    page = open_page()
    expect(page.locator("#web-ui")).to_be_visible()  # the server's own word: the list of workflows
    assert str(page.locator("#web-ui").get_attribute("href")).endswith("/namespaces/default/workflows")
    for address, is_linked in {
        "http://localhost:8233/namespaces/default/workflows": True,
        "javascript:pwned()": False,
    }.items():
        page.route("**/api/health", healthy_with(address))
        page.goto(f"{app.url}/?session=research-none")
        heading(page, "There is no such research run")
        expect(page.locator("#web-ui")).to_be_visible(visible=is_linked)
        assert page.locator("#web-ui").get_attribute("href") == (
            f"{address}/research-none" if is_linked else None
        )
        page.unroute_all()


def healthy_with(web_ui: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(json={"status": "healthy", "web_ui": web_ui})


def test_keys_alone(app: ResearchApp, open_page: OpenPage) -> None:
    """Ask, answer, cancel, start again, skip and open a source without a mouse. The focus is where the news
    is.
    """
    page = open_page()
    press = page.keyboard.press
    page.locator("#past").wait_for()
    page.locator("#plan-wait").select_option("0")
    tab_to(page, "query")
    page.keyboard.type(VAGUE)
    press("Enter")
    question(page, 1)
    assert focused(page) == "answer"
    press("Enter")
    expect(page.locator("#answer-error")).to_contain_text("Type an answer")
    page.keyboard.type("something that")
    press("Shift+Enter")
    page.keyboard.type("I build")
    press("Enter")
    question(page, 2)
    assert focused(page) == "answer"
    assert status(app, session(page))["clarification_responses"] == {"question_0": "something that\nI build"}
    tab_to(page, "cancel")
    press("Enter")
    press("Escape")  # the dialog's exit
    assert focused(page) == "cancel"
    press("Enter")
    press("Tab")
    press("Enter")
    heading(page, "The research was cancelled")
    assert focused(page) == "outcome-title"
    tab_to(page, "again")
    press("Enter")
    question(page, 1)
    tab_to(page, "skip")
    press("Space")
    report(page)
    tab_to(page, "copy")


def tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"the Tab key does not lead to {name}")


def test_failures(gateway: Gateway, open_page: OpenPage) -> None:
    """One search fails: the page and the report name it. All fail: the page says why, and goes on
    from there.
    """
    gateway.fault("bad_request", times=1, match=SEARCH)
    page = open_page()
    ask(page, SPECIFIC)
    report(page)
    page.get_by_text("How this report was made").click()
    expect(searches(page, "failed")).to_have_count(1)
    expect(searches(page, "failed")).to_contain_text("400")
    heading(page, "Searches that failed")
    gateway.fault("bad_request", match=SEARCH)
    page = open_page()
    ask(page, SPECIFIC)
    heading(page, "The searches failed")
    expect(page.locator("#attention-reason")).to_contain_text("Every search failed")
    gateway.clear_faults()
    page.get_by_role("button", name="Try again from this step").click()
    report(page)


def test_phone(gateway: Gateway, open_page: OpenPage) -> None:
    """Nothing sticks out at 360 px, and every text can be read, in light and dark."""
    page = open_page(**PHONE)
    page.locator("#past-list li:visible, #past-none:visible").first.wait_for()
    fits(page)
    gateway.fault("bad_request", times=1, match=SEARCH)
    gateway.fault("slow", delay_s=1, seconds=20, match=SEARCH)
    ask(page, f"How reliable is {LONG_WORD} in Python?")
    question(page, 1).fill(LONG_WORD)
    fits(page)
    page.get_by_role("button", name="Answer").click()
    question(page, 2)
    skip(page)
    searches(page, "failed").wait_for()
    fits(page)
    report(page)
    page.get_by_text("How this report was made").click()
    page.get_by_text("Contents", exact=True).click()
    fits(page)


def fits(page: Page) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert faint_texts(page) == [], scheme


def test_earlier_researches(app: ResearchApp, open_page: OpenPage) -> None:
    """The list opens what it lists: a report as a report, an open research at its question. An unknown one is
    called so.
    """
    for query in (VAGUE, SPECIFIC):
        found = httpx.post(f"{app.url}/api/start-research", json={"query": query}, timeout=30).json()
    httpx.get(f"{app.url}/api/result/{found['session_id']}", timeout=60).raise_for_status()
    page = open_page()
    page.get_by_role("listitem").filter(has_text=re.compile("report")).get_by_role(
        "link", name=SPECIFIC
    ).first.click()
    report(page)
    page.go_back()
    page.get_by_role("listitem").filter(has_text="waits for your answer").get_by_role(
        "link", name=VAGUE
    ).first.click()
    question(page, 1)
    page.go_back()
    page.locator("#ask").wait_for()
    page.goto(f"{app.url}/?session=research-none")
    heading(page, "There is no such research run")
    page.goto(f"{app.url}/success?session=research-none")
    heading(page, "There is no such report")
