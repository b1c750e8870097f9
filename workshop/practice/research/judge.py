"""Judgements of a guardrail: does a text belong to a topic, does it break a rule, is a query specific."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS, Row, Words, load
from workshop.practice.reading.text import WORDS, fold, joined, stem, words
from workshop.practice.research.domains import is_specific, says_something, what_is_missing


class Sign(Row):
    """What gives a text away: words that name it in a field or a rule, and what such a text says."""

    words: Words
    shows: re.Pattern[str]


_SIGNS = load("signs", dict[str, Sign])
_ROOTS = {name: {stem(word) for word in sign.words} for name, sign in _SIGNS.items()}
_VAGUE = {"clarification", "clarifications", "clarify", "vague", "ambiguous", "broad"}
_NOT = {"not", "no", "non"}
_P = PATTERNS["judge"]


_LONG_WORD, _LONG_SENTENCE, _MANY = 8, 18, 0.2
_ENOUGH = 12
"""Words of a text that says something."""


@dataclass(frozen=True)
class Verdict:
    """A yes or no, with what speaks for it."""

    value: bool
    reason: str

    def turned(self, over: bool = True) -> Verdict:
        """The opposite verdict for the same reason, where it is to be turned over."""
        return Verdict(self.value != over, self.reason)


def verdict(field: str, description: str, instructions: str, text: str) -> Verdict:
    """The value of a yes-or-no field about `text`, judged by the field's name and description and the agent's
    instructions.
    """
    parts = {w.casefold() for w in re.split(r"[_\W]+|(?<=[a-z])(?=[A-Z])", field) if w}
    if parts & ({"specific", "clear"} | _VAGUE):
        return _about_specificity(parts, text)
    if parts & WORDS["easy"]:
        return _about_ease(text)
    if "quality" in parts:
        return _about_length(text)
    on_topic = _topic(field, parts, f"{description} {instructions}", text)
    if parts & WORDS["off"] and parts & {"off", "topic", "scope"}:
        return on_topic.turned()
    if parts & (WORDS["good"] | WORDS["rule"]):
        return _breaks_a_rule(f"{description} {instructions}", text).turned(bool(parts & WORDS["good"]))
    return on_topic.turned(bool(parts & _NOT))


def _about_specificity(parts: set[str], text: str) -> Verdict:
    query = main_query(text)
    specific = is_specific(query)
    gaps = joined(what_is_missing(query)) or "everything"
    reason = (
        f"The query names enough to start on: {joined(read(query).content_words[:6])}."
        if specific
        else f"“{read(query).title}” leaves open: {gaps}."
    )
    asks_for_clear = parts & {"specific", "clear"} and not parts & {
        "not",
        "un",
        "needs",
        "need",
        "clarification",
    }
    return Verdict(specific, reason).turned(not asks_for_clear)


def _about_ease(text: str) -> Verdict:
    """Whether a child could read the text: short sentences of short words."""
    words = read(text).words
    a_sentence = len(words) / max(1, len(read(text).sentences))
    long = sum(len(word) > _LONG_WORD for word in words) / max(1, len(words))
    said = f"Its sentences have {a_sentence:.0f} words on average, and {long:.0%} of its words are long."
    return Verdict(a_sentence <= _LONG_SENTENCE and long <= _MANY, said)


def _about_length(text: str) -> Verdict:
    count = len(text.split())
    return Verdict(count >= _ENOUGH, f"The text has {count} words.")


def main_query(text: str) -> str:
    """The query in a text that labels it ("Query: …", "Original query: …"); the text where it has no label."""
    match = re.search(
        r"(?:^|\n)\s*(?:[\w ]*\b(?:query|question|topic|request))\s*:\s*(.+?)(?=\n|$)", text, re.IGNORECASE
    )
    return (match[1] if match else text).strip().strip('"“”')


def _signs(named: Iterable[str]) -> list[str]:
    roots = {stem(word) for word in named}
    return [name for name, known in _ROOTS.items() if roots & known]


def _shown(names: Iterable[str], text: str) -> list[str]:
    """What the text says that is a sign of these."""
    found = (_SIGNS[name].shows.search(read(text).plain) for name in names)
    return [match.group().strip() for match in found if match]


def shows(topic: str, text: str) -> bool:
    """Whether the text bears a sign of a topic: "5*7" of mathematics."""
    return bool(_shown([name for name in _signs(words(topic)) if name not in ("question", "greeting")], text))


def _topic(field: str, parts: set[str], rules: str, text: str) -> Verdict:
    """Whether the text is about what the field's name says, or else about what the rules are about."""
    topic = parts - WORDS["field_talk"]
    signs = _signs(topic)
    if not signs and not topic - WORDS["off"] - _NOT:
        topic = {w.casefold() for w in read(_subject_of(rules)).content_words} - WORDS["rule_talk"]
        signs = _signs(topic)
    listed = " ".join(word for word in words(field.casefold()) if word in topic)
    name = listed or joined(sorted(topic)[:3], "or") or "the topic"
    hits = _shown(["math"] if {"math", "homework"} <= set(signs) else signs, text)
    meant = (
        () if signs else {field for word in topic for field in read(word).fields if stem(word) in stem(field)}
    )
    shared = sorted(
        {*meant} & read(text).fields.keys() | read(text).concepts & read(" ".join(sorted(topic))).concepts
    )
    if hits or shared:
        said = hits[0] if hits else joined([each.lstrip("#") for each in shared][:3])
        return Verdict(True, f"The text is about {name}: it says “{said}”.")
    return Verdict(False, f"Nothing in the text is about {name}.")


