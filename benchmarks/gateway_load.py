"""How the gateway handles load: many streams at once, many calls in a row, and what passing a call on adds.

    .venv/bin/python benchmarks/gateway_load.py [--streams 200] [--calls 20000] [--hops 300] [--rounds 5]
        [--trial]

The script starts its own gateways on free ports, with homes in a temporary folder; running services are not
touched. Four figures: seconds for streams that are opened at the same moment and read to their end, once over
bare sockets (the gateway's own share) and once with the real `openai` client in one process (which then does
most of the work); resident memory of the gateway over many calls; milliseconds that a second gateway adds in
front of the first; and milliseconds of each answer to the requests of all lessons and exercises, one after
the other. Exit code 1 if a limit is exceeded.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import openai
import psutil
from common import MB, ROOT, Rows, cpu_s, median, p95, parser, report, sizes

sys.path.insert(0, str(ROOT / "tests" / "gateway"))

from gateway_servers import GatewayProcess  # the tests' own way to start a gateway
from upstream_gateway import KEY as PROVIDER_KEY

QUESTION = "What is durable execution, and how do retries and idempotency keys belong together?"


async def bare(gateway: GatewayProcess) -> tuple[float, float, int]:
    """Read one stream over its own socket; return seconds to the first event and to the end, and the number
    of events.
    """
    body = json.dumps({"model": "practice", "input": QUESTION, "stream": True}).encode()
    head = (
        f"Host: 127.0.0.1:{gateway.port}\r\nAuthorization: Bearer practice\r\nContent-Length: {len(body)}\r\n"
    )
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(f"POST /v1/responses HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode() + body)
    answer = await reader.read(1)
    first = time.perf_counter() - started
    answer += await reader.read()
    writer.close()
    if b" 200 OK" not in answer[:20] or b"event: response.completed" not in answer:
        raise OSError(f"no complete stream: {answer[:60]!r}")
    return first, time.perf_counter() - started, answer.count(b"\nevent: ")


async def with_client(client: openai.AsyncOpenAI) -> tuple[float, float, int]:
    """Read one stream with the real client; return the same figures."""
    started = time.perf_counter()
    first, events, last = 0.0, 0, ""
    async for event in await client.responses.create(model="practice", input=QUESTION, stream=True):
        first = first or time.perf_counter() - started
        last, events = event.type, events + 1
    if last != "response.completed":
        raise OSError(f"no complete stream: it ended with {last}")
    return first, time.perf_counter() - started, events


async def streams(gateway: GatewayProcess, count: int, real_client: bool) -> dict[str, Any]:
    """Open `count` streams at the same moment and read them to their end."""
    gateway.clear()
    before = cpu_s(gateway.process.pid)
    async with openai.AsyncOpenAI(
        base_url=gateway.url, api_key="practice", max_retries=0, timeout=60
    ) as client:
        calls = [with_client(client) if real_client else bare(gateway) for _ in range(count)]
        started = time.perf_counter()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        whole = time.perf_counter() - started
    good = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    ends = [end for _, end, _ in good]
    return {
        "streams": count,
        "errors": [repr(outcome) for outcome in outcomes if isinstance(outcome, BaseException)],
        "delivered_on_the_bill": gateway.bill()["totals"]["delivered"],
        "events": sum(events for *_, events in good),
        "median_s": round(median(ends), 3),
        "p95_s": round(p95(ends), 3),
        "first_event_p95_s": round(p95([first for first, *_ in good]), 3),
        "all_s": round(whole, 3),
        "gateway_cpu_ms_a_stream": round(1000 * (cpu_s(gateway.process.pid) - before) / count, 2),
    }


async def memory(gateway: GatewayProcess, calls: int) -> dict[str, Any]:
    """Make many calls, a third of them streamed and a third refused, and sample the resident memory."""
    process = psutil.Process(gateway.process.pid)
    samples: list[tuple[int, float]] = []
    wrong: list[str] = []
    started = time.perf_counter()
    headers = {"authorization": "Bearer practice"}
    async with httpx.AsyncClient(
        base_url=gateway.root, headers=headers, timeout=60, trust_env=False
    ) as client:

        async def one(number: int) -> None:
            body: dict[str, Any] = {
                "model": "practice",
                "input": f"{QUESTION} Number {number}.",
                "stream": number % 3 == 0,
            }
            if number % 3 == 1:
                body["flavour"] = "unknown, so that the call fails"
            try:
                status = (await client.post("/v1/responses", json=body)).status_code
            except httpx.TransportError as error:
                wrong.append(f"call {number}: {error!r} from {error.__cause__!r}")
                return
            if status != (400 if number % 3 == 1 else 200):
                wrong.append(f"call {number}: status {status}")

        step = max(1, calls // 10)
        for begin in range(0, calls, 20):
            await asyncio.gather(*(one(number) for number in range(begin, min(begin + 20, calls))))
            if gateway.process.poll() is not None:
                raise SystemExit(
                    f"the gateway ended with {gateway.process.returncode}:\n{gateway.log.read_text()}"
                )
            if (begin + 20) % step < 20:
                samples.append((begin + 20, process.memory_info().rss / MB))
    early = statistics.mean(size for at, size in samples if calls * 0.25 <= at <= calls * 0.5)
    late = statistics.mean(size for at, size in samples if at >= calls * 0.75)
    return {
        "calls": calls,
        "unexpected_answers": wrong,
        "calls_per_s": round(calls / (time.perf_counter() - started), 1),
        "rss_mb": {at: round(size, 1) for at, size in samples},
        "growth_mb": round(late - early, 1),
    }


def hops(direct: GatewayProcess, second: GatewayProcess, count: int) -> dict[str, Any]:
    """Make the same call in turns: directly to the provider, and through a second gateway."""
    figures: dict[str, list[float]] = {"direct": [], "passed on": []}
    headers = {"authorization": f"Bearer {PROVIDER_KEY}"}
    body = {"model": "practice", "input": "Hello!"}
    for number in range(count + 20):
        for name, gateway in (("direct", direct), ("passed on", second)):
            started = time.perf_counter()
            gateway.http.post("/v1/responses", json=body, headers=headers).raise_for_status()
            if number >= 20:  # the first calls open connections
                figures[name].append(1000 * (time.perf_counter() - started))
    medians = {name: round(median(values), 2) for name, values in figures.items()}
    added = median([b - a for a, b in zip(figures["direct"], figures["passed on"], strict=True)])
    return {"calls": count, "median_ms": medians, "added_median_ms": round(added, 2)}


COURSE = ROOT / "tests" / "practice" / "data" / "course_requests.jsonl"


def body_of(request: dict[str, Any]) -> dict[str, Any]:
    """Return a recorded request of the course as the body of a call."""
    kinds = {"Message": "message", "ToolCall": "function_call", "ToolResult": "function_call_output"}
    items = []
    for item in request["items"]:
        given = {name: value for name, value in item.items() if name not in ("@", "text")}
        content = {"content": item["text"]} if "text" in item else {}
        items.append({"type": kinds[item["@"]], **given, **content})
    tools = [{"type": "function", **tool} for tool in request["tools"]]
    for tool in tools:
        del tool["@"]
    if request["web_search"]:
        tools.append({"type": "web_search"})
    form = request["output_schema"]
    asked = (
        {"type": "json_schema", "name": form["name"], "schema": form["schema"]} if form else {"type": "text"}
    )
    return {
        "model": request["model"],
        "instructions": request["instructions"],
        "input": items,
        "tools": tools,
        "text": {"format": asked},
    }


def worked_ms(pid: int) -> float:
    """Return the processor time that a process has had, in ms: finer than what psutil tells (Linux)."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e6


