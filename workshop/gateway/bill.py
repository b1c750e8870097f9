"""The bill: one row for every model call, in SQLite, written off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import sqlite3
import time
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from workshop.caller import Caller
from workshop.gateway.store import PATIENCE_S, Statement, Store

State = Literal["delivered", "cut_off", "failed"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, receipt TEXT NOT NULL, input_hash TEXT NOT NULL, state TEXT NOT NULL, api TEXT NOT NULL,
    model TEXT NOT NULL, agent TEXT, summary TEXT NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
    price_usd REAL NOT NULL, started REAL NOT NULL, ended REAL NOT NULL, duration_s REAL NOT NULL, status INTEGER NOT NULL,
    fault TEXT, streamed INTEGER NOT NULL, practice INTEGER NOT NULL, request_id TEXT NOT NULL, metadata TEXT,
    process TEXT, process_created REAL, workflow TEXT, run TEXT, activity TEXT, attempt INTEGER
);
CREATE INDEX IF NOT EXISTS calls_started ON calls (started);
CREATE INDEX IF NOT EXISTS calls_receipt ON calls (receipt);
CREATE TABLE IF NOT EXISTS begun (key TEXT PRIMARY KEY, call TEXT NOT NULL);
"""

_CALLER = dict.fromkeys(Caller.__dataclass_fields__, "TEXT") | {
    "process_created": "REAL",
    "attempt": "INTEGER",
}
"""One column for each fact about the caller. A bill from an older version of the course gets them when it is
opened.
"""

_TOTALS = """
SELECT count(*) AS calls, total(state = 'delivered') AS delivered, total(state = 'cut_off') AS cut_off,
    total(state = 'failed') AS failed, total(input_tokens) AS input_tokens, total(output_tokens) AS output_tokens,
    total(price_usd) AS price_usd, total(CASE state WHEN 'cut_off' THEN price_usd ELSE 0 END) AS wasted_usd
FROM calls
"""


@dataclass
class Call:
    """One model call from its arrival to its end. Times are in epoch seconds."""

    api: str
    model: str
    input_hash: str
    summary: str
    request_id: str
    receipt: str
    streamed: bool = False
    practice: bool = True
    caller: Caller = field(default_factory=Caller)
    agent: str | None = None
    metadata: dict[str, Any] | None = None
    fault: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    started: float = field(default_factory=time.time)
    begun: float = field(default_factory=time.monotonic)
    """The moment of `started` by a monotonic clock."""
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    """What the bill knows a call by before it has ended."""
    written: Future[None] | None = None
    """Comes when the call's row is on disk."""

    def row(self, state: State, status: int, price_usd: float, took_s: float) -> dict[str, Any]:
        """Return the call as a row of the bill."""
        row = {
            "receipt": self.receipt,
            "input_hash": self.input_hash,
            "state": state,
            "api": self.api,
            "model": self.model,
            "agent": self.agent,
            "summary": self.summary,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "price_usd": price_usd,
            "started": self.started,
            "ended": self.started + took_s,
            "duration_s": took_s,
            "status": status,
            "fault": self.fault,
            "streamed": self.streamed,
            "practice": self.practice,
            "request_id": self.request_id,
            "metadata": None if self.metadata is None else json.dumps(self.metadata),
            **asdict(self.caller),
        }
        return {name: _writable(value) for name, value in row.items()}

    def in_flight(self) -> dict[str, Any]:
        return {
            "input_hash": self.input_hash,
            "summary": self.summary,
            "started": self.started,
            "model": self.model,
            "receipt": self.receipt,
            "fault": self.fault,
            **asdict(self.caller),
        }


