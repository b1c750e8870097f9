"""The cheat sheet as a printer gets it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from workshop.config import ROOT

SHEET = ROOT / "docs" / "cheat_sheet.html"
PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_cheat_sheet_is_printed_on_one_page(browser: Browser, paper: str) -> None:
    page = browser.new_page()
    page.goto(SHEET.as_uri())
    assert len(PAGE.findall(page.pdf(format=paper))) == 1
    page.evaluate("document.body.append(...document.body.cloneNode(true).children)")
    assert len(PAGE.findall(page.pdf(format=paper))) > 1, "twice as much would be seen"
    page.close()
