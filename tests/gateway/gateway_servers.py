"""Gateways as processes of their own, on free ports and with a home of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from bench_instance import free_ports

HERE = Path(__file__).parent
KEY = {"authorization": "Bearer practice"}


class GatewayProcess:
    """A running gateway. `script` starts another program than the gateway's own, such as one with a scripted
    model.
    """

    def __init__(self, home: Path, script: str | None = None, **env: str) -> None:
        self.home = home
        self.port = free_ports(1)[0]
        self.root = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.root}/v1"
        self.log = home / "gateway.log"
        self._command = (
            [sys.executable, str(HERE / script)] if script else [sys.executable, "-m", "workshop.gateway"]
        )
        self._env = {"PRACTICE_LATENCY_S": "0", **env}
        self.start()

    def start(self) -> None:
        clean = {
            key: value for key, value in os.environ.items() if not key.startswith(("OPENAI_", "UPSTREAM_"))
        }
        values = clean | {"WORKSHOP_HOME": str(self.home), "GATEWAY_PORT": str(self.port)} | self._env
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command, env=values, stdout=log, stderr=log)
        self.http = httpx.Client(base_url=self.root, timeout=30, trust_env=False)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.http.get("/bench/health").raise_for_status()
                return
            except httpx.TransportError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the gateway did not start:\n{self.log.read_text()}") from None
                time.sleep(0.02)

    def kill(self) -> None:
        """Ends the process as a crash would."""
        self.http.close()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.http.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def set(self, **values: Any) -> None:
        """Writes `.env`, by which the gateway goes at once."""
        (self.home / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))

    def unset(self) -> None:
        """Takes `.env` away again."""
        (self.home / ".env").unlink()

    def clear(self) -> None:
        """No faults, an empty bill."""
        self.http.delete("/bench/faults")
        self.http.delete("/bench/bill")

    def fault(self, kind: str, **more: Any) -> None:
        answer = self.http.post("/bench/faults", json={"kind": kind, **more})
        assert answer.status_code == 201, answer.text

    def bill(self, **params: Any) -> dict[str, Any]:
        answer = self.http.get("/bench/bill", params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def rows(self, **params: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.bill(**params)["rows"]
        return rows

    def post(self, path: str, body: Any, **more: Any) -> httpx.Response:
        return self.http.post(f"/v1/{path}", json=body, headers=KEY, **more)


@dataclass(frozen=True)
class Endpoint:
    """Where a client finds a gateway, and the key that it shows."""

    gateway: GatewayProcess
    url: str
    key: str
