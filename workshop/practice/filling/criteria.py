"""A judge's criteria, each checked: length, what must be there or must not, what has to agree with the source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workshop.practice.filling.features import has_it, shape_of, speaks_of
from workshop.practice.filling.kinds import Field
from workshop.practice.reading import Reading, read
from workshop.practice.reading.language import languages_named
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, all_stems, capital, fold, in_words, joined, words

_P = PATTERNS["criteria"]
_LONGEST, _NEAR = 6_000, 120
"""Letters of the rules that are read, and before a criterion."""
_COUNTS: dict[str, Callable[[Reading], int]] = {
    "word": lambda told: len(told.text.split()),
    "sentence": lambda told: len(told.sentences),
    "character": lambda told: len(told.text),
    "letter": lambda told: len(told.text),
    "line": lambda told: len(told.text.splitlines()),
}


@dataclass(frozen=True)
class Finding:
    """One criterion: whether it is met, and what is said of it."""

    met: bool
    said: str


@dataclass(frozen=True)
class Judged:
    """The text to judge, and what it is compared with."""

    text: Reading
    source: Reading
    source_name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What the text says for the fields of a record, by their names."""


def parts_of(question: str) -> Judged:
    """The part of a labelled text that is judged: the last."""
    marks = [*_P["part"].finditer(question)]
    ends = [*(mark.start() for mark in marks[1:]), len(question)]
    named = [(mark["label"], question[mark.end() : end]) for mark, end in zip(marks, ends, strict=False)]
    if len(named) < 2:
        return Judged(read((named[0][1] if named else question).strip().strip('"“”')), read(""), "text")
    label, text = named[-1]
    others = [each for each in named if each[0] != label]
    return Judged(read(text.strip()), read("\n".join(each for _, each in others)), fold(others[0][0]))


def judges(rules: str) -> bool:
    """Whether the rules are a judge's."""
    return bool(_P["judges"].search(rules))


def findings(
    rules: str, question: str, *, by_shape: bool = False, fields: Mapping[str, Any] | None = None
) -> list[Finding]:
    """What becomes of each criterion that the rules state. `by_shape`: only of those that are told by a shape;
    `fields`: what the text says for the fields of a record.
    """
    judged, rules = replace(parts_of(question), fields=fields or {}), rules[:_LONGEST]
    found: dict[str, Finding] = {}
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", rules):
        for check in (_lengths, _agreement, _contents, _ends, _languages):
            for each in check(sentence, judged):
                if not (by_shape and " of " in each.said):
                    found.setdefault(each.said, each)
    return list(found.values())


def of_field(owner: Field, question: str, *, general: bool) -> list[Finding]:
    """The criteria of a yes-or-no field's description, or the one that it is named for: has_greeting, polite."""
    told = in_words(owner.name)
    claim = f"It {told}." if _P["claim"].match(told) else f"It is {told}."
    return findings(f"{owner.description}\n{'' if general else claim}", question, by_shape=not general)


def _fails(sentence: str, start: int) -> bool:
    """Whether what begins there is said of a text that fails."""
    said = [*_P["outcome"].finditer(sentence, max(0, start - _NEAR), start)]
    return bool(said and said[-1]["bad"])


def _lengths(sentence: str, judged: Judged) -> Iterator[Finding]:
    for match in _P["length"].finditer(sentence):
        unit = fold(match["unit"]).removesuffix("s")
        have, limits = _COUNTS[unit](judged.text), [int(each.value) for each in read(match[0]).quantities]
        if not limits:
            continue
        bound = fold(match["bound"] or match["after"] or "at most")
        upper = bool(_P["upper"].search(bound))
        low, high = (limits[0], limits[-1]) if len(limits) > 1 or "exactly" in bound else (0, 10**9)
        strict = bool(_P["strict"].search(bound))
        if _fails(sentence, match.start()):  # what is said of a text that fails is turned round
            upper, strict = not upper, not strict
        if len(limits) == 1 and "exactly" not in bound:
            low, high = (0, limits[0] - strict) if upper else (limits[0] + strict, high)
        wanted = f"at least {low}" if high == 10**9 else f"{low} to {high}" if low else f"at most {high}"
        met = low <= have <= high
        rest = "" if met else f", and {wanted} are wanted"
        yield Finding(met, f"it has {have} {unit}{'s' * (have != 1)}{rest}")


