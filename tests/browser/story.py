"""What a person does with the web application, in the browser."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Locator, Page, expect

VAGUE = "How do I make my Python service reliable?"
"""The practice model asks two questions about this one, and plans five searches."""
SPECIFIC = "How does temporalio retry failed activities, and which settings bound the attempts?"
"""About this one it asks nothing."""
SEARCH = "Search term"
"""Part of every search's input, for faults that should hit only searches."""


def ask(page: Page, query: str, plan_wait: str = "0") -> None:
    """`plan_wait`: how long the plan waits for approval, as the form's setting has it. By default not at all."""
    page.get_by_label("Before it searches").select_option(plan_wait)
    page.get_by_label("Your question").fill(query)
    page.get_by_label("Your question").press("Enter")


def question(page: Page, number: int) -> Locator:
    """Wait until this question is the open one and return its answer field."""
    page.get_by_role("heading", name=f"Question {number} of").wait_for()
    return page.locator("#answer")


def skip(page: Page) -> None:
    page.get_by_role("button", name="Skip the open questions").click()


def heading(page: Page, name: str) -> None:
    page.get_by_role("heading", name=name).wait_for()


def report(page: Page) -> Locator:
    """Wait for the report and return it."""
    page.wait_for_url("**/success?session=*")
    page.locator("#report").wait_for()
    return page.locator("#article")


def banner(page: Page, says: str) -> None:
    expect(page.locator("#trouble")).to_contain_text(says, timeout=20_000)


def no_banner(page: Page) -> None:
    expect(page.locator("#trouble")).to_be_empty()


def searches(page: Page, state: str) -> Locator:
    return page.locator(f".search.{state}")


def session(page: Page) -> str:
    page.wait_for_url(re.compile("session="))
    return parse_qs(urlparse(page.url).query)["session"][0]
