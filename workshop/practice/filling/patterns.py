"""Patterns of a client's schema. They come from anywhere, so an engine tries them that can be stopped: `re` would
hold every thread of the process for as long as it likes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import regex  # type: ignore[import-untyped]  # it has no types of its own
from jsonschema import Draft202012Validator, ValidationError, validators

from workshop.practice.types import Unanswerable

LIMIT_S = 0.25
"""How long one pattern may take on one text, in seconds of processor time."""


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> regex.Pattern[str] | None:
    try:
        return regex.compile(pattern)
    except regex.error:
        return None


def matches(pattern: str, text: str) -> list[str]:
    """What a pattern finds in a text, in its order; nothing if it can't be read. Raises `Unanswerable` if it takes too long."""
    compiled = _compiled(pattern)
    try:
        found = compiled.finditer(text, timeout=LIMIT_S, concurrent=True) if compiled else ()
        return [match.group() for match in found]
    except TimeoutError:
        raise _too_slow(pattern) from None


def is_found(pattern: str, text: str) -> bool:
    """Whether a pattern finds anything in a text. Raises `Unanswerable` if it takes too long."""
    compiled = _compiled(pattern)
    try:
        return bool(compiled and compiled.search(text, timeout=LIMIT_S, concurrent=True))
    except TimeoutError:
        raise _too_slow(pattern) from None


def _too_slow(pattern: str) -> Unanswerable:
    said = f"The pattern '{pattern[:200]}' takes too long on a text that it does not match: it tries too many ways."
    return Unanswerable(f"{said} Write it without a repeat inside of a repeat.")


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not is_found(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    for pattern, inner in patterns.items() if isinstance(value, dict) else ():
        for name, part in value.items():
            if is_found(pattern, name):
                yield from validator.descend(part, inner, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, allowed: Any, value: Any, schema: Any
) -> Iterator[ValidationError]:
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, part in value.items() if isinstance(value, dict) else ():
        if name in named or any(is_found(pattern, name) for pattern in patterns):
            continue
        if allowed is False:
            yield ValidationError(f"{name!r} is one property too many")
        elif isinstance(allowed, dict):
            yield from validator.descend(part, allowed, path=name)


Validator = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    },
)
"""A validator of JSON Schema that no pattern can hold up."""
