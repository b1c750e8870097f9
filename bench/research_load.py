"""How the deep-research application bears load, and how close one research comes to its critical path.

    .venv/bin/python bench/research_load.py [--sessions 50] [--repeats 3]

Starts services, worker and web server of its own on free ports, with a temporary home; nothing that runs is touched.
Sessions begin at the same moment over HTTP, each as a browser does it: start, two answers, result; the practice model
answers at once. Then again with an open page each: a connection to /api/events/{id} from the questions to the end. Last,
single researches whose model calls take 1 s, against their critical path: triage, plan, the slowest of five searches,
report. Prints a Markdown table and writes bench/results/research_load.json. Exit code 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import conftest  # noqa: E402  # chooses a temporary home, before anything of the workshop is imported
from bench_instance import bench_instance  # noqa: E402
from research_app import SPECIFIC, VAGUE, App, copy  # noqa: E402

ANSWERS = ("an HTTP API under load", "the next two years")
CALL_S = 1.0
"""How long a model call takes where one research is measured, in seconds."""
CRITICAL_PATH = 4
"""Model calls one after the other: triage, plan, search (five at once), report."""
MB = 1024 * 1024


@contextlib.contextmanager
def application(home: Path, latency: float) -> Iterator[tuple[str, dict[str, psutil.Process]]]:
    """The application with services of its own: its address, and the processes that work for it."""
    with bench_instance(home, latency, upstream_base_url="http://127.0.0.1:9/v1") as bench:
        port = bench.settings.research_app_port
        app = App(copy(home / "application"), bench.env)
        with app.worker() as worker:
            server = app.start("run_server.py", RESEARCH_APP_PORT=str(port))
            try:
                url = f"http://127.0.0.1:{port}"
                wait_until_healthy(url)
                records = {service.name: bench.supervisor.find(service) for service in bench.supervisor.services}
                processes = {name: psutil.Process(record.pid) for name, record in records.items() if record}
                yield url, {**processes, "worker": psutil.Process(worker.pid), "web server": psutil.Process(server.pid)}
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
    """Sessions against one server. Times in seconds."""

    def __init__(self, url: str, with_pages: bool) -> None:
        limits = httpx.Limits(max_connections=None)
        self.http = httpx.AsyncClient(base_url=url, timeout=120, limits=limits, trust_env=False)
        self.with_pages = with_pages
        self.times: dict[str, list[float]] = {"start": [], "answer": [], "result": [], "whole": []}
        self.events = 0

    async def call(self, what: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        began = time.perf_counter()
        answer = await (self.http.get(path) if body is None else self.http.post(path, json=body))
        self.times[what].append(time.perf_counter() - began)
        if answer.is_error:
            raise OSError(f"{what}: {answer.status_code} {answer.text[:200]}")
        return dict(answer.json())

    async def page(self, session_id: str) -> None:
        """What an open page reads, to the end of the research."""
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


async def sessions(url: str, processes: dict[str, psutil.Process], count: int, with_pages: bool) -> dict[str, Any]:
    """`count` sessions from the same moment on."""
    load = Load(url, with_pages)
    before = {name: sum(process.cpu_times()[:2]) for name, process in processes.items()}
    began = time.perf_counter()
    async with load.http:
        outcomes = await asyncio.gather(*(load.session() for _ in range(count)), return_exceptions=True)
    whole = time.perf_counter() - began
    used = {name: round(sum(process.cpu_times()[:2]) - before[name], 1) for name, process in processes.items()}
    return {
        "sessions": count,
        "open_pages": count if with_pages else 0,
        "events_on_pages": load.events,
        "errors": [repr(outcome) for outcome in outcomes if outcome is not None],
        "completed": len(load.times["whole"]),
        "all_s": round(whole, 2),
        "seconds": {what: spread(times) for what, times in load.times.items() if len(times) > 1},
        "processor_s": used,
        "resident_mb": {name: round(process.memory_info().rss / MB) for name, process in processes.items()},
    }


def spread(times: list[float]) -> dict[str, float]:
    figures = {
        "median": statistics.median(times),
        "p95": statistics.quantiles(times, n=20, method="inclusive")[-1],
        "worst": max(times),
    }
    return {name: round(value, 3) for name, value in figures.items()}


async def single(url: str, repeats: int) -> dict[str, Any]:
    """One research at a time: seconds from the query to the report, over those of the critical path."""
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
    return {"call_s": CALL_S, "critical_path_s": path, "whole_s": whole, "worst_ratio": round(max(wholes) / path, 3)}


def machine() -> dict[str, Any]:
    packages = ("temporalio", "temporalio-openai-agents", "openai-agents", "fastapi", "uvicorn", "httpx")
    return {
        "cores": os.cpu_count(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
        "load_before": [round(value, 2) for value in os.getloadavg()],
    }


def table(results: dict[str, Any]) -> str:
    one = results["single"]
    lines = ["| what | measured | aim |", "|---|---|---|"]
    for name in ("sessions", "sessions_with_pages"):
        load = results[name]
        pages = f", an open page each ({load['events_on_pages']} events)" if load["open_pages"] else ""
        seconds = load["seconds"]
        rows = [
            (
                f"{load['sessions']} sessions at once{pages}: completed; errors",
                f"{load['completed']}; {len(load['errors'])}",
                "all; 0",
            ),
            ("… an answer, median; p95; worst", times_of(seconds["answer"]), "p95 under 1 s"),
            ("… start until the questions are there, median; p95; worst", times_of(seconds["start"]), ""),
            ("… from the last answer to the report, median; p95; worst", times_of(seconds["result"]), ""),
            ("… all sessions", f"{load['all_s']} s", ""),
        ]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    wall = ", ".join(f"{value:.2f}" for value in one["whole_s"])
    lines.append(
        f"| one research, five searches, {one['call_s']:.0f} s a model call | {wall} s: "
        f"{one['worst_ratio']} times its critical path ({one['critical_path_s']:.0f} s) | under 1.2 times |"
    )
    about = results["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in about["packages"].items())
    return "\n".join([*lines, "", f"{about['cores']} cores (load before: {about['load_before'][0]}), {packages}."])


def times_of(seconds: dict[str, float]) -> str:
    return "; ".join(f"{seconds[name]:.2f} s" for name in ("median", "p95", "worst"))


def held(results: dict[str, Any]) -> bool:
    """Whether the limits were kept."""
    loads = [results["sessions"], results["sessions_with_pages"]]
    whole = all(not load["errors"] and load["completed"] == load["sessions"] for load in loads)
    return whole and all(load["seconds"]["answer"]["p95"] < 1 for load in loads) and results["single"]["worst_ratio"] < 1.2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "research_load.json")
    asked = parser.parse_args()
    results: dict[str, Any] = {"machine": machine()}
    with application(conftest.HOME / "load", latency=0) as (url, processes):
        asyncio.run(sessions(url, processes, 3, with_pages=True))  # everything is loaded
        results["sessions"] = asyncio.run(sessions(url, processes, asked.sessions, with_pages=False))
        results["sessions_with_pages"] = asyncio.run(sessions(url, processes, asked.sessions, with_pages=True))
    with application(conftest.HOME / "single", latency=CALL_S) as (url, _):
        asyncio.run(single(url, 1))
        results["single"] = asyncio.run(single(url, asked.repeats))
    asked.out.parent.mkdir(exist_ok=True)
    asked.out.write_text(json.dumps(results, indent=1) + "\n")
    print(table(results))
    return 0 if held(results) else 1


if __name__ == "__main__":
    sys.exit(main())
