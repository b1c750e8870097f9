"""The model is away, or answers what cannot be used: a research waits or asks again, and nothing is made again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from bench_instance import Bench
from research_app import ANSWERS, VAGUE, App, Research, begin, connect, own_app
from research_model import Outage, TamperingModel
from temporalio.client import Client

from workshop import history
from workshop.workspace import receipts
from workshop.workspace.control import Gateway

pytestmark = [pytest.mark.timeout(420), pytest.mark.xdist_group("research")]

STEPS = {
    "triage": "Decide whether",
    "questions": "The research query is too vague",
    "plan": "Plan the web searches",
    "searches": "Search the web",
    "report": "Write a report",
}
"""The five steps, each with words of its agent's instructions."""
RETRIES = "RetryPolicy(maximum_interval=timedelta(seconds=30))"
FASTER = 30
"""How much shorter the waits between attempts are in `hurried`: 20 minutes are 40 seconds. Temporal's own
timers bound it: they are met within half a second.
"""


@dataclass
class Setting:
    app: App
    model: TamperingModel
    client: Client
    gateway: Gateway
    since: float

    async def run(self, within_s: float = 90.0) -> tuple[Research, dict[str, Any]]:
        """A whole research on two answers, and its report, which comes `within_s` after the answers."""
        one = await begin(self.client, self.app.queue)
        assert len((await one.ask(VAGUE))["clarification_questions"]) == 2
        for index, answer in enumerate(ANSWERS):
            await one.answer(answer, index)
        return one, await one.result(within_s)

    async def made_again(self, one: Research) -> int:
        """Recorded calls that were made again; all nine of the research are recorded."""
        run = await history.read(one.handle)
        found = receipts.compare(run, self.gateway.bill(self.since)["rows"])
        assert len(found.recorded) == 9
        return len(found.repeated)


@pytest.fixture
async def setting(bench: Bench, tmp_path: Path) -> Any:
    client = await connect(bench)
    with (
        TamperingModel(bench.settings.gateway_url) as model,
        own_app(bench, tmp_path, OPENAI_BASE_URL=f"{model.url}/v1") as app,
    ):
        yield Setting(app, model, client, Gateway(bench.settings.gateway_url), time.time())


@contextmanager
def hurried(app: App) -> Iterator[None]:
    """A worker whose waits between attempts are that much shorter."""
    script = app.folder / "run_worker.py"
    text = script.read_text()
    assert text.count(RETRIES) == 1
    first, longest = (f"timedelta(seconds={seconds / FASTER})" for seconds in (1, 30))
    short = f"RetryPolicy(initial_interval={first}, maximum_interval={longest})"
    script.write_text(text.replace(RETRIES, short))
    with app.worker():
        yield


@pytest.mark.parametrize(
    "down_s", [35, *(pytest.param(long, marks=pytest.mark.slow) for long in (120, 1200))]
)
async def test_a_model_that_is_away_at_each_step_delays_the_research_and_nothing_else(
    setting: Setting, down_s: float
) -> None:
    """Down at each step for 35 s, 2 minutes, 20 minutes, in short; each step in another way."""
    kinds = {"triage": 503, "questions": 429, "plan": 0, "searches": 500, "report": 503}
    setting.model.away = {STEPS[step]: Outage(down_s / FASTER, status) for step, status in kinds.items()}
    with hurried(setting.app):
        one, report = await setting.run(90 + 5 * down_s / FASTER)
    assert report["markdown_report"] and "Searches that failed" not in report["markdown_report"]
    assert all(outage.met for outage in setting.model.away.values())
    attempts = [call.attempts for call in (await history.read(one.handle)).model_calls]
    assert min(attempts) > 1
    if down_s > 100:
        assert max(attempts) > 5, "attempts are not bounded by their number"
    assert await setting.made_again(one) == 0


@pytest.mark.slow
@pytest.mark.parametrize("down_s", [35, 120])
async def test_a_model_that_is_really_away_so_long(setting: Setting, down_s: float) -> None:
    setting.model.away = {STEPS["report"]: Outage(down_s)}
    with setting.app.worker():
        one, _ = await setting.run(90 + down_s)
    assert await setting.made_again(one) == 0


