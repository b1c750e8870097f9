"""Who may ask, how much they may send, and that a key is nowhere to be found afterwards."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from bench_instance import free_ports
from gateway_servers import KEY, GatewayProcess

HELLO = {"model": "m", "input": "hello"}
PLANTED = "sk-planted-5f0c1d-never-to-be-seen"


def test_it_listens_on_loopback_only(scripted: GatewayProcess) -> None:
    listening = [
        c.laddr
        for c in psutil.Process(scripted.process.pid).net_connections()
        if c.status == psutil.CONN_LISTEN
    ]
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", scripted.port)]


@pytest.mark.parametrize(
    "host", ["example.org", "127.0.0.1.example.org", "localhost.example.org", "evil.localhost", "0.0.0.0", ""]
)
@pytest.mark.parametrize(
    "path", ["/v1/responses", "/bench/bill", "/bench/faults", "/bench/health", "/elsewhere"]
)
def test_a_foreign_host_is_refused(scripted: GatewayProcess, host: str, path: str) -> None:
    answer = scripted.http.get(path, headers={"host": host, **KEY})
    assert answer.status_code == 421
    assert answer.json()["error"]["code"] == "foreign_host"


def test_own_hosts_are_served(scripted: GatewayProcess) -> None:
    for host in ("127.0.0.1", "localhost", f"localhost:{scripted.port}", "LOCALHOST"):
        assert scripted.http.get("/bench/health", headers={"host": host}).status_code == 200


def test_a_body_too_large_is_refused_before_it_is_read(scripted: GatewayProcess) -> None:
    answer = scripted.http.post("/v1/responses", content=b"x" * (17 * 1024 * 1024), headers=KEY)
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "request_too_large"


def test_a_body_too_large_without_a_stated_length(scripted: GatewayProcess) -> None:
    def far_too_much() -> Iterator[bytes]:
        # 64 MB: an end of its own, lest a gateway that takes it all eats the machine
        for _ in range(64 * 16):
            yield b"x" * 65_536

    line = http.client.HTTPConnection("127.0.0.1", scripted.port, timeout=10)
    refused = False
    try:
        line.request("POST", "/v1/responses", body=far_too_much(), headers=KEY, encode_chunked=True)
    except (BrokenPipeError, ConnectionResetError):
        refused = True  # it hung up while we were still sending, as it should
    else:
        refused = line.getresponse().status == 413
    finally:
        line.close()
    assert refused
    assert scripted.post("responses", HELLO).status_code == 200


def test_a_large_conversation_is_taken(scripted: GatewayProcess) -> None:
    answer = scripted.post("responses", {"model": "m", "input": "word " * 1_000_000})
    assert answer.status_code == 200


def test_broken_http_does_not_harm(scripted: GatewayProcess) -> None:
    for rubbish in (
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\n",
    ):
        with socket.create_connection(("127.0.0.1", scripted.port)) as line:
            line.sendall(rubbish)
    assert scripted.post("responses", HELLO).status_code == 200


def test_a_planted_key_is_nowhere(tmp_path: Path) -> None:
    """The key of a passed-on call is not in the bill, the logs, the errors, nor in anything that the gateway
    writes.
    """
    home = tmp_path / "home"
    gateway = GatewayProcess(
        home, UPSTREAM_BASE_URL=f"http://127.0.0.1:{free_ports(1)[0]}/v1", OPENAI_API_KEY=PLANTED
    )
    try:
        gone = gateway.http.post("/v1/responses", json=HELLO, headers={"authorization": f"Bearer {PLANTED}"})
        assert gone.status_code == 502 and PLANTED not in gone.text
        gateway.fault("unauthorized", times=1)
        refused = gateway.http.post(
            "/v1/responses", json=HELLO, headers={"authorization": f"Bearer {PLANTED}"}
        )
        assert refused.status_code == 401 and PLANTED not in refused.text
        gateway.http.post("/v1/responses", content="{", headers={"authorization": f"Bearer {PLANTED}"})
        gateway.http.get("/v1/files", headers={"authorization": f"Bearer {PLANTED}"})
        assert len(gateway.rows()) == 3
        assert PLANTED not in gateway.http.get("/bench/bill").text
    finally:
        gateway.stop()
    found = [path for path in home.rglob("*") if path.is_file() and PLANTED.encode() in path.read_bytes()]
    assert found == []
    assert (home / ".lab" / "bill.sqlite").stat().st_size > 0
