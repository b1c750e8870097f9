"""Temporal itself goes away while a research waits or searches, and comes back. The worker lives through
it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import pytest
from bench_instance import Bench, bench_instance
from research_app import (
    ANSWERS,
    VAGUE,
    App,
    Research,
    begin,
    connect,
    in_flight,
    own_app,
    patient,
    see_through,
)
from temporalio.client import Client

from workshop import history
from workshop.config import HOME
from workshop.workspace import receipts
from workshop.workspace.control import Gateway

How = Literal["killed", "stopped"]

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("outage")]


@pytest.fixture(scope="module")
def own_bench() -> Iterator[Bench]:
    """Start services whose Temporal server may be ended: no other test uses them."""
    with bench_instance(HOME / "outage", upstream_base_url="http://127.0.0.1:9/v1") as running:
        yield running


@pytest.fixture
def app(own_bench: Bench, tmp_path: Path) -> Iterator[App]:
    with own_app(own_bench, tmp_path) as copied:
        yield copied


@pytest.fixture
def gateway(own_bench: Bench) -> Iterator[Gateway]:
    client = Gateway(own_bench.settings.gateway_url)
    yield client
    client.clear_faults()


async def undisturbed(client: Client, app: App) -> dict[str, Any]:
    one = await begin(client, app.queue)
    await one.ask(VAGUE, plan_wait_s=None)
    await see_through(one, VAGUE, ANSWERS, is_planned=True)
    return await one.result()


async def temporal_away(bench: Bench, how: How, seconds: float) -> None:
    """End the Temporal server and start it again after this long."""
    supervisor = bench.supervisor
    temporal = next(service for service in supervisor.services if service.name == "temporal")
    with supervisor.lock():
        if how == "stopped":
            await asyncio.to_thread(supervisor.stop_service, temporal)
        elif record := supervisor.find(temporal):
            os.kill(record.pid, signal.SIGKILL)
        await asyncio.sleep(seconds)
        assert supervisor.find(temporal) is None, "it was never away"
        await asyncio.to_thread(supervisor.ensure, temporal)


async def seen_through(one: Research, gateway: Gateway, since: float, expected: dict[str, Any]) -> None:
    """See a research through and return what it cost."""
    async with asyncio.timeout(120):
        assert await patient(one.handle.result) == expected
    status = await patient(one.status)
    assert (status["status"], [*status["clarification_responses"].values()]) == ("completed", list(ANSWERS))
    found = receipts.compare(await history.read(one.handle), gateway.bill(since)["rows"])
    assert (len(found.recorded), found.repeated) == (9, ())
    assert len(found.wasted) <= 5


async def through_a_wait(bench: Bench, app: App, gateway: Gateway, how: How, seconds: float = 3.0) -> None:
    client = await connect(bench)
    with app.worker() as worker:
        expected, since = await undisturbed(client, app), time.time()
        one = await begin(client, app.queue)
        await one.ask(VAGUE, plan_wait_s=None)
        before = await one.answer(ANSWERS[0], 0)
        await temporal_away(bench, how, seconds)
        assert worker.poll() is None, "the worker lives through it"
        assert await patient(one.status) == before
        await see_through(
            one, VAGUE, ANSWERS, is_planned=True
        )  # the query and the first answer once more: they stand already
        await seen_through(one, gateway, since, expected)


async def test_temporal_is_killed_while_a_research_waits_for_an_answer(
    own_bench: Bench, app: App, gateway: Gateway
) -> None:
    await through_a_wait(own_bench, app, gateway, "killed")


@pytest.mark.slow
@pytest.mark.parametrize(("how", "seconds"), [("stopped", 3.0), ("killed", 20.0)])
async def test_temporal_is_away_while_a_research_waits(
    own_bench: Bench, app: App, gateway: Gateway, how: How, seconds: float
) -> None:
    await through_a_wait(own_bench, app, gateway, how, seconds)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.0, 8.0], ids=["searches go on", "searches have ended meanwhile"])
@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_temporal_is_away_while_searches_run(
    own_bench: Bench, app: App, gateway: Gateway, how: How, seconds: float
) -> None:
    client = await connect(own_bench)
    with app.worker() as worker:
        expected, since = await undisturbed(client, app), time.time()
        gateway.fault("slow", match="Search term:", delay_s=4)
        one = await begin(client, app.queue)
        await one.ask(VAGUE, plan_wait_s=None)
        await see_through(one, VAGUE, ANSWERS, is_planned=True)
        await in_flight(gateway, since, 5)
        await temporal_away(own_bench, how, seconds)
        assert worker.poll() is None
        await seen_through(one, gateway, since, expected)


@pytest.mark.slow
async def test_temporal_and_the_worker_are_killed_while_searches_run(
    own_bench: Bench, app: App, gateway: Gateway
) -> None:
    client = await connect(own_bench)
    with ExitStack() as workers:
        first = workers.enter_context(app.worker())
        expected, since = await undisturbed(client, app), time.time()
        gateway.fault("slow", match="Search term:", delay_s=4)
        one = await begin(client, app.queue)
        await one.ask(VAGUE, plan_wait_s=None)
        await see_through(one, VAGUE, ANSWERS, is_planned=True)
        await in_flight(gateway, since, 5)
        first.kill()
        await temporal_away(own_bench, "killed", 1.0)
        workers.enter_context(app.worker())
        await seen_through(one, gateway, since, expected)
