"""The sentences that the practice model says, in the languages that have them."""

from __future__ import annotations

from string import Formatter
from typing import Annotated

from pydantic import AfterValidator

from workshop.practice.reading.tables import load


def _whole(phrase: dict[str, str]) -> dict[str, str]:
    """The phrase, if it has English and no other language names a value that English does not."""
    named = {code: {name for _, name, _, _ in Formatter().parse(text)} for code, text in phrase.items()}
    if any(names - {None} - named["en"] for names in named.values()):
        raise ValueError(f"a translation names a value that the English phrase does not have: {phrase}")
    return phrase


_PHRASES = load("phrases", dict[str, Annotated[dict[str, str], AfterValidator(_whole)]])


def speaks(language: str) -> bool:
    """Whether the model can say at least the common things in that language."""
    return language in _PHRASES["hello"]


def names_itself(text: str) -> bool:
    """Whether a text says that it is the practice model's, in any language."""
    return any(name in text for name in _PHRASES["me"].values())


def say(key: str, language: str, **values: object) -> str:
    """A sentence in that language; in English where the model does not have it in the language asked for."""
    phrase = _PHRASES[key]
    return phrase.get(language, phrase["en"]).format(**values)
