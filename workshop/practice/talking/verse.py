"""Short verse: haiku of five, seven and five syllables, as well as an estimate of syllables allows."""

from __future__ import annotations

import re

from workshop.practice.reading import read
from workshop.practice.reading.tables import Row, load
from workshop.practice.reading.text import pick, shorten, syllables
from workshop.practice.talking.phrases import names_itself


class Lines(Row):
    """Lines of one language: a haiku is made of an opening and a name, or of a first line, and two more."""

    poem: str = ""
    jokes: tuple[str, ...] = ()
    middles: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    firsts: tuple[str, ...] = ()
    openings: dict[int, tuple[str, ...]] | None = None


_LINES = load("verse", dict[str, Lines])


def _in(language: str, kind: str) -> Lines:
    """The lines of a language, or the English ones where it has none of the kind."""
    lines = _LINES.get(language)
    return lines if lines and getattr(lines, kind) else _LINES["en"]


def haiku(topic: str, language: str = "en") -> str:
    """A haiku on the topic. English ones name it where it fits in five syllables."""
    lines = _in(language, "middles")
    if lines.firsts:
        first, middle, last = (
            pick(each, f"{topic}{n}") for n, each in enumerate((lines.firsts, lines.middles, lines.endings))
        )
        return f"{first} :\n{middle},\n{last}." if language == "fr" else f"{first}:\n{middle},\n{last}."
    bare = re.sub(r"^(?:a|an|the)\s+", "", topic.strip(), flags=re.IGNORECASE)
    name = " ".join(bare.split()[:4]) or "practice"
    while syllables(name) > 5 and " " in name:
        name = name.rsplit(" ", 1)[0]
    name = re.sub(r"(?:\s+(?:in|of|on|for|to|the|a|an|and|with|from))+$", "", name)
    lacking = 5 - syllables(name)
    opening = next((o for o in (lines.openings or {}).get(lacking, ()) if syllables(o) == lacking), "")
    first = f"{opening} {name}".strip()
    middle = pick([line for line in lines.middles if syllables(line) == 7], topic)
    last = pick([line for line in lines.endings if syllables(line) == 5], topic[::-1])
    return f"{first[:1].upper()}{first[1:]};\n{middle};\n{last}."


def haiku_of(text: str, question: str, language: str) -> str:
    """Three lines that keep the substance of an answer; a haiku on the question where it is small talk."""
    said = read(text).sentences
    facts = [sentence for sentence in said if re.search(r"\d|:|°", sentence)]
    if not facts or names_itself(text):
        return haiku(read(question).topic, language)
    head, _, tail = facts[0].partition(":")
    middle = shorten(tail.strip() or " ".join(said[1:]) or head, 160).rstrip(".")
    return f"{head.strip().rstrip('.')};\n{middle};\n{pick(_LINES['en'].endings, question)}."


def poem(topic: str, language: str) -> str:
    """Four lines on the topic."""
    return _in(language, "poem").poem.format(topic=topic)


def jokes(count: int, language: str = "en") -> str:
    """As many jokes as are wanted, or all there are, each on its line."""
    return "\n".join(_in(language, "jokes").jokes[: max(1, count)])
