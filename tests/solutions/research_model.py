"""A model that does not keep to the form: the practice model, with some of its answers replaced on their
way.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from local_server import Handler, serving

NOT_PASSED_ON = ("host", "content-length", "connection", "accept-encoding")


@dataclass
class Outage:
    """A model that is away for this long from its first call on. Status 0: the connection is cut."""

    seconds: float
    status: int = 503
    retry_after: str = ""
    began: float = 0.0
    met: int = 0

    def is_on(self) -> bool:
        self.began = self.began or time.monotonic()
        is_on = time.monotonic() - self.began < self.seconds
        self.met += is_on
        return is_on


class TamperingModel:
    """A proxy of the gateway. A call whose instructions or input contain a key of `says` is answered with
    its value, and one with a key of `away` with an error while that lasts.
    """

    def __init__(self, gateway_url: str) -> None:
        self.says: dict[str, Any] = {}
        self.times: dict[str, int] = {}
        """How often each is said; always, if nothing stands here."""
        self.away: dict[str, Outage] = {}
        self.asked: list[str] = []
        """The bodies of all calls."""
        self.delay_s = 0.0
        """How much longer each call takes, in seconds."""
        self.most_at_once = 0
        """How many calls were under way at the same time, at most."""
        self._gateway_url = gateway_url
        self._at_once = 0
        self._lock = threading.Lock()
        self._server = serving(self._handler())

    def __enter__(self) -> TamperingModel:
        self.url = self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__(None, None, None)

    def outage(self, asked: bytes) -> Outage | None:
        """The outage that this call falls into."""
        found = [outage for key, outage in self.away.items() if key in asked.decode()]
        with self._lock:
            return next((outage for outage in found if outage.is_on()), None)

    def _is_said(self, key: str, asked: bytes) -> bool:
        if key not in asked.decode() or self.times.get(key) == 0:
            return False
        if key in self.times:
            self.times[key] -= 1
        return True

    def answer(self, path: str, asked: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        with self._counted():
            time.sleep(self.delay_s)
            answer = httpx.post(
                self._gateway_url + path, content=asked, headers=headers, timeout=30, trust_env=False
            )
        body = answer.json()
        for says in [says for key, says in self.says.items() if self._is_said(key, asked)]:
            text = says if isinstance(says, str) else json.dumps(says)
            message = next(item for item in body["output"] if item["type"] == "message")
            message["content"] = [{"type": "output_text", "text": text, "annotations": []}]
        return answer.status_code, json.dumps(body).encode()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def _handler(self) -> type[Handler]:
        model = self

        class Tampering(Handler):
            def do_POST(self) -> None:
                asked = self.body()
                headers = {
                    name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED_ON
                }
                model.asked.append(asked.decode())
                outage = model.outage(asked)
                if outage and not outage.status:
                    self.close_connection = True
                    return
                if outage:
                    status, body = outage.status, b'{"error": {"message": "away"}}'
                else:
                    status, body = model.answer(self.path, asked, headers)
                headers = {"retry_after": outage.retry_after} if outage and outage.retry_after else {}
                with suppress(BrokenPipeError):  # a worker was killed, as workers are here
                    self.answer(status, body, **headers)

        return Tampering
