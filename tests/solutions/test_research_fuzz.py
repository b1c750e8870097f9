"""schemathesis calls the research server with whatever its own OpenAPI description allows and forbids: no
500, no hang.

Half of the ids are of researches that exist. Calls that wait for a human or stream are bounded.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import schemathesis
from bench_instance import Bench, free_ports
from hypothesis import HealthCheck, given, settings
from research_servers import Program, ResearchApp, copy_of_stage, research_app
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

pytestmark = [pytest.mark.timeout(1800), pytest.mark.xdist_group("research_fuzz")]

POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
LONGEST_S = 15.0
"""A call that takes longer hangs. Generous: the machine may be busy."""
CONFORMS = [status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass
class Fuzzed:
    """The outcome of one campaign of calls."""

    app: ResearchApp
    waiting: list[str]
    over: list[str]
    answers: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    turn: Iterator[int] = field(default_factory=itertools.count)

    def call(self, case: Any, may_be_503: bool) -> None:
        """Make one call and check its answer."""
        known = [
            *self.over,
            *(() if case.operation.path.startswith(("/api/events", "/api/result")) else self.waiting),
        ]
        turn = next(self.turn)
        if known and "session_id" in (case.path_parameters or {}) and turn % 2:
            case.path_parameters["session_id"] = known[turn // 2 % len(known)]
        # a POST without a body must say JSON all the same
        is_bare = case.operation.path.startswith(("/api/skip", "/api/cancel"))
        began = time.monotonic()
        response = case.call(
            timeout=LONGEST_S, headers={"Content-Type": "application/json"} if is_bare else None
        )
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.answers[response.status_code] += 1
        assert response.status_code < 500 or (response.status_code == 503 and may_be_503), response.text
        if response.status_code != 405:  # a method that the description doesn't know
            case.validate_response(response, checks=CONFORMS)


def sessions(app: ResearchApp) -> tuple[list[str], list[str]]:
    """Start two researches that wait for an answer, and three that end: finished, cancelled, failed at
    once.
    """
    with httpx.Client(base_url=app.url, timeout=60) as http:

        def start() -> str:
            return str(
                http.post("/api/start-research", json={"query": "caching"})
                .raise_for_status()
                .json()["session_id"]
            )

        waiting, over = [start(), start()], [start(), start()]
        http.post(f"/api/skip/{over[0]}", json={}).raise_for_status()
        http.post(f"/api/cancel/{over[1]}", json={}).raise_for_status()
        for session_id in over:
            http.get(f"/api/result/{session_id}")
    return waiting, over


def campaign(fuzzed: Fuzzed, examples: int, may_be_503: bool = False) -> None:
    """Call every operation of the description with that many examples, and the edges of its schema
    besides.
    """
    schema = schemathesis.openapi.from_url(f"{fuzzed.app.url}/api/openapi.json")
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if fuzzed.waiting and operation.method == "post":  # the operations before may have ended them
            fuzzed.waiting, fuzzed.over = sessions(fuzzed.app)

        cases = operation.as_strategy(generation_mode=POSITIVE)
        if "{" in operation.path or operation.method == "post":
            cases |= operation.as_strategy(generation_mode=NEGATIVE)

        @settings(
            max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=cases)
        def each(case: Any) -> None:
            fuzzed.call(case, may_be_503)

        each()


@pytest.fixture(scope="module")
def app(bench: Bench) -> Iterator[ResearchApp]:
    with research_app(bench, name="research_fuzz") as running:
        yield running


def report(fuzzed: Fuzzed, began: float) -> None:
    total, seconds = sum(fuzzed.answers.values()), time.monotonic() - began
    print(
        f"\n{total} calls in {seconds:.0f} s, slowest {fuzzed.slowest:.2f} s, answers "
        f"{dict(sorted(fuzzed.answers.items()))}"
    )


def test_a_sample(app: ResearchApp) -> None:
    fuzzed = Fuzzed(app, *sessions(app))
    began = time.monotonic()
    campaign(fuzzed, examples=14)
    report(fuzzed, began)
    assert sum(fuzzed.answers.values()) >= 80
    assert {200, 404, 422} <= set(fuzzed.answers)


@pytest.mark.slow
def test_two_thousand_calls_with_everything_running(app: ResearchApp) -> None:
    fuzzed = Fuzzed(app, *sessions(app))
    began = time.monotonic()
    campaign(fuzzed, examples=280)
    report(fuzzed, began)
    assert sum(fuzzed.answers.values()) >= 2_000
    assert {200, 202, 404, 409, 422} <= set(fuzzed.answers)


@pytest.mark.slow
def test_five_hundred_calls_without_temporal(bench: Bench) -> None:
    port, nobody = free_ports(2)
    folder = copy_of_stage(
        bench, "research_fuzz_alone", research_app_port=port, temporal_address=f"127.0.0.1:{nobody}"
    )
    server = Program("run_server.py", folder, bench.env, "Deep research: http")
    server.start()
    try:
        app = ResearchApp(folder, f"http://127.0.0.1:{port}", server, server)
        app.wait_until(healthy=False)
        fuzzed = Fuzzed(app, [], [])
        began = time.monotonic()
        campaign(fuzzed, examples=80, may_be_503=True)
    finally:
        server.kill()
    report(fuzzed, began)
    assert sum(fuzzed.answers.values()) >= 500
    assert 503 in fuzzed.answers
    assert 200 not in fuzzed.answers
