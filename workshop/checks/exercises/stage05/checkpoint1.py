"""Checkpoint 1: the workflow, served by the check's own worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from temporalio.client import WorkflowHandle

from workshop.checks import Finding, Trial, check
from workshop.checks.exercises.stage05.common import (
    ANSWERS,
    CALL_S,
    FLOW,
    PLANNING,
    SPECIFIC,
    VAGUE,
    WORKFLOW,
    ask_status,
    send_answer,
    send_update,
)
from workshop.checks.helpers import program
from workshop.checks.looks import web_ui
from workshop.checks.shared import ended
from workshop.words import count

SERVES = program("serve_research.py")
QUIET_S = 2.5
"""How long the history of a research run that waits for a person must stay unchanged, in seconds."""


@check("05.workflow", "The workflow waits, takes each answer once, and tells how far it is", needs=FLOW)
async def flow(trial: Trial) -> AsyncIterator[Finding]:
    await trial.start_worker(SERVES)
    handle = await trial.start(WORKFLOW)
    yield await _nothing_yet(trial, handle)
    begun = (await send_update(trial, handle, "start_research", query=VAGUE)).status or {}
    questions = begun.get("clarification_questions", [])
    yield Finding(
        len(questions) >= 2 and begun.get("status") == "awaiting_clarifications",
        f"start_research returns with the questions to “{VAGUE}” as soon as they are known",
        f"start_research returned status {begun.get('status')}, {count(len(questions), 'question')}",
        "The handler waits until triage is over. The stage after it says so, whether there are questions or "
        "not.",
    )
    if len(questions) < 2:
        return
    yield await _quiet(trial, handle)
    async for finding in _turns(trial, handle, len(questions)):
        yield finding
    async for finding in _to_the_end(trial, handle, len(questions)):
        yield finding
    async for finding in _without_questions(trial):
        yield finding


async def _nothing_yet(trial: Trial, handle: WorkflowHandle[Any, Any]) -> Finding:
    async def first_task_done() -> bool:
        return any(
            task.state in ("completed", "failed") for task in (await trial.read(handle)).workflow_tasks
        )

    _: bool = await trial.until(
        first_task_done, "the workflow starts", look=f"Look at the newest run in {web_ui()}."
    )
    run = await trial.read(handle)
    return Finding(
        not run.model_calls and run.stuck is None,
        "without a query the workflow waits, and asks no model",
        f"the workflow task fails: {run.stuck.failure}"
        if run.stuck
        else f"before the query: {count(len(run.model_calls), 'model call')}",
        "The first line of run waits until start_research has brought the query.",
    )


async def _quiet(trial: Trial, handle: WorkflowHandle[Any, Any]) -> Finding:
    before = await trial.read(handle)
    await asyncio.sleep(QUIET_S)
    after = await trial.read(handle)
    new = [event.type for event in after.events[len(before.events) :]]
    return Finding(
        not new,
        f"while it waits for its human, nothing at all is written to the history for {QUIET_S:g} s",
        f"while it waited: {count(len(new), 'event')} in {QUIET_S:g} s"
        + (f": {', '.join(dict.fromkeys(new))}" if new else ""),
        "A loop with a sleep asks again and again, and each time costs events. workflow.wait_condition costs "
        "none.",
    )


async def _turns(trial: Trial, handle: WorkflowHandle[Any, Any], questions: int) -> AsyncIterator[Finding]:
    early = await send_answer(trial, handle, 1, ANSWERS[1])
    recorded = len((await trial.read(handle)).find("provide_clarification"))
    yield Finding(
        early.status is None,
        "an answer to question 1 is refused while question 0 is open",
        f"question 1, too early: {early}",
        "The validator compares question_index with the number of answers that it has.",
    )
    yield Finding(
        recorded == 0,
        "a refused answer leaves nothing in the history: the validator refuses it, before it is accepted",
        f"refused answers in the history (Updates provide_clarification): {recorded}",
        "What the handler raises is recorded; what the validator raises never was. Raise ApplicationError in "
        "check_answer.",
    )
    first = await send_answer(trial, handle, 0, ANSWERS[0])
    again = await send_answer(trial, handle, 0, ANSWERS[0])
    wanted = {"question_0": ANSWERS[0]}
    yield Finding(
        first.answers == wanted and again.answers == wanted,
        "the same answer to question 0, sent twice as by a double click, is accepted twice and kept once",
        f"the same answer twice: first {first}; then {again}",
        "The validator lets a repeated answer pass, and the handler keeps only what is new.",
    )
    other = await send_answer(trial, handle, 0, "Something else")
    yield Finding(
        other.status is None,
        "another answer to question 0 is refused: it has one",
        f"another answer to question 0: {other}",
        "Only the very same text is a double click.",
    )
    status = await ask_status(handle)
    yield Finding(
        status["clarification_responses"] == wanted
        and (status["status"], status["current_question_index"]) == ("awaiting_clarifications", 1),
        f"with one of {questions} answers it still waits: the Query get_status tells that answer, and "
        "question 1 as the open one",
        f"stage {status['status']}, answers {status['clarification_responses']}, open: "
        f"{status['current_question_index']}",
        "run goes on when the last question has its answer. And get_status returns self.known.status().",
    )


async def _to_the_end(
    trial: Trial, handle: WorkflowHandle[Any, Any], questions: int
) -> AsyncIterator[Finding]:
    await trial.fault("slow", delay_s=CALL_S, times=1, match=PLANNING)
    for index in range(1, questions):
        await send_answer(trial, handle, index, ANSWERS[index % len(ANSWERS)])
    late = await send_answer(trial, handle, questions, "One more")
    yield Finding(
        late.status is None,
        "an answer to a question that was never asked is refused",
        f"question {questions} of {questions}: {late}",
        "When every question has its answer, no index is the open one.",
    )
    during = await ask_status(handle)
    outcome = await trial.outcome(handle, timeout=20)
    yield ended(outcome, "with the last answer the research goes on, and ends with a report")
    result = outcome.result if isinstance(outcome.result, dict) else {}
    after = await ask_status(handle)
    stages = [during["status"], after["status"]]
    yield Finding(
        bool(result.get("markdown_report"))
        and stages == ["searching", "completed"]
        and len(after["clarification_responses"]) == questions,
        "the Query is answered during the research (searching) and after its end (completed), with all "
        "answers",
        f"during: {stages[0]}, after the end: {stages[1]}, answers: {len(after['clarification_responses'])} "
        f"of {questions}",
        "A Query reads what the workflow knows; it changes nothing and waits for nothing.",
    )


async def _without_questions(trial: Trial) -> AsyncIterator[Finding]:
    await trial.clear_faults()
    await trial.fault("slow", delay_s=CALL_S * 2, times=1, match=PLANNING)
    handle = await trial.start(WORKFLOW)
    told = (await send_update(trial, handle, "start_research", query=SPECIFIC)).status or {}
    yield Finding(
        told.get("clarification_questions") == [] and told.get("status") in ("planning", "searching"),
        "a specific query has no questions: start_research returns at once, while the research itself goes "
        "on",
        f"it returned with {count(len(told.get('clarification_questions', [])), 'question')}, status "
        f"{told.get('status')}",
        "The handler waits for the questions, never for the report: somebody's HTTP call waits for it.",
    )
    yield ended(
        await trial.outcome(handle, timeout=20),
        "a research run without questions ends with a report, and needs nobody",
    )