def _subject_of(rules: str) -> str:
    """What the rules are about: "only questions about weather", "related to the course"."""
    for pattern in (
        r"\b(?:about|related to|concerning|regarding|only (?:for|on))\s+([^.\n]+)",
        r"\b(?:check|determine|decide|detect|judge|flag|whether|if|only)\b([^.\n]*)",
    ):
        if match := re.search(pattern, rules, re.IGNORECASE):
            return match[1]
    return rules


def _breaks_a_rule(rules: str, text: str) -> Verdict:
    """Whether the text does what the rules speak of: the signs that their words name; harm and abuse in any
    case.
    """
    topics = re.finditer(r"\b(?:only|allow\w*|permit\w*)\b[^.\n]*|\babout ([^.\n]+)", fold(rules))
    only = max(topics, key=lambda each: len(read(each.group()).fields), default=None)
    wanted = _signs(read(only.group()).content_words) if only else []
    banned = [name for name in _signs(read(rules).content_words) if name not in wanted]
    listed = [
        name for name in (*banned, "harm", "abuse", "injection") if name not in ("question", "greeting")
    ]
    if said := _shown(dict.fromkeys(listed), text):
        return Verdict(True, f"The text says “{said[0]}”.")
    on_topic = only and (read(text).concepts & read(only.group()).concepts or _shown(wanted, text))
    if wanted and not on_topic and len(text.split()) > 2:
        return Verdict(True, f"The text is not about {joined(wanted)}.")
    listed_topics = only and "," in only.group() and read(only.group())
    if listed_topics and len(listed_topics.fields) > 2 and len(text.split()) > 2:
        met = listed_topics.fields.keys() & read(text).fields.keys()
        small = _P["small_talk"].search(read(text).plain)
        if not (met or small or on_topic or listed_topics.stems & read(text).stems):
            return Verdict(True, f"The text is about something else: {only.group().strip()}.")  # type: ignore[union-attr]
    return Verdict(False, "Nothing in the text breaks the rules given.")


def wants_facts(question: str) -> bool:
    """Whether a question is worth a search: more than a greeting, a word of thanks or a question about the
    model itself.
    """
    return not _P["small_talk"].search(read(question).plain) and says_something(question)
