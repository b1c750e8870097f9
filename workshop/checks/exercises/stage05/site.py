"""The learner's web server, on the check's own port: started, killed, and called over HTTP."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any

import httpx

from workshop import shell
from workshop.checks.findings import Stop
from workshop.checks.looks import web_ui
from workshop.checks.outcomes import Script, stop_at_stub
from workshop.checks.trial import Trial
from workshop.config import settings
from workshop.processes.workers import Process

READY_S = 15.0


@dataclass(frozen=True)
class Reply:
    """An HTTP response. `body`: the JSON object in it, empty if there is none."""

    status: int
    text: str
    body: dict[str, Any]

    @property
    def ok(self) -> bool:
        return self.status == 200

    def __str__(self) -> str:
        return f"status {self.status}: {self.text[:300]}"


class Site:
    """The server of one file. Its port stays the same when it is started again."""

    def __init__(self, trial: Trial, file: str) -> None:
        self._trial = trial
        self.file = file
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it and wait until it answers. Raises Stop if it dies or stays silent."""
        self._process = process = await self._trial.start_script(self.file, self.url.rpartition(":")[2])
        deadline = time.monotonic() + READY_S
        while not await self._answers():
            last = Script(process.output, None).last_line
            if not process.alive:
                raise Stop(
                    f"{self.file} starts",
                    f"it ended at once; the last it said: {last or '(nothing)'}"[:500],
                    self._by_hand,
                )
            if time.monotonic() > deadline:
                raise Stop(
                    f"{self.file} answers within {READY_S:.0f} s",
                    f"it is silent: {last or '(nothing)'}"[:500],
                    self._by_hand,
                )
            await asyncio.sleep(0.1)

    @property
    def _by_hand(self) -> str:
        port = str(settings().research_exercise_port)
        return f"Run it by hand in {self._trial.folder}: {shell.line(sys.executable, self.file, port)}"

    async def _answers(self) -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
                await http.get(f"{self.url}/api/health")
        except httpx.HTTPError:
            return False
        return True

    async def crash(self) -> None:
        """Kill it (SIGKILL)."""
        assert self._process is not None, "the check has started no server"
        await asyncio.to_thread(self._process.crash)

    async def ask(
        self, method: str, path: str, json: Any = None, key: str | None = None, within: float = 20.0
    ) -> Reply:
        """Make one request. Raises Stop if no answer comes within `within` seconds, and for a stub."""
        headers = {"Idempotency-Key": key} if key else {}
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=within) as http:
                response = await http.request(method, self.url + path, json=json, headers=headers)
        except httpx.HTTPError as error:
            raise Stop(
                f"{method} {path} is answered within {within:.0f} s",
                f"no answer ({type(error).__name__}){self._last_words()}",
                f"Does it wait for something that nobody does? Look at the open runs in {web_ui()}, and at "
                "the server's log.",
            ) from error
        try:
            body = response.json()
        except ValueError:
            body = {}
        if response.status_code >= 500:
            await asyncio.sleep(0.3)  # the server writes its traceback after its answer
        text = response.text + (self._last_words() if response.status_code >= 500 else "")
        return Reply(response.status_code, text, body if isinstance(body, dict) else {})

    def _last_words(self) -> str:
        """Return the end of the server's log, for a call that went wrong. Raises Stop for a stub."""
        output = self._process.output if self._process else ""
        stop_at_stub(output, f"in {self.file}")
        last = next(
            (
                line
                for line in reversed(output.splitlines())
                if "Error" in line and not line.startswith("INFO")
            ),
            "",
        )
        return f"; its log says: {last}"[:300] if last else ""


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
