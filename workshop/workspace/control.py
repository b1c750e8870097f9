"""The control calls to the gateway and the weather service, over HTTP only.

Every method is synchronous and quick (a second at most).
`owner`: who sets a client's faults, in words for a message.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import httpx
import psutil

from workshop.config import HOME
from workshop.errors import LabError
from workshop.processes.record import Record

TIMEOUT_S = 3.0
START = "Start it in a terminal, in the folder of the course:\n    python3 -m workshop up --no-lab"


class ServiceClient:
    """The control calls that the gateway and the weather service share."""

    def __init__(self, name: str, url: str, owner: str) -> None:
        self.name = name
        self.url = url
        self._owner = owner

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        try:
            # A new connection each time: the service may have been restarted. No certificates to load: it is
            # plain HTTP.
            response = httpx.request(
                method, self.url + path, timeout=TIMEOUT_S, trust_env=False, verify=False, **arguments
            )
        except (TypeError, ValueError) as error:  # what JSON can't say: a timedelta, not-a-number
            raise LabError(
                f"The {self.name} was not asked: {error}. Times are plain numbers of seconds."
            ) from error
        except httpx.HTTPError as error:
            raise LabError(
                f"The {self.name} does not answer at {self.url} ({type(error).__name__}).\n{START}"
            ) from error
        if response.is_error:
            raise LabError(f"The {self.name} refused {method} {path}: {_said(response)[:500]}")
        return response.json()

    def health(self) -> dict[str, Any]:
        """Return its health report. Raises LabError if it is down, or another clone's."""
        report: dict[str, Any] = self._call("GET", "/bench/health")
        if report.get("home") != str(HOME):
            raise LabError(
                f"The {self.name} at {self.url} belongs to another copy of the course "
                f"({report.get('home')}).\n"
                "Stop that one with `python3 -m workshop down` in its folder, or give this one "
                "ports of its own: `python3 -m workshop up` shows the lines."
            )
        return report

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are on."""
        answer = self._call("GET", "/bench/faults")
        return list(answer["faults"] if isinstance(answer, dict) else answer)

    def fault(self, kind: str, **details: Any) -> dict[str, Any]:
        """Switch a fault on until this process ends. `details`: times, seconds, match, delay_s,
        retry_after_s, characters, owner.
        """
        answer: dict[str, Any] = self._call(
            "POST", "/bench/faults", json={"kind": kind, "owner": self._me(), **details}
        )
        return answer

    def _me(self) -> dict[str, Any]:
        """Return this process as the owner of a fault."""
        me = Record.of(psutil.Process(), self._owner or Path(sys.argv[0]).name)
        return {"pid": me.pid, "create_time": me.create_time, "born": me.born, "name": me.name}

    def clear_faults(self) -> None:
        self._call("DELETE", "/bench/faults")


def _said(response: httpx.Response) -> str:
    """Return the sentence in an error answer that the service itself wrote, or else the whole answer."""
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return response.text


class Gateway(ServiceClient):
    """The model gateway."""

    def __init__(self, url: str, owner: str = "") -> None:
        super().__init__("model gateway", url, owner)

    def bill(self, since: float | None = None, **only: str) -> dict[str, Any]:
        """Return `rows` (oldest first), `in_flight`, `totals`. `only`: a workflow, run or process."""
        answer: dict[str, Any] = self._call(
            "GET", "/bench/bill", params=({} if since is None else {"since": since}) | only
        )
        return answer

    def in_flight(self) -> list[dict[str, Any]]:
        """Return the model calls that are being answered now."""
        return list(self.bill()["in_flight"])


class Weather(ServiceClient):
    """The weather service and its notice board."""

    def __init__(self, url: str, owner: str = "") -> None:
        super().__init__("weather service", url, owner)

    def notices(self) -> list[dict[str, Any]]:
        """Return what is on the notice board, oldest first."""
        answer = self._call("GET", "/notices")
        return list(answer["notices"] if isinstance(answer, dict) else answer)

    def clear_notices(self) -> None:
        self._call("DELETE", "/notices")
