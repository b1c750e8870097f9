"""Choices: an option of an enum, yes or no, by name, by meaning, by what the rules say of each option."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from workshop.practice.conversation import Conversation
from workshop.practice.filling import alike
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.sentence import root
from workshop.practice.reading.language import languages_named
from workshop.practice.reading.lexicon import concepts, fields, senses
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.tables import PATTERNS, Row, Words, load
from workshop.practice.reading.text import STOP_WORDS, before, fold, in_words, overlap, stem, words


class Choices(Row):
    """choices.toml."""

    signs: dict[str, re.Pattern[str]]
    plain: str
    manner: Words
    booleans: dict[str, tuple[re.Pattern[str], re.Pattern[str]]]
    aliases: dict[str, re.Pattern[str]]


_TABLE = load("choices", Choices)
_WEIGHTS = {"mixed": 2.0, "question": 1.0}
"""What signs weigh that say more than others, or less: a request is put as a question too."""
_RELATED = 0.5
"""From here on what a text shares with an option speaks for it."""
_SIGNS = {stem(word): sign for listed, sign in _TABLE.signs.items() for word in listed.split()}
_ALIASES = {word: alias for listed, alias in _TABLE.aliases.items() for word in listed.split()}
_P = PATTERNS["choose"]
_ANSWERS = {stem(word): signs for listed, signs in _TABLE.booleans.items() for word in listed.split()}


def options_named(options: Sequence[Any], text: str) -> list[Found]:
    """The options that the text names, in the order in which it names them; those that it rejects left out."""
    named = [(match, option) for option in options if (match := _named(option, text))]
    own = set[int]().union(*(range(*match.span()) for match, _ in named))
    met = [(match, option) for option in options if (match := _called(option, text))]
    named += [(m, o) for m, o in met if m.start() not in own and o not in [each for _, each in named]]
    kept = [(m, o) for m, o in named if not _P["negates"].search(before(m.string, m.start()))]
    return sorted((Found(option, *match.span()) for match, option in kept), key=lambda each: each.start)


def beside(found: Found, named: Sequence[Found], text: str) -> list[Found]:
    """An option with those that the text lists together with it: "in dev and in staging"."""
    runs: list[list[Found]] = []
    for each in named:
        if runs and _P["joins"].fullmatch(text[runs[-1][-1].end : each.start]):
            runs[-1].append(each)
        else:
            runs.append([each])
    return next((run for run in runs if found in run), [found])


def _named(option: Any, text: str) -> re.Match[str] | None:
    if isinstance(option, str) and len(option) == 1:
        return re.search(rf"(?<![\w'\u2019]){re.escape(option)}(?!\w)", text)  # "a" is no grade A
    label = r"\W+".join(map(re.escape, map(fold, words(str(option)))))
    ends = "(?:e?s|ly)?" if len(label) > 2 else ""  # "two Clubs", "quietly"
    shape = rf"(?<!\w){label}{ends}(?!\w)"
    return re.search(shape, fold(text)) if label and isinstance(option, str) else None


def _called(option: Any, text: str) -> re.Match[str] | None:
    """Another name of an option in a text: "big" for large, "black and white" for gray."""
    alias = _ALIASES.get(fold(option)) if isinstance(option, str) else None
    return alias.search(fold(text)) if alias else None


def by_rule(options: Sequence[str], rules: str, text: str) -> Found | None:
    """The option that a rule gives to a thing that the text names: "Cinema, games and concerts are fun"."""
    said = {root(m[0]): m for m in re.finditer(r"[^\W\d_]{3,}", text)}
    found = []
    for option in options:
        named = r"\W+".join(map(re.escape, words(option)))
        for rule in re.finditer(
            rf"(?i)(?:^|[.;:\n])([^.;:\n]*?)\b(?:is|are|counts? as|goes? (?:to|under|into)|belongs? to)\s+(?:an? |the )?{named}(?!\w)",
            rules,
        ):
            met = [m for w in words(rule[1]) if fold(w) not in STOP_WORDS and (m := said.get(root(w)))]
            found += [Found(option, *m.span()) for m in met]
    return found[0] if len({each.value for each in found}) == 1 else None


def by_meaning(options: Sequence[str], field: Field, conversation: Conversation, text: str) -> str | None:
    """The option that the text speaks for without naming it; None where it speaks for none."""
    spoken = [o for o in options if languages_named(o) == [conversation.user_language]]
    if spoken or (spoken := [o for o in options if fold(o) == conversation.user_language]):
        return spoken[0]
    options = [option for option in options if not _named(option, text)]  # what is named is rejected here
    sure = shown(options, text)
    if sure and fold(sure) not in _WEIGHTS:
        return sure
    if near := alike.nearest(options, text):
        return near
    rules = f"{field.description}\n{conversation.instructions}"
    asked = concepts(text)
    scored = [(_speaks_for(option, text, asked, rules, options), -n) for n, option in enumerate(options)]
    if not field.tool and not any(score for score, _ in scored):
        scored = [(_related(option, text), -n) for n, option in enumerate(options)]
    best, *others = sorted(scored, reverse=True) or [(0.0, 0)]
    clear = not field.tool or best[0] > max((other[0] for other in others), default=0.0) + 0.1
    return options[-best[1]] if best[0] > 0 and clear else None


def _speaks_for(option: str, text: str, asked: frozenset[str], rules: str, options: Sequence[str]) -> float:
    told, said = in_words(option), _said_of(option, options, rules)
    signs = sum(_WEIGHTS.get(fold(word), 1.5) for word in words(option) if _is_shown(word, text))
    spoken = len(concepts(told) & asked) + overlap(told, text) + signs + 1.2 * len(concepts(said) & asked)
    return spoken or 0.1 * len(fields(told).keys() & fields(text).keys())


def _related(option: str, text: str) -> float:
    """How much a text speaks of what an option is about, without its words: of a hotel, by nights and a check-out."""
    own, said = senses(" ".join(words(option))), senses(text)
    met = sum(own[sense] * said[sense] for sense in own.keys() & said.keys())
    return met if met >= _RELATED else 0.0


def shown(options: Sequence[Any], text: str) -> str | None:
    """The only option for which a sign in the text speaks."""
    signed = [option for option in options if isinstance(option, str) and _is_shown(option, text)]
    return signed[0] if len(signed) == 1 else None


def _is_shown(word: str, text: str) -> bool:
    sign = _SIGNS.get(stem(word))
    return bool(sign and sign.search(fold(text)))


def _said_of(option: str, options: Sequence[str], rules: str) -> str:
    """What the rules say of an option: "billing: payments and invoices; technical: crashes"."""
    others = "|".join(re.escape(o) for o in options if o != option)
    match = re.search(
        rf"(?<!\w){re.escape(option)}(?!\w)[\"'”]?\s*(?::|=|\(|-|–|means|for|if)\s*(.+?)(?=[;\n]|\.\s|$"
        + (rf"|[,\s]*\b(?:or\s+)?[\"'“]?(?:{others})[\"'”]?\s*(?::|=|\(|-|means|for|if))" if others else ")"),
        rules,
        re.IGNORECASE,
    )
    return match[1] if match else ""


def plainest(options: Sequence[Any]) -> Any:
    """The option that says least."""
    folded = {fold(o): o for o in options if isinstance(o, str)}
    return next((folded[word] for word in _TABLE.plain.split() if word in folded), options[0])


def is_manner(field: Field) -> bool:
    """Whether the field is about how something is to be done, so that any option will do."""
    return bool(field.words & _TABLE.manner)


def mark(options: Sequence[str], conversation: Conversation, met: bool | None = None) -> str | None:
    """A judge's mark, by whether the criteria are met. Without criteria: pass for a text of some length. A draft
    that has had feedback passes, so that a loop of drafts ends. None where the options are no marks.
    """
    failing = next((option for option in options if _P["fails"].search(fold(option))), None)
    passing = next((o for o in options if o != failing and _P["passes"].search(fold(o))), None)
    if passing is None:
        return None
    said = [conversation.question, *conversation.earlier]
    answered = any("feedback" in fold(text) for text in said)
    if met is None and not re.search(r"pass|appro|accept", fold(passing)):
        return None
    if met is None:
        improving = next((o for o in options if re.search("improve|revis|change", fold(o))), None)
        return passing if answered or improving is None or len(said[0].split()) >= 12 else improving
    return passing if met or answered or failing is None else failing


@lru_cache(maxsize=1024)
def signs_of(word: str) -> tuple[tuple[re.Pattern[str], bool], ...]:
    """What speaks for the stem of a word of a yes-or-no field, and what speaks against it (true)."""
    yes, no = _ANSWERS.get(word, (None, None))
    signs = ((no, True), (yes, False), (_SIGNS.get(word), False))
    return tuple((sign, against) for sign, against in signs if sign)
