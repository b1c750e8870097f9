"""Judgements of a guardrail: does a text belong to a topic, does it break a rule, is a query specific."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workshop.practice.filling import alike
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS, Row, Words, load
from workshop.practice.reading.text import WORDS, fold, in_words, joined, of_one_root, stem, syllables, words
from workshop.practice.research.brief import labelled
from workshop.practice.research.domains import is_specific, says_something, what_is_missing


class Sign(Row):
    """What gives a text away: words that name it in a field or a rule, and what such a text says."""

    words: Words
    shows: re.Pattern[str]


_SIGNS = load("signs", dict[str, Sign])
_ROOTS = {name: {stem(word) for word in sign.words} for name, sign in _SIGNS.items()}
_VAGUE = {"clarification", "clarifications", "clarify", "vague", "ambiguous", "broad"}
_HARMLESS = ("question", "greeting")
_NOT = {"not", "no", "non"}
_CLEAR, _UNCLEAR = {"specific", "clear"}, {"not", "un", "needs", "need", "clarification"}
_P = PATTERNS["judge"]
_HARD = {"hard", "difficult", "complex", "complicated", "not", "un", "too"}
_SYLLABLES, _WORDS, _SHARE = 3, 18, 0.08
"""More syllables make a long word; the most words of an easy sentence, and the share of long words in an easy text."""
_NO_SUBJECT = WORDS["rule_talk"] | WORDS["anybody"] | WORDS["no_subject"] | WORDS["stop"]
_MOST_OF = 0.6
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
    """The value of a yes-or-no field about a text, by the field's name and description and the instructions."""
    parts = {word.casefold() for word in words(field)}
    if parts & (_CLEAR | _VAGUE):
        return _about_specificity(parts, text)
    if parts & WORDS["readable"]:
        return _is_easy(text).turned(bool(parts & _HARD))
    on_topic = _topic(field, parts, f"{description} {instructions}", text)
    if parts & WORDS["off"] and parts & {"off", "topic", "scope"}:
        return on_topic.turned()
    if parts & (WORDS["good"] | WORDS["rule"]):
        return _breaks_a_rule(f"{description} {instructions}", text).turned(bool(parts & WORDS["good"]))
    return on_topic.turned(bool(parts & _NOT))


def _is_easy(text: str) -> Verdict:
    """Whether a child understands a text: short sentences, and few long words."""
    told = read(text)
    long = [word for word in told.words if syllables(word) > _SYLLABLES]
    mean = len(told.words) / max(1, len(told.sentences))
    easy = mean <= _WORDS and len(long) <= _SHARE * len(told.words)
    shown = f", such as “{max(long, key=len)}”" if long else ""
    reason = f"Its sentences have {mean:.0f} words on average, and {len(long)} of its {len(told.words)} words are long{shown}."
    return Verdict(easy, reason)


def _about_specificity(parts: set[str], text: str) -> Verdict:
    query = labelled(text) or text.strip()
    specific = is_specific(query)
    reason = f"The query names enough to start on: {joined(read(query).content_words[:6])}."
    if not specific:
        reason = f"“{read(query).title}” leaves open: {joined(what_is_missing(query)) or 'everything'}."
    return Verdict(specific, reason).turned(not parts & _CLEAR or bool(parts & _UNCLEAR))


def _signs(named: Iterable[str]) -> list[str]:
    roots = {stem(word) for word in named}
    return [name for name, known in _ROOTS.items() if roots & known]


def _shown(names: Iterable[str], text: str) -> list[str]:
    """What the text says that is a sign of these."""
    found = (_SIGNS[name].shows.search(read(text).plain) for name in names)
    return [match.group().strip() for match in found if match]


def shows(topic: str, text: str) -> bool:
    """Whether the text bears a sign of a topic: "5*7" of mathematics."""
    return bool(_shown([name for name in _signs(words(topic)) if name not in _HARMLESS], text))


