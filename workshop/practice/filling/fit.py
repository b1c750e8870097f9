"""Values made to fit: numbers within bounds, strings of a format or a pattern."""

from __future__ import annotations

import math
import random
import re
import uuid
import zlib
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

import rstr

from workshop.practice.filling.patterns import is_found, matches
from workshop.practice.filling.schema import Schema, valid
from workshop.practice.reading.dates import dates, times
from workshop.practice.reading.shapes import shaped

_EXAMPLES = {
    "date-time": "2026-01-15T09:30:00Z",
    "time": "09:30:00Z",
    "date": "2026-01-15",
    "duration": "PT1H",
    "email": "someone@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
}


def fits(value: object, schema: Schema) -> bool:
    """Whether a simple value satisfies its schema."""
    return valid(value, {key: told for key, told in schema.items() if key not in ("$defs", "definitions")})


def number(wanted: float | None, schema: Schema, *, whole: bool) -> int | float:
    """A number within the schema's bounds, the wanted one if it fits, else the nearest to it (or to 1)."""
    for candidate in _numbers(wanted, schema, whole):
        value = int(candidate) if whole or candidate.denominator == 1 else float(candidate)
        if fits(value, schema):
            return value
    return 0


def _numbers(wanted: float | None, schema: Schema, whole: bool) -> Iterator[Fraction]:
    low, high = (
        [Fraction(str(schema[key])) for key in keys if isinstance(schema.get(key), (int, float))]
        for keys in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
    )
    aim = Fraction(str(wanted)) if wanted is not None and math.isfinite(wanted) else Fraction(1)
    aim = min([max([aim, *low]), *high])
    step = Fraction(str(schema["multipleOf"])) if schema.get("multipleOf") else None
    step = Fraction(step.numerator if step else 1) if whole else step
    if step:
        base = math.floor(aim / step)
        yield from ((base + away) * step for n in range(200) for away in (-n, n + 1))
        return
    yield aim
    if low and high:
        yield from (
            max(low) + (min(high) - max(low)) * share for share in (Fraction(1, 2), Fraction(1, 1000))
        )
    for exponent in (0, -3, -6, -12, 3, 6, 9):
        yield from (aim + Fraction(10) ** exponent, aim - Fraction(10) ** exponent)


def string(wanted: str, schema: Schema, path: str) -> str:
    """A string that satisfies the schema: the wanted one if it fits, else of its format, pattern and length."""
    return next((made for made in _strings(wanted, schema, path) if fits(made, schema)), wanted)


def _strings(wanted: str, schema: Schema, path: str) -> Iterator[str]:
    yield wanted
    least, most = int(schema.get("minLength") or 0), schema.get("maxLength", max(len(wanted), 64))
    most = max(most, int(schema.get("minLength") or 0))
    if len(wanted) > most:
        yield from ((f"{wanted[: most - 1].rstrip()}…",) if most > 1 else ())
    if len(wanted) < least:
        wanted = f"{wanted} " * (least // (len(wanted) + 1) + 2)
        yield wanted[:least].ljust(least, ".")
    yield wanted[:most]
    if isinstance(schema.get("format"), str):
        yield from _of_format(schema["format"], wanted, path)
    if isinstance(schema.get("pattern"), str):
        for made in _of_pattern(schema["pattern"], wanted):
            yield from (made, made.ljust(least, made[-1:] or "a"), made[:most])
    yield from ("x" * max(least, 1), "")


def _of_format(form: str, text: str, path: str) -> Iterator[str]:
    """Strings of a format: those in the text first, then an example."""
    days, hours = ([found.value for found in find(text)] for find in (dates, times))
    match form:
        case "email" | "uri" | "url":
            yield from (found.value for found in shaped("email" if form == "email" else "url", text))
        case "date":
            yield from days
        case "date-time" if days:
            yield f"{days[0]}T{hours[0] if hours else '00:00'}:00Z"
        case "time":
            yield from (f"{hour}:00{zone}" for hour in hours for zone in ("Z", ""))
        case "ipv4" | "ipv6":
            yield from re.findall(r"[\da-fA-F:.]{3,45}", text)
        case "hostname":
            yield from re.findall(r"(?<![@\w.-])(?:[a-z0-9-]+\.)+[a-z]{2,}\b", text)
        case "uuid":
            yield from re.findall(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", text)
            yield str(uuid.uuid5(uuid.NAMESPACE_URL, f"{path} {text}"))
    if form in _EXAMPLES:
        yield _EXAMPLES[form]


def _of_pattern(pattern: str, wanted: str) -> Iterator[str]:
    """Strings of a pattern: words of the text, as written or in one case, then strings made to it."""
    listed = [*re.findall(r"\S+", wanted)]
    bare = re.findall(r"\w+", wanted)
    listed += [word.upper() for word in bare] + [word.lower() for word in bare]
    yield from (word for word in listed if is_found(pattern, word))
    yield from filter(None, matches(pattern, wanted))
    yield from filter(None, (_made_to(pattern, attempt) for attempt in range(12)))


_LONG_STEPS = 5_000


class _Generator(rstr.Rstr):
    """Strings made to a pattern, in so many steps: a repeat inside of a repeat would fill the memory."""

    _steps = 0

    def _handle_state(self, state: Any) -> Any:
        self._steps += 1
        if self._steps > 100 * _LONG_STEPS:
            raise OverflowError
        return super()._handle_state(state)

    def _handle_repeat(self, start_range: int, end_range: int, value: Any) -> Any:
        """As often as chance says; once the string is long, no more often than needed."""
        end_range = start_range if self._steps > _LONG_STEPS else end_range
        return super()._handle_repeat(start_range, end_range, value)


@lru_cache(maxsize=1024)
def _made_to(pattern: str, attempt: int) -> str | None:
    """A string of the pattern, by the rstr library; the seed depends on the pattern alone."""
    generator = _Generator(random.Random(zlib.crc32(f"{pattern}#{attempt}".encode())))
    try:
        return str(generator.xeger(pattern))
    except (KeyError, ValueError, TypeError, re.error, OverflowError):
        return None
