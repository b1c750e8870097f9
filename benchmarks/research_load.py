"""How the deep-research application handles load, and how close a single session comes to its critical path.

    .venv/bin/python benchmarks/research_load.py [--sessions 50] [--repeats 3] [--trial]

The script starts its own services, worker, and web server on free ports, with a temporary home; running
services are not touched. Sessions begin at the same moment over HTTP, each as in a browser: start, two
answers, result; the practice model answers at once. They run again with an open page each: a connection to
/api/events/{id} from the questions to the end. Then single sessions, whose model calls take 1 s, are compared
with their critical path: triage, plan, the slowest of five searches, report. Exit code 1 if a limit is
exceeded.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import psutil
from common import MB, Rows, cpu_s, median, p95, parser, report, service_pids, services, sizes
from research_app import SPECIFIC, VAGUE, App, copy

ANSWERS = ("an HTTP API under load", "the next two years")
CALL_S = 1.0
"""How long a model call takes when a single session is measured, in seconds."""
CRITICAL_PATH = 4
"""The number of model calls in sequence: triage, plan, search (five at once), report."""


@contextlib.contextmanager
def application(name: str, latency: float) -> Iterator[tuple[str, dict[str, int]]]:
    """Start the application with its own services; yield its address and the ids of the processes that work
    for it.
    """
    with services(name, latency) as bench:
        port = bench.settings.research_app_port
        app = App(copy(bench.home / "application"), bench.env)
        with app.worker() as worker:
            server = app.start("run_server.py", RESEARCH_APP_PORT=str(port))
            try:
                url = f"http://127.0.0.1:{port}"
                wait_until_healthy(url)
                yield url, {**service_pids(bench), "worker": worker.pid, "web server": server.pid}
            finally:
                server.kill()
                server.communicate()


def wait_until_healthy(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"{url}/api/health", trust_env=False)
            if answer.status_code == 200:
                return
        if time.monotonic() > deadline:
            raise SystemExit(f"The server at {url} was not healthy within 60 s.")
        time.sleep(0.1)


class Load:
    """A load of sessions on one server, with their times in seconds."""

    def __init__(self, url: str, with_pages: bool) -> None:
        limits = httpx.Limits(max_connections=None)
        self.http = httpx.AsyncClient(base_url=url, timeout=120, limits=limits, trust_env=False)
        self.with_pages = with_pages
        self.times: dict[str, list[float]] = {"start": [], "answer": [], "result": [], "whole": []}
        self.events = self.busy = 0

    async def call(self, what: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        began = time.perf_counter()
        while True:
            answer = await (self.http.get(path) if body is None else self.http.post(path, json=body))
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                break
            self.busy += 1  # it says: "Nothing is lost; call again in a moment"
            await asyncio.sleep(1)
        self.times[what].append(time.perf_counter() - began)
        if answer.is_error:
            raise OSError(f"{what}: {answer.status_code} {answer.text[:200]}")
        return dict(answer.json())

    async def page(self, session_id: str) -> None:
        """Read what an open page reads, to the end of the research."""
        last = ""
        async with self.http.stream("GET", f"/api/events/{session_id}") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("event:"):
                    last = line.removeprefix("event:").strip()
                    self.events += 1
                    if last == "problem":
                        raise OSError("page: it was told of a problem")
        if last != "end":
            raise OSError(f"page: its stream ended with {last or 'nothing'}")

    async def session(self) -> None:
        began = time.perf_counter()
        status = await self.call("start", "/api/start-research", {"query": VAGUE})
        session_id = status["session_id"]
        if len(status["clarification_questions"]) != len(ANSWERS):
            raise OSError(f"start: {status}")
        page = asyncio.create_task(self.page(session_id)) if self.with_pages else None
        for index, text in enumerate(ANSWERS):
            await self.call("answer", f"/api/answer/{session_id}/{index}", {"answer": text})
        result = await self.call("result", f"/api/result/{session_id}")
        if "## Sources" not in result["markdown_report"]:
            raise OSError(f"result: {result['short_summary']}")
        if page:
            await page
        self.times["whole"].append(time.perf_counter() - began)


async def sessions(url: str, pids: dict[str, int], count: int, with_pages: bool) -> dict[str, Any]:
    """Run `count` sessions that start at the same moment; return the figures."""
    load = Load(url, with_pages)
    before = {name: cpu_s(pid) for name, pid in pids.items()}
    began = time.perf_counter()
    async with load.http, asyncio.timeout(300):
        outcomes = await asyncio.gather(*(load.session() for _ in range(count)), return_exceptions=True)
    whole = time.perf_counter() - began
    used = {name: round(cpu_s(pid) - before[name], 1) for name, pid in pids.items()}
    return {
        "sessions": count,
        "open_pages": count if with_pages else 0,
        "events_on_pages": load.events,
        "busy_answers": load.busy,
        "errors": [repr(outcome) for outcome in outcomes if outcome is not None],
        "completed": len(load.times["whole"]),
        "all_s": round(whole, 2),
        "seconds": {what: spread(times) for what, times in load.times.items() if len(times) > 1},
        "processor_s": used,
        "resident_mb": {
            name: round(psutil.Process(pid).memory_info().rss / MB) for name, pid in pids.items()
        },
    }


def spread(times: list[float]) -> dict[str, float]:
    figures = {"median": median(times), "p95": p95(times), "worst": max(times)}
    return {name: round(value, 3) for name, value in figures.items()}


async def single(url: str, repeats: int) -> dict[str, Any]:
    """Run one session at a time; return its seconds from query to report, relative to those of the critical
    path.
    """
    wholes = []
    async with httpx.AsyncClient(base_url=url, timeout=120, trust_env=False) as http:
        for _ in range(repeats):
            began = time.perf_counter()
            started = (await http.post("/api/start-research", json={"query": SPECIFIC})).json()
            (await http.get(f"/api/result/{started['session_id']}")).raise_for_status()
            wholes.append(time.perf_counter() - began)
            status = (await http.get(f"/api/status/{started['session_id']}")).json()
            assert [search["state"] for search in status["searches"]] == ["done"] * 5, status
    path = CRITICAL_PATH * CALL_S
    whole = [round(value, 2) for value in wholes]
    return {
        "call_s": CALL_S,
        "critical_path_s": path,
        "whole_s": whole,
        "worst_ratio": round(max(wholes) / path, 3),
    }


def shown(results: dict[str, Any]) -> Rows:
    """Return the rows of the table."""
    rows = []
    for name in ("sessions", "sessions_with_pages"):
        load = results[name]
        pages = f", an open page each ({load['events_on_pages']} events)" if load["open_pages"] else ""
        seconds = load["seconds"]
        rows += [
            (
                f"{load['sessions']} sessions at once{pages}: completed; told to call again",
                f"{load['completed']}; {load['busy_answers']}",
                "all; 0",
            ),
            ("… an answer, median; p95; worst", times_of(seconds["answer"]), "p95 under 1 s"),
            ("… start until the questions are there, median; p95; worst", times_of(seconds["start"]), ""),
            ("… from the last answer to the report, median; p95; worst", times_of(seconds["result"]), ""),
            ("… all sessions", f"{load['all_s']} s", ""),
        ]
    one = results["single"]
    wall = ", ".join(f"{value:.2f}" for value in one["whole_s"])
    whole = f"{wall} s: {one['worst_ratio']} times its critical path ({one['critical_path_s']:.0f} s)"
    rows.append(
        (f"one research run, five searches, {one['call_s']:.0f} s a model call", whole, "under 1.2 times")
    )
    return [dict(zip(("what", "measured", "aim"), row, strict=True)) for row in rows]


def times_of(seconds: dict[str, float]) -> str:
    return "; ".join(f"{seconds[name]:.2f} s" for name in ("median", "p95", "worst"))


def held(results: dict[str, Any]) -> bool:
    """Return whether the limits were kept."""
    loads = [results["sessions"], results["sessions_with_pages"]]
    whole = all(load["completed"] == load["sessions"] for load in loads)
    soon = all(load["seconds"]["answer"]["p95"] < 1 for load in loads)
    return whole and soon and results["single"]["worst_ratio"] < 1.2


def main(count: int, repeats: int, trial: bool) -> int:
    results: dict[str, Any] = {}
    with application("load", latency=0) as (url, pids):
        asyncio.run(sessions(url, pids, 3, with_pages=True))  # everything is loaded
        results["sessions"] = asyncio.run(sessions(url, pids, count, with_pages=False))
        results["sessions_with_pages"] = asyncio.run(sessions(url, pids, count, with_pages=True))
    with application("single", latency=CALL_S) as (url, _):
        asyncio.run(single(url, 1))
        results["single"] = asyncio.run(single(url, repeats))
    failed = [error for name in ("sessions", "sessions_with_pages") for error in results[name]["errors"]]
    if failed:
        print(*failed[:5], f"{len(failed)} sessions failed: nothing is kept.", sep="\n")
        return 1
    report("research_load", {"rows": shown(results), **results}, trial)
    return 0 if held(results) else 1


if __name__ == "__main__":
    given = sizes(parser(__doc__), sessions=(50, 3), repeats=(3, 1))
    sys.exit(main(given.sessions, given.repeats, given.trial))