def latency(gateway: GatewayProcess, rounds: int, key: str) -> dict[str, Any]:
    """Ask all that the course asks, one after the other, at a think time of 0 s."""
    bodies = [
        body_of(json.loads(line)["request"]) for line in COURSE.read_text(encoding="utf-8").splitlines()
    ]
    headers = {"authorization": f"Bearer {key}"}
    taken: list[float] = []
    worked: list[float] = []
    for number in range(rounds + 1):
        for body in bodies:
            before = worked_ms(gateway.process.pid)
            started = time.perf_counter()
            gateway.http.post("/v1/responses", json=body, headers=headers).raise_for_status()
            if number:  # the first round fills caches
                taken.append(1000 * (time.perf_counter() - started))
                worked.append(worked_ms(gateway.process.pid) - before)
    figures = {
        "median_ms": round(median(taken), 2),
        "p95_ms": round(p95(taken), 2),
        "worst_ms": round(max(taken), 1),
        "cpu_median_ms": round(median(worked), 2),
        "cpu_p95_ms": round(p95(worked), 2),
    }
    return {"requests": len(bodies), "rounds": rounds, **figures}


def shown(results: dict[str, Any]) -> Rows:
    """Return the rows of the table."""
    load, real, flat, hop, late = (
        results[name] for name in ("streams", "streams_real_client", "memory", "passthrough", "latency")
    )
    rows = [
        (f"{load['streams']} streams at once, latency 0: errors", str(len(load["errors"])), "0"),
        ("… p95 until the last event", f"{load['p95_s']} s", "1 s"),
        (
            "… median; the gateway's processor time for each",
            f"{load['median_s']} s; {load['gateway_cpu_ms_a_stream']} ms",
            "",
        ),
        (
            "… with the real client in one process: errors; p95",
            f"{len(real['errors'])}; {real['p95_s']} s",
            "0 errors",
        ),
        (
            f"memory over {flat['calls']} calls: growth from the second quarter to the last",
            f"{flat['growth_mb']} MB",
            "flat",
        ),
        (
            "… resident at the end; calls a second",
            f"{list(flat['rss_mb'].values())[-1]} MB; {flat['calls_per_s']}",
            "",
        ),
        ("passing on adds, median", f"{hop['added_median_ms']} ms", "5 ms"),
        (
            f"an answer to each of the course's {late['requests']} requests, latency 0: p95",
            f"{late['p95_ms']} ms",
            "10 ms",
        ),
        (
            "… median; worst; the gateway's processor time, p95",
            f"{late['median_ms']} ms; {late['worst_ms']} ms; {late['cpu_p95_ms']} ms",
            "",
        ),
    ]
    return [dict(zip(("what", "measured", "limit"), row, strict=True)) for row in rows]


