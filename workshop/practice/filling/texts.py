"""What a text says for a field whose kind has no shape, the likeliest first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workshop.practice.filling import phrases
from workshop.practice.filling.kinds import BODY, Field
from workshop.practice.reading import read
from workshop.practice.reading.shapes import UNIT_WORDS, Found
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, fold, stem, words

_P = PATTERNS["texts"]


def texts(field: Field, kind: str, text: str, question: str, *, part: bool) -> Iterator[Found]:
    """Phrases for a field. `part`: the text is one entry of a list, so that all of it is about one thing."""
    if kind == "question":
        quoted = phrases.quotes(text) if "translate" in field.tool.casefold() else []
        yield from quoted if len(quoted) == 1 else [Found(text, 0, 0)]
        return
    yield from _labelled(field, kind, text, question)
    yield from _led(field, kind, text)
    yield from _offered(field, kind, text, part)


def _labelled(field: Field, kind: str, text: str, question: str) -> Iterator[Found]:
    """What a label, a name or a turn of speech says is for the field."""
    if (
        kind in ("label", "channel", "other")
        and not field.named("room", "list")
        and (found := phrases.before_label(field.name, text))
    ):
        yield found
    if kind == "source":
        yield from (Found(m[1].strip(), *m.span(1)) for m in re.finditer(r"`+([^`]+)`+", text))
    if field.named("reason", "cause", "why") and (why := _P["why"].search(text)):
        yield Found(why[1].strip(), *why.span(1))
    if kind == "expression" and (sum_said := _P["sum"].search(text)):
        yield Found(sum_said[0].strip(), *sum_said.span())
    if field.named("fact", "attribute", "property", "metric", "aspect") and (fact := _P["fact"].search(text)):
        yield Found(fact[1], *fact.span(1))
    if kind == BODY and (said := phrases.labelled_text(field.name, question or text)):
        yield said
    if label := phrases.labelled(field.name, text):
        yield label
    if (name := phrases.called(text)) and (
        kind == "title" or field.name.casefold().endswith("name") or field.named("title", name.value[0])
    ):
        yield name.value[1]
    if field.named("setup", "punchline", "riddle") and (joke := _P["joke"].match(text)):
        group = 2 if field.named("punchline") else 1
        yield Found(joke[group].strip(), *joke.span(group))
    to_do = kind == "title" and {"task", "todo", "remind"} & {stem(w) for w in words(field.tool)}
    if kind in (BODY, "task") or to_do or (kind == "title" and field.tool and ":" in text):
        yield from filter(None, [phrases.message(question or text), phrases.to_do(text)])


def _led(field: Field, kind: str, text: str) -> Iterator[Found]:
    """What is behind a preposition that suits the field, and what is quoted."""
    if field.named("word", "text", "phrase", "sentence", "title"):
        yield from phrases.quotes(text)
    for role in field.roles:
        if role.strong:
            for found in phrases.after(role.leads, text):
                own = re.match(rf"{re.escape(field.name)}\s+(?=\w)", found.value)  # "from table users"
                yield Found(found.value[own.end() :], found.start + own.end(), found.end) if own else found
    ends = (
        _P["ends_on"].search(field.description)
        if kind in ("label", "title", "topic", "other", BODY)
        else None
    )
    if ends:  # "What the timer is for"
        yield from phrases.after([ends[1]], text)
    if kind != "person" or not field.tool:
        yield from phrases.quotes(text)


def _offered(field: Field, kind: str, text: str, part: bool) -> Iterator[Found]:
    """What the text is about and what the request does something with."""
    if part and field.named("name", "item", "product", "title", "what", "task", "todo", "text", "thing"):
        yield _whole(text, kind)
    if field.named("item", "product", "thing", "article", "good", "event", "object", "drink", "dish", "food"):
        yield from _goods(text)
    if kind in ("title", "label") and (by := _P["by"].search(text)):
        yield Found(by[1].strip(" \"'"), *by.span(1))
    if field.named("cuisine", "food") and (food := _P["cuisine"].search(text)):
        yield Found(food[1], *food.span(1))
    if not field.tool and field.named("title", "position", "role") and (job := _P["job"].search(text)):
        yield Found(job[job.lastindex or 0], *job.span(job.lastindex or 0))
    if not field.tool and field.named("name", "title") and (heading := _P["heading"].match(text)):
        yield Found(heading[heading.lastindex or 0].strip(), *heading.span(heading.lastindex or 0))
    if kind == "topic":
        yield Found(read(text).topic, 0, 0)


def _whole(text: str, kind: str) -> Found:
    """What an entry of a list is about: all of it for a task, else without numbers and little words."""
    if kind in ("task", "title"):
        text = _P["owner"].sub("", text)
        return Found(re.sub(r"\s*\([^)]*\)", "", text).strip(), 0, 0)
    if counted := phrases.counted(text):
        return Found(counted[0][1], 0, 0)
    bare = text
    for quantity in reversed(read(text).quantities):
        end = quantity.end + (bare[quantity.end :].find(quantity.word) + len(quantity.word)) * (
            quantity.word in UNIT_WORDS
        )
        bare = bare[: quantity.start] + bare[end:]
    return Found(" ".join(w for w in re.findall(r"[\w'-]+", bare) if fold(w) not in WORDS["stop"]), 0, 0)


def _goods(text: str) -> Iterator[Found]:
    """What a number counts: "10 chairs"; what is spoken of: "the blender is broken"; "Sofa, grey, …"."""
    for quantity, name in phrases.counted(text):
        yield Found(name, text.index(name, quantity.end), text.index(name, quantity.end) + len(name))
    for pattern in (_P["subject"], _P["one"]):
        yield from (Found(m[1], *m.span(1)) for m in pattern.finditer(text))
    first = re.match(r"([A-Za-zÀ-ÿ][\w-]*(?: [\w-]+){0,2}),", text)
    if first and not phrases.command(text) and not WORDS["pronouns"] & set(fold(first[1]).split()):
        yield Found(first[1], *first.span(1))
