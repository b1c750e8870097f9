"""Values made to fit: numbers within bounds, strings of a format or a pattern."""

from __future__ import annotations

import ipaddress
import math
import random
import re
import uuid
import zlib
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

import rstr

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
    low, high = _bounds(schema)
    aim = Fraction(str(wanted)) if wanted is not None and math.isfinite(wanted) else Fraction(1)
    if low is not None:
        aim = max(aim, low)
    if high is not None:
        aim = min(aim, high)
    step = Fraction(str(schema["multipleOf"])) if schema.get("multipleOf") else None
    if whole:
        step = Fraction(math.lcm(step.numerator, 1)) if step else Fraction(1)
    if step is None:
        yield aim
        if low is not None and high is not None:
            yield from ((low + high) / 2, low + (high - low) / 1000, high - (high - low) / 1000)
        for exponent in (0, -3, -6, 3, 6, 9):
            yield from (aim + Fraction(10) ** exponent, aim - Fraction(10) ** exponent)
        magnitude = float(aim)
        yield from (
            Fraction(math.nextafter(magnitude, math.inf)),
            Fraction(math.nextafter(magnitude, -math.inf)),
        )
        return
    nearest = aim / step
    for base in (math.floor(nearest), math.ceil(nearest)):
        yield base * step
    for away in range(1, 200):
        yield (math.floor(nearest) - away) * step
        yield (math.ceil(nearest) + away) * step


def _bounds(schema: Schema) -> tuple[Fraction | None, Fraction | None]:
    lows = [
        Fraction(str(schema[key]))
        for key in ("minimum", "exclusiveMinimum")
        if isinstance(schema.get(key), (int, float))
    ]
    highs = [
        Fraction(str(schema[key]))
        for key in ("maximum", "exclusiveMaximum")
        if isinstance(schema.get(key), (int, float))
    ]
    return max(lows, default=None), min(highs, default=None)


def string(wanted: str, schema: Schema, path: str) -> str:
    """A string that satisfies the schema: the wanted one if it fits, else one of its format, pattern and
    length.
    """
    for candidate in _strings(wanted, schema, path):
        if fits(candidate, schema):
            return candidate
    return wanted


def _strings(wanted: str, schema: Schema, path: str) -> Iterator[str]:
    yield wanted
    most, least = schema.get("maxLength"), int(schema.get("minLength") or 0)
    if isinstance(most, int) and len(wanted) > most:
        yield wanted[: most - 1].rstrip() + "…" if most > 1 else wanted[:most]
        yield wanted[:most]
    if len(wanted) < least:
        yield (f"{wanted} " * (least // (len(wanted) + 1) + 2))[
            : least if most is None else min(most, max(least, 1))
        ].ljust(least, ".")
    form, pattern = schema.get("format"), schema.get("pattern")
    if isinstance(form, str):
        yield from _of_format(form, wanted, path)
    if isinstance(pattern, str):
        yield from _of_pattern(pattern, wanted, int(most) if isinstance(most, int) else None, least)
    yield "x" * max(least, 1)
    yield ""


def found_of_format(form: str, text: str) -> list[str]:
    """What the text holds of a format: its mail addresses, its dates and so on."""
    return [made for made in _of_format(form, text, None) if fits(made, {"type": "string", "format": form})]


def _of_format(form: str, text: str, path: str | None) -> Iterator[str]:
    """Strings of a format: those in the text first, then, if there is a `path` to fill, an example."""
    if form in ("email", "uri", "url"):
        yield from (found.value for found in shaped("email" if form == "email" else "url", text))
    days = [found.value for found in dates(text)]
    hours = [found.value for found in times(text)]
    if form == "date":
        yield from days
    if form == "date-time" and days:
        yield f"{days[0]}T{hours[0] if hours else '00:00'}:00Z"
    if form == "time" and hours:
        yield from (f"{hours[0]}:00Z", f"{hours[0]}:00")
    if form in ("ipv4", "ipv6"):
        for found in re.findall(r"[\da-fA-F:.]{3,45}", text):
            try:
                ipaddress.ip_address(found)
            except ValueError:
                continue
            yield found
    if form == "hostname":
        yield from re.findall(r"(?<![@\w.-])(?:[a-z0-9-]+\.)+[a-z]{2,}\b", text)
    if form == "uuid":
        yield from re.findall(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", text)
        if path is not None:
            yield str(uuid.uuid5(uuid.NAMESPACE_URL, f"{path} {text}"))
    if path is not None and form in _EXAMPLES:
        yield _EXAMPLES[form]


def _of_pattern(pattern: str, wanted: str, most: int | None, least: int) -> Iterator[str]:
    compiled = _compiled(pattern)
    if compiled is None:
        return
    yield from (word for word in re.findall(r"\S+", wanted) if compiled.search(word))
    yield from (word.upper() for word in re.findall(r"\w+", wanted) if compiled.search(word.upper()))
    yield from (word.lower() for word in re.findall(r"\w+", wanted) if compiled.search(word.lower()))
    yield from (found for found in (m.group() for m in compiled.finditer(wanted)) if found)
    for attempt in range(12):
        made = _made_to(pattern, attempt)
        if made is None:
            return
        yield made
        if len(made) < least:
            yield made.ljust(least, made[-1:] or "a")
        if most is not None and len(made) > most:
            yield made[:most]


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:
        return None


@lru_cache(maxsize=1024)
def _made_to(pattern: str, attempt: int) -> str | None:
    """A string of the pattern, by the rstr library; the seed depends on the pattern alone."""
    generator = rstr.Rstr(random.Random(zlib.crc32(f"{pattern}#{attempt}".encode())))
    try:
        return str(generator.xeger(pattern))
    except (KeyError, ValueError, TypeError, re.error, OverflowError):
        return None
