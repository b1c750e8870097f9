"""The library that the practice model searches: installed packages' descriptions and the course's articles,
in SQLite FTS5.

It is built once for a set of installed versions, in a fraction of a second, and kept in `LAB_DIR`.
`prepare()` does that in the background; a search that comes earlier waits for it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import math
import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message as EmailMessage
from functools import lru_cache
from pathlib import Path

from workshop.config import LAB_DIR, ROOT
from workshop.practice.reading.tables import Words, load
from workshop.practice.reading.text import content_words, fold, sentences, stem

Metadata = importlib.metadata.PackageMetadata
ARTICLES = Path(__file__).parents[1] / "articles"
_PASSAGE_WORDS = 110
_WORTH_SHOWING = 0.33
"""A passage that covers less of the query is no find."""
_LINK_ORDER = ("documentation", "docs", "homepage", "home", "source", "repository", "source code", "github")
_ready = threading.Lock()
_DROPPED = re.compile(r"```.*?```|~~~.*?~~~|<!--.*?-->|<(script|style|pre)\b.*?</\1>", re.DOTALL)
_MARKUP_LINE = re.compile(r"\s*(?:\||#|\.\. |=+\s*$|-{3,}|>>>|\$ |:\w+:|\[.*\]:)")
_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])")
_LINK = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\[[^\]]*\])")
_RST_LINK = re.compile(r"`([^`<]+?)\s*<[^>]+>`_+")
_SYNONYMS = {stem(word): others for word, others in load("synonyms", dict[str, Words]).items()}
"""Words under which the library knows what people call otherwise."""


@dataclass(frozen=True)
class Passage:
    """A piece of a source that meets a query."""

    title: str
    url: str
    text: str
    score: float
    """How well it meets the query: higher is better, comparable within one search only."""
    coverage: float
    """The share of the query that the passage holds, rare words counting more, 0 to 1."""

    @property
    def is_article(self) -> bool:
        """Whether the course wrote it."""
        return "(course article" in self.title


@dataclass(frozen=True)
class Package:
    """A package that the course installs, as its own metadata describes it."""

    name: str
    summary: str
    text: str


def prepare() -> threading.Thread:
    """Build the index in the background if it is missing or out of date."""
    thread = threading.Thread(target=_open, name="practice-library", daemon=True)
    thread.start()
    return thread


def search(query: str, limit: int = 5) -> list[Passage]:
    """The passages that meet the query best, at most one a source address, best first. None fits: an empty
    list.
    """
    terms = [fold(word) for word in content_words(query)][:16]
    if not terms:
        return []
    return list(_search(tuple(terms), limit))


@lru_cache(maxsize=512)
def _search(terms: tuple[str, ...], limit: int) -> tuple[Passage, ...]:
    connection = _open()
    wanted = [*terms, *(other for term in terms for other in _SYNONYMS.get(stem(term), ()))]
    match = " OR ".join(f'"{term}"' for term in dict.fromkeys(wanted))
    rows = connection.execute(
        "SELECT title, url, body, -bm25(passages, 6.0, 0.0, 1.0, 0.0) + CAST(boost AS REAL) FROM passages WHERE passages MATCH ? "
        "ORDER BY 4 DESC, rowid LIMIT 40",
        (match,),
    ).fetchall()
    weights = {term: _weight(term) for term in terms}
    best: dict[str, Passage] = {}
    for title, url, body, score in rows:
        covered = _coverage(weights, f"{title} {body}")
        weighed = score * (0.3 + covered)
        if url not in best or weighed > best[url].score:
            best[url] = Passage(title, url, body, weighed, covered)
    ordered = sorted(best.values(), key=lambda p: (-p.score, p.url))
    return tuple(p for p in ordered if p.coverage >= _WORTH_SHOWING)[:limit]


def covers(query: str, text: str) -> float:
    """The share of the query that a text holds, rare words counting more than common ones, 0 to 1."""
    weights = {term: _weight(term) for term in (fold(word) for word in content_words(query)[:16])}
    return _coverage(weights, text) if weights else 0.0


def knows_every_word(query: str) -> bool:
    """Whether each word of the query is in the library, or has a synonym there."""
    return all(
        _holding(term) or any(_holding(other) for other in _SYNONYMS.get(stem(term), ()))
        for term in (fold(word) for word in content_words(query))
    )


@lru_cache(maxsize=4096)
def _holding(term: str) -> int:
    """How many passages hold a word."""
    rows = _open().execute("SELECT count(*) FROM passages WHERE passages MATCH ?", (f'"{term}"',))
    return int(rows.fetchone()[0])


@lru_cache(maxsize=4096)
def _weight(term: str) -> float:
    """What a word tells: much if few passages hold it, little if many do."""
    return math.log(2 + _passage_count() / (1 + _holding(term)))


@lru_cache(maxsize=1)
def _passage_count() -> int:
    return int(_open().execute("SELECT count(*) FROM passages").fetchone()[0])


def _coverage(weights: dict[str, float], text: str) -> float:
    """The share of the query that the text holds, rare words counting more than common ones."""
    plain = fold(text)
    held = 0.0
    for term, weight in weights.items():
        if _beginning(term).search(plain):
            held += weight
        elif any(_beginning(other).search(plain) for other in _SYNONYMS.get(stem(term), ())):
            held += weight / 2
    return held / sum(weights.values())


@lru_cache(maxsize=4096)
def _beginning(term: str) -> re.Pattern[str]:
    root = stem(term).rstrip("yi") if len(term) > 4 else term
    return re.compile(rf"\b{re.escape(root)}\w{{0,5}}\b")


_connection: sqlite3.Connection | None = None


def _open() -> sqlite3.Connection:
    """The index, built first where need be. One connection serves all threads: SQLite serialises its readers."""
    global _connection
    with _ready:
        if _connection is None:
            _connection = _kept(LAB_DIR / "library.sqlite3", _stamp())
        return _connection


def _kept(path: Path, stamp: str) -> sqlite3.Connection:
    """The index in its file. Where the file can't be written (no space, no permission), an index in memory."""
    try:
        if not _is_current(path, stamp):
            _build(path, stamp)
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    except (OSError, sqlite3.Error):
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        _fill(connection, stamp)
        return connection


