"""What the practice model answers in the course: every distinct request of the lessons and exercises, with
today's reply.

A changed reply is a decision: `python tests/practice/test_replay.py --accept` takes it into the file, and the
commit says why.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from workshop.practice import model, types

REQUESTS = Path(__file__).parent / "data" / "course_requests.jsonl"


def rows() -> list[dict[str, Any]]:
    """The recorded pairs, as they are in the file."""
    return [json.loads(line) for line in REQUESTS.read_text(encoding="utf-8").splitlines()]


def decoded(value: Any) -> Any:
    """A recorded value as the object it was made from: `{"@": "Message", …}` becomes a `types.Message`."""
    if isinstance(value, list):
        return tuple(decoded(each) for each in value)
    if isinstance(value, dict) and "@" in value:
        kind = getattr(types, value["@"])
        # JSON of the request, with objects and lists of its own
        plain = {"schema", "parameters", "arguments"}
        return kind(
            **{name: each if name in plain else decoded(each) for name, each in value.items() if name != "@"}
        )
    return value


def encoded(value: Any) -> Any:
    """The opposite of `decoded`."""
    if is_dataclass(value):
        return {
            "@": type(value).__name__,
            **{each.name: encoded(getattr(value, each.name)) for each in fields(value)},
        }
    if isinstance(value, tuple):
        return [encoded(each) for each in value]
    return value


def test_every_request_of_the_course_is_answered_as_before() -> None:
    recorded = rows()
    assert len(recorded) == 380
    changed = [
        {"asked": row["request"]["items"][-1:], "before": row["reply"], "now": now}
        for row in recorded
        if (now := encoded(model.answer(decoded(row["request"])))) != row["reply"]
    ]
    assert changed == [], (
        f"{len(changed)} replies changed, the first: {json.dumps(changed[0], ensure_ascii=False)[:2000]}"
    )


def test_what_is_recorded_can_be_read_back() -> None:
    assert all(encoded(decoded(row["request"])) == row["request"] for row in rows())


if __name__ == "__main__" and "--accept" in sys.argv:
    fresh = [{**row, "reply": encoded(model.answer(decoded(row["request"])))} for row in rows()]
    REQUESTS.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in fresh), encoding="utf-8"
    )
