"""Two hundred researches at once, each with an open page: slow is not gone, and no page says that it were."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest
from research_servers import Events, ResearchApp

from research_api.calls import VAGUE

pytestmark = pytest.mark.timeout(600)

SESSIONS = 200


def post(http: httpx.Client, path: str, body: dict[str, object], key: str | None = None) -> httpx.Response:
    """Call, again as long as the answer says to: of slow, it must not say that it is gone."""
    headers = {"Idempotency-Key": key} if key else {}
    while (answer := http.post(path, json=body, headers=headers)).status_code == 503:
        assert " is busy: " in answer.json()["detail"], answer.text
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.slow
def test_two_hundred_sessions_never_see_a_wrong_banner(app: ResearchApp) -> None:
    wrong: list[str] = []
    done = threading.Event()

    def watch() -> None:
        """As the pages do, all the time."""
        while not done.wait(0.2):
            answer = httpx.get(f"{app.url}/api/health", timeout=60)
            if answer.status_code != 200:
                wrong.append(answer.text)

    def research(number: int) -> str:
        with httpx.Client(base_url=app.url, timeout=120) as http:
            asked = {"query": f"{VAGUE} number {number}", "questions_within_s": 50}
            begun = post(http, "/api/start-research", asked, key=uuid4().hex).json()
            page = Events(app, begun["session_id"])
            page.wait(lambda heard: "awaiting_clarifications" in heard.stages, within_s=300)
            post(http, f"/api/skip/{begun['session_id']}", {})
            page.wait(lambda heard: heard.is_over, within_s=400)
            return page.stages[-1] + " ".join(name for name in page.names if name == "problem")

    watching = threading.Thread(target=watch)
    watching.start()
    began = time.monotonic()
    try:
        with ThreadPoolExecutor(SESSIONS) as pool:
            ends = list(pool.map(research, range(SESSIONS)))
    finally:
        done.set()
        watching.join()
    print(f"{SESSIONS} sessions in {time.monotonic() - began:.0f} s")
    assert wrong == []
    assert ends == ["completed"] * SESSIONS
