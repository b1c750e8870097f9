"""The drawing of a run: what it says, that it is sound SVG in light and dark, and how it follows a run."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from timeline_looks import NAMES, last, looks, watched

from workshop import timeline
from workshop.history import Recorder, Run, from_events
from workshop.timeline.inks import RULES
from workshop.timeline.svg import text_width

SVG = "{http://www.w3.org/2000/svg}"


def picture(run: Run, recorder: Recorder | None = None, **options: Any) -> ElementTree.Element:
    return ElementTree.fromstring(timeline.draw(recorder.add(run) if recorder else run, **options).svg)


def texts(root: ElementTree.Element) -> list[str]:
    """Return the texts of the drawing, without the hover texts."""
    return [element.text or (list(element)[-1].tail or "") for element in root.iter(SVG + "text")]


def hovers(root: ElementTree.Element) -> str:
    return "\n".join(element.text or "" for element in root.iter(SVG + "title"))


def painted(root: ElementTree.Element, css: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if css in element.get("class", "").split()]


# Soundness, for every saved look at every run


ALL = [(name, number) for name in NAMES for number in range(len(looks(name)))]


@pytest.mark.parametrize("view", ["time", "bytes"])
@pytest.mark.parametrize(("name", "number"), ALL)
def test_every_drawing_is_sound(name: str, number: int, view: Any) -> None:
    run = looks(name)[number]
    first = timeline.draw(watched(name).add(run), view=view)
    assert first == timeline.draw(watched(name).add(looks(name)[number]), view=view)  # the same again
    root = ElementTree.fromstring(first.svg)
    width, height = (float(root.get(side, "0")) for side in ("width", "height"))
    assert width == 960
    rows: dict[float, list[tuple[float, float, str]]] = {}
    for element in root.iter(SVG + "text"):
        x, y = float(element.get("x", "nan")), float(element.get("y", "nan"))
        said = element.text or (list(element)[-1].tail or "")
        wide = text_width(said) * 0.9  # it is an upper estimate
        start = {"": x, "middle": x - wide / 2, "end": x - wide}[element.get("text-anchor", "")]
        assert start >= -4
        assert start + wide <= width
        assert 0 < y < height
        rows.setdefault(y, []).append((start, start + wide, said))
        if element.get("class") in ("muted", "bad"):  # text beside a bar is on none
            for bar in (bar for bar in root.iter(SVG + "rect") if bar.get("height") == "22"):
                left, right = (
                    float(bar.get("x", "0")),
                    float(bar.get("x", "0")) + float(bar.get("width", "0")),
                )
                on_its_row = abs(float(bar.get("y", "0")) + 15.5 - y) < 1
                assert not on_its_row or start + wide <= left or right <= start, said
    for row in rows.values():
        for one, two in pairwise(sorted(row)):
            assert one[1] <= two[0] + 2, (one, two)  # no text runs into the next one
    for element in root.iter(SVG + "rect"):
        assert float(element.get("width", "-1")) >= 0
        assert float(element.get("height", "-1")) >= 0
    assert "nan" not in first.svg
    assert "http" not in first.svg.replace("http://www.w3.org/2000/svg", "")  # nothing is fetched
    assert "<script" not in first.svg
    assert min(float(size) for size in re.findall(r'font-size[:="]+([\d.]+)', first.svg)) >= 13
    css = {word for element in root.iter() for word in element.get("class", "").split()}
    assert css <= RULES.keys()


def test_text_from_a_run_cannot_break_the_drawing() -> None:
    nasty = "a<b>&\"c'\x00\x1b[31m]]></title>"
    run = last("weather")
    fields = ("name", "input_preview", "result_preview", "last_failure", "worker")
    steps = tuple(replace(step, **dict.fromkeys(fields, nasty)) for step in run.steps)  # type: ignore[arg-type]
    run = replace(run, workflow_id=nasty, workflow_type=nasty, steps=steps)
    for view in ("time", "bytes"):
        root = picture(run, view=view)
        assert any("a<b>&" in text for text in texts(root))
        assert not [element for element in root.iter() if element.tag == "b"]


def test_two_drawings_on_a_page_do_not_share_styles() -> None:
    one, two = (timeline.draw(last(name)).svg for name in ("weather", "routing"))
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (one, two)]
    assert not ids[0] & ids[1]
    sheet = re.search(r"<style>(.*?)</style>", one, re.DOTALL)
    assert sheet is not None
    rules = re.findall(
        r"([^{}]+)\{[^{}]*\}", sheet.group(1).replace("@media (prefers-color-scheme:dark){", "")
    )
    assert rules
    assert all(rule.strip().startswith(("#w", "body")) and "#w" in rule for rule in rules)
    assert set(re.findall(r"url\(#([^)]+)\)", one)) <= ids[0]


def luminance(color: str) -> float:
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *[(css, "bg") for css in ("ink", "muted", "bad")],
        *[
            (f"{css}-t", css)
            for css in ("model", "tool", "child", "timer", "chip-good", "chip-open", "chip-bad", "chip-flat")
        ],
    ],
)
def test_text_is_readable_in_light_and_dark(text: str, ground: str, theme: int) -> None:
    def fill(css: str) -> str:
        found = re.search(r"fill:(#[0-9a-f]{6})", RULES[css][theme])
        assert found is not None, css
        return found.group(1)

    assert contrast(fill(text), fill(ground)) >= 4.5


# What the drawing says


def test_attempts_that_were_watched_are_bars() -> None:
    root = picture(last("retries"), watched("retries"))
    assert len([bar for bar in painted(root, "failed") if bar.get("height") == "22"]) == 4
    assert not painted(root, "unseen")
    assert {"1 ✗", "2 ✗", "3 ✗", "4 ✗"} <= set(texts(root))
    assert "attempt 3 of 5: failed" in hovers(root)
    assert "RuntimeError: simulated bug in get_weather <CA>" in hovers(root)
    assert len(painted(root, "backoff")) >= 4


def test_attempts_that_nobody_watched_are_counted_and_not_invented() -> None:
    root = picture(last("retries"))
    (stretch,) = [bar for bar in painted(root, "unseen") if bar.find(SVG + "title") is not None]
    assert "4 failed attempts, not watched" in hovers(root)
    assert any(text.startswith("attempts 1 to 4 ✗") for text in texts(root))
    assert float(stretch.get("width", "0")) > 300
    assert not [bar for bar in painted(root, "failed") if bar.get("height") == "22"]


def test_a_retry_in_flight_says_when_it_goes_on() -> None:
    root = picture(looks("retries")[3], watched("retries"))
    (line,) = [
        text for text in texts(root) if text.startswith("✗ get_weather: attempt 3 failed, next one in ")
    ]
    assert line.endswith("RuntimeError: simulated bug in get_weather <CA>")
    assert painted(root, "now")
    assert any(text.startswith("▶ running") for text in texts(root))


def test_two_workers_have_letters_and_the_lost_one_a_cross() -> None:
    root = picture(last("crash"), watched("crash"))
    assert {"A", "B", "pid 6247", "pid 6420", "lost"} <= set(texts(root))
    assert "killed" not in texts(root)
    assert "the server gave 6247@host up" in hovers(root)
    assert len(painted(root, "cross")) == 1


def test_a_known_kill_is_drawn_where_it_was() -> None:
    when = datetime(2026, 11, 21, 20, 55, 5, 497671, tzinfo=UTC)
    root = picture(last("crash"), watched("crash"), deaths=[(when, 6247)])
    assert "killed" in texts(root)
    assert "lost" not in texts(root)
    (line,) = painted(root, "kill")
    run = last("crash")
    share = (when - run.started) / (run.end - run.started)
    assert float(line.get("x1", "0")) == pytest.approx(182 + share * (938 - 182), abs=0.2)


def test_a_kill_before_or_after_the_run_is_not_drawn() -> None:
    run = last("crash")
    around = [(run.started - timedelta(seconds=5), 1), (run.end + timedelta(seconds=5), 2)]
    assert painted(picture(run, watched("crash"), deaths=around), "kill") == []


def test_the_name_of_a_long_update_does_not_stand_on_the_next_one() -> None:
    run = last("research")
    first, *_ = (step for step in run.steps if step.kind == "update")
    follows = replace(
        first, event_id=10_000, name="and_the_next", scheduled=first.scheduled + timedelta(seconds=30)
    )
    long = replace(first, closed=follows.scheduled)
    end = follows.scheduled + timedelta(seconds=60)
    steps = (long, replace(follows, closed=follows.scheduled))
    root = picture(
        replace(run, steps=steps, workflow_tasks=(), started=first.scheduled, closed=end, read_at=end)
    )
    said = {
        (element.text or (list(element)[-1].tail or "")): element.get("y")
        for element in root.iter(SVG + "text")
    }
    assert said[first.name] != said["and_the_next"]


def test_a_dead_worker_is_found_by_elimination_when_nobody_watched() -> None:
    root = picture(last("crash"))
    assert "lost" in texts(root)
    (cross,) = painted(root, "cross")
    x = float((cross.get("d") or "")[1:].split()[0])
    second = last("crash").find("slow")[0].started
    assert second is not None
    run = last("crash")
    assert x < 182 + (second - run.started) / (run.end - run.started) * (938 - 182)


def test_handoffs_receipts_and_agents() -> None:
    run = last("routing")
    root = picture(run)
    assert "handoff" in texts(root)
    assert len(painted(root, "handoff")) == 1
    assert "handoff: Triage Agent → French Agent" in hovers(root)
    assert {"Triage Agent", "French Agent", "Model calls"} <= set(texts(root))
    for receipt in run.receipts:
        assert any(text.startswith(f"#{receipt[-6:]}") for text in texts(root))
        assert receipt in hovers(root)


def triage_of(run: Run, took: float, before: float) -> Run:
    """Return the same run with a triage that took this long and ended this long before the next agent
    began.
    """
    (triage,), (french,) = run.find("Triage Agent"), run.find("French Agent")
    closed = french.scheduled - timedelta(seconds=before)
    started = closed - timedelta(seconds=took)
    (attempt,) = triage.attempt_log
    log = (replace(attempt, scheduled=started, started=started, ended=closed),)
    moved = replace(triage, scheduled=started, started=started, closed=closed, attempt_log=log)
    return replace(run, steps=tuple(moved if step is triage else step for step in run.steps))


@pytest.mark.parametrize(
    ("took", "before"), [(1.0, 0.02), (0.1, 0.02), (0.1, 0.15), (0.1, 0.3), (0.1, 0.45), (0.02, 0.9)]
)
def test_an_arrow_runs_through_no_text(took: float, before: float) -> None:
    root = picture(triage_of(last("routing"), took, before))
    (arrow,) = painted(root, "handoff")
    from_x, y, to_x = (
        float(part) for part in re.findall("M([0-9.]+) ([0-9.]+)H([0-9.]+)", arrow.get("d") or "")[0]
    )
    for element in root.iter(SVG + "text"):
        x, width = float(element.get("x", "0")), text_width(element.text or (list(element)[-1].tail or ""))
        left = {"end": x - width, "middle": x - width / 2}.get(element.get("text-anchor", ""), x)
        beside = abs(float(element.get("y", "0")) - 4.5 - y) < 6
        assert not beside or left + width <= from_x or left >= to_x or left + width < 180, element.text


def test_five_searches_at_once_and_someone_who_takes_a_minute() -> None:
    root = picture(last("research"))
    said = texts(root)
    assert "Search Agent ×5" in said  # noqa: RUF001 (the sign that the drawing uses)
    assert {"waiting for someone", "1 min 02 s", "start_research", "provide_clarification"} <= set(said)
    assert "⋯ 1 min 02 s ⋯" in said  # the axis has a break there
    ys = {bar.get("y") for bar in painted(root, "model") if "Model call by Search Agent" in hovers(bar)}
    assert len(ys) == 5


def test_who_waits_for_whom() -> None:
    root = picture(last("messages"))
    assert len(painted(root, "human")) == 4
    assert {"start_research", "answer", "approve", "Updates and Signals"} <= set(texts(root))
    assert "10 min, not needed" in texts(root)
    assert not painted(picture(last("weather")), "human")
    assert not painted(picture(last("retries")), "human")  # it sleeps on a timer; nobody is waited for


def test_stuck_failed_terminated_and_continued_runs() -> None:
    stuck, terminated = (picture(run) for run in looks("stuck"))
    assert any("running, but stuck" in text for text in texts(stuck))
    assert any(
        text.startswith("✗ The workflow task fails, attempt 2: RestrictedWorkflowAccessError")
        for text in texts(stuck)
    )
    assert "workflow task, attempt 2 ✗" in texts(stuck)
    assert any(text.startswith("■ terminated") for text in texts(terminated))
    assert painted(terminated, "cancel")
    failed = picture(last("failed"))
    assert "✗ UnknownState: unknown state ZZ" in texts(failed)
    chain = picture(last("chain"))
    assert len([line for line in painted(chain, "again") if line.find(SVG + "title") is not None]) == 2
    assert any("a chain of 3 runs" in text for text in texts(chain))


def test_bytes_of_model_calls_have_columns_of_their_own() -> None:
    root = picture(last("research"), view="bytes")
    assert any(text.startswith("76 events, ") and "50 MB" in text for text in texts(root))
    assert "(Planner Agent)" in hovers(root)
    assert any(text.startswith("model calls: what was sent, ") for text in texts(root))


def test_an_unknown_view_says_which_there_are() -> None:
    with pytest.raises(ValueError, match='view="bytes"'):
        timeline.draw(last("routing"), view="size")  # type: ignore[arg-type]


# Three hundred activities


def many(count: int, spacing: float = 0.0) -> list[HistoryEvent]:
    """Return the history of a run with this many activities, begun `spacing` seconds apart and 0.4 s long."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    events: list[HistoryEvent] = []

    def event(kind: str, at: float, **attributes: Any) -> int:
        stamp = Timestamp()
        stamp.FromDatetime(start + timedelta(seconds=at))
        values: dict[str, Any] = {f"{kind}_event_attributes": attributes}
        events.append(
            HistoryEvent(
                event_id=len(events) + 1,
                event_time=stamp,
                event_type=EventType.Value(f"EVENT_TYPE_{kind.upper()}"),
                **values,
            )
        )
        return len(events)

    event(
        "workflow_execution_started",
        0,
        workflow_id="many",
        original_execution_run_id="r",
        workflow_type={"name": "Many"},
    )
    for n in range(count):
        asked = event(
            "activity_task_scheduled",
            n * spacing,
            activity_id=str(n),
            activity_type={"name": f"tool_{n % 3}"},
        )
        begun = event(
            "activity_task_started", n * spacing + 0.1, scheduled_event_id=asked, identity="7@host", attempt=1
        )
        event("activity_task_completed", n * spacing + 0.5, scheduled_event_id=asked, started_event_id=begun)
    event("workflow_execution_completed", count * spacing + 1)
    return events


