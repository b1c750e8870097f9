"""Whether a worker is there, as the two applications tell it: by reports that are new, on whatever clock."""

from __future__ import annotations

import importlib.util
import sys
import time
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.workflowservice.v1 import ListWorkersRequest, ListWorkersResponse
from temporalio.service import RPCError, RPCStatusCode

from workshop.config import ROOT

sys.path.append(str(ROOT / "solutions" / "05_deep_research"))

CONNECTIONS = ("04_agent_routing/connection.py", "05_deep_research/deep_research/connection.py")
QUEUE = "some-queue"
RUNNING, STOPPING = WorkerStatus.WORKER_STATUS_RUNNING, WorkerStatus.WORKER_STATUS_SHUTTING_DOWN
HOUR = 3600.0
OFF = {"right": 0.0, "4 s behind": -4.0, "4 s ahead": 4.0, "an hour behind": -HOUR, "an hour ahead": HOUR}


class Server:
    """A Temporal that lists workers. Those alive report themselves every `every_s`, by a clock that is `off`."""

    namespace = "default"

    def __init__(
        self, alive: bool, off: float, queue: str = QUEUE, status: Any = RUNNING, every_s: float = 0.3
    ) -> None:
        self.alive, self.off, self.queue, self.status, self.every_s = alive, off, queue, status, every_s
        self.began = time.time()
        self.workflow_service = self

    async def list_workers(self, request: ListWorkersRequest) -> ListWorkersResponse:
        past = time.time() - self.began if self.alive else 0.0
        answer = ListWorkersResponse()
        beat = answer.workers_info.add().worker_heartbeat
        beat.task_queue, beat.status = self.queue, self.status
        beat.heartbeat_time.FromNanoseconds(
            int((self.began + self.off + past // self.every_s * self.every_s) * 1e9)
        )
        return answer


class Old(Server):
    async def list_workers(self, request: ListWorkersRequest) -> ListWorkersResponse:
        raise RPCError("unknown method", RPCStatusCode.UNIMPLEMENTED, b"")


def load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("connection_on_its_own", ROOT / "solutions" / path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", CONNECTIONS)
@pytest.mark.parametrize("off", OFF.values(), ids=OFF.keys())
async def test_a_worker_counts_by_its_new_reports_whatever_its_clock_says(path: str, off: float) -> None:
    is_served = load(path).is_served
    assert await is_served(Server(True, off), QUEUE)
    assert not await is_served(Server(False, off), QUEUE, within_s=0.5)


@pytest.mark.parametrize("path", CONNECTIONS)
async def test_who_is_not_there_is_told_at_once_and_an_old_server_is_believed(path: str) -> None:
    is_served = load(path).is_served
    began = time.monotonic()
    assert not await is_served(Server(True, 0, queue="another-queue"), QUEUE)
    assert not await is_served(Server(True, 0, status=STOPPING), QUEUE)
    assert await is_served(Old(True, 0), QUEUE)
    assert time.monotonic() - began < 1


def test_both_applications_have_the_same_connection() -> None:
    one, other = ((ROOT / "solutions" / path).read_text() for path in CONNECTIONS)
    assert one == other


@pytest.mark.parametrize("off", OFF.values(), ids=OFF.keys())
async def test_the_web_server_needs_no_common_clock_either(
    off: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    health: Any = import_module("deep_research.web.health")
    now = time.monotonic()
    clock: Any = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr(health, "time", clock)
    server = Server(True, off)
    look = health.Health(server, QUEUE)
    await look.look()
    assert look.missing.value == "worker", "what was reported before may be a dead worker's"
    server.began -= 1
    await look.look()
    assert look.missing.value is None
    server.alive, server.began = False, server.began + 1
    for later, missing in ((0, None), (health.PRESENT_S - 0.1, None), (health.PRESENT_S + 0.1, "worker")):
        clock.monotonic = lambda at=now + later: at
        await look.look()
        assert look.missing.value == missing, later
