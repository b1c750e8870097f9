"""One text as the practice model reads it: each question about it is answered once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import TypeVar

from workshop.practice.reading import dates as calendar
from workshop.practice.reading import entities, lexicon, places, shapes, text, topics
from workshop.practice.reading import language as languages
from workshop.practice.reading import numbers as figures
from workshop.practice.reading.shapes import Found

Part = TypeVar("Part")
_LONG = 20_000


def _all(find: Callable[[str], Iterable[Part]]) -> cached_property[tuple[Part, ...]]:
    """What a finder finds in the text, looked for when first asked for."""
    return cached_property(lambda reading: tuple(find(reading.text)))


class Reading:
    """A text and what stands in it. Make one with `read`, which keeps those of the last texts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._shaped: dict[str, Sequence[Found]] = {}

    # The text as a whole.
    language = cached_property(lambda self: languages.detect(self.text))
    languages_named = _all(languages.languages_named)
    plain = cached_property(lambda self: text.fold(self.text))
    words = _all(text.words)
    content_words = _all(text.content_words)
    stems = cached_property(lambda self: frozenset(text.stems(self.text)))
    concepts = cached_property(lambda self: frozenset(lexicon.concepts(self.text)))
    fields = cached_property(lambda self: lexicon.fields(self.text))
    senses = cached_property(lambda self: lexicon.senses(self.text))
    sentences = _all(text.sentences)
    quotes = _all(shapes.quotes)
    quoted = cached_property(lambda self: tuple(each.value for each in self.quotes))
    topic = cached_property(lambda self: topics.topic_of(self.text))
    title = cached_property(lambda self: topics.title_of(self.text))

    # Who and where.
    mentions = _all(places.mentions)
    states = _all(places.states)
    state_codes = _all(entities.state_codes)
    locations = _all(entities.locations)
    people = _all(entities.people)
    names = _all(entities.names)

    # How many, and when.
    quantities = _all(figures.quantities)
    dates = _all(calendar.dates)
    days = _all(calendar.days)
    times = _all(calendar.times)
    moments = _all(calendar.moments)

    # By shape.
    units = _all(figures.unit_words)
    addresses = _all(shapes.addresses)
    towns = _all(shapes.towns)
    countries = _all(shapes.countries)
    codes = _all(shapes.codes)
    tickers = _all(shapes.tickers)
    currencies = _all(shapes.currencies)

    def shaped(self, kind: str) -> Sequence[Found]:
        """Everything of a shape of shapes.toml."""
        if kind not in self._shaped:
            self._shaped[kind] = shapes.shaped(kind, self.text)
        return self._shaped[kind]


_kept, _kept_long = lru_cache(maxsize=1024)(Reading), lru_cache(maxsize=8)(Reading)


def share_a_row(one: Reading, other: Reading) -> bool:
    """Whether two texts speak of the same thing by the thesaurus."""
    return any(map(lexicon.tells, one.senses.keys() & other.senses.keys()))


def read(text: str) -> Reading:
    """The reading of a text: the same one for the same text. Of long texts only the last few are kept."""
    return _kept(text) if len(text) <= _LONG else _kept_long(text)