def _agreement(sentence: str, judged: Judged) -> Iterator[Finding]:
    match = _P["agrees"].search(sentence)
    if not match or not judged.source.text:
        return
    what = all_stems(match["what"] or match["kept"] or match["invented"])
    everything = bool(what & {"fact", "claim", "statement", "detail", "information", "everyth"})
    figures = bool(what & {"number", "figur", "amount", "date", "digit"})
    for kind, asked, parts in (("number", figures, _numbers), ("name", "name" in what, _names)):
        if not (asked or everything):
            continue
        source = {*parts(judged.source), *words(judged.source.text)}
        foreign = [each for each in parts(judged.text) if each not in source]
        verb = "is" if len(foreign) == 1 else "are"
        lacks = f"{joined(foreign)} {verb} not in the {judged.source_name}"
        yield Finding(not foreign, lacks if foreign else f"its {kind}s agree")


def _numbers(told: Reading) -> list[str]:
    found = [each.replace(",", "") for each in re.findall(r"\d[\d,]*(?:\.\d+)?", told.text)]
    spelled = [f"{each.value:g}" for each in told.quantities]
    return list(dict.fromkeys([*found, *(each for each in spelled if each not in found)]))


def _names(told: Reading) -> list[str]:
    found = re.findall(r"(?<![.!?:\n] )(?<!^)(?<![.!?:\n])\b[A-ZÀ-Ý][\w'-]+", told.text)
    listed = [*found, *(word for name in told.names for word in str(name.value).split())]
    every = {word.removesuffix("'s") for word in listed if fold(word) not in WORDS["not_people"]}
    return [word for word in dict.fromkeys(words(told.text)) if word in every]


_LAST = {
    "tale": ("an ending", "In the end, all is well"),
    "text": ("a closing sentence", "We look forward to seeing you"),
}
"""What a first draft may still have."""


def of_first_try(rules: str, said: Sequence[str]) -> list[Finding]:
    """What a first draft lacks where the rules want none to pass at once. `said`: the texts of the conversation, in which
    feedback, or a draft that has taken it in, tells of a second try.
    """
    kind, last = _LAST["tale" if _P["tale"].search(rules) else "text"]
    seen = any("feedback" in fold(text) or last in text for text in said)
    wanted = _P["first_try"].search(rules) and not seen
    return [Finding(False, f"it is good for a first draft; add {kind}: {last}")] if wanted else []


def _contents(sentence: str, judged: Judged) -> Iterator[Finding]:
    for match in _P["contains"].finditer(sentence):
        if _P["own_act"].match(match["what"]) or _P["of_verdict"].match(match["what"]):
            continue  # "give it a pass", "tell what is missing"
        forbidden = bool(match["not"] or match["none"]) != _fails(sentence, match.start())
        thanking = _P["thanking"].search(match[0])
        yield from _content("thanks" if thanking else match["what"], judged, forbidden)
    for match in _P["bare"].finditer(sentence):
        if shape_of(match["what"]):
            yield from _content(match["what"], judged, not _fails(sentence, match.start()))
    for match in _P["quality"].finditer(sentence):
        wanted = bool(match["not"] or match["before"]) == _fails(sentence, match.start())
        has = has_it(match["what"], judged.text)
        yield Finding(has == wanted, f"it is {'' if has else 'not '}{match['what']}")


def _content(what: str, judged: Judged, forbidden: bool) -> Iterator[Finding]:
    quoted = read(what).quoted
    example = None if quoted else _P["such_as"].search(what)
    if example and re.search(r"\d", example["what"]):  # the example of a code
        what, example = what[: example.start()], None
    said = example["what"] if example else what
    parts = quoted or [each for each in _P["between"].split(said) if each.strip()]
    listed = [each.strip() for each in parts]
    either = not forbidden and (example or re.search(r"\bor\b", what))
    results = [(each, has_it(each, judged.text, judged.fields, quoted=bool(quoted))) for each in listed]
    if either:
        met = any(has for _, has in results)
        results = [(joined((each for each, _ in results), "or"), met)]
    for each, has in results:
        shown = f"“{each}”" if quoted else each
        verb, of = ("contain", "") if quoted or shape_of(each) else ("speak", " of")
        said = f"{verb}s{of}" if has else f"does not {verb}{of}"
        yield Finding(bool(has) != forbidden, f"it {said} {shown}")


