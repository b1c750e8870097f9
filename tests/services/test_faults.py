"""The fault panel: which request meets which fault, for how long, and what its control calls say."""

from __future__ import annotations

import re
import subprocess
import time
from typing import Any

import httpx
import psutil
import pytest
from fastapi import FastAPI

from workshop.config import ROOT
from workshop.lab import Lab
from workshop.processes.record import Record
from workshop.services.control import router
from workshop.services.faults import KINDS, Fault, Faults, Owner


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def panel(clock: Clock) -> Faults:
    return Faults(clock)


@pytest.fixture
async def client(panel: Faults) -> Any:
    app = FastAPI()
    app.include_router(router(panel))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        yield client


def kinds_taken(panel: Faults, *texts: str) -> list[str | None]:
    return [fault.kind if (fault := panel.take(text)) else None for text in texts]


def test_an_empty_panel_lets_everything_through(panel: Faults) -> None:
    assert panel.take("anything") is None
    assert panel.list() == []


def test_times_counts_down_and_then_the_fault_is_gone(panel: Faults) -> None:
    panel.add(Fault(kind="rate_limit", times=2))
    assert kinds_taken(panel, "a", "b", "c") == ["rate_limit", "rate_limit", None]
    assert panel.list() == []


def test_without_times_and_seconds_it_lasts_until_cleared(panel: Faults, clock: Clock) -> None:
    panel.add(Fault(kind="unavailable"))
    assert kinds_taken(panel, *"abc") == ["unavailable"] * 3
    clock.now += 100_000
    assert kinds_taken(panel, "d") == ["unavailable"]
    assert panel.clear() == 1
    assert kinds_taken(panel, "e") == [None]


def test_seconds_end_it(panel: Faults, clock: Clock) -> None:
    panel.add(Fault(kind="slow", seconds=5))
    clock.now += 4.5
    assert panel.list()[0]["remaining_seconds"] == 0.5
    assert kinds_taken(panel, "a") == ["slow"]
    clock.now += 0.5
    assert kinds_taken(panel, "a") == [None]
    assert panel.list() == []


def test_times_and_seconds_together_end_it_with_whichever_comes_first(panel: Faults, clock: Clock) -> None:
    panel.add(Fault(kind="hang", times=5, seconds=5))
    assert kinds_taken(panel, "a") == ["hang"]
    clock.now += 6
    assert kinds_taken(panel, "a") == [None]


def test_match_restricts_it_and_ignores_case_and_other_requests_do_not_count(panel: Faults) -> None:
    panel.add(Fault(kind="server_error", times=1, match="Texas"))
    assert kinds_taken(panel, "Ohio", "alerts in TEXAS?", "Texas again") == [None, "server_error", None]


def test_the_oldest_matching_fault_goes_first(panel: Faults) -> None:
    panel.add(Fault(kind="malformed", match="Ohio"))
    panel.add(Fault(kind="bad_request", times=1))
    panel.add(Fault(kind="unauthorized"))
    assert kinds_taken(panel, "Texas", "Ohio", "Texas") == ["bad_request", "malformed", "unauthorized"]


def test_numbers_have_the_defaults_of_their_kind() -> None:
    assert Fault(kind="hang").number == 20
    assert Fault(kind="slow").number == 5
    assert Fault(kind="trickle").number == 10
    assert Fault(kind="truncate").number == 100
    assert Fault(kind="rate_limit").number == Fault(kind="malformed", delay_s=3).number == 0
    assert Fault(kind="slow", delay_s=0.25).number == 0.25
    assert Fault(kind="hang", delay_s=0).number == Fault(kind="truncate", characters=0).number == 0


def owner_of(process: psutil.Process, **changed: float) -> Owner:
    record = Record.of(process, "lesson 02's notebook")
    values = {"pid": record.pid, "create_time": record.create_time, "born": record.born, "name": record.name}
    return Owner.model_validate(values | changed)


def test_a_fault_ends_with_its_owner(panel: Faults) -> None:
    kernel = subprocess.Popen(["sleep", "60"])
    panel.add(Fault(kind="unavailable", owner=owner_of(psutil.Process(kernel.pid))))
    panel.add(Fault(kind="slow", owner=owner_of(psutil.Process())))
    panel.add(Fault(kind="hang"))
    assert [fault["kind"] for fault in panel.list()] == ["unavailable", "slow", "hang"]
    assert kinds_taken(panel, "a") == ["unavailable"]
    kernel.kill()
    kernel.wait()
    assert kinds_taken(panel, "a") == ["slow"]
    assert [(fault["kind"], fault["owner"] and fault["owner"]["name"]) for fault in panel.list()] == [
        ("slow", "lesson 02's notebook"),
        ("hang", None),
    ]
    assert panel.clear() == 2


