"""Stories and outlines of stories: who is in them, by what they are to be about, and an outline told as a story."""

from __future__ import annotations

import re

from workshop.practice.reading import read
from workshop.practice.reading.language import OTHER
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import uncapital
from workshop.practice.talking.phrases import say

_P = PATTERNS["fiction"]
KINDS = ("story", "story_scifi", "outline", "outline_scifi")
"""The phrases that are fiction."""
_WHO = {"she": _P["she"], "he": _P["he"], "person": _P["person"]}
_MANY = {"they": "they", "them": "them", "their": "their", "s": "", "es": ""}
_ONE = {
    "she": {"they": "she", "them": "her", "their": "her"},
    "he": {"they": "he", "them": "him", "their": "his"},
    "it": {"they": "it", "them": "it", "their": "its"},
}


def told(kind: str, question: str, topic: str, language: str) -> str:
    """A story or an outline. A story follows the outline that the question gives; else both are about its subject."""
    points = [each.strip() for each in _P["point"].split(question)[1:]]
    if kind.startswith("story") and len(points) > 1:
        first, *middle, last = points
        return " ".join(say("retold", language, first=first, middle=" ".join(middle), last=last).split())
    dreamer = say("dreamer_scifi" if kind.endswith("scifi") else "dreamer", language)
    words = cast(subject(question) or topic, dreamer)
    return say(kind, language, **(words if language in ("en", OTHER) else {**words, "hero": topic}))


def subject(question: str) -> str:
    """What a story is to be about, as the question says it; empty where it leaves that open."""
    match = _P["subject"].search(question)
    about = (match["about"] or "") if match else question
    about = _P["behind"].sub("", re.split(r"[.!?\n;]", about)[0]).strip(" ,:\"'“”")
    return about if match or read(about).names else uncapital(about)


def cast(about: str, dreamer: str) -> dict[str, str]:
    """The words for whoever a story is about: people, things that can be counted, else one who dreams of the subject."""
    hero = about
    if not _P["countable"].match(about) and not _is_many(about):
        clause = _P["clause"].match(about)
        hero = f"{dreamer} who asks everybody {about}" if clause else f"{dreamer} with a dream of {about}"
    kind = next((name for name, pattern in _WHO.items() if pattern.search(_head(hero))), "it")
    forms = _MANY if kind == "person" or _is_many(hero) else {**_ONE[kind], "s": "s", "es": "es"}
    return {"hero": hero, **forms, "They": forms["they"].capitalize()}


def _head(about: str) -> str:
    """The thing itself, without what is said of it: "a dragon who is afraid"."""
    match = _P["head"].match(about)
    return match["head"] if match else about


def _is_many(about: str) -> bool:
    return bool(_P["many"].search(_head(about)))