class Bill:
    """The bill in a database file, which is created if it is missing.

    Methods that read raise `sqlite3.Error` when the file cannot be read. A row that cannot be written is kept
    until it can be, and does not disturb its call.
    """

    def __init__(self, path: Path, log: logging.Logger) -> None:
        self.store = Store(path, log)
        self._live: dict[int, Call] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self.store.prepare(self._open)

    def _open(self) -> None:
        db = self.store.db
        db.executescript(_SCHEMA)
        self.store.add_columns("calls", _CALLER)
        for (call,) in db.execute("SELECT call FROM begun ORDER BY rowid").fetchall():
            db.execute(*_insert(json.loads(call)))  # a kill cut it off
        db.execute("DELETE FROM begun")

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self.store.close()

    async def settle(self, seconds: float) -> None:
        """Wait until no call is in flight, but no longer than `seconds`."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    def begin(self, call: Call) -> None:
        """Record a call as in flight."""
        self._live[id(call)] = call
        self._idle.clear()

    def admit(self, call: Call, price_usd: float) -> None:
        """Write down a call that will be answered. If a kill cuts it off, the next start finds it here."""
        row = json.dumps(call.row("cut_off", 0, price_usd, 0.0))
        self.store.write(("INSERT INTO begun VALUES (?, ?)", (call.key, row)))

    def finish(self, call: Call, state: State, status: int, price_usd: float) -> bool:
        """End a call and write its row. A call ends once: ignore later ends and return `False`."""
        if self._live.pop(id(call), None) is None:
            return False
        if not self._live:
            self._idle.set()
        # no call ends before it began, even if the clock is set meanwhile
        row = call.row(state, status, price_usd, time.monotonic() - call.begun)
        call.written = self.store.write(("DELETE FROM begun WHERE key = ?", (call.key,)), _insert(row))
        return True

    async def written(self, call: Call) -> None:
        """Wait until the row of a call that has ended is on disk, but no longer than `PATIENCE_S`."""
        if call.written is not None and not call.written.done():
            await asyncio.wait([asyncio.wrap_future(call.written)], timeout=PATIENCE_S)

    async def read(self, since: float | None = None, **only: str | None) -> bytes:
        """Return the rows in the order of their start, their totals, and the calls in flight, as JSON.

        `since` keeps the rows that started at or after that epoch second. `only`: columns and the values that
        rows and calls in flight must have. A thread of its own makes the JSON, row by row: a long bill does not
        hold up the calls.
        """
        wanted = {name: value for name, value in only.items() if value is not None}
        values: dict[str, Any] = {"since": since} | wanted if since is not None else wanted
        tests = [
            "1",
            *(f"{name} = :{name}" for name in wanted),
            *(["started >= :since"] if since is not None else []),
        ]
        where = f"WHERE {' AND '.join(tests)}"

        def select(db: sqlite3.Connection) -> tuple[str, dict[str, Any]]:
            rows = db.execute(f"SELECT * FROM calls {where} ORDER BY started, id", values)
            listed = ",".join(json.dumps(_row(row)) for row in rows)
            return listed, dict(db.execute(f"{_TOTALS} {where}", values).fetchone())

        # Taken before the rows are requested: each call is either here or among the rows, never in both.
        live = [call.in_flight() for call in sorted(self._live.values(), key=lambda call: call.started)]
        live = [call for call in live if all(call[name] == value for name, value in wanted.items())]
        rows, totals = await self.store.read(select)
        for name, value in totals.items():
            totals[name] = round(value, 9) if name.endswith("_usd") else int(value)
        return f'{{"rows":[{rows}],"in_flight":{json.dumps(live)},"totals":{json.dumps(totals)}}}'.encode()

    async def clear(self) -> int:
        """Delete all rows and return how many there were."""
        return await self.store.ask(lambda: self.store.db.execute("DELETE FROM calls").rowcount)


def _row(row: sqlite3.Row) -> dict[str, Any]:
    values = dict(row)
    values["streamed"] = bool(values["streamed"])
    values["practice"] = bool(values["practice"])
    values["metadata"] = None if values["metadata"] is None else json.loads(values["metadata"])
    return values


def _insert(row: dict[str, Any]) -> Statement:
    return f"INSERT INTO calls ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", row


def _writable(value: Any) -> Any:
    """Return a value that SQLite takes: half a surrogate is no text."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value
