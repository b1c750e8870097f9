"""The library that the practice model searches: passages of its sources in SQLite FTS5.

It is built once for a set of sources, in a fraction of a second, and kept in `LAB_DIR`. `prepare()` does that in
the background; a search that comes earlier waits for it.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workshop.config import LAB_DIR
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS, Words, load
from workshop.practice.reading.text import WORDS, fold, stem
from workshop.practice.research import sources

_WORTH_SHOWING = 0.33
"""A passage that covers less of the query is no find."""
_ABOUT = 0.36
_ENOUGH = {1: 0.9, 2: 0.75, 3: 0.5}
"""What a text that is about a query covers of it; and of one with so few words."""
_EVERYWHERE = 25
"""A word that so many passages hold names no subject."""
_HALF = 0.5
"""The share of what a query is about, apart from its circumstances, that a passage has to hold."""
_SYNONYMS = {stem(word): others for word, others in load("synonyms", dict[str, Words]).items()}
_P = PATTERNS["library"]
_EMPTY = frozenset(stem(word) for word in WORDS["empty"] | WORDS["sided"])
_ready = threading.Lock()


@dataclass(frozen=True)
class Passage:
    """A piece of a source that meets a query."""

    title: str
    url: str
    text: str
    heading: str
    """The article of the course that it is from; empty for a package's description."""
    score: float
    """How well it meets the query: higher is better, comparable within one search only."""
    coverage: float
    """The share of the query that the passage holds, rare words counting more, 0 to 1."""


def prepare() -> threading.Thread:
    """Build the index in the background if it is missing or out of date."""
    thread = threading.Thread(target=_open, name="practice-library", daemon=True)
    thread.start()
    return thread


def search(query: str, limit: int = 5) -> list[Passage]:
    """The passages that meet the query best, at most one a source address, best first. None fits: an empty
    list.
    """
    terms = _terms(query)
    return list(_search(terms, limit)) if terms else []


def _terms(query: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in telling(query))[:16]


def telling(query: str) -> tuple[str, ...]:
    """The words of a query that say what it is about; all of its words where none does."""
    words = read(query).content_words
    return tuple(word for word in words if stem(word) not in _EMPTY) or words


@lru_cache(maxsize=512)
def _search(terms: tuple[str, ...], limit: int) -> tuple[Passage, ...]:
    wanted = [*terms, *(other for term in terms for other in sorted(_SYNONYMS.get(stem(term), ())))]
    match = " OR ".join(f'"{term}"' for term in dict.fromkeys(wanted))
    rows = _open().execute(
        "SELECT title, url, body, heading, -bm25(passages, 6.0, 0.0, 1.0, 6.0) + 6.0 * (heading != '') FROM passages "
        "WHERE passages MATCH ? ORDER BY 5 DESC, rowid LIMIT 40",
        (match,),
    )
    best: dict[str, Passage] = {}
    for title, url, body, heading, score in rows.fetchall():
        covered = _coverage(terms, f"{title.split(' (')[0]} {heading} {body}")
        weighed = score * (0.3 + covered)
        if url not in best or weighed > best[url].score:
            best[url] = Passage(title, url, body, heading, weighed, covered)
    ordered = sorted(best.values(), key=lambda passage: (-passage.score, passage.url))
    return tuple(passage for passage in ordered if passage.coverage >= _WORTH_SHOWING)[:limit]


def covers(query: str, text: str) -> float:
    """The share of the query that a text holds, rare words counting more than common ones, 0 to 1."""
    terms = _terms(query)
    return _coverage(terms, text) if terms else 0.0


def is_about(query: str, text: str) -> bool:
    """Whether a text bears on a query: it holds more than a third of it, or more of a short one, and half of what
    comes before the circumstances ("caching" of "caching in Python web services").
    """
    subject = subject_of(query)
    enough = _ENOUGH.get(len(_terms(query)), _ABOUT)
    return covers(query, text) >= enough and (subject == query or covers(subject, text) >= _HALF)


def subject_of(query: str) -> str:
    """What a query is about, apart from its circumstances; the whole query where that says nothing."""
    subject = _P["circumstance"].split(f" {query} ", maxsplit=1)[0]
    return subject if any(stem(word) not in _EMPTY for word in read(subject).content_words) else query


def knows_every_word(query: str) -> bool:
    """Whether each word of the query is in the library, or has a synonym there."""
    return all(_holding(term) or any(map(_holding, _SYNONYMS.get(stem(term), ()))) for term in _terms(query))


@lru_cache(maxsize=4096)
def holds(phrase: str) -> bool:
    """Whether the phrase is in the library, its words side by side."""
    rows = _open().execute("SELECT 1 FROM passages WHERE passages MATCH ? LIMIT 1", (f'"{phrase}"',))
    return rows.fetchone() is not None


@lru_cache(maxsize=4096)
def subject_named(phrase: str) -> str:
    """The subject of an article that the phrase names, as its title has it ("Rate limits" of "rate limit"); empty
    where there is none. A single word has to be all of it, and not one that is everywhere.
    """
    wanted = read(phrase).stems
    for heading in sources.titles():
        for part in heading.split(" and "):
            whole = wanted == read(part).stems and _holding(fold(phrase)) <= _EVERYWHERE
            if wanted and (whole if len(wanted) == 1 else wanted <= read(part).stems):
                return part
    return ""


@lru_cache(maxsize=4096)
def _holding(term: str) -> int:
    """How many passages hold a word."""
    rows = _open().execute("SELECT count(*) FROM passages WHERE passages MATCH ?", (f'"{term}"',))
    return int(rows.fetchone()[0])


@lru_cache(maxsize=1)
def _passage_count() -> int:
    return int(_open().execute("SELECT count(*) FROM passages").fetchone()[0])


def _weight(term: str) -> float:
    """What a word tells: much if few passages hold it, little if many do."""
    return math.log(2 + _passage_count() / (1 + _holding(term)))


def _coverage(terms: tuple[str, ...], text: str) -> float:
    plain, held = fold(text), 0.0
    for term in terms:
        if _beginning(term).search(plain):
            held += _weight(term)
        elif any(_beginning(o).search(plain) for o in _SYNONYMS.get(stem(term), frozenset()) - set(terms)):
            held += _weight(term) / 2
    return held / sum(map(_weight, terms))


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
    """What the index was made from: it is built again when that changes."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for part in sources.fingerprint():
        digest.update(part)
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
        "CREATE VIRTUAL TABLE passages USING fts5(title, url UNINDEXED, body, heading, tokenize='porter unicode61')"
    )
    connection.execute("CREATE TABLE about (stamp TEXT)")
    rows = ((piece.title, piece.url, piece.text, piece.heading) for piece in sources.pieces())
    with connection:
        connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?)", rows)
        connection.execute("INSERT INTO about VALUES (?)", (stamp,))