def _ends(sentence: str, judged: Judged) -> Iterator[Finding]:
    for match in _P["ends"].finditer(sentence):
        first, what, text = fold(match["which"])[0] in "bso", match["what"], judged.text.text
        if quoted := read(what).quoted:
            told, said = fold(text), fold(quoted[0])
            has = told.startswith(said) if first else told.rstrip().endswith(said)
        elif re.search(r"\bcapital\b", what):
            has = text[:1].isupper()
        elif re.search(r"\b(?:full stop|period|dot)\b", what):
            has = text.rstrip().endswith(".")
        elif not shape_of(what):
            continue  # what no rule can tell: "a verb in the imperative"
        else:
            sentences = judged.text.sentences or [""]
            has = has_it(what, read(sentences[0 if first else -1]))
        wrong = _fails(sentence, match.start()) != bool(match["not"])
        verb = ("starts" if first else "ends") if has else f"does not {'start' if first else 'end'}"
        yield Finding(has != wrong, f"it {verb} with {what.strip()}")


def _languages(sentence: str, judged: Judged) -> Iterator[Finding]:
    for match in _P["language"].finditer(sentence):
        for code in languages_named(match["what"])[:1]:
            met = judged.text.language == code
            yield Finding(met, f"it is {'' if met else 'not '}in {match['what']}")


def audited(data: Mapping[str, Any]) -> list[Finding]:
    """What becomes of a report by its payload's evidence: links and numbers that are not in it; else nothing."""
    judged = next((key for key in data if _P["judged_key"].search(key)), "")
    evidence = [key for key in data if _P["evidence_key"].search(key)]
    if not judged or not evidence:
        return []
    others = {key: value for key, value in data.items() if key != judged}
    text, source = (" ".join(_texts(each)) for each in (data[judged], others))
    bare = _P["reference"].sub(" ", text)
    links = [url for url in dict.fromkeys(_P["link"].findall(text)) if url not in source]
    figures = (_P["figure"].findall(_P["link"].sub(" ", each)) for each in (source, bare))
    known, numbers = ([each.strip(".,") for each in listed] for listed in figures)
    numbers = [each for each in dict.fromkeys(numbers) if each not in known]
    found = [Finding(False, f"the link {url} is unsupported: it is not among the sources") for url in links]
    found += [Finding(False, f"{each} is unsupported by the {fold(evidence[0])}") for each in numbers]
    return found or [Finding(True, "its links and numbers are in what was supplied")]


def _texts(value: Any) -> Iterator[str]:
    """All texts of a payload."""
    if not isinstance(value, (Mapping, list)):
        yield str(value)
        return
    for each in value.values() if isinstance(value, Mapping) else value:
        yield from _texts(each)


def against_order(order: str, draft: str) -> list[Finding]:
    """Whether a draft speaks of all that was ordered, where the rules say no more."""
    told = read(draft)
    wanted = [word for word in read(order).content_words if fold(word) not in WORDS["of_texts"]]
    lacks = [word for word in wanted if not speaks_of(word, told)]
    said = f"it does not speak of the {joined(lacks)}" if lacks else "it has all that was asked for"
    return [Finding(not lacks, said)]


def feedback(checked: Sequence[Finding]) -> str:
    """What is wrong, or why all is well, in a sentence."""
    wrong = [each.said for each in checked if not each.met]
    said = joined(wrong or [each.said for each in checked])
    return f"{capital(said)}." if wrong else f"All is well: {said}."


def wrong(checked: Sequence[Finding], index: int | None) -> str:
    """What is wrong: all of it, or one point for the entry of a list; empty where nothing is."""
    failed = [each for each in checked if not each.met]
    return feedback(failed if index is None else failed[index : index + 1]) if failed else ""
