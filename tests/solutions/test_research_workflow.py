"""The workflow of stage 05 on a real server, with a real worker process: Updates, Queries, failures, and how
a worker ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from bench_instance import Bench
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from research_app import (
    ANSWERS,
    SPECIFIC,
    TERMS,
    VAGUE,
    App,
    begin,
    connect,
    copy,
    failure,
    in_flight,
    refusal,
    research,
)
from temporalio import workflow
from temporalio.client import Client
from temporalio.exceptions import CancelledError
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.worker import Replayer

from workshop import history
from workshop.workspace.control import Gateway

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("research")]


@pytest.fixture(scope="module")
def worker(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Start one worker for all tests that end none."""
    with App(copy(tmp_path_factory.mktemp("app")), bench.env).worker():
        yield


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[Client]:
    yield await connect(bench)


# --- Updates
# -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_text_that_is_none_is_refused_and_leaves_no_trace(client: Client) -> None:
    one = await begin(client)
    for text in ("", " \n\t", "x" * 2001):
        assert (await refusal(one.ask(text))).startswith("Invalid: The query ")
    await one.ask(VAGUE)
    for text in ("", " \n\t", "x" * 2001):
        assert (await refusal(one.answer(text, 0))).startswith("Invalid: The answer ")
    assert (
        await refusal(one.answer("x" * 2001))
        == "Invalid: The answer has 2,001 characters; 2,000 are allowed."
    )
    assert [step.name for step in (await history.read(one.handle)).steps if step.kind == "update"] == [
        "start_research"
    ]
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
    assert await refusal(one.ask("another query")) == "OutOfTurn: This research run has its query already."
    for index in (-1, 1, 2, 99, 10**12):
        assert (
            await refusal(one.answer("?", index))
            == f"OutOfTurn: Question {index + 1} is not the open one: that is question 1."
        )
    await one.answer(ANSWERS[0], 0)
    assert (
        await refusal(one.answer("something else", 0))
        == "OutOfTurn: Question 1 is not the open one: that is question 2."
    )
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
    assert (first["current_question_index"], first["current_question"]) == (
        1,
        first["clarification_questions"][1],
    )
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
    assert (
        await refusal(some.answer(ANSWERS[1], 1))
        == "OutOfTurn: No question is open: the research is planning."
    )
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
    assert sorted(result) == ["follow_up_questions", "markdown_report", "short_summary", "sources"]
    assert "temporalio" in result["markdown_report"] and "## Sources" in result["markdown_report"]
    assert [step.name for step in (await history.read(one.handle)).model_calls][:2] == [
        "Triage Agent",
        "Planner Agent",
    ]


@pytest.mark.usefixtures("worker")
async def test_the_same_query_may_be_handed_in_twice(client: Client, gateway: Gateway) -> None:
    gateway.fault("slow", match=VAGUE, delay_s=0.5, times=1)
    one = await begin(client)
    both = await asyncio.gather(one.ask(VAGUE), one.ask(f" {VAGUE}\n"))
    assert both[0] == both[1]
    assert len(both[0]["clarification_questions"]) == 2
    await one.answer(ANSWERS[0], 0)
    assert (await one.ask(VAGUE))["current_question_index"] == 1
    assert [step.name for step in (await history.read(one.handle)).model_calls] == [
        "Triage Agent",
        "Clarifying Agent",
    ]


ACTIONS = st.one_of(
    st.tuples(st.just("answer"), st.sampled_from([None, -1, 0, 1, 2]), st.sampled_from(["yes", "no"])),
    st.tuples(st.just("ask"), st.just(None), st.sampled_from([VAGUE, SPECIFIC])),
    st.tuples(st.just("skip"), st.just(None), st.just("")),
)


@pytest.mark.usefixtures("worker")
def test_whatever_comes_in_whatever_order_answers_stay_in_theirs(bench: Bench, gateway: Gateway) -> None:
    """Any sequence of Updates against a model of eight lines. The research is held after its questions by a
    slow planner.
    """
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
        lambda early, start, late: early + start + late,
        st.lists(ACTIONS, max_size=2),
        starts,
        st.lists(ACTIONS, max_size=6),
    )

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(
        sequences.filter(lambda actions: next(text for kind, _, text in actions if kind == "ask") == VAGUE)
    )
    def run(actions: list[tuple[str, int | None, str]]) -> None:
        asyncio.run(play(actions))

    run()


