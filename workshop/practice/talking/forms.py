"""Texts written to order: ideas, tips, plans, slogans, mails, by the table forms.toml."""

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS, Row, Words, load
from workshop.practice.reading.text import fold, words

_P = PATTERNS["forms"]
_USUAL = 5
_MOST = 20
_HEADING = 8
"""Words of what is no heading, but a text that wants one."""


class Form(Row):
    """A kind of text: the words that ask for it, and what it is made of."""

    named: Words
    fields: Words = frozenset()
    lines: tuple[str, ...]
    whole: bool = False
    letter: bool = False


_FORMS = load("forms", dict[str, Form])


def written(conversation: Conversation) -> str | None:
    """The text that the question, or else the instructions, order; None where they order none."""
    question, rules, form = conversation.question, conversation.instructions, ordered(conversation)
    if form is None:
        return None
    own = _ordered(question)
    if "title" in form.named and not own and len(question.split()) > _HEADING:
        return _P["clause_end"].split(question, maxsplit=1)[0].strip(" .")
    if form.whole:
        subject = f"Subject: {subject_of(question, form)}\n\n" if form.letter else ""
        return subject + body_of(question, form)
    single = _P["single"].search(question if own else rules)
    count = 1 if single else _count_in(question) or _count_in(rules) or _USUAL
    listed = [filled(line, topic_of(question, form)) for line in form.lines[:count]]
    numbered = len(listed) > 1 and ":" not in listed[0][:12]
    return "\n".join(f"{n}. {entry}" if numbered else entry for n, entry in enumerate(listed, 1))


def ordered(conversation: Conversation) -> Form | None:
    """The form that the question, or else the instructions, order."""
    question, rules = conversation.question, conversation.instructions
    if _P["asks_how"].match(question):
        return None
    form = _ordered(question) or (None if "?" in question or conversation.functions else _ordered(rules))
    return _FORMS["apology"] if form and form.letter and _P["complains"].search(rules) else form


def subject_of(question: str, form: Form) -> str:
    """The subject of a letter."""
    asked = _P["asking"].match(question) or _P["clause"].search(question)
    return filled("{Topic}", asked["what"].strip(" .!?") if asked else topic_of(question, form))


def body_of(question: str, form: Form) -> str:
    """A letter without its subject, or any other text of the form."""
    return filled("\n".join(form.lines), topic_of(question, form), _why(question, form))


def form_of(name: str) -> Form | None:
    """The form that a field of this name asks for."""
    asked = {fold(word) for word in words(name)}
    return next((form for form in _FORMS.values() if asked & form.fields), None)


def filled(line: str, topic: str, why: str = "") -> str:
    """A line with what it is about."""
    bare = _P["article"].sub("", topic)
    heading = f"{bare[:1].upper()}{bare[1:]}"
    if _P["sentence"].match(topic):
        topic = f"{topic[0].lower()}{topic[1:]}"
    return line.replace("{topic}", topic).replace("{Topic}", heading).replace("{why}", why)


def topic_of(question: str, form: Form) -> str:
    """What a text to order is about: what is behind "for" or "about", else the question without the order."""
    asked = question.strip().rstrip(".!?")
    if match := _P["place"].search(asked) or _P["about"].search(asked):
        topic: str = match["topic"].strip()
        return topic if form.whole else re.sub(r"(?i)^my\b", "your", topic)
    bare = [word for word in _P["order"].sub("", asked).split() if fold(word.strip(",:")) not in form.named]
    return re.sub(r"^\d+\s+", "", " ".join(bare)).strip(" ,:") or read(asked).topic


def _why(question: str, form: Form) -> str:
    """What a letter is about, as the end of a sentence: "about the heating", "because your parcel came late"."""
    if match := _P["asking"].match(question):
        return f"to {match['verb'].casefold()} you {match['how']} {match['what'].strip(' .!?')}"
    about, clause = _P["about"].search(question), _P["clause"].search(question)
    if clause and not (about and about.start() < clause.start()):
        how = {"whose": "because your", "because": "because"}.get(clause["how"].casefold(), "to say that")
        return f"{how} {clause['what'].strip()}"
    return f"about {topic_of(question, form)}"


def _count_in(text: str) -> int | None:
    """How many entries a text asks for."""
    found = [int(each.value) for each in read(text).quantities if each.value == int(each.value)]
    return found[0] if found and 1 <= found[0] <= _MOST else None


def _ordered(text: str) -> Form | None:
    """The form that a text orders: the one named first behind a verb of writing, or at its beginning."""
    for match in _P["ordered"].finditer(re.sub(r"(?i)\bpros (?:and|&) cons\b", "prosandcons", text)):
        for word in map(fold, words(match["what"] or match["first"] or "")):
            if form := next((form for form in _FORMS.values() if word in form.named), None):
                return form
    return None
