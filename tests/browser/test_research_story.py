"""The whole story in a real browser: a plan that is edited, a worker that is killed, a model that is away, a report
that leaves the page, a follow-up, and a list that is tidied. With AXE (the path of axe.min.js) every view is also
checked for accessibility, on a screen, a phone, in the dark and at 200 %.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from research_servers import ResearchApp
from story import SEARCH, SPECIFIC, VAGUE, ask, question, report, searches, session

from workshop.workspace.control import Gateway

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(240)]

OpenPage = Callable[..., Page]
AXE = os.environ.get("AXE", "")
SHOTS = os.environ.get("SHOTS", "")
AWAY_S = 60
"""How long the model is away in the story, in seconds."""
ASKED = """
window.Notification = class {
  static permission = "default";
  static async requestPermission() { return Notification.permission = "granted"; }
  constructor(words, more) { told(`${words} | ${more.body}`); }
};
document.hasFocus = () => false;
"""
"""A browser that may tell, and a person who looks elsewhere."""
SIZES = {"screen": (1280, 900), "phone": (360, 740), "twice as large": (640, 450)}


def look(page: Page, view: str) -> None:
    """Check a view with axe-core, and keep a picture of it, if asked for."""
    if not AXE:
        return
    before = page.viewport_size
    page.evaluate(Path(AXE).read_text())
    for size, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], f"{view}, {size}, {scheme}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{view}, {size}"
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{view}-{size}-{scheme}.png", full_page=True)
    if before:
        page.set_viewport_size(before)


@pytest.mark.slow
def test_the_whole_story(app: ResearchApp, gateway: Gateway, open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#past-list li:visible, #past-none:visible").first.wait_for()
    look(page, "home")
    ask(page, VAGUE, plan_wait="")
    question(page, 1)
    look(page, "question")
    page.locator("#answer").fill("half an answer")
    page.get_by_role("button", name="Skip").click()
    expect(page.locator("#unsent")).to_contain_text("Not sent from here: “half an answer”")

    fields = page.locator("#plan-list input")
    expect(fields).to_have_count(5)
    look(page, "plan")
    expect(page.locator("#plan-cost")).to_contain_text("With the practice model you pay nothing.")
    page.get_by_role("button", name="Remove search 5").click()
    fields.first.fill("retries and idempotency in Python")
    page.get_by_role("button", name="Add a search").click()
    fields.last.fill("Temporal workers")
    page.wait_for_timeout(1500)  # typing has stopped: the server keeps the edits
    page.reload()
    expect(fields).to_have_count(5)
    expect(fields.first).to_have_value("retries and idempotency in Python")
    expect(fields.last).to_have_value("Temporal workers")

    gateway.fault("slow", delay_s=4, seconds=60, match=SEARCH)
    page.get_by_role("button", name="Start the searches").click()
    expect(searches(page, "running")).to_have_count(5)
    app.worker.kill()
    gateway.clear_faults()
    gateway.fault("unavailable", match=SEARCH)
    app.worker.start()
    waiting = page.locator("#waiting")
    expect(waiting).to_contain_text("The model's provider is in trouble (503).")
    expect(waiting).to_contain_text("The next attempt is due in")
    look(page, "model away")
    page.wait_for_timeout(AWAY_S * 1000)
    expect(waiting).to_contain_text("The next attempt is due in")
    gateway.clear_faults()
    gateway.fault("unauthorized", match="Write a report")
    expect(page.locator("#attention-step")).to_have_text("Writing the report failed")
    expect(page.locator("#attention-reason")).to_contain_text("Incorrect API key")
    look(page, "attention")
    gateway.clear_faults()
    page.get_by_role("button", name="Try again from this step").click()
    report(page)
    look(page, "report")
    leaves_the_page(page)

    page.get_by_label("Your follow-up question").fill("Which of these matters most for a small team?")
    gateway.fault("slow", delay_s=3, times=1)  # one with no findings would be over before anybody looks
    page.locator("#follow-up").press("Enter")
    page.wait_for_url("**/?session=*")
    expect(page.locator("#research-title")).to_have_text("Which of these matters most for a small team?")
    tidied(app, page)


def leaves_the_page(page: Page) -> None:
    """A number leads to its source and back; the files are named by the title; print shows addresses."""
    number = page.locator("#article a.number").first
    number.click()
    place = str(number.get_attribute("href"))
    assert page.url.endswith(place)
    page.locator(f"{place} a.back").first.click()
    assert page.url.endswith(f"#{number.get_attribute('id')}")
    for name, ending in (("Download .md", "md"), ("Download .html", "html")):
        with page.expect_download() as download:
            page.locator(".actions").get_by_text(name).click()
        assert download.value.suggested_filename.endswith(f".{ending}")
        assert "research-" not in download.value.suggested_filename
        text = Path(download.value.path()).read_text()
        assert page.locator("#title").inner_text() in text and "<script" not in text
    page.emulate_media(media="print")
    shown = "getComputedStyle(document.querySelector('#sources a[href^=http]'), '::after').content"
    assert "attr" in page.evaluate(shown) or "http" in page.evaluate(shown)
    assert not page.locator("#next").is_visible() and page.locator("#article").is_visible()
    page.emulate_media(media="screen")


def tidied(app: ResearchApp, page: Page) -> None:
    """A research in the list is found by its words, renamed, and deleted."""
    mine = session(page)
    page.goto(f"{app.url}/")
    item = page.locator(f"#past-list li:has(a[href*='{mine}'])")
    page.get_by_label("Search the earlier research").fill("small team")
    item.wait_for()
    item.get_by_role("button", name="Rename").click()
    look(page, "rename")
    page.get_by_label("Its name in this browser").fill("My small team")
    page.get_by_role("button", name="Save").click()
    expect(item.get_by_role("link")).to_have_text("My small team")
    item.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(item).to_have_count(0)
    assert httpx.get(f"{app.url}/api/sessions?search=small team", timeout=20).json()["sessions"] == []


@pytest.mark.slow
def test_a_plan_starts_by_itself_unless_it_is_edited(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, SPECIFIC, plan_wait="60")
    expect(page.locator("#plan-clock")).to_contain_text("Starts by itself in")
    page.locator("#plan-list input").first.fill("temporalio retry policies")
    expect(page.locator("#plan-clock")).to_have_text(
        "Nothing is searched until you start it. Take your time."
    )
    page.get_by_role("button", name="Cancel this research").click()
    page.get_by_role("button", name="Cancel it").click()
    page.get_by_role("heading", name="The research was cancelled").wait_for()


@pytest.mark.slow
def test_who_looks_elsewhere_is_told_that_it_is_done(gateway: Gateway, open_page: OpenPage) -> None:
    page = open_page()
    told: list[str] = []
    page.expose_function("told", lambda words: told.append(words))
    page.add_init_script(ASKED)
    page.reload()
    gateway.fault("slow", delay_s=5, times=1)  # time to click
    ask(page, SPECIFIC)
    page.get_by_role("button", name="Notify me when it is done").click()
    expect(page.get_by_role("button", name="Notify me when it is done")).to_be_hidden()
    report(page)
    assert [one.split(" | ")[1] for one in told] == [SPECIFIC], told
