"""Which kinds a text shows by their shape, and which are named in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import methodcaller

from workshop.practice.filling.kinds import BODY
from workshop.practice.filling.matching import Leaf
from workshop.practice.reading import Reading
from workshop.practice.reading.shapes import SHAPES, Found
from workshop.practice.reading.text import word_set

SHAPED: Mapping[str, Callable[[Reading], Sequence[Found]]] = {
    **{kind: methodcaller("shaped", kind) for kind in SHAPES},
    "file": lambda reading: reading.shaped("file") or [f for f in reading.shaped("slug") if "/" in f.value],
    "channel": lambda reading: reading.shaped("handle"),
    "ticker": lambda reading: reading.tickers,
    "currency": lambda reading: reading.currencies,
    "address": lambda reading: reading.addresses,
    "date": lambda reading: (
        sorted([*reading.dates, *reading.days], key=lambda each: each.start) or reading.times
    ),
    "time": lambda reading: reading.times or reading.moments,
    "moment": lambda reading: reading.moments,
    "place": lambda reading: reading.locations,
    "unit": lambda reading: reading.units,
    "company": lambda reading: reading.shaped("company") or reading.names,
}
"""Finders of kinds that a text shows by their shape alone."""
NAMED = word_set("person label other title topic company place channel slug host id code task") | {BODY}
"""Kinds of parameters that are named in words: the scorer finds them."""
ANY = -9.0
"""What a name must weigh in an entry of a list, which is about it."""
_SHAPELESS = word_set("address street file version system")
"""Kinds of which some have no shape: the scorer finds those."""


def is_named(leaf: Leaf) -> bool:
    """Whether a parameter is named in words."""
    return leaf.kind in NAMED or (leaf.kind in _SHAPELESS and not leaf.candidates)
