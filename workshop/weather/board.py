"""The notice board: a side effect that others can see, kept in SQLite to survive a restart of the service."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from workshop.services import databases
from workshop.weather.alerts import STATES

BUSY_S = 5.0
"""How long a writer waits for another one, in seconds."""

_TABLE = """
CREATE TABLE IF NOT EXISTS notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL,
    subscriber TEXT NOT NULL,
    text TEXT NOT NULL,
    idempotency_key TEXT UNIQUE,
    posted_at REAL NOT NULL
)
"""


def _known_state(code: str) -> str:
    if code not in STATES:
        raise ValueError(f"{code!r} is not the two-letter code of a US state or territory, in capitals")
    return code


class Notice(BaseModel):
    """A notice on the board: which state's weather, for whom, and what it says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: Annotated[str, AfterValidator(_known_state)]
    subscriber: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    text: str = Field(min_length=1, max_length=4_000)


class KeyUsedOtherwise(Exception):
    """An idempotency key that came back with another notice: two different things can't be one."""


class Board:
    """The notices in a database file. Each call has its own connection, and may come from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if why := databases.damage(path):
            kept = databases.set_aside(path)
            logging.getLogger("workshop.weather").error(
                "%s was damaged (%s). It is kept as %s, and a new one begun", path, why, kept
            )
        with self._connection() as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(_TABLE)

    def post(self, notice: Notice, key: str | None) -> tuple[dict[str, Any], bool]:
        """Post a notice and return it with False; or return the earlier one with the same key, and True.

        Raises KeyUsedOtherwise if the key belongs to another notice.
        """
        with self._connection() as database:
            database.execute("BEGIN IMMEDIATE")  # of two posts with one key, the second must see the first
            if key is not None:
                earlier = database.execute(
                    "SELECT * FROM notices WHERE idempotency_key = ?", (key,)
                ).fetchone()
                if earlier is not None:
                    if any(earlier[name] != value for name, value in notice.model_dump().items()):
                        raise KeyUsedOtherwise
                    return dict(earlier), True
            row = database.execute(
                "INSERT INTO notices (state, subscriber, text, idempotency_key, posted_at) VALUES (?, ?, ?, "
                "?, ?) RETURNING *",
                (notice.state, notice.subscriber, notice.text, key, time.time()),
            ).fetchone()
            return dict(row), False

    def list(self, state: str | None = None, subscriber: str | None = None) -> list[dict[str, Any]]:
        """Return the notices, oldest first. `posted_at` is in epoch seconds."""
        with self._connection() as database:
            rows = database.execute(
                "SELECT * FROM notices WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR subscriber = ?2) "
                "ORDER BY id",
                (state, subscriber),
            ).fetchall()
        return [dict(row) for row in rows]

    def clear(self) -> int:
        """Delete all notices and forget their keys. Return how many there were."""
        with self._connection() as database:
            return database.execute("DELETE FROM notices").rowcount

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=BUSY_S)
        database.row_factory = sqlite3.Row
        try:
            with database:
                yield database
        finally:
            database.close()