# --- the Query
# ---------------------------------------------------------------------------------------------------------


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


# --- cancelled
# ---------------------------------------------------------------------------------------------------------


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


# --- what fails
# --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_a_failed_search_is_named_in_the_report_and_a_passing_fault_is_not(
    client: Client, gateway: Gateway
) -> None:
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


@pytest.mark.usefixtures("worker")
async def test_without_a_single_search_it_needs_attention_and_goes_on_from_there(
    client: Client, gateway: Gateway
) -> None:
    gateway.fault("bad_request", match=f"Search term: {TERMS}")
    one = await research(client, VAGUE)
    await one.skip()
    status = await one.until("needs_attention")
    assert (
        status["error"].startswith("Every search failed: ")
        and status["error"].count("refuses the call (400)") == 1
    )
    assert status["failed_stage"] == "searching"
    assert [search["state"] for search in status["searches"]] == ["failed"] * 5
    gateway.clear_faults()
    assert (await one.try_again())["status"] == "searching"
    assert "Searches that failed" not in (await one.result())["markdown_report"]


@pytest.mark.usefixtures("worker")
async def test_a_wrong_key_needs_attention_at_once_and_says_so(client: Client, gateway: Gateway) -> None:
    gateway.fault("unauthorized", match="lighthouses")
    one = await begin(client)
    status = await one.ask("lighthouses")  # who has asked is told: nobody is left waiting
    assert (status["status"], status["failed_stage"]) == ("needs_attention", "triage")
    assert "Incorrect API key" in status["error"]
    assert [call.attempts for call in (await history.read(one.handle)).model_calls] == [1]
    for early in (one.answer("?", 0), one.update("decide_plan", {})):
        assert (await refusal(early)).startswith("OutOfTurn: ")
    gateway.clear_faults()
    assert (await one.try_again())["error"] == ""
    await one.until("awaiting_clarifications")
    assert (
        await refusal(one.try_again())
        == "OutOfTurn: Nothing needs another attempt: the research is awaiting_clarifications."
    )


@pytest.mark.usefixtures("worker")
async def test_what_needs_attention_can_be_cancelled_and_stays_so(client: Client, gateway: Gateway) -> None:
    gateway.fault("unauthorized", match="lighthouses")
    one = await begin(client)
    await one.ask("lighthouses")
    await one.handle.cancel()
    assert isinstance(await failure(one), CancelledError)
    assert (await one.status())["status"] == "cancelled"
    assert "already completed" in await refusal(one.try_again())


# --- replay
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_histories_replay(
    client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Completed, with an edited plan, a search that was tried twice and one that failed; in need of attention;
    tried again from there; cancelled; still waiting, for an answer and for approval.
    """
    gateway.fault("unauthorized", match="lighthouses")
    gateway.fault("bad_request", match=f"Search term: {TERMS} best practices")
    gateway.fault("unavailable", match=f"Search term: {TERMS} how it works", times=1)
    whole, unplanned = await begin(client), await begin(client)
    for one in (whole, unplanned):
        await one.ask(VAGUE, plan_wait_s=None)
    failed, again, cancelled, waiting = [
        await research(client, query) for query in ("lighthouses", "lighthouses", "caching", VAGUE)
    ]
    for index, answer in enumerate(ANSWERS):
        await whole.answer(answer, index)
    searches = (await whole.until("awaiting_approval"))["searches"]
    await whole.decide(searches=searches[1:], approve=False)
    await whole.decide()
    await unplanned.skip()
    await unplanned.until("awaiting_approval")
    await cancelled.answer("one", 0)
    await cancelled.handle.cancel()
    await whole.result()
    gateway.clear_faults()
    await again.try_again()
    assert isinstance(await failure(cancelled), CancelledError)
    monkeypatch.syspath_prepend(str(copy(tmp_path / "app")))
    from deep_research.workflows import research_manager
    from deep_research.workflows.research_workflow import InteractiveResearchWorkflow

    replayer = Replayer(workflows=[InteractiveResearchWorkflow], plugins=[OpenAIAgentsPlugin()])
    for one in (whole, unplanned, failed, again, cancelled, waiting):
        await replayer.replay_workflow(await one.handle.fetch_history())
    # other code than that which wrote the history: it must be noticed
    monkeypatch.setattr(research_manager, "AT_ONCE", 1)
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(await whole.handle.fetch_history())