def _stamp() -> str:
    """What the index was made from: it is built anew when that changes."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    installed = [f"{_first(metadata, 'Name')}=={_first(metadata, 'Version')}" for metadata in _installed()]
    digest.update("\n".join(installed).encode())
    for article in sorted(ARTICLES.glob("*.md")):
        digest.update(article.read_bytes())
    return digest.hexdigest()


def _is_current(path: Path, stamp: str) -> bool:
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute("SELECT stamp FROM about").fetchone()
    except sqlite3.DatabaseError:
        return False  # half-written or not ours: built again
    return bool(row and row[0] == stamp)


def _build(path: Path, stamp: str) -> None:
    """Write the index beside its place and move it there, so that a killed build leaves nothing half-made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            _fill(connection, stamp)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _fill(connection: sqlite3.Connection, stamp: str) -> None:
    connection.execute(
        "CREATE VIRTUAL TABLE passages USING fts5(title, url UNINDEXED, body, boost UNINDEXED, tokenize='porter unicode61')"
    )
    connection.execute("CREATE TABLE about (stamp TEXT)")
    with connection:
        connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?)", [*_articles(), *_packages()])
        connection.execute("INSERT INTO about VALUES (?)", (stamp,))


def _articles() -> Iterator[tuple[str, str, str, float]]:
    """Passages of the course's articles. A paragraph's address is that of the last reference in angle
    brackets after it.
    """
    for path in sorted(ARTICLES.glob("*.md")):
        lines = path.read_text(encoding="utf-8").splitlines()
        title = lines[0].lstrip("# ").strip()
        text = "\n".join(lines[1:])
        for block in re.split(r"\n\s*\n", text):
            address = re.search(r"<(https?://[^>]+)>\s*$", block.strip())
            body = re.sub(r"\s*(?:See [^<\n]*)?<https?://[^>]+>\s*$", "", block.strip()).strip()
            if address and body:
                site = address.group(1).split("/")[2].removeprefix("www.")
                yield f"{title} (course article after {site})", address.group(1), " ".join(body.split()), 6.0


@lru_cache(maxsize=1)
def packages() -> dict[str, Package]:
    """The packages of the course by their names in small letters."""
    return {
        _plain(_first(m, "Name")): Package(
            _first(m, "Name"), _first(m, "Summary"), next(_passages(_description(m)), "")
        )
        for m in _installed()
        if _first(m, "Summary") not in ("", "UNKNOWN")
    }


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def _locked() -> frozenset[str]:
    """The names in the course's lock: what else is installed, the test tools say, is no part of the library."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return frozenset(
        _plain(match.group()) for line in lines if (match := re.match(r"[A-Za-z0-9][\w.-]*(?=\[|==)", line))
    )


def _installed() -> list[Metadata]:
    """The metadata of the course's distributions, by name, each name once."""
    found: dict[str, Metadata] = {}
    locked = _locked()
    for dist in importlib.metadata.distributions():
        metadata = dist.metadata  # parsed at each access
        name = _plain(_first(metadata, "Name"))
        if name in locked:
            found.setdefault(name, metadata)
    return [found[name] for name in sorted(found)]


def _packages() -> Iterator[tuple[str, str, str, float]]:
    for metadata in _installed():
        url = _address(metadata)
        if not url:
            continue
        name, summary = _first(metadata, "Name"), _first(metadata, "Summary")
        title = f"{name} {_first(metadata, 'Version')}: package description"
        if summary and summary != "UNKNOWN":
            yield title, url, f"{name}: {summary}", 1.0
        for passage in _passages(_description(metadata)):
            yield title, url, passage, 0.0


def _first(metadata: Metadata, key: str) -> str:
    return next(iter(metadata.get_all(key) or []), "")


def _description(metadata: Metadata) -> str:
    """The long description: a header of old metadata, the body of new."""
    body = metadata.get_payload() if isinstance(metadata, EmailMessage) else ""
    return _first(metadata, "Description") or (body if isinstance(body, str) else "")


def _address(metadata: Metadata) -> str | None:
    """The project's address: its documentation before its home page before its repository."""
    links: dict[str, str] = {}
    for entry in metadata.get_all("Project-URL") or []:
        label, _, target = entry.partition(",")
        if target.strip().startswith("http"):
            links[label.strip().casefold()] = target.strip()
    home = _first(metadata, "Home-page")
    if home.startswith("http"):
        links.setdefault("homepage", home)
    preferred = [links[label] for label in _LINK_ORDER if label in links]
    return next(iter([*preferred, *links.values()]), None)


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
    text = _DROPPED.sub("\n\n", text)
    text = _LINK.sub(r"\1", _IMAGE.sub("", _RST_LINK.sub(r"\1", _IMAGE.sub("", text))))
    text = re.sub(r"<[^>]+>", " ", text)
    blocks = []
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*+•]|\d+\.)\s)", text):
        lines = [line for line in block.splitlines() if not _MARKUP_LINE.match(line)]
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