def held(results: dict[str, Any]) -> bool:
    """Return whether the limits were kept."""
    flat = results["memory"]
    return (
        not results["streams"]["errors"]
        and not results["streams_real_client"]["errors"]
        and results["streams"]["p95_s"] < 1
        and not flat["unexpected_answers"]
        and flat["growth_mb"] < 10
        and results["passthrough"]["added_median_ms"] < 5
        and results["latency"]["p95_ms"] < 10
    )


def main(count: int, calls: int, hop_calls: int, rounds: int, trial: bool) -> int:
    with tempfile.TemporaryDirectory(prefix="gateway-load-") as folder:
        home = Path(folder)
        provider = GatewayProcess(home / "provider", script="upstream_gateway.py")
        second = GatewayProcess(home / "second", UPSTREAM_BASE_URL=provider.url, OPENAI_API_KEY=PROVIDER_KEY)
        results: dict[str, Any] = {}
        try:
            results["latency"] = latency(provider, rounds, PROVIDER_KEY)
            results["passthrough"] = hops(provider, second, hop_calls)
            asyncio.run(streams(second, 20, real_client=False))  # everything is loaded
            results["streams"] = asyncio.run(streams(second, count, real_client=False))
            results["streams_real_client"] = asyncio.run(streams(second, count, real_client=True))
            results["memory"] = asyncio.run(memory(second, calls))
        finally:
            second.stop()
            provider.stop()
    report("gateway_load", {"rows": shown(results), **results}, trial)
    return 0 if held(results) else 1


if __name__ == "__main__":
    given = sizes(parser(__doc__), streams=(200, 5), calls=(20_000, 100), hops=(300, 10), rounds=(5, 1))
    sys.exit(main(given.streams, given.calls, given.hops, given.rounds, given.trial))