@pytest.mark.parametrize("spacing", [0.0, 0.3, 5.0])
def test_three_hundred_activities_take_no_longer_for_each_and_no_more_paper(spacing: float) -> None:
    def draw(count: int) -> tuple[float, Run, str]:
        began = time.process_time()
        run = from_events(many(count, spacing))
        svg = timeline.draw(run).svg
        return (time.process_time() - began) / count, run, svg

    few = min(draw(50)[0] for _ in range(3))
    each, run, svg = min((draw(300) for _ in range(3)), key=lambda drawn: drawn[0])
    assert each < 3 * few
    assert len(run.activities) == 300
    height = float(ElementTree.fromstring(svg).get("height", "0"))
    assert height < 1400


def test_a_picture_can_be_saved(tmp_path: Path) -> None:
    drawn = timeline.draw(last("routing"))
    path = drawn.save(tmp_path / "images" / "routing.svg")
    assert path.read_text(encoding="utf-8") == drawn.svg
    assert repr(drawn).startswith("<Picture: Timeline of Routing routing-")


# Time that the server skipped, and workers that say which version they are


def test_skipped_days_are_named_and_the_axis_counts_on_in_days() -> None:
    run = last("skipped")
    [(start, end)] = run.skipped
    assert round((end - start).total_seconds() / 86400, 3) == 3
    root = picture(run)
    assert any(text.startswith("⋯ 3 d skipped") for text in texts(root)), texts(root)
    assert "skipped by the server" in hovers(root)
    assert any(text.startswith("3 d ") and text.endswith(" s") for text in texts(root)), texts(root)
    assert not any("skipped" in text for text in texts(picture(last("research"))))


def test_a_worker_with_a_version_says_so() -> None:
    run = last("skipped")
    assert [worker.build for worker in run.workers] == ["v1", "v1"]
    assert sum(text.endswith(" · v1") for text in texts(picture(run))) == 2
    assert not any(worker.build for worker in last("crash").workers)
