"""What a piece of research is about: the query, what the human answered, what searches have found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.research import questions, sources, subjects
from workshop.practice.research.sources import Piece
from workshop.practice.types import Message

_P = PATTERNS["brief"]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Note:
    """Something that a search found, with where it was found; `url` is empty where the text names no source."""

    text: str
    title: str = ""
    url: str = ""

    @cached_property
    def piece(self) -> Piece | None:
        """The passage of an article that it quotes."""
        return next((p for p in sources.articles() if p.url == self.url and self.text[:40] in p.text), None)

    @property
    def article(self) -> str:
        """The title of the article that it is from; empty where it is from none."""
        return self.piece.heading if self.piece else ""


@dataclass(frozen=True)
class Brief:
    """A piece of research: the query, what the human answered, and what has been found so far."""

    query: str
    answers: tuple[Pair, ...] = ()
    notes: tuple[Note, ...] = ()
    searched: bool = False
    """Whether searches were made, even if they found nothing."""
    terms: tuple[str, ...] = ()
    """What the searches were for, as far as the request says it."""
    earlier: str = ""
    """The query of the research that this one follows up on."""
    supplied: bool = False
    """Whether the notes came with the query, so that all of them are about it."""

    @property
    def topic(self) -> str:
        """What the query is about."""
        return read(self.query).topic

    @property
    def theme(self) -> str:
        """The query that says what this is about: the one before where this one only points to it ("Which of these …")."""
        points = _P["points"].search(self.query) and not subjects.of(self.query)
        return self.earlier if self.earlier and points else self.query

    @property
    def title(self) -> str:
        """The query as a heading."""
        return questions.title(self.query)

    @property
    def wishes(self) -> list[str]:
        """What the answers add, without empty ones."""
        said = [answer for _, answer in self.answers]
        return [a for a in said if read(a).content_words and not _P["says_nothing"].match(read(a).plain)]


def brief(conversation: Conversation) -> Brief:
    """The research that a request is about, by labels ("Query: …", "Q: … A: …") or from the conversation."""
    data = payload(conversation.question)
    if order := next((v for k, v in data.items() if isinstance(v, str) and _P["order_key"].search(k)), ""):
        first = _P["order"].sub("", read(order).sentences[0]).strip(" .")
        return Brief(first or order, notes=tuple(_notes_of(data)), searched=True, supplied=True)
    text = conversation.question.replace("\\n", "\n")
    asked = _P["found"].split(text, maxsplit=1)[0]  # what was found may hold lines that look like an answer
    before = _P["earlier"].search(asked)
    asked = asked[: before.start()] if before else asked
    answers, query = _answers_in(asked), labelled(asked)
    if conversation.said and not query and not answers and (answers := _answers_in_dialogue(conversation)):
        query = conversation.earlier[-1]
    query = query or _P["paragraph"].split(text.strip())[0]
    searched, terms = bool(_P["found"].search(text)), tuple(_P["searched"].findall(text))
    earlier = before["query"] if before else ""
    return Brief(query.strip(), tuple(answers), tuple(notes_in(text)), searched, terms, earlier)


def payload(text: str) -> Mapping[str, Any]:
    """The JSON object that a text begins with; empty where it begins with none."""
    try:
        value = json.JSONDecoder().raw_decode(text)[0] if text.startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _notes_of(data: Mapping[str, Any]) -> list[Note]:
    """The statements of a payload's evidence, each with its source: of its own, or the first of several."""
    entries = [each for value in data.values() if isinstance(value, list) for each in value]
    found = []
    for entry in entries:
        told = entry if isinstance(entry, dict) else {}
        text = next((told[key] for key in ("summary", "text", "content", "snippet") if told.get(key)), "")
        source = next((each for each in told.get("sources") or [told] if isinstance(each, dict)), {})
        if isinstance(text, str) and text:
            url = str(source.get("url", ""))
            found.append(Note(text, str(source.get("title") or url), url))
    return found


def notes_in(text: str) -> list[Note]:
    """Statements with a Markdown link behind them, as web search leaves them."""
    found, start = [], 0
    told = _P["between"].sub("\n", text)
    for link in _P["linked"].finditer(told):
        said = _P["before_a_note"].sub("", told[start : link.start()].rpartition("\n")[2])
        start = link.end()
        if said := said.replace("\\'", "'").replace('\\"', '"').strip():
            found.append(Note(said, link["title"], link["url"]))
    return list(dict.fromkeys(found))


def labelled(text: str) -> str:
    """The query of a text that labels it ("Query: …"); empty where it has no label."""
    match = _P["label"].search(text)
    return match[1].strip().strip('"“”') if match else ""


def _answers_in(text: str) -> list[Pair]:
    if found := [(m["q"].strip(), m["a"].strip()) for m in _P["question_and_answer"].finditer(text)]:
        return found
    pairs = _P["asked_on_one_line"].finditer(text.strip().partition("\n")[2])
    listed = [(pair["q"].strip(" \"'"), pair["a"].strip(" \"'")) for pair in pairs]
    return [(question, answer) for question, answer in listed if answer and not answer.endswith("?")]


def _answers_in_dialogue(conversation: Conversation) -> list[Pair]:
    """Questions of the assistant with what the user said next."""
    said = [*conversation.said, Message("user", conversation.question)]
    pairs = [(a, b) for a, b in pairwise(said) if (a.role, b.role) == ("assistant", "user")]
    return [(asked.text, answer.text) for asked, answer in pairs if "?" in asked.text]
