"""The workflow of stage 05 on a real server, with a real worker process: Updates, Queries, failures, and how a worker ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from bench_instance import Bench, free_ports
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from research_app import (
    SPECIFIC,
    TERMS,
    VAGUE,
    App,
    Research,
    begin,
    connect,
    copy,
    in_flight,
    own_app,
    patient,
    refusal,
    research,
)
from research_model import TamperingModel
from temporalio import workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.worker import Replayer

from workshop import history, receipts
from workshop.clients import Gateway

UV = Path(sys.executable).parent / "uv"
ANSWERS = ("an HTTP API under load", "the next two years")

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("research")]


@pytest.fixture(scope="module")
def worker(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One worker for all tests that end none."""
    with App(copy(tmp_path_factory.mktemp("app")), bench.env).worker():
        yield


@pytest.fixture
def gateway(bench: Bench) -> Iterator[Gateway]:
    client = Gateway(bench.settings.gateway_url)
    client.clear_faults()
    yield client
    client.clear_faults()


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[Client]:
    yield await connect(bench)


async def failure(of: Research) -> BaseException:
    with pytest.raises(WorkflowFailureError) as caught:
        await of.result()
    assert caught.value.__cause__
    return caught.value.__cause__


# --- Updates -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_text_that_is_none_is_refused_and_leaves_no_trace(client: Client) -> None:
    one = await begin(client)
    for text in ("", " \n\t", "x" * 2001):
        assert (await refusal(one.ask(text))).startswith("Invalid: The query ")
    await one.ask(VAGUE)
    for text in ("", " \n\t", "x" * 2001):
        assert (await refusal(one.answer(text, 0))).startswith("Invalid: The answer ")
    assert await refusal(one.answer("x" * 2001)) == "Invalid: The answer has 2001 characters; 2000 are allowed."
    assert [step.name for step in (await history.read(one.handle)).steps if step.kind == "update"] == ["start_research"]
    status = await one.answer(f"  {'x' * 1990}  ", 0)
    assert status["clarification_responses"] == {"question_0": "x" * 1990}
    longest = await research(client, "é" * 2000)
    assert (await longest.status())["query"] == "é" * 2000


@pytest.mark.usefixtures("worker")
async def test_what_is_out_of_turn_is_refused(client: Client) -> None:
    one = await begin(client)
    for early in (one.answer("before the query"), one.answer("before the query", 0), one.skip()):
        assert await refusal(early) == "OutOfTurn: No question is open: the research is pending."
    await one.ask(VAGUE)
    assert await refusal(one.ask("another query")) == "OutOfTurn: This research has its query already."
    for index in (-1, 1, 2, 99, 10**12):
        assert await refusal(one.answer("?", index)) == f"OutOfTurn: The open question is number 0, not {index}."
    await one.answer(ANSWERS[0], 0)
    assert await refusal(one.answer("something else", 0)) == "OutOfTurn: The open question is number 1, not 0."
    await one.answer(ANSWERS[1], 1)
    assert "the research is " in await refusal(one.answer("one too many", 2))
    await one.result()
    for late in (one.answer(ANSWERS[0], 0), one.skip(), one.ask(VAGUE), one.answer("x" * 2001)):
        assert "already completed" in await refusal(late)
    assert [*(await one.status())["clarification_responses"].values()] == list(ANSWERS)


@pytest.mark.usefixtures("worker")
async def test_a_double_click_answers_one_question(client: Client) -> None:
    one = await research(client, VAGUE)
    clicks = await asyncio.gather(*(one.answer(ANSWERS[0], 0) for _ in range(5)))
    assert {click["current_question_index"] for click in clicks} == {1}
    racing = await asyncio.gather(*(one.answer(text, 1) for text in ("this", "that")), return_exceptions=True)
    assert sum(isinstance(outcome, BaseException) for outcome in racing) == 1
    assert len((await one.status())["clarification_responses"]) == 2
    await one.result()