@pytest.mark.parametrize("changed", [{"create_time": 1.0}, {"born": 0.0}])
def test_a_clock_that_is_set_ends_no_fault(panel: Faults, changed: dict[str, float]) -> None:
    """Either of the two times is enough to know a process by."""
    panel.add(Fault(kind="unavailable", owner=owner_of(psutil.Process(), **changed)))
    assert kinds_taken(panel, "a") == ["unavailable"]


def test_a_process_with_the_owners_id_is_not_the_owner(panel: Faults) -> None:
    panel.add(Fault(kind="unavailable", owner=owner_of(psutil.Process(), create_time=1.0, born=1.0)))
    assert kinds_taken(panel, "a") == [None]


async def test_a_fault_without_an_owner_stays_and_tells_when_it_was_set(client: httpx.AsyncClient) -> None:
    await client.post("/bench/faults", json={"kind": "slow", "owner": None})
    [fault] = (await client.get("/bench/faults")).json()["faults"]
    assert fault["owner"] is None and abs(time.time() - fault["set_at"]) < 5


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_can_be_set_over_http(client: httpx.AsyncClient, panel: Faults, kind: str) -> None:
    answer = await client.post("/bench/faults", json={"kind": kind})
    assert answer.status_code == 201
    assert answer.json()["added"]["kind"] == kind
    assert kinds_taken(panel, "x") == [kind]


async def test_the_list_shows_what_remains(client: httpx.AsyncClient, panel: Faults, clock: Clock) -> None:
    await client.post(
        "/bench/faults", json={"kind": "rate_limit", "times": 3, "seconds": 60, "retry_after_s": 2}
    )
    panel.take("one")
    clock.now += 10
    [shown] = (await client.get("/bench/faults")).json()["faults"]
    assert abs(time.time() - shown.pop("set_at")) < 60
    assert shown == {
        "kind": "rate_limit",
        "times": 3,
        "seconds": 60,
        "match": None,
        "delay_s": None,
        "retry_after_s": 2,
        "remaining_times": 2,
        "remaining_seconds": 50,
        "owner": None,
    }
    assert (await client.delete("/bench/faults")).json() == {"cleared": 1, "faults": []}
    assert panel.take("one") is None


async def test_an_unknown_kind_is_refused_with_the_list_of_kinds(
    client: httpx.AsyncClient, panel: Faults
) -> None:
    answer = await client.post("/bench/faults", json={"kind": "earthquake"})
    assert answer.status_code == 422
    assert answer.json()["kinds"] == list(KINDS)
    assert "'earthquake'" in answer.json()["error"]
    assert all(kind in answer.json()["error"] for kind in KINDS)
    assert panel.list() == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{}", "kind"),
        ("not json", "JSON"),
        ("[]", "body"),
        ('{"kind": "slow", "times": 0}', "times"),
        ('{"kind": "slow", "times": 1.5}', "times"),
        ('{"kind": "slow", "seconds": 0}', "seconds"),
        ('{"kind": "slow", "seconds": NaN}', "seconds"),
        ('{"kind": "slow", "delay_s": -1}', "delay_s"),
        ('{"kind": "slow", "match": ""}', "match"),
        ('{"kind": "slow", "tims": 3}', "tims"),
    ],
)
async def test_a_bad_fault_is_refused_and_the_message_names_the_field(
    client: httpx.AsyncClient, panel: Faults, body: str, says: str
) -> None:
    answer = await client.post("/bench/faults", content=body)
    assert answer.status_code == 422
    assert says.lower() in answer.json()["error"].lower()
    assert panel.list() == []


def test_lab_fault_and_the_docs_name_every_kind_and_every_detail() -> None:
    page = (ROOT / "docs" / "faults.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", page, re.M) == list(KINDS)
    told = " ".join((Lab.fault.__doc__ or "").split())
    assert f"Kinds: {', '.join(KINDS)}." in told
    for name in Fault.model_fields.keys() - {"kind", "of", "owner"}:
        assert f'"{name}"?' in page and name in told
