"""The follower of the research application: whatever is slow, every open page hears the end."""

import asyncio
import gc
import sys
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from bench_instance import free_ports
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workshop.config import ROOT

sys.path.append(str(ROOT / "solutions" / "05_deep_research"))

from deep_research.models import Stage
from deep_research.web.errors import TooSlow
from deep_research.web.forms import Query, SessionStatus
from deep_research.web.newest import Newest

follower: Any = import_module("deep_research.web.follower")
health: Any = import_module("deep_research.web.health")
sessions: Any = import_module("deep_research.web.sessions")
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


class Refusing:
    """A client whose update fails as the SDK's does: in the call, and in a future that nobody else asks."""

    namespace = "default"

    async def execute_update_with_start_workflow(
        self, update: Any, given: Any, start_workflow_operation: Any
    ) -> None:
        await asyncio.sleep(0.01)
        error = RPCError("gone", RPCStatusCode.UNAVAILABLE, b"")
        start_workflow_operation._workflow_handle.set_exception(error)
        raise error


@pytest.mark.parametrize("is_there", [True, False], ids=["refused", "no connection"])
async def test_a_start_that_fails_leaves_no_complaint_in_the_log(is_there: bool) -> None:
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    away = await Client.connect(f"127.0.0.1:{free_ports(1)[0]}", lazy=True)
    client = Refusing() if is_there else away
    look = health.Health(client, "some-queue")
    look.missing.set(None)
    with pytest.raises(Exception, match=r"onnect|No Temporal"):
        await sessions.Sessions(client, look).start(Query(query="caching"), None)
    await asyncio.sleep(0)
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []
