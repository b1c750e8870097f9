"""Research: what was asked and answered, a plan of searches, and the search itself."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workshop.practice import judge, library
from workshop.practice.conversation import Conversation
from workshop.practice.library import Passage
from workshop.practice.reading.text import content_words, fold, joined, sentences, shorten, stems
from workshop.practice.reading.topics import title_of, topic_of
from workshop.practice.types import Citation, Reply, Search, Text

_LINKED = re.compile(r"(?P<said>[^\n]+?)\s*\(\[(?P<title>[^\]\n]+)\]\((?P<url>https?://[^)\s]+)\)\)")
_QUESTION_AND_ANSWER = re.compile(
    r"(?:^|\n)[\s\-*]*(?:\d+[.)]\s*)?(?:Q(?:uestion)?\s*\d*\s*[:.)]\s*)(?P<q>[^\n]+?)\s*\n[\s\-*]*(?:\d+[.)]\s*)?"
    r"(?:A(?:nswer)?\s*\d*\s*[:.)]|Response\s*:)\s*(?P<a>[^\n]+)",
    re.IGNORECASE,
)
_ASKED_ON_ONE_LINE = re.compile(
    r"(?:^|\n)[\s\-*]*(?:\d+[.)]\s*)?(?P<q>[^\n?]{8,}\?)[\s\"']*(?:→|->|=>|:|-|—|–|,)?[\s\"']*(?P<a>[^\n]+)"
)


_FOUND = re.compile(r"^[\s*#]*(?:summari[sz]ed |web )?search results?\b.*:", re.IGNORECASE | re.MULTILINE)
"""The heading under which a request lists what searches have found."""


@dataclass(frozen=True)
class Note:
    """Something that a search found, with where it stands; `url` is empty where the text names no source."""

    text: str
    title: str = ""
    url: str = ""


@dataclass(frozen=True)
class Brief:
    """A piece of research: the query, what the human answered, and what has been found so far."""

    query: str
    answers: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def topic(self) -> str:
        return topic_of(self.query)

    @property
    def title(self) -> str:
        """The query as a heading."""
        return title_of(self.query)

    @property
    def wishes(self) -> list[str]:
        """What the answers add, without empty ones."""
        return [answer for _, answer in self.answers if content_words(answer) and not _says_nothing(answer)]


@dataclass
class Planned:
    """One search of a plan."""

    query: str
    reason: str = field(default="")


def brief(conversation: Conversation) -> Brief:
    """The research that the request is about, from labelled text ("Query: …", "Q: … A: …") or from the
    conversation.
    """
    text = conversation.question.replace("\\n", "\n")
    asked = _FOUND.split(text, maxsplit=1)[0]  # what was found may hold lines that look like an answer
    answers = _answers_in(asked)
    query = _labelled(asked) or _first_paragraph(text)
    if conversation.said and not _labelled(text) and not answers:
        answers = _answers_in_dialogue(conversation)
        if answers:
            query = conversation.earlier[-1]
    return Brief(query.strip(), tuple(answers), tuple(notes_in(text)))


def notes_in(text: str) -> list[Note]:
    """Statements with a Markdown link behind them, as web search leaves them."""
    found = []
    for match in _LINKED.finditer(text):
        said = re.sub(r"^(?:[\w ']{0,40}:\s*)?\[\s*(?=[\"'])", "", match["said"].strip())
        said = (
            re.sub(r"^[\s\-*\['\",]*(?:\d+[.)]\s*)?", "", said)
            .replace("\\'", "'")
            .replace('\\"', '"')
            .strip()
        )
        if said:
            found.append(Note(said, match["title"], match["url"]))
    return list(dict.fromkeys(found))


def clarifying_questions(query: str, limit: int = 3) -> list[str]:
    """Two or three questions that name what is missing in the query; for a specific one, what would sharpen
    it still.
    """
    gaps = judge.what_is_missing(query)
    if gaps:
        return [gap.question for gap in gaps][:limit]
    topic = shorten(title_of(query), 60)
    asked = [
        f"Which decision should the report on “{topic}” help with?",
        f"Who will read the report on “{topic}”, and how much do they know already?",
        f"Which sources or products should the report on “{topic}” leave out?",
    ]
    return asked[:limit]


def plan(subject: Brief, count: int) -> list[Planned]:
    """Distinct searches for the query, each with its reason; what the human answered comes first."""
    topic = _short_topic(subject)
    made = [
        Planned(
            f"{topic} {_key_words(wish)}", f"You answered “{shorten(wish, 80)}”, so the report must fit that."
        )
        for wish in subject.wishes
    ]
    compared = sides(subject.query)
    parts = _parts(subject.query)
    made += [Planned(part, "The query asks this as a part of its own.") for part in parts]
    made += [Planned(side, f"“{side}” is one of the things that the query names.") for side in compared]
    if len(compared) > 1:
        made.append(
            Planned(
                f"{' versus '.join(compared[:2])} trade-offs",
                f"The query sets {joined(compared[:2])} side by side.",
            )
        )
    if not parts:
        made.append(Planned(topic, "The query in its own words comes before its parts."))
    made += [
        Planned(f"{topic} {words}", reason.format(topic=f"“{shorten(subject.title, 60)}”"))
        for words, reason in _ANGLES[judge.domain_of(subject.query)]
    ]
    distinct: dict[str, Planned] = {}
    for planned in made:
        distinct.setdefault(" ".join(sorted(stems(planned.query))) or planned.query, planned)
    return list(distinct.values())[:count]


_ANGLES: Mapping[str, Sequence[tuple[str, str]]] = {
    "software": (
        ("how it works", "The report must say how {topic} works before it judges."),
        (
            "failures and recovery",
            "What goes wrong, and what happens then, decides whether {topic} can be relied on.",
        ),
        ("best practices", "Settings and habits that others found useful save the reader trials."),
        ("limits and costs", "Every choice has a price; the report must name it."),
        ("examples", "An example makes {topic} concrete."),
        ("alternatives", "The reader should know what else there is."),
    ),
    "weather": (
        ("causes and warning signs", "Knowing the signs comes before acting on them."),
        ("safety", "What to do is what most readers look for."),
        ("alerts and severity", "Official alerts have fixed degrees that the report must use."),
        ("forecast", "How far ahead {topic} can be seen matters for planning."),
        ("past events", "Past events show the scale."),
    ),
    "general": (
        ("overview", "An overview sets the terms for {topic}."),
        ("how it works", "The report must explain before it judges."),
        ("advantages and risks", "Both sides of {topic} belong in a fair report."),
        ("examples", "An example makes {topic} concrete."),
        ("current developments", "The reader wants to know where {topic} stands."),
        ("common mistakes", "Mistakes of others are the cheapest lessons."),
    ),
}
_ANGLES = {
    name: _ANGLES.get(name, _ANGLES["general"])
    for name in ("software", "weather", "general", "travel", "purchase", "health", "money")
}


def web_search(conversation: Conversation) -> Reply | None:
    """A search of the library with a short, cited summary; None where no search is on offer or called for."""
    request = conversation.request
    must = request.tool_choice == "required"
    if not request.web_search or request.tool_choice == "none" or (conversation.done and not must):
        return None
    if not must and not judge.wants_facts(conversation.question):
        return None
    return searched(search_query(conversation))


def search_query(conversation: Conversation) -> str:
    """What to look for: a labelled search term, else the question's subject."""
    match = re.search(
        r"(?:^|\n)\s*(?:search(?: term| query)?|query|term)\s*:\s*(.+)", conversation.question, re.IGNORECASE
    )
    found = match.group(1).strip() if match else topic_of(conversation.question)
    if len(content_words(found)) < 2 and conversation.refers_back and conversation.earlier:
        found = f"{found} {topic_of(conversation.earlier[0])}".strip()
    return found


def searched(query: str) -> Reply:
    """The search and its summary. Each statement is followed by a link, and the citation spans that link."""
    found = library.search(query, 4)
    if not found:
        nothing = f"The library has nothing on “{shorten(query, 80)}”. It holds package documentation and the course's articles."
        return Reply((Search(query), Text(nothing)))
    text = ""
    citations = []
    for passage in found:
        statement = " ".join(telling_sentences(passage, query, 2))
        link = f"([{passage.title}]({passage.url}))"
        text += f"{statement} "
        citations.append(Citation(len(text), len(text) + len(link), passage.url, passage.title))
        text += f"{link}\n\n"
    return Reply(
        (Search(query, tuple(dict.fromkeys(p.url for p in found))), Text(text.rstrip(), tuple(citations)))
    )


def telling_sentences(passage: Passage, query: str, limit: int) -> list[str]:
    """The sentences of a passage that say most about the query, in their order."""
    wanted = stems(query)
    prose = passage.title.endswith("package description")
    listed = [
        s.strip() for s in sentences(passage.text) if _reads_well(s) and (not prose or _HAS_A_VERB.search(s))
    ] or [shorten(first_sentence(passage.text), 240)]
    ranked = sorted(range(len(listed)), key=lambda i: (-len(wanted & stems(listed[i])), i))[:limit]
    return [listed[i].replace("[", "(").replace("]", ")") for i in sorted(ranked)]


_HAS_A_VERB = re.compile(
    r"\b(is|are|was|were|be|has|have|can|will|may|must|should|does|do|provides?|uses?|allows?|lets?|makes?|supports?|runs?|gives?|"
    r"returns?|needs?|keeps?|means?|handles?|includes?|offers?|helps?|works?|takes?|comes?|enables?|contains?|requires?|creates?)\b"
)


def _reads_well(sentence: str) -> bool:
    """Whether a sentence can stand in a report: whole, of a bearable length, and prose."""
    if (
        not 7 <= len(sentence.split()) <= 50
        or not re.match(r"[\"“(]?[A-ZÀ-Ý]", sentence)
        or sentence.rstrip()[-1] not in '.!?"”)'
    ):
        return False
    return not re.search(
        r"https?:|::|=|\.\*|[{}<>|]|\w\(\)|\(Pull|^(?:This document|Added|Fixed|Changed|Note that|See )|\bpip install\b",
        sentence,
    )


