"""Drafts that come as a message, judged and improved; and what a child understands."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from asking import structured, text_of
from pydantic import BaseModel, Field

from workshop.practice.model import answer
from workshop.practice.types import Message, OutputSchema, Request


class Evaluation(BaseModel):
    feedback: str
    score: Literal["pass", "needs_improvement", "fail"]


JUDGE = (
    "You evaluate {what} and decide if it's good enough. If it's not good enough, you provide feedback on what needs to "
    "be improved. Never give it a pass on the first try. After 5 attempts, you can give it a pass if it is good enough."
)


@pytest.mark.parametrize(
    ("what", "order", "draft", "lacks"),
    [
        (
            "a story outline",
            "A detective story in space.",
            "A ship flies through space and comes home.",
            "detective",
        ),
        (
            "a poem",
            "A poem about the sea and a lighthouse",
            "The sea is wide,\nthe sea is blue.",
            "lighthouse",
        ),
        ("a slogan", "A slogan for a bakery that delivers by bicycle", "Bread from our bakery!", "bicycle"),
    ],
)
def test_a_draft_that_comes_as_a_message_is_judged(what: str, order: str, draft: str, lacks: str) -> None:
    schema = OutputSchema("Evaluation", Evaluation.model_json_schema())
    items: list[Any] = [Message("user", order), Message("assistant", draft)]
    rules = JUDGE.format(what=what)
    first = Evaluation.model_validate_json(
        text_of(answer(Request("p", rules, tuple(items), output_schema=schema)))
    )
    assert first.score == "needs_improvement"
    assert lacks in first.feedback and "pass" not in first.feedback
    items.append(Message("user", f"Feedback: {first.feedback}"))
    better = text_of(answer(Request("p", f"You write {what}. Use feedback to improve it.", tuple(items))))
    assert better.startswith(draft.rstrip("!.")) and lacks in better and "not speak" not in better
    items.append(Message("assistant", better))
    again = Evaluation.model_validate_json(
        text_of(answer(Request("p", rules, tuple(items), output_schema=schema)))
    )
    assert again.score == "pass" and lacks not in again.feedback


class Readable(BaseModel):
    reasoning: str = Field(description="Reasoning about whether the response could be understood by a child.")
    is_readable_by_ten_year_old: bool = Field(description="Whether a ten year old understands the response.")


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("A black hole is a place in space. Nothing can leave it, not even light.", True),
        (
            "Gravitational singularities are characterized by an extraordinary curvature of spacetime, whose causal "
            "boundary electromagnetic radiation is fundamentally incapable of traversing.",
            False,
        ),
    ],
)
def test_what_a_child_understands(text: str, readable: bool) -> None:
    rules = "You judge whether the response is simple enough to be understood by a ten year old."
    said = structured(Readable, text, rules)
    assert said.is_readable_by_ten_year_old is readable
    assert "words" in said.reasoning