@pytest.mark.usefixtures("worker")
async def test_answers_without_an_index_go_to_the_open_question(client: Client) -> None:
    one = await research(client, VAGUE)
    first = await one.answer("same words")
    assert (first["current_question_index"], first["current_question"]) == (1, first["clarification_questions"][1])
    last = await one.answer("same words")
    assert last["status"] != "awaiting_clarifications"
    assert (last["current_question_index"], last["current_question"]) == (2, None)
    assert last["clarification_responses"] == {"question_0": "same words", "question_1": "same words"}
    await one.result()


@pytest.mark.usefixtures("worker")
async def test_the_questions_can_be_skipped_at_any_time(client: Client, gateway: Gateway) -> None:
    none, some = await research(client, VAGUE), await research(client, VAGUE)
    gateway.fault("slow", match="Original query:", delay_s=1)
    assert (await none.skip())["status"] == "planning"
    assert (await none.skip())["status"] == "planning", "twice is once"
    await some.answer(ANSWERS[0], 0)
    assert (await some.skip())["clarification_responses"] == {"question_0": ANSWERS[0]}
    assert await refusal(some.answer(ANSWERS[1], 1)) == "OutOfTurn: No question is open: the research is planning."
    for one in (none, some):
        assert (await one.result())["markdown_report"]
        assert len((await history.read(one.handle)).model_calls) == 9


@pytest.mark.usefixtures("worker")
async def test_a_specific_query_is_asked_nothing(client: Client) -> None:
    one = await begin(client)
    status = await one.ask(SPECIFIC)
    assert (status["clarification_questions"], status["current_question"]) == ([], None)
    assert "the research is " in await refusal(one.answer("an answer to nothing", 0))
    result = await one.result()
    assert sorted(result) == ["follow_up_questions", "markdown_report", "short_summary"]
    assert "temporalio" in result["markdown_report"] and "## Sources" in result["markdown_report"]
    assert [step.name for step in (await history.read(one.handle)).model_calls][:2] == ["Triage Agent", "Planner Agent"]


@pytest.mark.usefixtures("worker")
async def test_the_same_query_may_be_handed_in_twice(client: Client, gateway: Gateway) -> None:
    gateway.fault("slow", match=VAGUE, delay_s=0.5, times=1)
    one = await begin(client)
    both = await asyncio.gather(one.ask(VAGUE), one.ask(f" {VAGUE}\n"))
    assert both[0] == both[1]
    assert len(both[0]["clarification_questions"]) == 2
    await one.answer(ANSWERS[0], 0)
    assert (await one.ask(VAGUE))["current_question_index"] == 1
    assert [step.name for step in (await history.read(one.handle)).model_calls] == ["Triage Agent", "Clarifying Agent"]


ACTIONS = st.one_of(
    st.tuples(st.just("answer"), st.sampled_from([None, -1, 0, 1, 2]), st.sampled_from(["yes", "no"])),
    st.tuples(st.just("ask"), st.just(None), st.sampled_from([VAGUE, SPECIFIC])),
    st.tuples(st.just("skip"), st.just(None), st.just("")),
)


@pytest.mark.usefixtures("worker")
def test_whatever_comes_in_whatever_order_answers_stay_in_theirs(bench: Bench, gateway: Gateway) -> None:
    """Any sequence of Updates against a model of eight lines. The research is held after its questions by a slow planner."""
    gateway.fault("slow", match="Original query:", delay_s=600)

    async def play(actions: list[tuple[str, int | None, str]]) -> None:
        one = await begin(await connect(bench))
        asked, skipped, answers = False, False, list[str]()
        for kind, index, text in actions:
            is_open = asked and not skipped and len(answers) < 2
            place = len(answers) if index is None else index
            if kind == "ask":
                allowed, call = text == VAGUE, one.ask(text)
                asked = True if allowed else asked
            elif kind == "skip":
                allowed, call = asked, one.skip()
                skipped = asked
            else:
                again = place in range(len(answers)) and answers[place] == text
                allowed, call = again or (is_open and place == len(answers)), one.answer(text, index)
                answers += [text] if allowed and not again else []
            if allowed:
                await call
            else:
                assert (await refusal(call)).startswith("OutOfTurn: ")
            assert [*(await one.status())["clarification_responses"].values()] == answers
        await one.handle.terminate()

    starts = st.just([("ask", None, VAGUE)])
    sequences = st.builds(
        lambda early, start, late: early + start + late, st.lists(ACTIONS, max_size=2), starts, st.lists(ACTIONS, max_size=6)
    )

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(sequences.filter(lambda actions: next(text for kind, _, text in actions if kind == "ask") == VAGUE))
    def run(actions: list[tuple[str, int | None, str]]) -> None:
        asyncio.run(play(actions))

    run()


