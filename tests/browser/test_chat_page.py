"""Lesson 07's small page in a real browser: words as they come, a worker and the page's server killed in mid
answer, text that holds a script.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bench_instance import Bench, free_ports
from playwright.sync_api import Browser, Page, expect

from workshop.config import ROOT
from workshop.workspace.control import Gateway

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser"), pytest.mark.timeout(240)]

STAGE = ROOT / "solutions" / "07_in_front_of_users"
HOSTILE = "<img src=x onerror=document.title='taken'>Are there weather alerts in Texas?"
WORDS_S = 6.0
"""How long the words of an answer take, in seconds."""


class Programs:
    """The lesson's worker and its page, from a copy of the folder."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env = folder, {**env, "CHATS": "streamed_chat:StreamedChatWorkflow"}
        self.port = free_ports(1)[0]
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        command = [sys.executable, name, *([str(self.port)] if name == "page.py" else [])]
        self.running[name] = subprocess.Popen(command, cwd=self.folder, env=self.env)

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].wait()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> None:
        """Wait until the page is served."""
        for _ in range(200):
            try:
                httpx.get(self.address, trust_env=False)
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError("no page")


@pytest.fixture
def programs(bench: Bench, tmp_path: Path) -> Iterator[Programs]:
    folder = tmp_path / "chat"
    shutil.copytree(STAGE, folder, ignore=shutil.ignore_patterns("exercise"))
    found = Programs(folder, bench.env)
    for name in ("worker.py", "page.py"):
        found.start(name)
    found.wait()
    Gateway(bench.settings.gateway_url).fault("trickle", delay_s=WORDS_S, match="severity")
    yield found
    Gateway(bench.settings.gateway_url).clear_faults()
    for name in found.running:
        found.kill(name)


def send(page: Page, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Send").click()


def test_what_the_page_shows_is_the_answer(programs: Programs, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(programs.address)
    send(page, HOSTILE)
    answers = page.locator(".answer")
    expect(answers.last).not_to_be_empty()  # words have come
    began = answers.last.inner_text()
    programs.kill("worker.py")
    programs.start("worker.py")
    expect(answers.last).not_to_have_text(began)
    expect(answers.last).to_contain_text("Webb.")  # its last word
    whole = answers.last.inner_text()
    assert page.locator(".question").last.inner_text() == HOSTILE and page.title() == "Weather chat"

    send(page, "Are there weather alerts in Ohio?")
    expect(answers).to_have_count(2)
    expect(answers.last).not_to_be_empty()
    programs.kill("page.py")
    expect(page.get_by_role("status")).to_contain_text("No connection; it goes on by itself.")
    programs.start("page.py")
    expect(answers.last).to_contain_text("Ohio")
    expect(page.get_by_role("status")).to_have_text("")
    assert answers.first.inner_text() == whole
    time.sleep(WORDS_S)
    shown = [one.inner_text() for one in answers.all()]

    page.reload()
    expect(answers).to_have_count(2)
    expect(answers.last).to_have_text(shown[-1])
    assert [one.inner_text() for one in answers.all()] == shown
    page.close()
