"""Event histories read into records: saved ones, and live ones from a real server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bench_instance import Bench
from temporalio import activity, workflow
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from timeline_looks import last, looks, watched

from workshop import history, timeline
from workshop.history import Attempt, Recorder, Step, pid_of, short_receipt
from workshop.history.attempts import merge
from workshop.history.payloads import model_answer, model_question


def only(run: history.Run, name: str, attempts: int) -> Step:
    (step,) = [step for step in run.find(name) if step.attempts == attempts]
    return step


def test_an_agent_with_a_tool_is_three_kinds_of_steps() -> None:
    run = last("weather")
    assert (run.status, run.workflow_type, run.task_queue) == ("Completed", "Weather", "h4a")
    assert [step.kind for step in run.steps] == ["model", "tool", "tool", "model"]
    assert [step.name for step in run.model_calls] == ["Weather Agent", "Weather Agent"]
    assert len(run.activities) == 4
    assert run.model_calls[0].calls == ("get_weather", "get_weather")
    assert run.model_calls[0].input_preview == "Any alerts in CA, NY?"
    assert "CA" in run.tools[0].input_preview
    assert run.result == "Answer to: Any alerts in CA, NY?"
    assert not run.failed


def test_receipts_are_the_response_ids_in_the_results() -> None:
    run = last("weather")
    assert run.receipts == tuple(step.receipt for step in run.model_calls)
    assert len(set(run.receipts)) == 2
    assert all(receipt.startswith("resp_") for receipt in run.receipts)
    assert all(step.receipt is None for step in run.tools)
    assert short_receipt("resp_0123456789abcdef") == "abcdef"


def test_handoff_names_the_agent_not_the_tool() -> None:
    triage, french = last("routing").model_calls
    assert triage.handoffs == ("French Agent",)
    assert triage.calls == ()
    assert (french.name, french.handoffs) == ("French Agent", ())


def test_attempts_are_those_begun_while_the_server_counts_the_coming_one() -> None:
    counts = [(run.attempts("get_weather"), only_open(run)) for run in looks("retries")]
    assert counts == [
        (1, "started"),
        (1, "retrying"),
        (2, "retrying"),
        (3, "retrying"),
        (4, "retrying"),
        (5, None),
    ]
    waiting = next(step for step in looks("retries")[1].activities if step.is_open)
    assert waiting.last_failure == "RuntimeError: simulated bug in get_weather <CA>"
    assert waiting.next_retry is not None
    assert waiting.next_retry > looks("retries")[1].read_at
    assert last("retries").attempts("no such activity") == 0


def only_open(run: history.Run) -> str | None:
    return next((step.state for step in run.activities if step.is_open), None)


def test_without_a_watcher_the_failed_attempts_have_no_times() -> None:
    step = only(last("retries"), "get_weather", 5)
    fourth, fifth = step.attempt_log
    assert (fourth.number, fourth.state, fourth.started, fourth.ended) == (4, "failed", None, None)
    assert fourth.error == "RuntimeError: simulated bug in get_weather <CA>"
    assert (fifth.number, fifth.state) == (5, "completed")
    assert fifth.started is not None


def test_a_recorder_remembers_each_attempt() -> None:
    log = only(watched("retries").add(last("retries")), "get_weather", 5).attempt_log
    assert [(a.number, a.state) for a in log] == [
        (1, "failed"),
        (2, "failed"),
        (3, "failed"),
        (4, "failed"),
        (5, "completed"),
    ]
    assert all(a.error == "RuntimeError: simulated bug in get_weather <CA>" for a in log[:4])
    assert all(a.ended is not None and a.worker == "6247@host" for a in log)
    ends = [a.ended for a in log if a.ended]
    assert ends == sorted(ends)
    assert log[1].started is None or log[1].started > ends[0]


def test_a_recorder_is_not_confused_by_an_older_look() -> None:
    recorder = Recorder()
    for run in reversed(looks("retries")):
        recorder.add(run)
    assert recorder.add(last("retries")) == watched("retries").add(last("retries"))


def test_merge_keeps_what_only_one_look_knew() -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    running = Attempt(1, "started", started=when, worker="1@host")
    failed = Attempt(1, "failed", ended=when + timedelta(seconds=2), error="no")
    assert merge(running, failed) == merge(failed, running)
    assert merge(running, failed) == Attempt(
        1, "failed", started=when, ended=failed.ended, error="no", worker="1@host"
    )


def test_heartbeat_time_out_of_a_killed_worker() -> None:
    before, lost, again, done = looks("crash")
    slow = before.find("slow")[0]
    assert (slow.state, slow.worker, slow.attempts) == ("started", "6247@host", 1)
    slow = lost.find("slow")[0]
    assert (slow.state, slow.attempts) == ("retrying", 1)
    assert slow.last_failure == "activity Heartbeat timeout"
    first = slow.attempt_log[0]
    assert (first.state, first.worker) == ("timed_out", "6247@host")
    assert first.ended is not None
    assert slow.next_retry is not None
    # the policy's first interval; the server gives no end
    assert slow.next_retry - first.ended == timedelta(seconds=1)
    assert (again.find("slow")[0].state, again.find("slow")[0].worker) == ("started", "6420@host")
    assert [worker.pid for worker in done.workers] == [6247, 6420]
    assert done.find("slow")[0].timeouts.heartbeat == 2.0
    sticky = [task for task in done.workflow_tasks if task.state == "timed_out"]
    assert [(task.sticky_worker, task.failure) for task in sticky] == [
        ("6247@host", "schedule-to-start time-out")
    ]


def test_updates_signals_and_timers() -> None:
    run = last("messages")
    assert [(s.kind, s.name) for s in run.steps if s.kind in ("update", "signal")] == [
        ("update", "start_research"), ("update", "answer"), ("update", "answer"), ("signal", "approve"),
    ]  # fmt: skip
    assert [(s.duration, s.state) for s in run.steps if s.kind == "timer"] == [
        (600.0, "cancelled"), (0.2, "completed"), (0.2, "completed"),
    ]  # fmt: skip
    answer = run.find("answer")[0]
    assert (answer.state, answer.input_preview, answer.result_preview) == ("completed", "a1", "1")
    assert answer.closed is not None
    assert answer.closed - answer.scheduled > timedelta(seconds=0.2)
    assert run.tools[1].summary == "the second one"


def test_a_stuck_workflow_task_is_told_from_a_running_one() -> None:
    stuck, terminated = looks("stuck")
    assert stuck.status == "Running"
    assert stuck.stuck is not None
    assert (stuck.stuck.failure or "").startswith(
        "RestrictedWorkflowAccessError: Cannot access datetime.datetime.now"
    )
    assert stuck.workflow_tasks[-1].attempts >= 2
    assert (terminated.status, terminated.stuck) == ("Terminated", None)
    assert terminated.cancel_requested is not None
    assert last("weather").stuck is None


def test_a_failed_run_says_why_without_wrappers() -> None:
    run = last("failed")
    assert (run.status, run.failed, run.result) == ("Failed", True, "UnknownState: unknown state ZZ")
    assert only_failed(run) == [("get_weather", 1, "UnknownState: unknown state ZZ")]


def only_failed(run: history.Run) -> list[tuple[str, int, str | None]]:
    return [
        (step.name, step.attempts, step.last_failure) for step in run.activities if step.state == "failed"
    ]


def test_a_chain_of_runs_reads_as_one() -> None:
    run = last("chain")
    assert len(run.run_ids) == 3
    assert len(run.continued) == 2
    assert [step.kind for step in run.steps] == ["activity"] * 6 + ["child"]
    assert [step.summary for step in run.activities] == ["", "local activity"] * 3
    assert len({step.key for step in run.steps}) == 7
    assert run.started < run.continued[0] < run.continued[1] < run.end
    assert (run.status, run.result) == ("Completed", "x")


def test_bytes_add_up_and_belong_to_steps() -> None:
    run = last("research")
    assert run.total_bytes == sum(event.bytes for event in run.events)
    steps = {step.key: step for step in run.steps}
    sent = [
        e
        for e in run.events
        if e.step and e.type == "ActivityTaskScheduled" and steps[e.step].kind == "model"
    ]
    assert len(sent) == len(run.model_calls) == 9
    assert all(event.bytes > steps[event.step].input_bytes > 0 for event in sent if event.step)


def test_identities() -> None:
    assert pid_of("4711@host") == 4711
    assert pid_of("worker second 4711@host") == 4711
    assert pid_of("somebody") is None
    assert pid_of(None) is None


def test_a_streamed_answer_has_its_receipt_in_the_last_event() -> None:
    events = [
        {"type": "response.created", "response": {"id": "resp_1", "output": []}},
        {"type": "response.output_text.delta", "delta": "Hel"},
        {
            "type": "response.completed",
            "response": {"id": "resp_1", "output": [{"type": "message", "content": [{"text": "Hello"}]}]},
        },
    ]
    answer = model_answer(events, {})
    assert (answer.receipt, answer.text) == ("resp_1", "Hello")


@pytest.mark.parametrize(
    "odd", [None, "text", 3, [], [None], {"output": None}, {"output": [None, {"content": None}]}]
)
def test_answers_and_questions_of_an_unknown_form_are_no_error(odd: object) -> None:
    assert model_answer(odd, {}).receipt is None
    assert isinstance(model_question(odd), str)


def test_no_events_is_a_clear_error() -> None:
    with pytest.raises(ValueError, match="at least one event"):
        history.from_events([])


broken = True


@activity.defn
async def fragile(word: str) -> str:
    if broken:
        raise RuntimeError(f"no {word} today")
    return word


@workflow.defn
class Fragile:
    @workflow.run
    async def run(self, rounds: int) -> str:
        policy = RetryPolicy(initial_interval=timedelta(seconds=0.2), backoff_coefficient=1.0)
        word = await workflow.execute_activity(
            fragile, "luck", start_to_close_timeout=timedelta(seconds=5), retry_policy=policy
        )
        if rounds > 1:
            workflow.continue_as_new(rounds - 1)
        return word


async def test_reading_a_live_run(bench: Bench) -> None:
    global broken
    broken = True
    client = await Client.connect(bench.settings.temporal_address)
    with pytest.raises(RPCError, match="not found"):
        await history.read(client.get_workflow_handle("never-started"))
    handle = await client.start_workflow(Fragile.run, 2, id="history-live", task_queue="history-tests")
    run = await history.read(handle)
    assert (run.status, run.workers, run.steps) == ("Running", (), ())
    async with Worker(
        client,
        task_queue="history-tests",
        workflows=[Fragile],
        activities=[fragile],
        workflow_runner=UnsandboxedWorkflowRunner(),  # the sandbox would import this test module again
    ):
        run = await timeline.watch(
            handle, until=lambda run: run.attempts("fragile") >= 2, timeout=10, interval=0.05, show=False
        )
        (step,) = run.activities
        assert step.last_failure == "RuntimeError: no luck today"
        assert step.retries is not None
        assert (step.retries.initial_interval, step.retries.maximum_attempts) == (0.2, 0)
        broken = False
        assert await handle.result() == "luck"
    run = await history.read(handle)
    assert (run.status, run.result, len(run.run_ids)) == ("Completed", "luck", 2)
    assert [step.state for step in run.activities] == ["completed", "completed"]
    assert run.activities[0].attempts > run.activities[1].attempts == 1


async def test_a_run_that_is_ended_in_mid_task_had_one_worker(bench: Bench) -> None:
    """The server fails the task in its own name."""
    client = await Client.connect(bench.settings.temporal_address)
    queue = "ended-in-mid-task"
    handle = await client.start_workflow("Any", id=queue, task_queue=queue)
    asked = PollWorkflowTaskQueueRequest(
        namespace="default", task_queue=TaskQueue(name=queue), identity="77@here"
    )
    await client.workflow_service.poll_workflow_task_queue(asked)
    await handle.terminate()
    run = await history.read(handle)
    assert [worker.pid for worker in run.workers] == [77]
    (task,) = run.workflow_tasks
    assert (task.state, task.worker, task.failure) == ("failed", "77@here", "force close command")