def _topic(field: str, parts: set[str], rules: str, text: str) -> Verdict:
    """Whether the text is about what the field's name says, or else about what the rules are about."""
    topic = parts - WORDS["field_talk"]
    signs = _signs(topic)
    if not signs and not topic - WORDS["off"] - _NOT:
        subject = _P["about"].search(rules) or _P["checks"].search(rules)
        named = read(subject[1] if subject else rules).content_words
        topic = {word.casefold() for word in named} - WORDS["rule_talk"]
        signs = _signs(topic)
    listed = " ".join(word for word in words(field.casefold()) if word in topic)
    name = listed or joined(sorted(topic)[:3], "or") or "the topic"
    hits = _shown(["math"] if {"math", "homework"} <= set(signs) else signs, text)
    spoken_of = [(stem(word), field) for word in topic for field in read(word).fields]
    fields = {each for root, each in spoken_of if root in stem(each)} if not signs else set()
    meant = fields & read(text).fields.keys() | read(text).concepts & read(" ".join(sorted(topic))).concepts
    if not hits and not meant:
        return _by_subject(rules, text) or Verdict(False, f"Nothing in the text is about {name}.")
    return told(name, hits[0] if hits else joined([each.lstrip("#") for each in sorted(meant)][:3]))


def told(name: str, said: str) -> Verdict:
    """A yes, by what the text says."""
    return Verdict(True, f"The text is about {in_words(name)}: it says “{said}”.")


def _by_subject(rules: str, text: str) -> Verdict | None:
    """Whether a text is about what the rules are to find, or of one of their examples; None if they name none."""
    found = _P["finds"].search(rules)
    if not found or _P["other_than"].search(found["what"]):
        return None
    head, *examples = _P["examples"].split(found["what"])
    topics = [head, *(part for each in examples for part in _P["either"].split(each))]
    topics[0] = _P["of_whom"].sub("", topics[0])
    named = [[word for word in read(each).content_words if fold(word) not in _NO_SUBJECT] for each in topics]
    if not named[0]:
        return None
    for about in filter(None, named):
        met = [(word, each) for word in about if (each := like(word, text))]
        if len(met) >= _MOST_OF * len(about):
            return Verdict(True, f"The text is about {' '.join(about)}: it says “{met[0][1]}”.")
    return Verdict(False, f"Nothing in the text is about {' '.join(named[0])}.")


def like(word: str, text: str) -> str:
    """The first word of a text that means much the same as a word, or empty."""
    said, root = (each for each in words(text) if fold(each) not in _NO_SUBJECT), stem(word)
    return next((s for s in said if of_one_root(root, stem(s)) or alike.met(root, s) >= alike.NEAR), "")


def _breaks_a_rule(rules: str, text: str) -> Verdict:
    """Whether the text does what the rules speak of: the signs that their words name; harm and abuse in any
    case. Or is about nothing that they allow, where they say what alone is allowed.
    """
    told = read(text)
    topics = [read(each.group()) for each in _P["allowed"].finditer(fold(rules))]
    only = max(topics, key=lambda each: len(each.fields), default=read(""))
    wanted = _signs(only.content_words)
    banned = [name for name in _signs(read(rules).content_words) if name not in (*wanted, *_HARMLESS)]
    if said := _shown(dict.fromkeys([*banned, "harm", "abuse", "injection"]), text):
        return Verdict(True, f"The text says “{said[0]}”.")
    if by_subject := _by_subject(rules, text):
        return by_subject
    listed = "," in only.text and len(only.fields) > 2
    met = only.fields.keys() & told.fields.keys() or only.stems & told.stems
    if listed and not met and not _P["small_talk"].search(told.plain):
        return Verdict(True, f"The text is about something else: {only.text.strip()}.")
    return Verdict(False, "Nothing in the text breaks the rules given.")


def wants_facts(question: str) -> bool:
    """Whether a question is worth a search: no greeting, word of thanks or question about the model itself."""
    return not _P["small_talk"].search(read(question).plain) and says_something(question)