@pytest.mark.parametrize("is_date", [False, True])
async def test_retry_after_is_obeyed(setting: Setting, is_date: bool) -> None:
    """Also as a date, which HTTP allows."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    outage = Outage(0.001, 429, later if is_date else "60")
    setting.model.away = {STEPS["triage"]: outage}
    with hurried(setting.app):
        one = await begin(setting.client, setting.app.queue)
        asking = asyncio.create_task(one.ask(VAGUE))
        async with asyncio.timeout(20):
            while not outage.met:  # noqa: ASYNC110 - the model is a thread
                await asyncio.sleep(0.02)
            while not (pending := await waiting_call(one)):  # noqa: ASYNC110 - Temporal can only be asked
                await asyncio.sleep(0.02)
        due = pending.next_attempt_schedule_time.ToDatetime(UTC)
        assert 40 < (due - datetime.now(UTC)).total_seconds() < 61
        await one.handle.cancel()
        assert (await asking)["status"] == "cancelled"


async def waiting_call(one: Research) -> Any:
    """The call that waits for its next attempt."""
    pending = (await one.handle.describe()).raw_description.pending_activities
    return next((call for call in pending if call.HasField("next_attempt_schedule_time")), None)


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_what_will_not_pass_by_itself_is_tried_once(setting: Setting, status: int) -> None:
    """Also where the answer has a Retry-After that is a date: the plugin alone would try that for ever."""
    later = format_datetime(datetime.now(UTC), usegmt=True)
    setting.model.away = {STEPS["plan"]: Outage(60, status, later)}
    with setting.app.worker():
        one = await begin(setting.client, setting.app.queue)
        await one.ask(VAGUE)
        await one.skip()
        told = await one.until("needs_attention")
        assert (told["failed_stage"], setting.model.away[STEPS["plan"]].met) == ("planning", 1)
        assert told["error"].startswith("The model's provider ") and " It says: " in told["error"]
        setting.model.away = {}
        await one.try_again()
        await one.result()
    assert await setting.made_again(one) == 0


BROKEN: dict[str, Any] = {
    "triage": "As I see it, that depends.",
    "questions": {"questions": "none"},
    "plan": {"searches": []},
    "searches": " ",
    "report": {"short_summary": "", "markdown_report": " \n", "follow_up_questions": []},
}


async def test_answers_that_cannot_be_used_are_asked_again_at_each_step(setting: Setting) -> None:
    """Twice not JSON, of another form, empty: the third answer counts. The model is told what was wrong."""
    setting.model.says = {STEPS[step]: broken for step, broken in BROKEN.items()}
    setting.model.times = dict.fromkeys(setting.model.says, 2)
    with setting.app.worker():
        one, report = await setting.run()
    assert report["markdown_report"].strip() and "Searches that failed" not in report["markdown_report"]
    assert setting.model.times == dict.fromkeys(setting.model.says, 0), "each was said twice"
    assert len((await history.read(one.handle)).model_calls) == 9 + 2 * 5
    assert any("could not be used" in asked and "empty" in asked for asked in setting.model.asked)


async def test_a_model_that_never_keeps_to_the_form_is_asked_three_times(setting: Setting) -> None:
    setting.model.says = {STEPS["plan"]: "no JSON at all"}
    with setting.app.worker():
        one = await begin(setting.client, setting.app.queue)
        await one.ask(VAGUE)
        await one.skip()
        told = await one.until("needs_attention")
        calls = (await history.read(one.handle)).model_calls
        assert [call.name for call in calls].count("Planner Agent") == 3
        assert "3 answers that could not be used" in told["error"] and "Invalid JSON" in told["error"]
        setting.model.says = {}
        await one.try_again()
        await one.result()


async def test_plans_and_questions_are_bounded(setting: Setting) -> None:
    """A thousand searches, the same one twice, empty ones; fifty questions."""
    setting.model.says = {
        STEPS["questions"]: {"questions": ["Which?", " Which? ", "", *(f"Why {n}?" for n in range(50))]},
        STEPS["plan"]: {
            "searches": [
                {"reason": "r", "query": text}
                for text in ("caching", " Caching  ", "", *(f"caching {n}" for n in range(1000)))
            ]
        },
    }
    with setting.app.worker():
        one = await begin(setting.client, setting.app.queue)
        asked = (await one.ask(VAGUE))["clarification_questions"]
        assert asked == ["Which?", "Why 0?", "Why 1?"]
        await one.skip()
        await one.result()
        searches = (await one.status())["searches"]
    assert [search["query"] for search in searches] == ["caching", *(f"caching {n}" for n in range(11))]
