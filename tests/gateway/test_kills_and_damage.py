"""What the bill owes: a row for every call, whatever hits the gateway, its file, or the thread that thinks."""

from __future__ import annotations

import json
import logging
import socket
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from gateway_servers import KEY, GatewayProcess
from waiting import until

from workshop.gateway.store import Store

HELLO = {"model": "m", "input": "hello"}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayProcess]:
    found = GatewayProcess(tmp_path, script="scripted_gateway.py")
    yield found
    found.stop()


@pytest.mark.parametrize("stream", [False, True])
def test_a_kill_right_after_an_answer_takes_no_row(gateway: GatewayProcess, stream: bool) -> None:
    receipts = []
    for n in range(4):
        body = json.dumps({**HELLO, "input": f"{n} " + "x" * 200, "stream": stream}).encode()
        head = f"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nAuthorization: {KEY['authorization']}\r\n"
        with socket.create_connection(("127.0.0.1", gateway.port)) as line:
            line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            seen, end = b"", b"response.completed" if stream else b'"usage":{'
            while end not in seen:
                seen += line.recv(65536)
            gateway.kill()
        receipts.append(seen.split(b'"id":"')[1].split(b'"')[0].decode())
        gateway.start()
    assert [row["receipt"] for row in gateway.rows()] == receipts


def test_a_call_that_a_kill_cuts_off_is_on_the_bill(gateway: GatewayProcess) -> None:
    gateway.fault("slow", times=1, delay_s=30)
    asking = threading.Thread(target=_ask_to_be_killed, args=(gateway.root,))
    asking.start()
    until(lambda: gateway.bill()["in_flight"])
    gateway.kill()
    asking.join()
    gateway.start()
    [row] = gateway.rows()
    assert (row["state"], row["summary"], row["fault"]) == ("cut_off", "hello", "slow")
    assert row["input_tokens"] > 0 and row["price_usd"] > 0
    gateway.kill()
    gateway.start()
    assert len(gateway.rows()) == 1


def _ask_to_be_killed(root: str) -> None:
    with suppress(httpx.TransportError):
        httpx.post(f"{root}/v1/responses", json=HELLO, headers=KEY, timeout=60, trust_env=False)


def test_rows_wait_for_a_file_that_somebody_else_holds(gateway: GatewayProcess) -> None:
    held = sqlite3.connect(gateway.home / ".lab" / "bill.sqlite", isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    try:
        receipts = [gateway.post("responses", HELLO).json()["id"] for _ in range(2)]
        health = gateway.http.get("/bench/health").json()
        assert health["unwritten"] >= 2 and "locked" in health["refusal"]
        time.sleep(6)  # longer than SQLite itself would wait
        assert gateway.rows() == []
    finally:
        held.execute("ROLLBACK")
        held.close()
    rows = until(lambda: gateway.rows() if gateway.http.get("/bench/health").json()["unwritten"] == 0 else [])
    assert [row["receipt"] for row in rows] == receipts


@pytest.mark.parametrize("harm", ["random", "cut", "middle", "emptied"])
def test_a_damaged_bill_is_kept_and_a_new_one_begun(gateway: GatewayProcess, harm: str) -> None:
    for _ in range(3):
        gateway.post("responses", HELLO)
    gateway.stop()
    path = gateway.home / ".lab" / "bill.sqlite"
    whole = path.read_bytes()
    noise = bytes((n * 7919) % 251 for n in range(24_000))
    harmed = {
        "random": noise,
        "cut": whole[:5000],
        "middle": whole[:4096] + noise[:4096] + whole[8192:],
        "emptied": b"",
    }[harm]
    path.write_bytes(harmed)
    gateway.start()
    answer = gateway.post("responses", HELLO).json()
    assert [row["receipt"] for row in gateway.rows()] == [answer["id"]]
    [kept] = path.parent.glob("bill.sqlite.damaged-*")
    assert kept.read_bytes() == harmed
    assert str(kept) in gateway.log.read_text()


def test_a_bill_that_is_damaged_while_it_is_in_use(gateway: GatewayProcess) -> None:
    gateway.post("responses", HELLO)
    path = gateway.home / ".lab" / "bill.sqlite"
    gateway.kill()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    gateway.start()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))
    gateway.rows()
    answer = gateway.post("responses", HELLO).json()
    assert answer["id"] in [row["receipt"] for row in gateway.rows()]


def test_a_row_that_comes_while_a_refusal_ends_is_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "bill.sqlite", logging.getLogger("test"))

    def make() -> None:
        store.db.execute("CREATE TABLE row (n)")

    store.prepare(make)
    late: list[Future[None]] = []

    class Waiting(deque[Any]):
        """Into which a row comes right after it was seen to be empty."""

        def __bool__(self) -> bool:
            waits = len(self) > 0
            if not waits and not late:
                late.append(store.write(("INSERT INTO row VALUES (2)", ())))
            return waits

    store.refusal = "database is locked"
    store._waiting = Waiting([([("INSERT INTO row VALUES (1)", ())], Future[None]())])
    store._thread.submit(store._flush).result()
    late[0].result(timeout=5)
    assert store.unwritten == 0 and not store.refusal
    store.close()
