"""The plan before the money: it waits for approval, may be edited, starts by itself, and survives its worker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from bench_instance import Bench
from research_app import SPECIFIC, VAGUE, App, begin, connect, copy, own_app, refusal
from temporalio.client import Client

from workshop import history

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("research")]

MINE = {"query": "temporalio retry policies", "reason": "Mine."}


@pytest.fixture(scope="module")
def worker(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with App(copy(tmp_path_factory.mktemp("app")), bench.env).worker():
        yield


@pytest.fixture
async def client(bench: Bench) -> Client:
    return await connect(bench)


@pytest.mark.usefixtures("worker")
async def test_nothing_is_searched_before_the_plan_is_approved(client: Client) -> None:
    """Edited twice, approved twice: the searches are those of the approved plan, and no others are made."""
    one = await begin(client)
    await one.ask(SPECIFIC, plan_wait_s=None)
    planned = await one.until("awaiting_approval")
    assert (len(planned["searches"]), planned["starts_by_itself"]) == (5, None)
    kept = planned["searches"][1:3]
    await one.decide(searches=[*kept, MINE], approve=False)
    waiting = await one.status()
    assert (waiting["status"], waiting["searches"][-1]["query"]) == ("awaiting_approval", MINE["query"])
    mine = {**MINE, "query": f" {MINE['query']} in Python "}
    clicks = [one.decide(searches=[mine, *kept]) for _ in range(2)]
    assert {status["status"] for status in await asyncio.gather(*clicks)} == {"searching"}
    await one.result()
    done = await one.status()
    assert [search["query"] for search in done["searches"]] == [
        f"{MINE['query']} in Python",
        *(search["query"] for search in kept),
    ]
    assert [call.name for call in (await history.read(one.handle)).model_calls].count("Search Agent") == 3


@pytest.mark.usefixtures("worker")
async def test_a_plan_that_cannot_be_is_refused(client: Client) -> None:
    one = await begin(client)
    assert await refusal(one.decide()) == "OutOfTurn: No plan waits for approval: the research is pending."
    await one.ask(SPECIFIC, plan_wait_s=None)
    plan = (await one.until("awaiting_approval"))["searches"]
    same = {**MINE, "query": MINE["query"].upper() + " "}
    wrong = {
        "The plan has 0 searches; 1 to 12 are allowed.": [],
        "The plan has 13 searches; 1 to 12 are allowed.": [{**MINE, "query": f"{n}"} for n in range(13)],
        "The search 2 is empty.": [MINE, {**MINE, "query": " \n"}],
        "The search 1 has 2,001 characters; 2,000 are allowed.": [{**MINE, "query": "x" * 2001}],
        "The reason of search 1 is longer than 2,000 characters.": [{**MINE, "reason": "x" * 2001}],
        "The plan has the same search twice.": [MINE, same],
    }
    for reason, searches in wrong.items():
        for approve in (True, False):
            assert await refusal(one.decide(searches=searches, approve=approve)) == f"Invalid: {reason}"
    assert (await one.status())["searches"] == plan
    await one.handle.terminate()


@pytest.mark.usefixtures("worker")
async def test_a_plan_starts_by_itself_when_nobody_says_a_word(client: Client) -> None:
    """At its deadline; not when somebody has begun to edit it."""
    alone, edited = await begin(client), await begin(client)
    for one in (edited, alone):
        await one.ask(SPECIFIC, plan_wait_s=4)
        await one.until("awaiting_approval")
        if one is edited:
            held = await one.decide(searches=[MINE], approve=False)
            assert held["starts_by_itself"] is None
    status = await alone.status()
    due = datetime.fromisoformat(status["starts_by_itself"])
    assert due - datetime.fromisoformat(status["changed"]) == timedelta(seconds=4)
    assert (await alone.result())["markdown_report"]
    assert (await edited.status())["status"] == "awaiting_approval"
    await edited.decide()
    await edited.result()
    assert [search["query"] for search in (await edited.status())["searches"]] == [MINE["query"]]


@pytest.mark.usefixtures("worker")
async def test_a_script_that_follows_the_tutorial_needs_no_approval(client: Client) -> None:
    one = await begin(client)
    await one.ask(VAGUE)
    await one.skip()
    await one.result()
    names = [step.name for step in (await history.read(one.handle)).steps]
    assert not [name for name in names if "timer" in name.lower()] and "decide_plan" not in names


async def test_a_plan_that_waits_survives_its_worker_and_can_be_cancelled(
    bench: Bench, tmp_path: Path
) -> None:
    client = await connect(bench)
    with own_app(bench, tmp_path) as app:
        with app.worker() as worker:
            one, given_up = await begin(client, app.queue), await begin(client, app.queue)
            for each in (one, given_up):
                await each.ask(SPECIFIC, plan_wait_s=600)
                await each.until("awaiting_approval")
            before = await one.decide(searches=[MINE], approve=False)
            worker.kill()
        with app.worker():
            assert await one.status() == before
            await given_up.handle.cancel()
            await given_up.until("cancelled")
            await one.decide()
            await one.result()
