"""A SQLite file that one thread owns: a read sees every earlier write, and no call waits in the event loop."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any, TypeVar

from workshop.services import databases

T = TypeVar("T")
Statement = tuple[str, Sequence[Any] | Mapping[str, Any]]

BUSY_MS = 1_000
"""How long a statement waits for another program that writes, in milliseconds."""
AGAIN_S = 0.5
"""How long after a refusal the file is asked again, in seconds."""
PATIENCE_S = 2.0
"""How long an answer waits until its row is on disk, in seconds. A row that takes longer is written later."""
LAST_S = 5.0
"""How long a gateway that stops tries to write what is waiting, in seconds."""


class Store:
    """A database file, which is created if it is missing.

    What can't be written now, because another program holds the file or the disk is full, is written as soon
    as it can be. A damaged file is set aside, and a new one begun.
    """

    def __init__(self, path: Path, log: logging.Logger) -> None:
        self._path = path
        self._log = log
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bill")
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bill-read")
        self._tables: list[Callable[[], None]] = []
        self._waiting: deque[tuple[Sequence[Statement], Future[None]]] = deque()
        self._again: Timer | None = None
        self.refusal = ""
        """Why the file takes no writes now; empty if it does."""
        self._thread.submit(self._open).result()

    @property
    def unwritten(self) -> int:
        """How many writes wait."""
        return len(self._waiting)

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True)
        self._reading.shutdown(wait=True)

    def write(self, *statements: Statement) -> Future[None]:
        """Run statements soon, all of them or none. The result comes when they are on disk."""
        written: Future[None] = Future()
        self._waiting.append((statements, written))
        if not self.refusal:  # otherwise it is asked again in any case
            self._thread.submit(self._flush)
        return written

    async def ask(self, job: Callable[[], T]) -> T:
        """Run a job and return what it returns. Raises `sqlite3.Error` when the file cannot be read."""
        return await asyncio.wrap_future(self._thread.submit(self._run, job))

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run a job on the file as it is now, beside the writes: a long one makes no answer wait."""
        seen = await self.ask(self._snapshot)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reading, job, seen)
        except sqlite3.DatabaseError as error:
            if not databases.is_damage(error):
                raise
            return await self.ask(lambda: job(self.db))  # which sets the file aside
        finally:
            seen.close()

    def prepare(self, job: Callable[[], None]) -> None:
        """Run a job now, and whenever a new file is begun: tables are made before anybody writes to them."""
        self._tables.append(job)
        self._thread.submit(self._run, job).result()

    def add_columns(self, table: str, columns: dict[str, str]) -> None:
        """Give a table that an older version of the course made the columns that it lacks."""
        known = {row["name"] for row in self.db.execute(f"PRAGMA table_info({table})")}
        for name, kind in columns.items():
            if name not in known:
                self.db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")

    # The rest runs in the thread.

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if why := databases.damage(self._path):
            aside = databases.set_aside(self._path)
            self._log.error(
                "%s was damaged (%s). It is kept as %s, and a new one begun", self._path, why, aside
            )
        # The executor's single thread opens and uses the connection; each statement is its own transaction.
        self.db = sqlite3.connect(self._path, isolation_level=None)
        """Only for jobs that `ask` and `prepare` run."""
        self.db.row_factory = sqlite3.Row
        # A killed process loses nothing that was committed: the operating system has it.
        for setting in ("journal_mode = WAL", "synchronous = NORMAL", f"busy_timeout = {BUSY_MS}"):
            self.db.execute(f"PRAGMA {setting}")
        for make in self._tables:
            make()

    def _snapshot(self) -> sqlite3.Connection:
        seen = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        seen.row_factory = sqlite3.Row
        seen.execute("BEGIN")
        seen.execute(
            "SELECT count(*) FROM sqlite_master"
        ).fetchone()  # what is written from now on is not in it
        return seen

    def _run(self, job: Callable[[], T]) -> T:
        try:
            return job()
        except sqlite3.DatabaseError as error:
            if not databases.is_damage(error):
                raise
            self._log.error("%s is damaged: %s", self._path, error)
            self.db.close()
            if not databases.damage(self._path):
                databases.set_aside(self._path)
            self._open()
            return job()

    def _flush(self) -> None:
        while self._waiting:
            statements, written = self._waiting[0]
            try:
                self._run(partial(self._commit, statements))
            except sqlite3.OperationalError as error:
                self._refused(str(error))
                return
            except Exception:
                self._log.exception("A row of %s could not be written", self._path)
            self.refusal = (
                ""  # before the next look at what waits: whoever writes now asks for it, or is seen
            )
            self._waiting.popleft()
            written.set_result(None)

    def _refused(self, why: str) -> None:
        if not self.refusal:
            self._log.error("%s takes no rows now (%s); they are written later", self._path, why)
        self.refusal = why
        if self._again is None:
            self._again = Timer(AGAIN_S, self._ask_again)
            self._again.daemon = True
            self._again.start()

    def _ask_again(self) -> None:
        self._again = None
        with suppress(RuntimeError):  # closed meanwhile, which has flushed too
            self._thread.submit(self._flush)

    def _commit(self, statements: Sequence[Statement]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in statements:
                self.db.execute(sql, values)
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise

    def _close(self) -> None:
        until = time.monotonic() + LAST_S
        self._flush()
        while self._waiting and time.monotonic() < until:
            time.sleep(AGAIN_S / 5)
            self._flush()
        if self._waiting:
            self._log.error("%s rows of %s are lost: %s", len(self._waiting), self._path, self.refusal)
        self.db.close()