# --- the Query ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_the_query_tells_each_stage_and_each_search(client: Client, gateway: Gateway) -> None:
    one = await begin(client, memo={"query": VAGUE})
    seen = [await one.status()]
    gateway.fault("slow", delay_s=0.4)
    asking = asyncio.create_task(one.ask(VAGUE))
    for stage in ("triage", "awaiting_clarifications", "planning", "searching", "writing", "completed"):
        seen.append(await one.until(stage))
        if stage == "awaiting_clarifications":
            await asking
            await one.skip()
    assert [status["status"] for status in seen][:2] == ["pending", "triage"]
    searching, done = seen[4]["searches"], seen[-1]["searches"]
    assert {search["state"] for search in searching} == {"running"} and len(searching) == 5
    assert {search["state"] for search in done} == {"done"}
    assert all(search["query"].startswith(TERMS) and search["reason"] for search in done)
    assert all(search["started"] < search["ended"] for search in done)
    assert [status["changed"] for status in seen] == sorted(status["changed"] for status in seen)
    assert len({status["started"] for status in seen}) == 1
    assert await (await one.handle.describe()).memo() == {"query": VAGUE}


async def test_any_worker_answers_the_query_from_history_also_after_the_end(bench: Bench, tmp_path: Path) -> None:
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


# --- cancelled ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_a_research_can_be_cancelled_at_each_stage(client: Client, gateway: Gateway) -> None:
    held = {
        "triage": "queues",
        "planning": "Original query: caching",
        "searching": "Search term: logging",
        "writing": "Summarized search",
    }
    for match in held.values():
        gateway.fault("hang", match=match, delay_s=60)
    queries = {
        "triage": "queues",
        "awaiting_clarifications": VAGUE,
        "planning": "caching",
        "searching": "logging",
        "writing": SPECIFIC,
    }
    since = time.time()
    runs = {stage: await begin(client) for stage in ("pending", *queries)}
    asking = {stage: asyncio.create_task(runs[stage].ask(query)) for stage, query in queries.items()}
    for stage, one in runs.items():
        await one.until(stage, *(["awaiting_clarifications"] if stage in ("planning", "searching") else []))
        if stage in ("planning", "searching"):
            await one.skip()
            await one.until(stage)
    await in_flight(gateway, since, 1 + 1 + 5 + 1)
    for one in runs.values():
        await one.handle.cancel()
    for stage, one in runs.items():
        assert isinstance(await failure(one), CancelledError), stage
        status = await one.status()
        assert (status["status"], status["current_question"]) == ("cancelled", None), stage
        assert not [search for search in status["searches"] if search["state"] == "running"], stage
    assert (await asking["triage"])["status"] == "cancelled", "nobody is left waiting"
    await in_flight(gateway, since, 0, within_s=10)


# --- what fails --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_a_failed_search_is_named_in_the_report_and_a_passing_fault_is_not(client: Client, gateway: Gateway) -> None:
    gateway.fault("bad_request", match=f"Search term: {TERMS} best practices")
    gateway.fault("unavailable", match=f"Search term: {TERMS} how it works", times=1)
    one = await research(client, VAGUE)
    await one.skip()
    report = (await one.result())["markdown_report"]
    status = await one.status()
    states = {search["query"].removeprefix(TERMS).strip(): search["state"] for search in status["searches"]}
    assert states.pop("best practices") == "failed"
    assert set(states.values()) == {"done"} and len(states) == 4
    error = next(search["error"] for search in status["searches"] if search["state"] == "failed")
    assert f"## Searches that failed\n\n- {TERMS} best practices: {error}" in report
    assert error and report.count("Searches that failed") == 1


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
async def test_a_search_is_tried_five_times_before_it_is_missing(client: Client, gateway: Gateway) -> None:
    gateway.fault("server_error", match=f"Search term: {TERMS} best practices")
    one = await research(client, VAGUE)
    await one.skip()
    assert f"- {TERMS} best practices: " in (await one.result())["markdown_report"]
    calls = (await history.read(one.handle)).model_calls
    assert sorted(call.attempts for call in calls) == [1] * 8 + [5]


