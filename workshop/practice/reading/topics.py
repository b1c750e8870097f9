"""The subject of a question, apart from the words that ask for it."""

from __future__ import annotations

import re

from workshop.practice.reading.tables import PATTERNS

_P = PATTERNS["topics"]


def topic_of(text: str) -> str:
    """The subject of a question, without the words that ask for it."""
    first = text.strip().split("\n")[0].strip(" ?!.:")
    bare = _P["opening"].sub("", f"{first} ", count=1).strip()
    bare = re.sub(
        r",? and (?:how|what|why|when|which|who|where)\b.*$|\s+works?$", "", bare, flags=re.IGNORECASE
    )
    bare = re.sub(r" be (?:used|done|made|applied|handled)\b", "", bare)
    bare = re.sub(
        r"^(?:the|a|an|le|la|les|el|los|las|un|une|una)\s+",
        "",
        _P["closing"].sub("", bare),
        flags=re.IGNORECASE,
    ).strip(" ?!.:,")
    return bare or first


def title_of(text: str) -> str:
    """The question as a heading: as it was asked where it asks how or why, else its subject."""
    first = text.strip().split("\n")[0].strip()
    asked = re.match(
        r"(?:how|why|when|where|who|does|do|is|are|can|should|comment|pourquoi|cómo|por qué)\b",
        first,
        re.IGNORECASE,
    )
    return first.rstrip(" .!") if asked else topic_of(text)
