"""A SQLite file that one thread owns: a read sees every earlier write, and no call waits for the disk."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class Store:
    """A database file, which is created if it is missing. A write that fails is logged, and disturbs no call."""

    def __init__(self, path: Path, log: logging.Logger) -> None:
        self._log = log
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bill")
        self.db = self._thread.submit(_open, path).result()
        """Only for jobs that `write` and `ask` run."""

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self._thread.submit(self.db.close)
        self._thread.shutdown(wait=True)

    def write(self, job: Callable[[], Any]) -> None:
        """Run a job soon."""
        self._thread.submit(job).add_done_callback(self._note_failure)

    async def ask(self, job: Callable[[], T]) -> T:
        """Run a job and return what it returns. Raises `sqlite3.Error` when the file cannot be read."""
        return await asyncio.wrap_future(self._thread.submit(job))

    def prepare(self, job: Callable[[], None]) -> None:
        """Run a job now: tables are made before anybody writes to them."""
        self._thread.submit(job).result()

    def add_columns(self, table: str, columns: dict[str, str]) -> None:
        """Give a table that an older version of the course made the columns that it lacks."""
        known = {row["name"] for row in self.db.execute(f"PRAGMA table_info({table})")}
        for name, kind in columns.items():
            if name not in known:
                self.db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")

    def _note_failure(self, done: Future[Any]) -> None:
        if error := done.exception():
            self._log.error("A row of the bill could not be written: %s", error)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    # The executor's single thread opens and uses the connection; each statement is its own transaction.
    db = sqlite3.connect(path, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA busy_timeout = 5000")
    return db
