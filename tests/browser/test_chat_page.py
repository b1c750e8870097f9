"""Lesson 07's small page in a real browser: words as they come, a worker and the page's server killed in mid
answer, text that holds a script; and what it says when something is missing.
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

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser"), pytest.mark.timeout(400)]

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

    def start(self, name: str, **env: str) -> None:
        command = [sys.executable, name, *([str(self.port)] if name == "page.py" else [])]
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=self.folder, env={**self.env, **env}, stdout=log, stderr=log
            )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

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
    yield found
    Gateway(bench.settings.gateway_url).clear_faults()
    for name in found.running:
        found.kill(name)


def send(page: Page, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Send").click()


@pytest.fixture
def gateway(bench: Bench) -> Gateway:
    return Gateway(bench.settings.gateway_url)


def test_what_the_page_shows_is_the_answer(programs: Programs, browser: Browser, gateway: Gateway) -> None:
    gateway.fault("trickle", delay_s=WORDS_S, match="severity")
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
    assert page.locator("main .question").last.inner_text() == HOSTILE and page.title() == "Weather chat"

    send(page, "Are there weather alerts in Ohio?")
    expect(answers).to_have_count(2)
    expect(answers.last).not_to_be_empty()
    programs.kill("page.py")
    expect(page.get_by_role("status")).to_contain_text("Type: python page.py")
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


OHIO = "Are there weather alerts in Ohio?"
NO_WORKER = "No worker serves this chat. Nothing is lost. Type: CHATS=streamed_chat:StreamedChatWorkflow"


def test_a_message_that_is_too_long_stays_in_the_field(programs: Programs, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(programs.address)
    send(page, "x" * 5000)
    expect(page.locator("#room")).to_have_text("1000 characters too many: a message may have 4000.")
    expect(page.get_by_label("Message")).to_have_value("x" * 5000)
    refused = httpx.post(
        f"{programs.address}/chats/x", json={"text": "x" * 5000, "message": "m"}, trust_env=False
    )
    assert refused.status_code == 422
    page.evaluate("begin('x'.repeat(5000))")  # past the form: the server refuses, and says why
    expect(page.get_by_role("status")).to_contain_text("at most 4000 characters")
    expect(page.get_by_label("Message")).to_have_value("x" * 5000)
    send(page, "Hello!")
    expect(page.locator(".answer").last).not_to_be_empty()
    page.close()


def test_nothing_is_lost_while_the_page_has_no_server(programs: Programs, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(programs.address)
    programs.kill("page.py")
    send(page, OHIO)
    expect(page.get_by_role("status")).to_contain_text("Type: python page.py")
    expect(page.get_by_label("Message")).to_have_value(OHIO)
    expect(page.locator("#sending")).to_have_text(OHIO)
    programs.start("page.py")
    expect(page.locator(".answer")).to_contain_text("Ohio")
    expect(page.get_by_role("status")).to_have_text("")
    expect(page.get_by_label("Message")).to_have_value("")
    expect(page.locator("#sending")).to_have_text("")
    page.close()


def test_without_a_worker_the_question_is_there_at_once_with_what_to_type(
    programs: Programs, browser: Browser
) -> None:
    programs.kill("worker.py")
    page = browser.new_page()
    page.goto(programs.address)
    send(page, OHIO)
    expect(page.locator("#sending")).to_have_text(OHIO, timeout=2000)
    expect(page.get_by_role("status")).to_contain_text(NO_WORKER)
    page.reload()
    expect(page.locator("#sending")).to_have_text(OHIO, timeout=2000)
    expect(page.get_by_role("status")).to_contain_text(NO_WORKER)
    programs.start("worker.py")
    expect(page.locator(".answer")).to_contain_text("Ohio")
    expect(page.get_by_role("status")).to_have_text("")
    expect(page.locator("main .question")).to_have_text([OHIO])
    assert programs.log("page.py").read_text() == ""
    page.close()


def test_another_tab_shows_the_chat_and_says_that_earlier_messages_are_missing(
    programs: Programs, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(programs.address)
    for number, state in enumerate(("Ohio", "Texas", "Utah", "Iowa"), 1):
        send(page, f"Are there weather alerts in {state}?")
        expect(page.locator(".answer")).to_have_count(number)
        expect(page.locator(".answer").last).to_contain_text(state)
    assert page.locator(".note").count() == 0
    other = browser.new_page()
    other.goto(page.url)
    expect(other.locator(".answer").last).to_contain_text("Iowa")
    expect(other.locator(".note")).to_have_text(
        "Earlier messages are not shown here; the chat remembers them."
    )
    send(other, OHIO)
    expect(page.locator(".answer")).to_have_count(5)
    expect(page.locator(".answer").last).to_contain_text("Ohio")
    page.close()
    other.close()


def test_a_model_that_is_away_is_named_and_can_be_asked_again(
    programs: Programs, browser: Browser, gateway: Gateway
) -> None:
    page = browser.new_page()
    page.goto(programs.address)
    gateway.fault("unavailable", times=5)
    send(page, OHIO)
    expect(page.get_by_role("status")).to_contain_text("503")  # while it is tried again
    expect(page.locator(".answer")).to_contain_text("Not answered: ")
    expect(page.locator(".answer")).to_contain_text("503")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".answer").last).to_contain_text("Ohio")
    expect(page.get_by_role("status")).to_have_text("")
    page.close()


def test_a_worker_without_this_workflow_is_no_worker(programs: Programs, browser: Browser) -> None:
    """As in the lesson's next cells. The page says so, and asks less and less."""
    page, idle = browser.new_page(), browser.new_page()
    page.goto(programs.address)
    send(page, "Hello!")
    expect(page.locator(".answer")).not_to_be_empty()
    programs.kill("worker.py")
    programs.start("worker.py", CHATS="long_chat:LongChatWorkflow")
    idle.goto(page.url)
    expect(idle.get_by_role("status")).to_contain_text(NO_WORKER)
    send(page, OHIO)
    expect(page.get_by_role("status")).to_contain_text(NO_WORKER)
    asked = list[str]()
    idle.on("request", lambda request: asked.append(request.url))
    idle.wait_for_timeout(10_000)
    assert len(asked) <= 10, asked
    programs.kill("worker.py")
    programs.start("worker.py")
    for each in (page, idle):  # Temporal, too, tries a workflow task that fails less and less often
        expect(each.locator(".answer")).to_have_count(2, timeout=120_000)
        expect(each.locator(".answer").last).to_contain_text("Ohio")
        expect(each.get_by_role("status")).to_have_text("")
    assert programs.log("page.py").read_text() == ""
    page.close()
    idle.close()


def test_the_page_opens_again_after_the_connection_was_lost(programs: Programs, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(programs.address)
    send(page, "Hello!")
    expect(page.locator(".answer")).not_to_be_empty()
    programs.kill("page.py")
    expect(page.get_by_role("status")).not_to_be_empty()
    programs.start("page.py")
    expect(page.get_by_role("status")).to_have_text("")  # though nothing has been said since
    page.close()