def first_sentence(text: str) -> str:
    """The first sentence of a text."""
    listed = sentences(text)
    return listed[0] if listed else text


def main_sentence(text: str, query: str) -> str:
    """The sentence of a text that says most about the query."""
    wanted = stems(query)
    return max(sentences(text) or [text], key=lambda sentence: len(wanted & stems(sentence)))


def _labelled(text: str) -> str:
    match = re.search(
        r"(?:^|\n)[\s*#]*(?:original |user(?:'s)? |research |refined |enriched )?(?:query|research question|topic|"
        r"request)\**\s*:\**\s*\**\s*(.+?)\s*(?=\n|$)",
        text,
        re.IGNORECASE,
    )
    return match.group(1).strip().strip('"“”') if match else ""


def _first_paragraph(text: str) -> str:
    return re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+[.)]|Q\d*:|Question))", text.strip())[0].strip()


def _answers_in(text: str) -> list[tuple[str, str]]:
    found = [(m["q"].strip(), m["a"].strip()) for m in _QUESTION_AND_ANSWER.finditer(text)]
    if found:
        return found
    block = re.search(r"[\[{].*[\]}]", text, re.DOTALL)
    if block:
        try:
            found = _answers_in_data(json.loads(block.group()))
        except ValueError:
            found = []
    if found:
        return found
    after = re.split(r"\n", text.strip(), maxsplit=1)
    rest = after[1] if len(after) > 1 else ""
    pairs = [
        (m["q"].strip(" \"'"), re.sub(r"^A(?:nswer)?\s*:\s*", "", m["a"]).strip(" \"'"))
        for m in _ASKED_ON_ONE_LINE.finditer(rest)
    ]
    return [(q, a) for q, a in pairs if a and not a.endswith("?")]


def _answers_in_data(data: object) -> list[tuple[str, str]]:
    if isinstance(data, Mapping):
        if isinstance(data.get("question"), str) and isinstance(data.get("answer"), str):
            return [(data["question"], data["answer"])]
        asked = [
            (str(k), str(v)) for k, v in data.items() if isinstance(v, str) and str(k).rstrip().endswith("?")
        ]
        return asked or [
            pair
            for value in data.values()
            if isinstance(value, (list, dict))
            for pair in _answers_in_data(value)
        ]
    if isinstance(data, list):
        return [pair for value in data if isinstance(value, Mapping) for pair in _answers_in_data(value)]
    return []


def _answers_in_dialogue(conversation: Conversation) -> list[tuple[str, str]]:
    """Questions of the assistant with what the user said next."""
    pairs = []
    asked = ""
    for message in conversation.said:
        if message.role == "assistant":
            asked = message.text if "?" in message.text else ""
        elif asked:
            pairs.append((asked, message.text))
            asked = ""
    if asked:
        pairs.append((asked, conversation.question))
    return pairs


def _says_nothing(answer: str) -> bool:
    return bool(
        re.match(
            r"^\W*(no|none|nothing|any|anything|all|not sure|don't know|i don't know|no preference|skip|n/?a|whatever|"
            r"doesn't matter)\W*$",
            fold(answer),
        )
    )


def _short_topic(subject: Brief) -> str:
    """The topic in at most eight telling words, as one would type it into a search."""
    told = subject.topic if len(subject.topic.split()) <= 8 else " ".join(content_words(subject.topic)[:7])
    return shorten(told, 90).rstrip("…")


def _parts(query: str) -> list[str]:
    """The questions that a query is made of, where there are several."""
    split = re.split(
        r"[?;]\s+|,?\s+and (?=(?:what|how|why|which|when|who|where)\b)",
        query.strip(" ?."),
        flags=re.IGNORECASE,
    )
    told = [" ".join(content_words(topic_of(part))[:8]) for part in split]
    return [part for part in told if part] if len(told) > 1 else []


def _key_words(text: str) -> str:
    return " ".join(content_words(text)[:7])


def sides(query: str) -> list[str]:
    """The things that a comparison sets side by side."""
    match = re.search(
        r"\b(?:compare|comparison (?:of|between)|difference(?:s)? between|choose between)\s+(.+?)\s+(?:and|with|to|vs\.?|"
        r"versus|against)\s+(.+?)(?=[,.?!;:]|\s+(?:for|in|when|on|by)\b|$)",
        query,
        re.IGNORECASE,
    ) or re.search(
        r"(?:^|[:,]\s*)([\w\s-]{3,40}?)\s+(?:vs\.?|versus)\s+([\w\s-]{3,40}?)(?=[,.?!;:]|\s+(?:for|in|when|on)\b|$)",
        query,
        re.IGNORECASE,
    )
    return [side.strip() for side in match.groups()] if match else []
