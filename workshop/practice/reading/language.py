"""The language of a text: rules for what is short or quoted, py3langid for the rest.

py3langid is right about whole sentences and guesses at single words, so that a greeting is looked up first,
quoted parts are left out, and the commonest little words of a language count beside the library's verdict. It
is restricted to seven languages, drops the tables of the others and shrinks the rest: 16 MB instead of 74, loaded
on first need in about a second.
"""

from __future__ import annotations

import re
from array import array
from functools import cache
from typing import Any

from workshop.practice.reading.tables import Row, Words, load
from workshop.practice.reading.text import fold, without_quotes, words
from workshop.practice.reading.transitions import Transitions, give_memory_back

TOLD_APART = ("en", "fr", "es", "de", "it", "pt", "nl")
"""The languages in Latin script that py3langid tells apart. Anything else is `OTHER` or told by its letters."""
OTHER = "other"
_TOO_SHORT = 5


class Language(Row):
    """A language's names, the English one first; its greetings and little words; the letters that mark it."""

    names: tuple[str, ...]
    greetings: Words = frozenset()
    little: Words = frozenset()
    marks: re.Pattern[str] | None = None
    script: re.Pattern[str] | None = None


_LANGUAGES = load("languages", dict[str, Language])
NAMES = {code: told.names for code, told in _LANGUAGES.items()}
_VOTING = {code: told for code, told in _LANGUAGES.items() if told.greetings}
_NAMED = {
    code: re.compile(rf"\b(?:{'|'.join(re.escape(fold(name)) for name in names)})\b")
    for code, names in NAMES.items()
}


@cache
def _identifier() -> Any:
    """py3langid's model, for our seven languages only."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # it has no annotations

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(TOLD_APART))
    identifier._full_model = None  # the tables of 90 other languages: 28 MB
    identifier.tk_output = array("i", identifier.tk_output)
    identifier.tk_nextmove = Transitions(identifier.tk_nextmove, identifier.tk_row[0])
    identifier._rowbase = array("I", identifier._rowbase)
    give_memory_back()
    return identifier


def prepare() -> None:
    """Load the model ahead of the first sentence that needs it."""
    _identifier()


def languages_named(text: str) -> list[str]:
    """Codes of the languages that the text names ("French", "en español"), in the order in which they come."""
    plain = fold(text)
    found = [(match.start(), code) for code, named in _NAMED.items() if (match := named.search(plain))]
    return [code for _, code in sorted(found)]


def detect(text: str) -> str:
    """The language that the text is written in; `OTHER` where it can't be told."""
    bare = without_quotes(text)
    if not words(bare):
        bare = text
    for code, told in _LANGUAGES.items():
        if told.script and told.script.search(bare):
            return code
    if not re.search(r"[^\W\d_]", bare):
        return OTHER
    votes = _votes(bare)
    best, runner_up = sorted(votes.items(), key=lambda vote: -vote[1])[:2]
    if best[1] - runner_up[1] >= 1.5:
        return best[0]
    if not best[1] and len(bare.strip()) < _TOO_SHORT:
        return OTHER
    for code, chance in _identifier().rank(bare):
        votes[code] += 3 * chance
    leader = max(votes, key=lambda code: votes[code])
    return leader if votes[leader] >= 0.9 else OTHER


def _votes(bare: str) -> dict[str, float]:
    """How much speaks for each language: little words, greetings, letters."""
    tokens = [{word.casefold().replace("’", "'"), fold(word)} for word in words(bare)]
    greeting = 2.0 if len(tokens) <= 3 else 0.7
    votes = {}
    for code, told in _VOTING.items():
        little = sum(1.0 if len(min(token)) > 1 else 0.4 for token in tokens if token & told.little)
        greeted = greeting * sum(bool(token & told.greetings) for token in tokens)
        votes[code] = little + greeted + 1.5 * bool(told.marks and told.marks.search(bare.casefold()))
    return votes
