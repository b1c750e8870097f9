"""What the library is made from: the articles of the course, and the descriptions of the packages it installs."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from workshop.config import ROOT
from workshop.practice.reading.tables import PATTERNS, load
from workshop.practice.reading.text import sentences, stems

ARTICLES = Path(__file__).parents[1] / "articles"
_PASSAGE_WORDS, _LEAST_WORDS, _HEADING = 110, 8, 5
_LONG, _MOSTLY = 6000, 0.85
"""Letters of a description that are read, and the share of letters in a paragraph that is prose."""
_SAID = ("text", "code_inline", "softbreak")
_LINK_ORDER = ("documentation", "docs", "homepage", "home", "source", "repository", "source code", "github")
_P = PATTERNS["library_sources"]


@dataclass(frozen=True)
class Piece:
    """A passage of a source, with the source's own title and address."""

    title: str
    url: str
    text: str
    heading: str = ""
    """The article of the course that it is from, which retells the page that the title names; else empty."""


@cache
def articles() -> tuple[Piece, ...]:
    """Every passage of the articles."""
    return tuple(_pieces())


def _pieces() -> Iterator[Piece]:
    for path in sorted(ARTICLES.glob("*.md")):
        heading, *blocks = re.split(r"\n\s*\n", path.read_text(encoding="utf-8"))
        for block in blocks:
            if found := _P["reference"].search(block):
                site = found["url"].split("/")[2].removeprefix("www.")
                text = " ".join(block[: found.start()].split())
                yield Piece(f"{found['title']} ({site})", found["url"], text, heading.lstrip("# "))


@cache
def glossary() -> str:
    """The words of the course with what they mean, as one text."""
    entries = load("glossary", dict[str, tuple[dict[str, str | tuple[str, ...]], ...]])["entry"]
    return " ".join(f"{' '.join(entry['terms'])} {entry['en']}" for entry in entries)


@cache
def everyday_words() -> frozenset[str]:
    """The words that the articles write with a small letter."""
    return frozenset(re.findall(r"\b[a-z]+\b", " ".join(piece.text for piece in articles())))


def subjects(heading: str, text: str) -> str:
    """What a title says of a passage: all where it names one subject, else the subjects that the passage speaks of."""
    named = heading.split(" and ")
    return " ".join(each for each in named if len(named) == 1 or stems(each) & stems(text))


@cache
def packages() -> dict[str, tuple[Piece, ...]]:
    """What each package that the course installs says of itself, by its name in small letters: its summary, then how its
    description begins. What else is installed, the test tools say, is no part of the library.
    """
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = {}
    for name in re.findall(r"(?m)^[A-Za-z0-9][\w.-]*(?=\[|==)", lock):
        with suppress(importlib.metadata.PackageNotFoundError):  # the lock is for other systems too
            told = importlib.metadata.metadata(name).json
            if told.get("summary", "UNKNOWN") != "UNKNOWN":
                found[re.sub(r"[-_.]+", "-", str(told["name"])).casefold()] = _package(told)
    return found


def _package(told: dict[str, str | list[str]]) -> tuple[Piece, ...]:
    title, address = f"{told['name']} {told['version']}: package description", _address(told)
    texts = f"{told['name']}: {told['summary']}", _beginning(_prose(str(told.get("description", ""))))
    return tuple(Piece(title, address, text) for text in texts if text)


def _address(told: dict[str, str | list[str]]) -> str:
    """The project's address: its documentation before its home page before its repository."""
    entries = reversed([*told.get("project_url", ()), f"homepage, {told.get('home_page', '')}"])
    parts = (entry.partition(",") for entry in entries)
    links = {label.strip().casefold(): target.strip() for label, _, target in parts if "http" in target}
    named = [links[label] for label in _LINK_ORDER if label in links]
    return next(iter([*named, *reversed(links.values())]), "")


def _beginning(text: str) -> str:
    """The first sentences of a text, about a hundred words."""
    listed = sentences(text)
    counts = accumulate(len(sentence.split()) for sentence in listed)
    kept = [sentence for sentence, count in zip(listed, counts, strict=True) if count <= _PASSAGE_WORDS]
    begun = " ".join(kept or listed[:1])
    return begun if len(begun.split()) >= _LEAST_WORDS else ""


def _prose(text: str) -> str:
    """The paragraphs of a description in plain words, those left out that are links or hardly any words."""
    tokens = MarkdownIt().parse(_P["directive"].sub("", _P["rst_link"].sub(r"\1", text[:_LONG])))
    paragraphs = [inline.children for opened, inline in pairwise(tokens) if opened.type == "paragraph_open"]
    told = [_plain(parts) for parts in paragraphs if parts and parts[0].type != "link_open"]
    return "\n\n".join(flat if flat[-1] in ".!?:" else f"{flat}." for flat in told if _is_prose(flat))


def _plain(parts: list[Token]) -> str:
    said = (" " if part.type == "softbreak" else part.content for part in parts if part.type in _SAID)
    return " ".join("".join(said).replace("*", "").split())


def _is_prose(text: str) -> bool:
    letters = sum(c.isalpha() or c.isspace() for c in text)
    return len(text.split()) > _HEADING and letters / len(text) > _MOSTLY
