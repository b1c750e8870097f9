"""What a piece of research is about: the query, what the human answered, what searches have found."""

# texts as people write them, with the punctuation of their language

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.research import questions, sources, subjects
from workshop.practice.research.sources import Piece

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
    """The research that the request is about, from labelled text ("Query: …", "Q: … A: …") or from the
    conversation.
    """
    text = conversation.question.replace("\\n", "\n")
    asked = _P["found"].split(text, maxsplit=1)[0]  # what was found may hold lines that look like an answer
    if before := _P["earlier"].search(asked):
        asked = asked[: before.start()]
    answers = _answers_in(asked)
    labelled = _labelled(asked)
    query = labelled or re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+[.)]|Q\d*:|Question))", text.strip())[0]
    if conversation.said and not labelled and not answers:
        answers = _answers_in_dialogue(conversation)
        if answers:
            query = conversation.earlier[-1]
    was_searched, terms = bool(_P["found"].search(text)), tuple(_P["searched"].findall(text))
    earlier = before["query"] if before else ""
    return Brief(query.strip(), tuple(answers), tuple(notes_in(text)), was_searched, terms, earlier)


def notes_in(text: str) -> list[Note]:
    """Statements with a Markdown link behind them, as web search leaves them."""
    found, start = [], 0
    told = _P["between"].sub("\n", text)
    for link in _P["linked"].finditer(told):
        said = told[start : link.start()].rpartition("\n")[2]
        start = link.end()
        said = re.sub(r"^(?:[\w ']{0,40}:\s*)?\[\s*(?=[\"'])", "", said.strip())
        said = re.sub(r"^[\s\-*\['\",]*(?:\d+[.)]\s*)?", "", said)
        said = said.replace("\\'", "'").replace('\\"', '"').strip()
        if said:
            found.append(Note(said, link["title"], link["url"]))
    return list(dict.fromkeys(found))


def _labelled(text: str) -> str:
    match = _P["label"].search(text)
    return match[1].strip().strip('"“”') if match else ""


def _answers_in(text: str) -> list[Pair]:
    if found := [(m["q"].strip(), m["a"].strip()) for m in _P["question_and_answer"].finditer(text)]:
        return found
    if block := re.search(r"[\[{].*[\]}]", text, re.DOTALL):
        try:
            if found := _answers_in_data(json.loads(block.group())):
                return found
        except ValueError:
            pass
    rest = text.strip().partition("\n")[2]
    pairs = [
        (m["q"].strip(" \"'"), re.sub(r"^A(?:nswer)?\s*:\s*", "", m["a"]).strip(" \"'"))
        for m in _P["asked_on_one_line"].finditer(rest)
    ]
    return [(question, answer) for question, answer in pairs if answer and not answer.endswith("?")]


def _answers_in_data(data: object) -> list[Pair]:
    if isinstance(data, Mapping):
        if isinstance(data.get("question"), str) and isinstance(data.get("answer"), str):
            return [(data["question"], data["answer"])]
        asked = [(str(k), v) for k, v in data.items() if isinstance(v, str) and str(k).rstrip().endswith("?")]
        return asked or [pair for value in data.values() for pair in _answers_in_data(value)]
    return [pair for value in data for pair in _answers_in_data(value)] if isinstance(data, list) else []


def _answers_in_dialogue(conversation: Conversation) -> list[Pair]:
    """Questions of the assistant with what the user said next."""
    pairs = []
    asked = ""
    for role, text in [
        *((each.role, each.text) for each in conversation.said),
        ("user", conversation.question),
    ]:
        if role == "assistant":
            asked = text if "?" in text else ""
        elif asked:
            pairs.append((asked, text))
            asked = ""
    return pairs
