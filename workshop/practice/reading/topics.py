"""The subject of a question, apart from the words that ask for it."""

from __future__ import annotations

from workshop.practice.reading.tables import PATTERNS

_P = PATTERNS["topics"]


def topic_of(text: str) -> str:
    """The subject of a question, without the words that ask for it."""
    first = text.strip().split("\n")[0].strip(" ?!.:")
    bare = _P["opening"].sub("", f"{first} ", count=1).strip()
    for end in (_P["second"], _P["handled"], _P["closing"], _P["article"]):
        bare = end.sub("", bare)
    return bare.strip(" ?!.:,") or first


def title_of(text: str) -> str:
    """The question as a heading: as it was asked where it asks how or why, else its subject."""
    first = text.strip().split("\n")[0].strip()
    return first.rstrip(" .!") if _P["asked"].match(first) else topic_of(text)
