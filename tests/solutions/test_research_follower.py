"""The follower of the research application: whatever is slow, every open page hears the end."""

import asyncio
import sys
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from workshop.config import ROOT

sys.path.append(str(ROOT / "solutions" / "05_deep_research"))

from deep_research.models import Stage
from deep_research.web.errors import TooSlow
from deep_research.web.forms import SessionStatus
from deep_research.web.newest import Newest

follower: Any = import_module("deep_research.web.follower")
NOW = datetime.now(UTC)


class Run:
    """A research run that closes with its first event. The `slow`-th time it is asked how far it is, nobody
    answers in time.
    """

    def __init__(self, slow: int) -> None:
        self.slow, self.asked, self.is_closed = slow, 0, False
        self.handle = self

    def fetch_history_events(self, wait_new_event: bool) -> "Run":
        return self

    async def fetch_next_page(self) -> None:
        self.is_closed = self.asked > 0

    async def status(self) -> SessionStatus:
        self.asked += 1
        if self.asked == self.slow:
            raise TooSlow("worker", 20)
        stage = Stage.COMPLETED if self.is_closed else Stage.SEARCHING
        return SessionStatus(session_id="research-1", status=stage, started=NOW, changed=NOW)

    async def waiting(self) -> None:
        return None


@pytest.mark.parametrize("slow", [0, 1, 2, 3])
async def test_a_page_hears_the_end_when_the_worker_is_slow_to_say_it(
    slow: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(slow)

    async def guard(call: Any, within_s: float | None = None) -> Any:
        return await call

    async def find(session_id: str) -> Run:
        return run

    monkeypatch.setattr(follower, "LOOK_S", 0.01)
    health = SimpleNamespace(guard=guard, missing=Newest[Any](None))
    followers = follower.Followers(SimpleNamespace(health=health, find=find))
    async with asyncio.timeout(5):
        heard = [event async for event in followers.listen("research-1")]
    assert heard[-1].event == "end" and heard[-2].data["status"] == "completed"
    assert not followers.running
