"""Workers of stage 05, each on a task queue of its own: how they end and go on, with other models, with a
mistake in the code.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from bench_instance import Bench, free_ports
from research_app import (
    ANSWERS,
    SPECIFIC,
    VAGUE,
    App,
    Research,
    begin,
    connect,
    in_flight,
    own_app,
    patient,
    research,
)
from research_model import TamperingModel

from workshop import history
from workshop.workspace import receipts
from workshop.workspace.control import Gateway

UV = Path(sys.executable).parent / "uv"

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("research")]


async def test_any_worker_answers_the_query_from_history_also_after_the_end(
    bench: Bench, tmp_path: Path
) -> None:
    client = await connect(bench)
    with own_app(bench, tmp_path) as app:
        with app.worker():
            one = await research(client, VAGUE, app.queue)
            waiting = await one.answer(ANSWERS[0], 0)
        with app.worker():
            assert await one.status() == waiting
            await one.answer(ANSWERS[1], 1)
            result, ended = await one.result(), await one.status()
        assert await one.result() == result, "needs no worker"
        with app.worker():
            assert await one.status() == ended
    assert (ended["status"], ended["clarification_responses"]["question_1"]) == ("completed", ANSWERS[1])


async def test_a_model_that_plans_much_or_asks_nothing(bench: Bench, tmp_path: Path) -> None:
    """No questions, and a plan of twelve searches, five at a time. Broken forms: see test_research_model_away.py."""
    client = await connect(bench)
    with (
        TamperingModel(bench.settings.gateway_url) as model,
        own_app(bench, tmp_path, OPENAI_BASE_URL=f"{model.url}/v1") as app,
        app.worker(),
    ):
        model.says = {"2 or 3 short questions": {"questions": []}}
        unasked = await begin(client, app.queue)
        assert (await unasked.ask(VAGUE))["clarification_questions"] == []
        await unasked.result()
        model.says = {
            "Plan the web searches": {
                "searches": [{"reason": "r", "query": f"caching {n}"} for n in range(12)]
            }
        }
        model.delay_s = 0.2
        many = await research(client, SPECIFIC, app.queue)
        assert (await many.until("searching", "writing"))["searches"][-1]["state"] == "planned"
        await many.result()
        assert model.most_at_once == 5
        assert [search["state"] for search in (await many.status())["searches"]] == ["done"] * 12


async def test_a_mistake_in_the_code_is_seen_and_fixed_under_the_running_research(
    bench: Bench, tmp_path: Path
) -> None:
    client = await connect(bench)
    with own_app(bench, tmp_path) as app:
        module = app.folder / "deep_research" / "workflows" / "research_manager.py"
        right = module.read_text()
        module.write_text(right.replace("(Triage).is_specific", "(Triage).specific"))
        # the fixed file has the same second and may have the same size
        with app.worker(PYTHONDONTWRITEBYTECODE="1"):
            one = await begin(client, app.queue)
            # the server refuses Updates while a task fails
            asking = asyncio.create_task(patient(lambda: one.ask(VAGUE)))
            async with asyncio.timeout(30):
                while not await failed_tasks(one):  # noqa: ASYNC110  # nothing to wait on
                    await asyncio.sleep(0.2)
        module.write_text(right)
        with app.worker():
            assert len((await asking)["clarification_questions"]) == 2
    assert "has no attribute 'specific'" in (await failed_tasks(one))[0]


async def failed_tasks(of: Research) -> list[str]:
    events = (await of.handle.fetch_history()).events
    failed = [event.workflow_task_failed_event_attributes for event in events]
    return [attributes.failure.message for attributes in failed if attributes.scheduled_event_id]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_a_worker_that_is_asked_to_stop_finishes_its_searches(
    bench: Bench, gateway: Gateway, tmp_path: Path, how: signal.Signals
) -> None:
    client, since = await connect(bench), time.time()
    gateway.fault("slow", match="Search term:", delay_s=2)
    with own_app(bench, tmp_path) as app:
        with app.typed_worker() as worker:
            one = await research(client, VAGUE, app.queue)
            await one.skip()
            await in_flight(gateway, since, 5)
            worker.send_signal(how)
            out, _ = await asyncio.to_thread(worker.communicate, timeout=20)
            assert (worker.returncode, app.errors.read_text()) == (0, "")
            assert out.decode().splitlines() == [
                "Stopping: up to 10 s for the model calls under way",
                "Worker stopped",
            ]
        gateway.clear_faults()
        with app.worker():
            await one.result()
    run = await history.read(one.handle)
    assert {call.attempts for call in run.model_calls} == {1}
    found = receipts.compare(run, gateway.bill(since)["rows"])
    assert (found.wasted, found.repeated, len(found.recorded)) == ((), (), 9)


async def test_a_worker_offers_metrics_when_it_is_told_where(bench: Bench, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with own_app(bench, tmp_path) as app, app.worker(METRICS_ADDRESS=address):
        await research(await connect(bench), VAGUE, app.queue)
        text = (await asyncio.to_thread(httpx.get, f"http://{address}/metrics", trust_env=False)).text
    assert f'task_queue="{app.queue}"' in text
    assert "temporal_activity_execution_latency" in text


def test_a_worker_without_a_server_says_so(bench: Bench, tmp_path: Path) -> None:
    with own_app(bench, tmp_path, TEMPORAL_ADDRESS=f"127.0.0.1:{free_ports(1)[0]}") as app:
        process = app.start("run_worker.py")
        process.communicate(timeout=60)
        said = app.errors.read_text()
    assert process.returncode == 1
    assert said.startswith("No Temporal server answers at 127.0.0.1:")
    assert "Start it: python3 -m workshop up" in said


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["pip", "uv run"])
async def test_it_runs_from_a_copied_folder_with_only_its_own_requirements(
    bench: Bench, tmp_path: Path, way: str
) -> None:
    with own_app(bench, tmp_path) as app:
        await asyncio.to_thread(install, app, way, tmp_path)
        with app.typed_worker() as worker:
            one = await research(await connect(bench), SPECIFIC, app.queue)
            assert (await one.result())["markdown_report"]
            os.killpg(worker.pid, signal.SIGINT)  # Ctrl+C goes to all that the terminal has started
            out, _ = await asyncio.to_thread(worker.communicate, timeout=30)
        assert out.decode().splitlines()[-1] == "Worker stopped"


def install(app: App, way: str, folder: Path) -> None:
    """Make the environment that the README asks for, with nothing from this one."""
    env = {name: value for name, value in app.env.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    app.env = env = {**env, "PATH": f"{UV.parent}{os.pathsep}{env['PATH']}"}
    if way == "uv run":
        app.python = (str(UV), "run", "--python", sys.executable)
        subprocess.run(
            [str(UV), "sync", "-q", "--python", sys.executable], cwd=app.folder, env=env, check=True
        )
        return
    app.python = (str(folder / "env" / "bin" / "python"),)
    subprocess.run(
        [str(UV), "venv", "-q", "--python", sys.executable, str(folder / "env")], env=env, check=True
    )
    pip = [str(UV), "pip", "install", "-q", "--python", app.python[0], "-r", "requirements.txt"]
    subprocess.run(pip, cwd=app.folder, env=env, check=True)
    foreign = subprocess.run(
        [*app.python, "-c", "import workshop"], cwd=app.folder, env=env, capture_output=True
    )
    assert b"No module named 'workshop'" in foreign.stderr
