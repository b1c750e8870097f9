"""What the library is made from: the articles of the course, and the descriptions of the packages it installs."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as EmailMessage
from functools import cache
from pathlib import Path

from workshop.config import ROOT
from workshop.practice.reading.tables import PATTERNS, load
from workshop.practice.reading.text import sentences, stems

Metadata = importlib.metadata.PackageMetadata
ARTICLES = Path(__file__).parents[1] / "articles"
_PASSAGE_WORDS = 110
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


@dataclass(frozen=True)
class Package:
    """A package that the course installs, as its own metadata describes it."""

    name: str
    version: str
    summary: str
    url: str
    texts: tuple[str, ...]
    """Its description in pieces."""


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


def piece_of(text: str, url: str) -> Piece | None:
    """The passage of an article that a quoted text is from; None where it is from none."""
    return next((piece for piece in articles() if piece.url == url and text[:40] in piece.text), None)


def article_of(text: str, url: str) -> str:
    """The title of the article that a quoted text is from; empty where it is from none."""
    piece = piece_of(text, url)
    return piece.heading if piece else ""


def subjects(heading: str, text: str) -> str:
    """What an article's title says of one of its passages: all of it where it names one subject, else the subjects
    that the passage has a word of.
    """
    named = heading.split(" and ")
    return " ".join(each for each in named if len(named) == 1 or stems(each) & stems(text))


def passages_of(package: Package) -> list[Piece]:
    """What a package says of itself: its summary, then its description in pieces."""
    title = f"{package.name} {package.version}: package description"
    texts = [f"{package.name}: {package.summary}", *package.texts] if package.url else []
    return [Piece(title, package.url, text) for text in texts]


@cache
def packages() -> dict[str, Package]:
    """The packages of the course by their names in small letters."""
    return {
        _plain(package.name): package
        for package in map(_package, _installed())
        if package.summary not in ("", "UNKNOWN")
    }


def _package(metadata: Metadata) -> Package:
    name, version, summary = (_first(metadata, key) for key in ("Name", "Version", "Summary"))
    return Package(name, version, summary, _address(metadata) or "", tuple(_passages(_description(metadata))))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def _installed() -> list[Metadata]:
    """The metadata of the distributions in the course's lock, by name: what else is installed, the test tools
    say, is no part of the library.
    """
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = {
        _plain(match.group()) for line in lines if (match := re.match(r"[A-Za-z0-9][\w.-]*(?=\[|==)", line))
    }
    found: dict[str, Metadata] = {}
    for dist in importlib.metadata.distributions():
        metadata = dist.metadata  # parsed at each access
        found.setdefault(_plain(_first(metadata, "Name")), metadata)
    return [found[name] for name in sorted(found) if name in locked]


def _first(metadata: Metadata, key: str) -> str:
    return next(iter(metadata.get_all(key) or []), "")


def _description(metadata: Metadata) -> str:
    """The long description: a header of old metadata, the body of new."""
    body = metadata.get_payload() if isinstance(metadata, EmailMessage) else ""
    return _first(metadata, "Description") or (body if isinstance(body, str) else "")


def _address(metadata: Metadata) -> str | None:
    """The project's address: its documentation before its home page before its repository."""
    links: dict[str, str] = {}
    for entry in (*(metadata.get_all("Project-URL") or []), f"homepage, {_first(metadata, 'Home-page')}"):
        label, _, target = entry.partition(",")
        if target.strip().startswith("http"):
            links.setdefault(label.strip().casefold(), target.strip())
    return next(iter([*(links[label] for label in _LINK_ORDER if label in links), *links.values()]), None)


def _passages(text: str) -> Iterator[str]:
    """A description's prose in pieces of about a hundred words, without code, badges, tables and markup."""
    kept: list[str] = []
    count = 0
    for sentence in sentences(_prose(text)):
        size = len(sentence.split())
        if count + size > _PASSAGE_WORDS and kept:
            yield " ".join(kept)
            kept, count = [], 0
        kept.append(sentence)
        count += size
    if count >= 8:
        yield " ".join(kept)


def _prose(text: str) -> str:
    text = _P["dropped"].sub("\n\n", text)
    text = _P["link"].sub(r"\1", _P["image"].sub("", _P["rst_link"].sub(r"\1", _P["image"].sub("", text))))
    text = re.sub(r"<[^>]+>", " ", text)
    blocks = []
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*+•]|\d+\.)\s)", text):
        lines = [line for line in block.splitlines() if not _P["markup_line"].match(line)]
        if not lines or all(line.startswith(("    ", "\t")) for line in lines):
            continue
        flat = re.sub(r"^(?:[-*+•]|\d+\.)\s+", "", " ".join(" ".join(lines).split()))
        flat = re.sub(r"\b_(\S[^_]*)_\b", r"\1", flat).replace("`", "").replace("*", "")
        if re.match(r"[\w.]+\(", flat):
            continue  # a line of an interface's list
        letters = sum(c.isalpha() or c.isspace() for c in flat)
        if len(flat.split()) >= 6 and letters / len(flat) > 0.85:
            blocks.append(flat if flat[-1] in ".!?:" else f"{flat}.")
    return "\n\n".join(blocks)
