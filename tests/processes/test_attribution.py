"""Each model call says who makes it: in every kind of program, inside and outside of activities, and to
nobody else.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import openai
import psutil
import pytest
from bench_instance import Bench
from local_server import Handler, serving
from temporalio import activity
from temporalio.testing import ActivityEnvironment

from workshop import attribution, caller
from workshop.config import settings
from workshop.processes.pollers import identity
from workshop.workspace.control import Gateway

ID = "run & co = 50% ü\n"
INFO = replace(
    ActivityEnvironment.default_info(), workflow_id=ID, workflow_run_id="the-run", activity_id="7", attempt=3
)


@pytest.fixture
def gateway(bench: Bench) -> Gateway:
    gateway = Gateway(bench.settings.gateway_url)
    gateway._call("DELETE", "/bench/bill")
    return gateway


def client(**more: Any) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=settings().model_base_url, api_key="practice", max_retries=0, **more)


def names(gateway: Gateway) -> list[tuple[Any, ...]]:
    return [
        (row["process"], row["workflow"], row["run"], row["activity"], row["attempt"])
        for row in gateway.bill()["rows"]
    ]


HERE = identity(psutil.Process().pid)
INSIDE = (HERE, ID, "the-run", "7", 3)
OUTSIDE = (HERE, None, None, None, None)


async def ask(one: openai.AsyncOpenAI) -> None:
    async with one:
        await one.responses.create(model="m", input="Hello")


async def test_calls_inside_and_outside_an_activity(gateway: Gateway) -> None:
    environment = ActivityEnvironment()
    environment.info = INFO

    async def several() -> None:
        await ask(client())
        await asyncio.gather(ask(client()), asyncio.create_task(ask(client(http_client=httpx.AsyncClient()))))
        async with client() as one, one.responses.stream(model="m", input="Hello") as events:
            await events.get_final_response()
        one = client()
        async with one:
            async for _ in await one.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "x"}], stream=True
            ):
                pass

    await environment.run(activity.defn(several))
    await ask(client())
    assert names(gateway) == [INSIDE] * 5 + [OUTSIDE]


def test_a_plain_function_as_an_activity_in_a_thread(gateway: Gateway) -> None:
    environment = ActivityEnvironment()
    environment.info = INFO

    def blocking() -> None:
        with openai.OpenAI(base_url=settings().model_base_url, api_key="practice") as one:
            one.responses.create(model="m", input="Hello")
        httpx.post(
            f"{settings().model_base_url}/responses",
            json={"model": "m", "input": "x"},
            headers={"authorization": "Bearer practice"},
        )

    with ThreadPoolExecutor(1) as pool:
        pool.submit(environment.run, activity.defn(blocking)).result()
    assert names(gateway) == [INSIDE] * 2


SCRIPT = """
import sys, openai
sys.argv[1:] and sys.path.insert(0, sys.argv[1])
openai.OpenAI(max_retries=2).responses.create(model="m", input="Hello")
print("answered")
"""


@pytest.mark.parametrize("options", [[], ["-I"], ["-B", "-u"]])
def test_a_script_from_a_terminal_says_its_process_at_each_try(
    bench: Bench, gateway: Gateway, tmp_path: Path, options: list[str]
) -> None:
    (tmp_path / "agent.py").write_text(SCRIPT)
    gateway.fault("server_error", times=1, retry_after_s=0)
    script = subprocess.Popen(
        [sys.executable, *options, "agent.py"], cwd=tmp_path, env=bench.env, stdout=subprocess.PIPE
    )
    assert script.communicate()[0] == b"answered\n"
    rows = gateway.bill()["rows"]
    assert [(row["process"], row["state"]) for row in rows] == [
        (identity(script.pid), state) for state in ("failed", "delivered")
    ]
    assert caller.is_by(rows[0], script.pid, rows[0]["process_created"] + 1)
    assert not caller.is_by(rows[0], script.pid, rows[0]["process_created"] - 60), "an id that was used again"
    assert not caller.is_by(rows[0], script.pid + 1, rows[0]["process_created"])


def test_a_hook_that_breaks_costs_the_name_and_nothing_else(
    bench: Bench, gateway: Gateway, tmp_path: Path
) -> None:
    (tmp_path / "psutil.py").write_text("raise RuntimeError('a module of the learner of this name')")
    (tmp_path / "agent.py").write_text(SCRIPT)
    command = [sys.executable, "agent.py", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env=bench.env, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("answered\n", "")
    assert names(gateway) == [(None,) * 5]


def test_python_starts_when_the_clone_has_gone(tmp_path: Path) -> None:
    """The line in site-packages must not fail when there is no `workshop` to import."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"{attribution.HOOK}print('here')"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("here\n", "")
    assert Path(sysconfig.get_path("purelib"), attribution.HOOK_FILE).read_text() == attribution.HOOK


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    seen: list[str] = []

    class Elsewhere(Handler):
        def do_POST(self) -> None:
            seen.extend(name.lower() for name in self.headers)
            self.body()
            self.answer(200)

    with serving(Elsewhere) as url:
        yield url, seen


def test_nobody_but_our_gateway_is_told(
    bench: Bench, elsewhere: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another endpoint on this machine, also one that OPENAI_BASE_URL names: a local model, or a proxy to a
    real provider.
    """
    url, seen = elsewhere
    monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")

    async def ask_elsewhere() -> None:
        async with httpx.AsyncClient(trust_env=False) as one:
            await one.post(f"{url}/v1/responses", json={})

    asyncio.run(ask_elsewhere())
    httpx.post(f"{url}/v1/responses", json={}, trust_env=False)
    with openai.OpenAI(api_key="practice", max_retries=0) as two:
        two.responses.with_raw_response.create(model="m", input="Hello")
    assert seen.count("host") == 3 and caller.HEADER not in seen


@pytest.mark.parametrize("id", ["a&b=c", "ü\n\r\t", "%41", "🌧️" * 300, "<b>"])
def test_a_caller_is_read_as_it_was_written(id: str) -> None:
    one = caller.Caller(id, 12.25, id, id, id, 2)
    assert caller.read(one.header()) == one and one.header().isascii() and "\n" not in one.header()
    assert caller.read(None) == caller.Caller()
