"""What is taken from the models' answers: plans and questions within their bounds, and the pages a search has cited."""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from agents import MessageOutputItem, RunResult
from openai.types.responses import ResponseOutputText
from openai.types.responses.response_output_text import AnnotationURLCitation
from temporalio import workflow

from deep_research.models import LONGEST_TEXT, MOST_QUESTIONS, MOST_SEARCHES, PlannedSearch, Search, SearchState, Source

T = TypeVar("T")
LINK = re.compile(r"\(?\[([^\]]*)\]\([^)\s]*\)\)?")


def to_search(planned: list[PlannedSearch]) -> list[Search]:
    """The searches to make: none twice, none empty, at most MOST_SEARCHES."""
    made = [
        Search(query=one.query.strip()[:LONGEST_TEXT], reason=one.reason[:LONGEST_TEXT], state=SearchState.PLANNED)
        for one in planned
    ]
    return within_bounds(made, distinct(made, lambda one: same(one.query))[:MOST_SEARCHES])


def to_ask(questions: list[str]) -> list[str]:
    """The questions to ask: none twice, none empty, at most MOST_QUESTIONS."""
    made = [question.strip()[:LONGEST_TEXT] for question in questions]
    return within_bounds(made, distinct(made, same)[:MOST_QUESTIONS])


def within_bounds(made: list[T], kept: list[T]) -> list[T]:
    """What is kept. A run from before there were bounds has gone through all of it, and replays like that."""
    return made if len(made) != len(kept) and not workflow.patched("bounds") else kept


def same(text: str) -> str:
    """The same for texts that differ in nothing but blanks and capitals."""
    return " ".join(text.lower().split())


def distinct(items: Iterable[T], key: Callable[[T], str]) -> list[T]:
    """The first item of each key, in their order. Items with an empty key are left out."""
    kept: dict[str, T] = {}
    for item in items:
        kept.setdefault(key(item), item)
    return [item for name, item in kept.items() if name]


def sources_of(result: RunResult) -> list[Source]:
    """The pages that an answer cites, each with the sentence before its citation."""
    messages = [item.raw_item for item in result.new_items if isinstance(item, MessageOutputItem)]
    texts = [part for message in messages for part in message.content if isinstance(part, ResponseOutputText)]
    cited = [
        Source(url=one.url, title=one.title, quote=sentence_before(text.text, one.start_index))
        for text in texts
        for one in text.annotations
        if isinstance(one, AnnotationURLCitation)
    ]
    return distinct(cited, lambda source: source.url)


def sentence_before(text: str, position: int) -> str:
    """The sentence that ends where a citation begins, without Markdown's links and marks."""
    line = text[:position].rstrip(" ([").rpartition("\n")[2]
    plain = re.sub(r"[*_`#>]", "", LINK.sub("", line)).strip(" -•")
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", plain)[-1][:400]
