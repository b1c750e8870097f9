"""Which key opens what: in practice mode nothing leaves this machine, else only calls with the key of `.env`
do.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest
from gateway_servers import GatewayProcess

OWN = "sk-proj-the-one-in-env-0123456789"
FOREIGN = [
    "sk-proj-from-a-shell-profile-4711",
    "sk-0",
    "DUMMY",
    "Practice",
    "practice2",
    "sk-ant-api03-another-provider",
    "${OPENAI_API_KEY}",
    "none",
    "a" * 4_000,
    OWN + "x",
    OWN[:-1],
    OWN.upper(),
]
HELLO = {"model": "m", "input": "hello"}
CHAT = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
CALLS = [
    ("POST", "responses"),
    ("POST", "chat/completions"),
    ("GET", "models"),
    ("GET", "models/gpt-x"),
    ("POST", "embeddings"),
    ("GET", "files"),
    ("DELETE", "files/file-1"),
    ("POST", "audio/speech"),
    ("GET", "responses/resp_1?include=x"),
    ("PUT", "anything/at/all"),
]


class Outside:
    """A model endpoint that takes no call and counts who knocks."""

    def __init__(self) -> None:
        self.knocks = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/v1"
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            self.knocks += 1
            line.close()

    def close(self) -> None:
        self._listening.close()


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    made = Outside()
    yield made
    made.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, outside: Outside) -> Iterator[GatewayProcess]:
    """It inherits a real key from the shell; `.env` decides."""
    home: Path = tmp_path_factory.mktemp("keys")
    made = GatewayProcess(
        home, script="scripted_gateway.py", UPSTREAM_BASE_URL=outside.url, OPENAI_API_KEY=FOREIGN[0]
    )
    yield made
    made.stop()


def ask(gateway: GatewayProcess, method: str, path: str, key: str) -> httpx.Response:
    body = None if method in ("GET", "DELETE") else CHAT if path.startswith("chat") else HELLO
    return gateway.http.request(method, f"/v1/{path}", json=body, headers={"authorization": f"Bearer {key}"})


@pytest.mark.parametrize("in_env", ["practice", OWN])
def test_a_key_that_is_not_in_env_is_named_as_the_trouble(
    gateway: GatewayProcess, outside: Outside, in_env: str
) -> None:
    gateway.set(OPENAI_API_KEY=in_env)
    gateway.clear()
    before = outside.knocks
    for key in FOREIGN:
        for method, path in CALLS:
            answer = ask(gateway, method, path, key)
            assert answer.status_code == 401, (method, path, key)
            error = answer.json()["error"]
            assert error["code"] == "invalid_api_key" and error["type"] == "invalid_request_error"
            assert f"({len(key)} characters)" in error["message"] and "first cell" in error["message"]
            assert ("says practice" in error["message"]) == (in_env == "practice")
            assert key == "none" or key not in answer.text
    assert outside.knocks == before
    rows = gateway.rows()
    assert len(rows) == 2 * len(FOREIGN)
    assert {(row["state"], row["status"], row["price_usd"], row["practice"]) for row in rows} == {
        ("failed", 401, 0, True)
    }


def test_the_practice_key_never_leaves_whatever_env_says(gateway: GatewayProcess, outside: Outside) -> None:
    before = outside.knocks
    for in_env in ("practice", OWN):
        gateway.set(OPENAI_API_KEY=in_env)
        assert [ask(gateway, *call, "practice").status_code for call in CALLS] == [
            200,
            200,
            200,
            200,
            *[404] * 6,
        ]
    assert outside.knocks == before


def test_the_key_in_env_is_passed_on_as_soon_as_it_stands_there(
    gateway: GatewayProcess, outside: Outside
) -> None:
    for expected, in_env in ((401, "practice"), (502, OWN), (401, "practice"), (502, OWN)):
        gateway.set(OPENAI_API_KEY=in_env)
        before = outside.knocks
        assert [ask(gateway, *call, OWN).status_code for call in CALLS] == [expected] * len(CALLS)
        assert outside.knocks - before == (len(CALLS) if expected == 502 else 0)


def test_the_real_client_says_it(gateway: GatewayProcess) -> None:
    gateway.set(OPENAI_API_KEY="practice")
    with openai.OpenAI(base_url=gateway.url, api_key=FOREIGN[0]) as client:
        with pytest.raises(openai.AuthenticationError, match="says practice"):
            client.responses.create(model="m", input="hello")
        with pytest.raises(openai.AuthenticationError, match="says practice"):
            client.responses.create(model="m", input="hello", stream=True)


def test_no_fault_opens_the_way_out(gateway: GatewayProcess, outside: Outside) -> None:
    gateway.set(OPENAI_API_KEY="practice")
    before = outside.knocks
    for kind in ("slow", "hang", "disconnect", "malformed", "unauthorized"):
        gateway.clear()
        gateway.fault(kind, delay_s=0.01)
        assert ask(gateway, "POST", "responses", OWN).status_code == 401
    gateway.clear()
    assert outside.knocks == before


def test_no_foreign_key_is_kept(gateway: GatewayProcess) -> None:
    planted = [key.encode() for key in FOREIGN if len(key) > 10 and OWN.upper() != key]
    kept = [path for path in gateway.home.rglob("*") if path.is_file() and path.name != ".env"]
    assert [path for path in kept for key in planted if key in path.read_bytes()] == []


@pytest.mark.parametrize(
    "line",
    [
        "PRACTICE_LATENCY_S=soon",
        "PRACTICE_LATENCY_S=inf",
        "GATEWAY_PORT=abc",
        "PRICE_INPUT_PER_MTOK=0,25",
        "PRICE_INPUT_PER_MTOK=-1",
        "UPSTREAM_BASE_URL=somewhere",
        "UPSTREAM_BASE_URL=http://[x/v1",
        "UPSTREAM_BASE_URL=http://api.example.org:abc/v1",
    ],
)
def test_the_last_good_settings_stay_in_force(gateway: GatewayProcess, line: str) -> None:
    gateway.clear()
    gateway.set(OPENAI_API_KEY="practice", PRICE_INPUT_PER_MTOK=7)
    before = gateway.post("responses", HELLO)
    (gateway.home / ".env").write_text(f"OPENAI_API_KEY=practice\n{line}\n")
    after = gateway.post("responses", HELLO)
    assert (before.status_code, after.status_code) == (200, 200)
    first, second = gateway.rows()
    assert first["price_usd"] == second["price_usd"] > 0
    own = {"origin": f"http://127.0.0.1:{gateway.port}"}
    assert gateway.http.get("/bench/health", headers=own).status_code == 200, "its front door works too"
    assert gateway.http.get("/bench/health", headers={"host": "elsewhere.example"}).status_code == 421
    name = line.partition("=")[0]
    assert name in gateway.http.get("/bench/health").json()["settings"]
    assert name in gateway.log.read_text()
    gateway.set(OPENAI_API_KEY="practice")
    assert gateway.http.get("/bench/health").json()["settings"] == ""