@pytest.mark.usefixtures("worker")
async def test_without_a_single_search_there_is_no_report(client: Client, gateway: Gateway) -> None:
    gateway.fault("bad_request", match=f"Search term: {TERMS}")
    one = await research(client, VAGUE)
    await one.skip()
    cause = await failure(one)
    assert isinstance(cause, ApplicationError) and cause.type == "EverySearchFailed"
    assert cause.message.startswith("Every search failed: ") and cause.message.count("Error code: 400") == 1
    status = await one.status()
    assert (status["status"], status["error"]) == ("failed", cause.message)


@pytest.mark.usefixtures("worker")
async def test_a_wrong_key_fails_the_research_at_once_and_says_so(client: Client, gateway: Gateway) -> None:
    gateway.fault("unauthorized", match="lighthouses")
    one = await begin(client)
    status = await one.ask("lighthouses")  # who has asked is told: nobody is left waiting
    assert status["status"] == "failed"
    assert "Incorrect API key" in status["error"]
    assert "Incorrect API key" in await reasons(one)
    assert [call.attempts for call in (await history.read(one.handle)).model_calls] == [1]


async def reasons(of: Research) -> str:
    """All that stands in the failure of a research, innermost last."""
    found, error = [], await failure(of)
    while error:
        found.append(str(error))
        error = error.__cause__  # type: ignore[assignment]
    return "\n".join(found)


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
async def test_answers_that_are_cut_off_fail_the_research(client: Client, gateway: Gateway) -> None:
    gateway.fault("malformed", match="lighthouses")
    one = await begin(client)
    assert (await one.ask("lighthouses"))["status"] == "failed"
    await failure(one)
    assert [call.attempts for call in (await history.read(one.handle)).model_calls] == [5]


async def test_a_model_that_does_not_keep_to_the_form(bench: Bench, tmp_path: Path) -> None:
    """Broken forms, a plan of twelve searches, one of none, no questions: each either works or fails with the reason."""
    client = await connect(bench)
    with (
        TamperingModel(bench.settings.gateway_url) as model,
        own_app(bench, tmp_path, OPENAI_BASE_URL=f"{model.url}/v1") as app,
        app.worker(),
    ):
        for agent in ("Decide whether", "clarifying questions"):
            model.says = {agent: "As I see it, that depends."}
            broken = await begin(client, app.queue)
            status = await broken.ask(VAGUE)
            assert status["status"] == "failed", status
            assert "Invalid JSON" in status["error"]
            await failure(broken)
        model.says = {"Plan the web searches": {"searches": []}}
        empty = await research(client, SPECIFIC, app.queue)
        assert "no search" in str(await failure(empty))
        model.says = {"2 or 3 short questions": {"questions": []}}
        unasked = await begin(client, app.queue)
        assert (await unasked.ask(VAGUE))["clarification_questions"] == []
        await unasked.result()
        model.says = {"Plan the web searches": {"searches": [{"reason": "r", "query": f"caching {n}"} for n in range(12)]}}
        model.delay_s = 0.2
        many = await research(client, SPECIFIC, app.queue)
        assert (await many.until("searching", "writing"))["searches"][-1]["state"] == "planned"
        await many.result()
        assert model.most_at_once == 5
        assert [search["state"] for search in (await many.status())["searches"]] == ["done"] * 12


async def test_a_mistake_in_the_code_is_seen_and_mended_under_the_running_research(bench: Bench, tmp_path: Path) -> None:
    client = await connect(bench)
    with own_app(bench, tmp_path) as app:
        module = app.folder / "deep_research" / "workflows" / "research_manager.py"
        right = module.read_text()
        module.write_text(right.replace("if triage.is_specific:", "if triage.specific:"))
        with app.worker(PYTHONDONTWRITEBYTECODE="1"):  # the mended file has the same second and may have the same size
            one = await begin(client, app.queue)
            asking = asyncio.create_task(patient(lambda: one.ask(VAGUE)))  # the server refuses Updates while a task fails
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


