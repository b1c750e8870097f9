"""How many people a text names together with its speaker: "me and my two sisters" are three."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workshop.practice.reading.numbers import SPELLED, Quantity, number_of
from workshop.practice.reading.text import WORDS, fold

_NUMBER = rf"(?:\d+|{'|'.join(SPELLED)})"
_PEOPLE = "|".join(sorted(WORDS["kin"], key=len, reverse=True))
_PERSON = (
    rf"(?:(?:just |only )?\b(?P<self>me|myself|I|us)\b"
    rf"|(?:the )?\b(?P<of_us>{_NUMBER}) of us\b"
    rf"|(?:(?:my|our|a|an|one|another|his|her|the) )?(?:(?P<n>{_NUMBER}) )?(?:(?:other|best|little|old|dear) )?\b(?P<kin>{_PEOPLE})(?P<many>s|ren)?\b"
    r"|(?P<name>(?-i:[A-Z][a-zà-ÿ]+))\b)"
)
_ONE = re.compile(_PERSON, re.IGNORECASE)
_JOINT = re.compile(r"\s*(?:,\s*(?:and |plus )?|(?:and|plus|with|&)\s)\s*", re.IGNORECASE)
_HEADS = re.compile(
    r"\b(?:for|(?:we|there)(?: (?:are|were|will be|would be)|['’](?:re|ll be|d be))) "
    rf"(?P<n>{_NUMBER})(?=\s*(?:$|[.,!?;](?!\d)|of us\b|(?:on|at|in|to|from|this|next|tomorrow|tonight|today|please|and|with|around|by|under)\b))"
    rf"|\b(?P<of_us>{_NUMBER}) of us\b"
    r"|\b(?P<one>(?:just|only) (?:for )?(?:me|myself)\b(?! and\b)|(?:for )?me alone\b|on my own\b|by myself\b)",
    re.IGNORECASE,
)
_PAIRS = frozenset(["parents", "grandparents"])
"""Words that mean two where no number is said."""


def parties(text: str) -> Iterator[Quantity]:
    """The companies of two and more with the speaker among them, each with the number of its people."""
    at = 0
    while first := _ONE.search(text, at):
        company, at, ends = [first], first.end(), ""
        while (joint := _JOINT.match(text, at)) and (each := _ONE.match(text, joint.end())):
            if each["of_us"] and "," in joint[0]:
                break  # "me and my daughter, two of us" says it again
            company, at, ends = [*company, each], each.end(), joint[0].strip(" ,")
        counts = [_count(each) for each in company]
        if ends and None not in counts and any(each["self"] or each["of_us"] for each in company):
            yield Quantity(float(sum(n for n in counts if n)), first.start(), at, "people", "people")


def headcounts(text: str) -> Iterator[Quantity]:
    """How many people something is for, where the number stands without a word for them: "a table for two", "we are
    six", "the four of us", "it's just me".
    """
    for match in _HEADS.finditer(text):
        group = next(name for name in ("n", "of_us", "one") if match[name])
        number = 1.0 if group == "one" else number_of(match[group]) or 0.0
        yield Quantity(number, *match.span(group), "people", "people")


def _count(person: re.Match[str]) -> int | None:
    """How many people one of a company is; None where that is not said: "my friends"."""
    said = person["of_us"] or person["n"]
    if said:
        return int(number_of(said) or 0)
    if person["kin"] and person["many"]:
        return 2 if fold(f"{person['kin']}{person['many']}") in _PAIRS else None
    return 1
