"""What the practice model's callers may come back to: stored responses, and conversations."""

from __future__ import annotations

import json
import time
from typing import Any

from workshop.gateway.store import Store

KEEP_S = 30 * 24 * 3600.0
"""How long a stored response can be continued, in seconds: the 30 days of the real service."""
KEEP = 5_000
"""How many stored responses, and how many conversations, survive a restart: disks are finite."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS responses (
    id TEXT PRIMARY KEY, previous TEXT, items TEXT NOT NULL, created REAL NOT NULL, response TEXT,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, metadata TEXT NOT NULL, created REAL NOT NULL);
CREATE TABLE IF NOT EXISTS items (
    position INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL, id TEXT NOT NULL, item TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS items_conversation ON items (conversation, position);
"""

_CHAIN = """
WITH RECURSIVE chain (id, previous, items, depth) AS (
    SELECT id, previous, items, 0 FROM responses WHERE id = ? AND NOT deleted
    UNION ALL
    SELECT r.id, r.previous, r.items, depth + 1 FROM responses r JOIN chain c ON r.id = c.previous WHERE depth < 10000
)
SELECT items FROM chain ORDER BY depth DESC
"""

Items = list[dict[str, Any]]


class Memory:
    """Responses and conversations in the database of the bill."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.prepare(self._open)

    def _open(self) -> None:
        self._store.db.executescript(_SCHEMA)
        self._store.add_columns("responses", {"response": "TEXT", "deleted": "INTEGER NOT NULL DEFAULT 0"})
        self._store.db.execute("DELETE FROM responses WHERE created < ?", (time.time() - KEEP_S,))
        for table in ("responses", "conversations"):
            newest = f"SELECT rowid FROM {table} ORDER BY created DESC LIMIT ?"
            self._store.db.execute(f"DELETE FROM {table} WHERE rowid NOT IN ({newest})", (KEEP,))
        self._store.db.execute("DELETE FROM items WHERE conversation NOT IN (SELECT id FROM conversations)")

    def remember(self, id: str, previous: str | None, items: Items, response: str) -> None:
        """Keep a response, with the input items that led to it, for a later `previous_response_id`."""
        row = (id, previous, json.dumps(items), time.time(), response)
        columns = "id, previous, items, created, response"
        self._store.write((f"INSERT INTO responses ({columns}) VALUES (?, ?, ?, ?, ?)", row))

    async def recall(self, id: str) -> Items | None:
        """Return all items up to and including a response, oldest first; None if it is unknown."""
        parts = await self._store.ask(lambda: self._store.db.execute(_CHAIN, (id,)).fetchall())
        return [item for part in parts for item in json.loads(part[0])] if parts else None

    async def response(self, id: str) -> dict[str, Any] | None:
        """Return a stored response as it was answered; None if it is unknown."""
        sql = "SELECT response FROM responses WHERE id = ? AND NOT deleted AND response IS NOT NULL"
        row = await self._store.ask(lambda: self._store.db.execute(sql, (id,)).fetchone())
        return None if row is None else dict(json.loads(row[0]))

    async def forget(self, id: str) -> bool:
        """Delete a response. Those that continued it keep what was said."""
        sql = "UPDATE responses SET deleted = 1, response = NULL WHERE id = ? AND NOT deleted"
        return await self._store.ask(lambda: self._store.db.execute(sql, (id,)).rowcount) > 0

    async def open(self, id: str, metadata: dict[str, str]) -> None:
        """Open a conversation, or set the metadata of one that is open."""
        sql = "INSERT INTO conversations VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET metadata = excluded.metadata"
        row = (id, json.dumps(metadata), time.time())
        await self._store.ask(lambda: self._store.db.execute(sql, row))

    async def conversation(self, id: str) -> dict[str, Any] | None:
        """Return a conversation in wire format; None if it is unknown."""
        sql = "SELECT * FROM conversations WHERE id = ?"
        row = await self._store.ask(lambda: self._store.db.execute(sql, (id,)).fetchone())
        if row is None:
            return None
        made = {"created_at": int(row["created"]), "metadata": json.loads(row["metadata"])}
        return {"id": id, "object": "conversation", **made}

    async def close(self, id: str) -> None:
        """Delete a conversation. Its items are deleted with it."""

        def delete() -> None:
            self._store.db.execute("DELETE FROM items WHERE conversation = ?", (id,))
            self._store.db.execute("DELETE FROM conversations WHERE id = ?", (id,))

        await self._store.ask(delete)

    def add(self, id: str, items: Items) -> None:
        """Add items to a conversation, unless it was deleted meanwhile."""
        sql = "INSERT INTO items (conversation, id, item) SELECT id, ?, ? FROM conversations WHERE id = ?"
        self._store.write(*((sql, (item["id"], json.dumps(item), id)) for item in items))

    async def items(self, id: str) -> Items:
        """Return the items of a conversation, oldest first."""
        sql = "SELECT item FROM items WHERE conversation = ? ORDER BY position"
        rows = await self._store.ask(lambda: self._store.db.execute(sql, (id,)).fetchall())
        return [json.loads(row[0]) for row in rows]

    async def drop(self, id: str, item: str) -> bool:
        """Delete one item of a conversation."""
        sql = "DELETE FROM items WHERE conversation = ? AND id = ?"
        return await self._store.ask(lambda: self._store.db.execute(sql, (id, item)).rowcount) > 0