# --- replay ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_histories_replay(client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Completed, with a search that was tried twice and one that failed; failed; cancelled; still waiting."""
    gateway.fault("unauthorized", match="lighthouses")
    gateway.fault("bad_request", match=f"Search term: {TERMS} best practices")
    gateway.fault("unavailable", match=f"Search term: {TERMS} how it works", times=1)
    whole, failed, cancelled, waiting = [await research(client, query) for query in (VAGUE, "lighthouses", "caching", VAGUE)]
    for index, answer in enumerate(ANSWERS):
        await whole.answer(answer, index)
    await cancelled.answer("one", 0)
    await cancelled.handle.cancel()
    await whole.result()
    assert isinstance(await failure(cancelled), CancelledError)
    monkeypatch.syspath_prepend(str(copy(tmp_path / "app")))
    from deep_research.workflows import research_manager
    from deep_research.workflows.research_workflow import InteractiveResearchWorkflow

    replayer = Replayer(workflows=[InteractiveResearchWorkflow], plugins=[OpenAIAgentsPlugin()])
    for one in (whole, failed, cancelled, waiting):
        await replayer.replay_workflow(await one.handle.fetch_history())
    monkeypatch.setattr(research_manager, "AT_ONCE", 1)  # other code than that which wrote the history: it must be noticed
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(await whole.handle.fetch_history())


# --- the worker --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_a_worker_that_is_asked_to_stop_finishes_its_searches(
    bench: Bench, gateway: Gateway, tmp_path: Path, how: signal.Signals
) -> None:
    client, since = await connect(bench), time.time()
    gateway.fault("slow", match="Search term:", delay_s=2)
    with own_app(bench, tmp_path) as app:
        with app.worker() as worker:
            one = await research(client, VAGUE, app.queue)
            await one.skip()
            await in_flight(gateway, since, 5)
            worker.send_signal(how)
            out, _ = await asyncio.to_thread(worker.communicate, timeout=20)
            assert (worker.returncode, app.errors.read_text()) == (0, "")
            assert out.decode().splitlines() == ["Stopping: up to 10 s for the model calls under way", "Worker stopped"]
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
    assert "temporal server start-dev" in said


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["pip", "uv run"])
async def test_it_runs_from_a_copied_folder_with_only_its_own_requirements(bench: Bench, tmp_path: Path, way: str) -> None:
    with own_app(bench, tmp_path) as app:
        await asyncio.to_thread(install, app, way, tmp_path)
        with app.worker() as worker:
            one = await research(await connect(bench), SPECIFIC, app.queue)
            assert (await one.result())["markdown_report"]
            os.killpg(worker.pid, signal.SIGINT)  # Ctrl+C goes to all that the terminal has started
            out, _ = await asyncio.to_thread(worker.communicate, timeout=30)
        assert out.decode().splitlines()[-1] == "Worker stopped"


def install(app: App, way: str, folder: Path) -> None:
    """Make the environment that the README asks for, without anything of this one."""
    env = {name: value for name, value in app.env.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    app.env = env = {**env, "PATH": f"{UV.parent}{os.pathsep}{env['PATH']}"}
    if way == "uv run":
        app.python = (str(UV), "run", "--python", sys.executable)
        subprocess.run([UV, "sync", "-q", "--python", sys.executable], cwd=app.folder, env=env, check=True)
        return
    app.python = (str(folder / "env" / "bin" / "python"),)
    subprocess.run([UV, "venv", "-q", "--python", sys.executable, folder / "env"], env=env, check=True)
    pip = [UV, "pip", "install", "-q", "--python", app.python[0], "-r", "requirements.txt"]
    subprocess.run(pip, cwd=app.folder, env=env, check=True)
    foreign = subprocess.run([*app.python, "-c", "import workshop"], cwd=app.folder, env=env, capture_output=True)
    assert b"No module named 'workshop'" in foreign.stderr
