"""What can be told by its shape: files, codes, currencies, amounts with units, postal addresses, labelled
values, pairs.
"""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workshop.practice.reading.entities import Found
from workshop.practice.reading.text import STOP_WORDS, fold, stem, word_set, words

TABLE = Path(__file__).parents[1] / "data" / "units.toml"

_FILE = re.compile(
    r"[\"“'](?P<quoted>[^\"”'\n]+\.\w{1,5})[\"”']|(?<![\w@:/.])(?!e\.g|i\.e|a\.m|p\.m)(?P<bare>(?:~?/|\.{1,2}/)?(?:[\w-]+/)*[\w-]+(?:\.[\w-]+)*\.[A-Za-z]\w{0,4})(?![\w/@])"
    r"|(?<![\w:/.])(?P<path>(?:~|\.{0,2})/[\w./-]*\w)"
)
_TICKER = re.compile(r"(?<![\w.])\$?([A-Z]{1,5}(?:\.[A-Z])?)(?![\w'])")
_NO_TICKERS = word_set("I A OK US USA UK EU USD EUR GBP JPY CHF API AI TV PM AM ID CEO IT AND OR THE IPO ETF")
_CODE = re.compile(r"(?<![\w.@/$€£])#?(?P<code>(?=[\w-]*\d)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)(?![\w@%]|\.\d)")
_ROAD = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|boulevard|blvd|drive|dr|way|square|court|place|terrace|platz|stra(?:ß|ss)e|"
    r"gasse|weg|allee)"
)
_ADDRESS = re.compile(
    rf"\b\d+\s?[A-Za-z]?,?\s+(?:(?:[A-ZÀ-Ý][\w'’.-]*|of|de|la|du|des|del|the)\s+){{0,4}}{_ROAD}\b\.?"
    r"|\b\d+,?\s+(?:rue|avenue|calle|via|boulevard|place|plaza)\s+(?:(?:de|la|du|des|del|le|l['’])\s*)*[A-ZÀ-Ý][\w'’-]*(?:\s[A-ZÀ-Ý][\w'’-]*)*"
    rf"|\b[A-ZÀ-Ý][\w-]*(?:{_ROAD})\s+\d+\w?",
    re.IGNORECASE,
)
_AFTER_ADDRESS = re.compile(
    r"(?:,\s*(?:\d{4,5}\s+)?[A-ZÀ-Ý][\w'’-]*(?:\s+[A-ZÀ-Ý][\w'’-]*)*(?:\s+\d{4,5})?)+"
)
_POSTAL = re.compile(
    r"(?<![\w$€£.-])(?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}|\d{4}\s?[A-Z]{2})(?![\w%])"
)
_PAIR = re.compile(r"(?P<key>[A-Za-zÀ-ÿ][\w ]{0,24}?)\s*(?:=|:)\s*(?P<value>\"[^\"]*\"|[^,;\n]+)")
_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[$€£¥₹]?\s?)(?P<minus>[-+]?)(?P<figures>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
)
_SPELLED = {
    name: n
    for n, name in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
_BETWEEN = re.compile(
    r"\b(?:between|from)\s+(-?\d+(?:\.\d+)?)\s+(?:and|to)\s+(-?\d+(?:\.\d+)?)", re.IGNORECASE
)


@dataclass(frozen=True)
class Quantity:
    """A number in a text with the unit beside it; `unit` is empty for a bare number."""

    value: float
    start: int
    end: int
    unit: str


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@cache
def _unit_words() -> dict[str, list[str]]:
    """The units that a word behind a number may stand for."""
    found: dict[str, list[str]] = {}
    for unit, told in _table()["units"].items():
        for word in told["text"].split():
            found.setdefault(word, []).append(unit)
    return found


def files(text: str) -> list[Found]:
    """File names and paths."""
    return [
        Found(m["quoted"] or m["bare"] or m["path"], m.start())
        for m in _FILE.finditer(text)
        if not re.fullmatch(r"[\d.]+", m.group())
    ]


def tickers(text: str) -> list[Found]:
    """Codes in capitals, as stocks have them."""
    return [
        Found(m[1], m.start(1))
        for m in _TICKER.finditer(text)
        if m[1] not in _NO_TICKERS and not text.isupper()
    ]


def currencies(text: str) -> list[Found]:
    """Currencies as their three-letter codes, however they are written."""
    found = []
    for code, names in _table()["currencies"].items():
        for name in names.split():
            pattern = re.escape(name) if not name.isalpha() else rf"\b{name}\b"
            found += [Found(code, m.start()) for m in re.finditer(pattern, fold(text))]
    kept: dict[str, Found] = {}
    for each in sorted(found, key=lambda f: f.start):
        kept.setdefault(each.value, each)
    return list(kept.values())


def codes(text: str) -> list[Found]:
    """Order numbers, hashes and the like: words with a digit in them that are no amounts, dates or times."""
    blanked = re.sub(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}:\d{2}\b", lambda m: " " * len(m.group()), text)
    return [Found(m["code"], m.start("code")) for m in _CODE.finditer(blanked)]


def addresses(text: str) -> list[Found]:
    """Postal addresses with the town behind them."""
    found = []
    for match in _ADDRESS.finditer(text):
        more = _AFTER_ADDRESS.match(text, match.end())
        found.append(Found(text[match.start() : more.end() if more else match.end()], match.start()))
    return found


def streets(text: str) -> list[Found]:
    """Street and house number alone."""
    return [Found(m.group(), m.start()) for m in _ADDRESS.finditer(text)]


def postal_codes(text: str) -> list[Found]:
    """Postal codes, those of a house number's form left out."""
    return [Found(m.group(), m.start()) for m in _POSTAL.finditer(text)]


def towns(text: str) -> list[Found]:
    """The town of a postal address: beside the postal code, or first after the street."""
    return [
        Found(m[1], m.start(1))
        for m in re.finditer(r"\b\d{5}\s+([A-ZÀ-Ý][\w'’-]*(?:\s[A-ZÀ-Ý][\w'’-]*)*)", text)
    ] or [
        Found(m[1], m.start(1))
        for street in streets(text)
        if (m := re.compile(r",\s*([A-ZÀ-Ý][\w'’ -]*)").match(text, street.start + len(street.value)))
    ]


def last_part(text: str) -> list[Found]:
    """What an address ends with: its country, or its region."""
    whole = addresses(text)
    parts = whole[0].value.split(", ") if whole else []
    return [Found(parts[-1], whole[0].start)] if len(parts) > 2 else []


def pairs(text: str) -> dict[str, str]:
    """Keys with their values: "red=5, green=7"."""
    return {m["key"].strip(): m["value"].strip().strip('"') for m in _PAIR.finditer(text)}


def labelled(name: str, text: str) -> list[Found]:
    """The value behind a label: "subject Hi", "gate B42", "born 1815", "My confirmation number is ABC123"."""
    named = [word for word in words(name) if len(word) > 1 and fold(word) not in STOP_WORDS] or words(name)
    shorter = [
        word for word in named if fold(word) not in ("id", "number", "code", "name", "text", "new", "file")
    ] or named
    for label in dict.fromkeys(
        (r"[\s_-]+".join(map(re.escape, named)), r"[\s_-]+".join(map(re.escape, shorter)))
    ):
        said = re.compile(
            rf"\b{label}\b(?:\s+(?:number|no\.?|id|code|line))?(?P<sign>\s+(?:is|was|are|of|=|to)\s+|\s*[:=#]\s*|\s+)"
            r"(?:\"(?P<quoted>[^\"]+)\"|“(?P<curly>[^”]+)”|(?P<bare>[^,;:\n\"“]+?)"
            r"(?=,|;|\n|[.!?](?:\s|$)|\s+(?:and|with|saying|that says|by|for|on|at|from|to|in|,)\s|$))",
            re.IGNORECASE,
        )
        for match in said.finditer(text):
            value = match["quoted"] or match["curly"] or match["bare"]
            loose = not match["sign"].strip(" \t")
            if loose and not (match["quoted"] or match["curly"] or re.match(r"#?[A-Z0-9]", value)):
                continue
            if loose and match["bare"]:
                value = re.match(r"#?[\w-]+(?:\s[A-Z][\w-]*)*", value)[0]  # type: ignore[index]  # it begins with one
            at = (
                match.start("quoted")
                if match["quoted"]
                else match.start("curly")
                if match["curly"]
                else match.start("bare")
            )
            return [Found(value.strip().lstrip("#"), at)]
    return []


def quantities(text: str) -> list[Quantity]:
    """Every number that is a quantity, with its unit; figures inside codes, dates, times and addresses are
    none.
    """
    blanked = text
    for pattern in (
        r"https?://\S+|[\w.+-]+@[\w.-]+",
        r"\b\d{4}-\d{2}-\d{2}\b",
        r"\b\d{1,2}:\d{2}\b",
        r"\+\d[\d ()-]{6,}\d|\(\d{3}\) ?\d{3}-\d{4}",
    ):
        blanked = re.sub(pattern, lambda m: "_" * len(m.group()), blanked)
    found = []
    for match in _NUMBER.finditer(blanked):
        behind = re.match(r"\s?(%|°\s?[CF]|[A-Za-zÀ-ÿ€£¥-]+)", blanked[match.end() :])
        word = fold(behind[1]).replace(" ", "") if behind else ""
        if (
            behind
            and not behind.group().startswith((" ", "%", "°", "€", "£", "¥", "-"))
            and word not in _unit_words()
        ):
            continue  # a code: 12A, 9fceb02
        unit = "money" if match["sign"].strip() else next(iter(_unit_words().get(word, [])), word)
        value = float(match["figures"].replace(",", "")) * (-1 if match["minus"] == "-" else 1)
        found.append(Quantity(value, match.start(), match.end(), unit))
    for match in re.finditer(r"[^\W\d_]+", text):
        if fold(match.group()) in _SPELLED:
            behind = re.match(r"\s+([A-Za-zÀ-ÿ]+)", text[match.end() :])
            word = fold(behind[1]) if behind else ""
            unit = next(iter(_unit_words().get(word, [])), word)
            found.append(Quantity(float(_SPELLED[fold(match.group())]), match.start(), match.end(), unit))
    return sorted(found, key=lambda q: q.start)


def amount(name: str, description: str, text: str, free: Sequence[Quantity]) -> Quantity | None:
    """The quantity that a field asks for, by unit, by the words around it, by the shape of a year; None where
    none suits.
    """
    field = {fold(word) for word in words(name)}
    wanted = {stem(word) for word in words(f"{name} {description}") if fold(word) not in STOP_WORDS}
    units = {unit for unit, told in _table()["units"].items() if field & set(told["field"].split())}
    bound = _BETWEEN.search(text)
    if bound and field & {
        "min",
        "minimum",
        "low",
        "lower",
        "from",
        "start",
        "max",
        "maximum",
        "high",
        "upper",
        "to",
        "end",
    }:
        edge = 1 if field & {"min", "minimum", "low", "lower", "from", "start"} else 2
        return next((q for q in free if q.start == bound.start(edge)), None)

    def worth(quantity: Quantity) -> float:
        before = [
            stem(word)
            for word in words(text[max(0, quantity.start - 40) : quantity.start].rsplit(".", 1)[-1])
        ][-4:]
        behind = [stem(word) for word in words(text[quantity.end : quantity.end + 30])][:2]
        near = max(
            [3.0 - 0.5 * n for n, word in enumerate(reversed(before)) if word in wanted]
            + [2.5 - n for n, word in enumerate(behind) if word in wanted]
            + [0.0]
        )
        year = 1500 <= quantity.value <= 2100 and float(quantity.value).is_integer() and not quantity.unit
        dated = bool(field & {"year", "born", "died", "birth", "death", "founded", "since"})
        if quantity.unit in units:
            near += 4
        elif quantity.unit in _table()["units"] and (units or quantity.unit == "money"):
            near -= 3
        return near + (2 if year and dated else -2 if year != dated and (year or dated) else 0)

    best = max(free, key=lambda q: (worth(q), -q.start), default=None)
    return best if best is not None and worth(best) >= 0 else None
