"""Words for the most or the least of something: "cheapest", "most seats", "nearest"."""

from __future__ import annotations

import re

from workshop.practice.reading.tables import Row, load


class Extreme(Row):
    """Words for the most or the least of something, and the units in which it is told; any where none is named."""

    said: re.Pattern[str]
    units: tuple[str, ...]
    least: bool
    keys: tuple[str, ...] = ()
    """Words of the fields of records that tell it."""


EXTREMES = load("extremes", dict[str, tuple[Extreme, ...]])["extremes"]
