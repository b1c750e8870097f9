"""The weather service over real HTTP: alerts in the form of the National Weather Service, the notice board,
the faults.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from bench_instance import free_ports

from workshop.weather import alerts as weather_samples
from workshop.weather.app import MAX_BODY

NOTICE = {"state": "TX", "subscriber": "Ada", "text": "Storm over Dallas"}


# Alerts


def test_every_area_has_an_answer_and_every_alert_says_that_it_is_a_sample(client: httpx.Client) -> None:
    counts = {}
    for area in weather_samples.AREAS:
        answer = client.get(f"/alerts/active/area/{area}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/geo+json"
        collection = answer.json()
        assert collection["type"] == "FeatureCollection"
        assert "ample" in collection["title"]
        counts[area] = len(collection["features"])
        for feature in collection["features"]:
            properties = feature["properties"]
            assert properties["senderName"] == "Workshop sample data"
            assert properties["status"] == "Exercise"
            assert "sample" in properties["headline"]
            assert properties["description"].startswith("SAMPLE")
            assert properties["event"] in properties["headline"]
            assert properties["areaDesc"]
    states = [counts[state] for state in weather_samples.STATES]
    assert len(states) == 59
    assert set(states) <= {0, 1, 2, 3}
    assert 5 <= states.count(0) <= 15
    for popular in ("CA", "TX", "NY", "FL", "WA", "OR", "CO", "LA", "OK", "HI", "AK"):
        assert counts[popular] >= 1


def test_the_tables_fit_together() -> None:
    assert weather_samples.ALERTS.keys() <= weather_samples.AREAS.keys()
    used = {event for alerts in weather_samples.ALERTS.values() for event, _ in alerts}
    assert used <= weather_samples.EVENTS.keys()
    for event in weather_samples.EVENTS.values():  # the vocabulary of the Common Alerting Protocol 1.2
        assert event.severity in ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
        assert event.certainty in ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
        assert event.urgency in ("Immediate", "Expected", "Future", "Past", "Unknown")
        assert event.response in (
            "Shelter",
            "Evacuate",
            "Prepare",
            "Execute",
            "Avoid",
            "Monitor",
            "Assess",
            "AllClear",
            "None",
        )


def test_alerts_are_the_same_all_day_and_active_now(client: httpx.Client) -> None:
    morning = weather_samples.features("TX", now=datetime(2026, 7, 1, 5, tzinfo=UTC))
    evening = weather_samples.features("TX", now=datetime(2026, 7, 1, 23, tzinfo=UTC))
    assert morning == evening
    for feature in client.get("/alerts/active/area/TX").json()["features"]:
        properties = feature["properties"]
        effective, expires = (datetime.fromisoformat(properties[name]) for name in ("effective", "expires"))
        assert effective <= datetime.now(UTC) < expires
        usual = {
            "id",
            "sent",
            "onset",
            "messageType",
            "certainty",
            "urgency",
            "severity",
            "instruction",
            "response",
        }
        assert usual <= properties.keys()


@pytest.mark.parametrize("area", ["ZZ", "tx", "Texas", "T", "%20"])
def test_an_unknown_area_gets_the_services_own_shape_of_error(client: httpx.Client, area: str) -> None:
    answer = client.get(f"/alerts/active/area/{area}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == {"correlationId", "parameterErrors", "title", "type", "status", "detail", "instance"}
    assert (body["title"], body["status"], body["detail"]) == ("Bad Request", 400, "Bad Request")
    [wrong] = body["parameterErrors"]
    assert wrong["parameter"] == "path.area"
    assert '"TX"' in wrong["message"]
    assert answer.json() == client.get(f"/alerts/active/area/{area}").json()


def test_an_unknown_path_gets_a_problem_too(client: httpx.Client) -> None:
    answer = client.get("/points/12")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "/points/12" in answer.json()["detail"]
    assert client.put("/notices").status_code == 405


# The notice board


def test_a_notice_hangs_until_it_is_taken_down(client: httpx.Client) -> None:
    posted = client.post("/notices", json=NOTICE)
    assert posted.status_code == 201
    assert posted.json()["duplicate"] is False
    [shown] = client.get("/notices").json()
    assert NOTICE.items() <= shown.items()
    assert abs(shown["posted_at"] - time.time()) < 10
    assert client.delete("/notices").json() == {"deleted": 1}
    assert client.get("/notices").json() == []


def test_without_a_key_the_same_notice_hangs_twice(client: httpx.Client) -> None:
    for _ in range(2):
        assert client.post("/notices", json=NOTICE).status_code == 201
    assert len(client.get("/notices").json()) == 2


def test_with_a_key_it_hangs_once(client: httpx.Client) -> None:
    first = client.post("/notices", json=NOTICE, headers={"Idempotency-Key": "k1"})
    again = client.post("/notices", json=NOTICE, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"duplicate": True}
    assert len(client.get("/notices").json()) == 1


def test_the_same_key_with_another_notice_is_refused(client: httpx.Client) -> None:
    client.post("/notices", json=NOTICE, headers={"Idempotency-Key": "k1"})
    other = client.post("/notices", json=NOTICE | {"subscriber": "Bob"}, headers={"Idempotency-Key": "k1"})
    assert other.status_code == 422
    assert "'k1' belongs to another notice" in other.json()["detail"]
    assert [notice["subscriber"] for notice in client.get("/notices").json()] == ["Ada"]


def test_twenty_posts_at_once_with_one_key_hang_one_notice(client: httpx.Client) -> None:
    def post(_: int) -> int:
        return client.post("/notices", json=NOTICE, headers={"Idempotency-Key": "race"}).status_code

    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(post, range(20)))
    assert sorted(codes) == [200] * 19 + [201]
    assert len(client.get("/notices").json()) == 1


def test_the_board_can_be_asked_by_state_and_subscriber(client: httpx.Client) -> None:
    for state, subscriber in (("TX", "Ada"), ("TX", "Bob"), ("CA", "Ada")):
        client.post("/notices", json=NOTICE | {"state": state, "subscriber": subscriber})

    def ask(**query: str) -> list[tuple[str, str]]:
        return [
            (notice["state"], notice["subscriber"]) for notice in client.get("/notices", params=query).json()
        ]

    assert ask(state="TX") == [("TX", "Ada"), ("TX", "Bob")]
    assert ask(subscriber="Ada") == [("TX", "Ada"), ("CA", "Ada")]
    assert ask(state="CA", subscriber="Ada") == [("CA", "Ada")]
    assert ask(state="'; DROP TABLE notices; --") == []


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"state": "ZZ"}, "'ZZ'"),
        ({"state": "tx"}, "'tx'"),
        ({"subscriber": "  "}, "subscriber"),
        ({"text": ""}, "text"),
        ({"text": None}, "text"),
        ({"txt": "typo"}, "txt"),
    ],
)
def test_a_bad_notice_is_refused_with_a_word_on_what_is_wrong(
    client: httpx.Client, change: dict[str, Any], names: str
) -> None:
    answer = client.post("/notices", json=NOTICE | change)
    assert answer.status_code == 422
    assert names in answer.json()["detail"]
    assert (
        client.post("/notices", content="not json", headers={"content-type": "application/json"}).status_code
        == 422
    )
    assert client.get("/notices").json() == []


# Faults


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("rate_limit", 429),
        ("bad_request", 400),
        ("unauthorized", 401),
        ("server_error", 500),
        ("unavailable", 503),
    ],
)
def test_a_refusing_fault_answers_in_the_services_form_and_does_no_work(
    client: httpx.Client, kind: str, status: int
) -> None:
    client.post("/bench/faults", json={"kind": kind, "times": 1, "retry_after_s": 2})
    answer = client.post("/notices", json=NOTICE)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.headers.get("retry-after") == ("2" if kind in ("rate_limit", "unavailable") else None)
    assert client.get("/notices").json() == []


def test_a_slow_answer_comes_after_the_work_is_done(client: httpx.Client) -> None:
    client.post(
        "/bench/faults", json={"kind": "slow", "delay_s": 0.6, "times": 1, "match": "Storm over Dallas"}
    )
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        posting = pool.submit(client.post, "/notices", json=NOTICE)
        while not client.get("/notices").json():
            time.sleep(0.01)
        seen = time.monotonic() - began
        assert posting.result().status_code == 201
        assert seen < 0.5 < time.monotonic() - began


@pytest.mark.parametrize(
    ("fault", "least", "says"),
    [
        ({"kind": "disconnect"}, 0.0, "without sending complete message body"),
        ({"kind": "truncate", "characters": 10}, 0.0, r"without sending complete .* \(received 10 bytes"),
        ({"kind": "hang", "delay_s": 0.4}, 0.4, "without sending a response"),
    ],
)
def test_the_line_drops_before_the_answer_is_whole_and_the_work_is_done(
    client: httpx.Client, fault: dict[str, Any], least: float, says: str
) -> None:
    client.post("/bench/faults", json=fault | {"times": 1})
    began = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError, match=says):
        client.post("/notices", json=NOTICE)
    assert time.monotonic() - began >= least
    assert len(client.get("/notices").json()) == 1


def test_a_trickling_answer_is_whole_and_takes_its_time(client: httpx.Client) -> None:
    client.post("/bench/faults", json={"kind": "trickle", "delay_s": 0.5, "times": 1})
    began = time.monotonic()
    with client.stream("GET", "/alerts/active/area/TX") as answer:
        moments = [time.monotonic() - began for _ in answer.iter_raw()]
    assert 0.5 <= moments[-1] < 1.5 and moments[0] < 0.2 and len(moments) > 10
    assert client.get("/alerts/active/area/TX").json()["features"]


def test_an_answer_shorter_than_where_it_would_be_cut_is_whole(client: httpx.Client) -> None:
    client.post("/bench/faults", json={"kind": "truncate", "characters": 100_000})
    assert client.get("/alerts/active/area/TX").json()["features"]


def test_a_malformed_answer_is_a_success_that_nobody_can_read(client: httpx.Client) -> None:
    client.post("/bench/faults", json={"kind": "malformed", "times": 1})
    answer = client.get("/alerts/active/area/TX")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert client.get("/alerts/active/area/TX").json()["features"]


def test_match_looks_at_the_path_and_the_body(client: httpx.Client) -> None:
    client.post("/bench/faults", json={"kind": "server_error", "match": "area/tx"})
    client.post("/bench/faults", json={"kind": "unavailable", "match": "ada"})
    assert client.get("/alerts/active/area/CA").status_code == 200
    assert client.get("/alerts/active/area/TX").status_code == 500
    assert client.post("/notices", json=NOTICE).status_code == 503
    assert client.post("/notices", json=NOTICE | {"subscriber": "Bob"}).status_code == 201


def test_faults_leave_the_control_calls_alone(client: httpx.Client) -> None:
    client.post("/bench/faults", json={"kind": "unavailable"})
    assert client.get("/bench/health").status_code == 200
    assert client.delete("/bench/faults").json() == {"cleared": 1, "faults": []}
    assert client.get("/alerts/active/area/TX").status_code == 200


# Who may ask, and how much they may send


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1.example.com", "localhost.evil.test:8236", ""])
def test_a_foreign_host_is_refused(client: httpx.Client, host: str) -> None:
    answer = client.post("/notices", json=NOTICE, headers={"host": host})
    assert answer.status_code == 421
    assert client.get("/notices").json() == []


def test_a_body_that_is_too_large_is_refused_with_and_without_a_length(client: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(MAX_BODY // 1024 + 2):
            yield b"x" * 1024

    assert client.post("/notices", content=b"x" * (MAX_BODY + 1)).status_code == 413
    assert client.post("/notices", content=chunks()).status_code == 413
    assert client.get("/notices").status_code == 200


# The process


def start(home: Path, port: int) -> subprocess.Popen[str]:
    environment = os.environ | {"WORKSHOP_HOME": str(home), "WEATHER_PORT": str(port)}
    command = [sys.executable, "-m", "workshop.weather"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def healthy(base: str) -> dict[str, Any]:
    for _ in range(500):
        try:
            report: dict[str, Any] = httpx.get(f"{base}/bench/health", trust_env=False).json()
            return report
        except httpx.TransportError:
            time.sleep(0.02)
    raise AssertionError("the weather service did not come up within 10 s")


def test_notices_and_keys_survive_a_kill_and_health_tells_whose_it_is(tmp_path: Path) -> None:
    [port] = free_ports(1)
    base = f"http://127.0.0.1:{port}"
    key = {"Idempotency-Key": "k"}
    process = start(tmp_path, port)
    try:
        report = healthy(base)
        assert report == {
            "status": "healthy",
            "service": "weather",
            "home": str(tmp_path),
            "pid": process.pid,
        }
        assert httpx.post(f"{base}/notices", json=NOTICE, headers=key, trust_env=False).status_code == 201
        process.send_signal(signal.SIGKILL)
        process.wait(5)
        process = start(tmp_path, port)
        healthy(base)
        assert (
            httpx.post(f"{base}/notices", json=NOTICE, headers=key, trust_env=False).json()["duplicate"]
            is True
        )
        assert len(httpx.get(f"{base}/notices", trust_env=False).json()) == 1
        second = start(tmp_path, port)
        assert second.wait(10) == 1
        assert second.stderr is not None
        assert f"port {port}" in (said := second.stderr.read())
        assert "WEATHER_PORT" in said
        process.send_signal(signal.SIGTERM)
        process.wait(5)
    finally:
        process.kill()
