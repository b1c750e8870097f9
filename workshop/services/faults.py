"""The fault panel: what goes wrong on purpose, how often, for how long, and for which requests.

The gateway and the weather service each keep one panel and one set of control calls (`router`). The panel
only says *which* fault a request meets; the service that owns the panel carries it out in the form that its
own clients expect.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workshop.processes.process import Record

FaultKind = Literal[
    "rate_limit",
    "bad_request",
    "unauthorized",
    "server_error",
    "unavailable",
    "slow",
    "hang",
    "disconnect",
    "malformed",
]
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)

HANG_S = 20.0
"""How long `hang` stays silent when no `delay_s` is given, in seconds."""
SLOW_S = 3.0
"""How long `slow` delays an answer when no `delay_s` is given, in seconds."""
LONGEST_S = 86_400.0
"""The longest time that a fault accepts, in seconds: one day."""


class Owner(BaseModel):
    """The process that a fault belongs to, and ends with: a notebook's kernel. Fields as in `Record`; `name`
    is for people.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pid: int = Field(ge=1)
    create_time: float
    born: float = 0.0
    name: str = Field(max_length=100)

    @property
    def is_alive(self) -> bool:
        return Record(**self.model_dump()).process() is not None


class Fault(BaseModel):
    """One thing that goes wrong. Without `times` and `seconds` it lasts until its owner ends or the panel is
    cleared.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    times: int | None = Field(default=None, ge=1)
    """How many requests meet it."""
    seconds: float | None = Field(default=None, gt=0, le=LONGEST_S, allow_inf_nan=False)
    """How long it lasts from the moment it is added, in seconds."""
    match: str | None = Field(default=None, min_length=1, max_length=2_000)
    """Only requests that contain this text, in capitals or not, meet it."""
    of: str | list[str] | None = Field(default=None, min_length=1, max_length=2_000)
    """Only model calls by this workflow (id) or process (`pid@host`), or by one of these, meet it. Others
    leave `times` alone.
    """
    delay_s: float | None = Field(default=None, ge=0, le=LONGEST_S, allow_inf_nan=False)
    """`slow`: the delay before the answer. `hang`: the silence before the line drops. In seconds."""
    retry_after_s: float | None = Field(default=None, ge=0, le=LONGEST_S, allow_inf_nan=False)
    """How long the answer asks the client to wait before the next try, in seconds (`rate_limit`,
    `unavailable`).
    """
    owner: Owner | None = None
    """The process that it ends with. None: it ends with none, as when it is set from a terminal."""

    def shown(self) -> dict[str, Any]:
        """Return it as it was given; `of` only if it was."""
        return self.model_dump(exclude={"of"} if self.of is None else None)

    def is_for(self, callers: Iterable[str | None]) -> bool:
        """Return whether a call by these callers can meet it."""
        return self.of is None or bool({*callers} & ({self.of} if isinstance(self.of, str) else {*self.of}))

    @property
    def delay(self) -> float:
        """The delay in seconds, with the default of the kind; 0 for kinds that do not wait."""
        if self.delay_s is not None:
            return self.delay_s
        return {"hang": HANG_S, "slow": SLOW_S}.get(self.kind, 0.0)


@dataclass
class _Live:
    fault: Fault
    times_left: int | None
    ends_at: float | None
    set_at: float


class FaultPanel:
    """The live faults of one service, oldest first. Calls never block, and may come from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._live: list[_Live] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Add a fault after those already live."""
        with self._lock:
            ends_at = None if fault.seconds is None else self._clock() + fault.seconds
            self._live.append(_Live(fault, fault.times, ends_at, time.time()))

    def clear(self) -> int:
        """End all faults and return how many there were."""
        with self._lock:
            self._drop_ended()
            count = len(self._live)
            self._live.clear()
            return count

    def list(self) -> list[dict[str, Any]]:
        """Return the live faults as they were given, with three more fields.

        `remaining_times` and `remaining_seconds` (None: until cleared), and `set_at` in epoch seconds.
        """
        with self._lock:
            self._drop_ended()
            now = self._clock()
            return [
                entry.fault.shown()
                | {
                    "remaining_times": entry.times_left,
                    "remaining_seconds": None if entry.ends_at is None else round(entry.ends_at - now, 3),
                    "set_at": entry.set_at,
                }
                for entry in self._live
            ]

    def take(self, text: str, callers: Iterable[str | None] = ()) -> Fault | None:
        """Return the fault that a request with this text, by these callers, meets: the oldest live one that
        matches.

        Counts `times` down.
        """
        haystack = text.casefold()
        with self._lock:
            self._drop_ended()
            for entry in self._live:
                if entry.fault.match is not None and entry.fault.match.casefold() not in haystack:
                    continue
                if not entry.fault.is_for(callers):
                    continue
                if entry.times_left is not None:
                    entry.times_left -= 1
                    if entry.times_left == 0:
                        self._live.remove(entry)
                return entry.fault
            return None

    def _drop_ended(self) -> None:
        """Drop faults whose time is up, and those whose owner is gone: nobody would be left to switch them
        off.
        """
        now = self._clock()
        self._live = [
            entry
            for entry in self._live
            if (entry.ends_at is None or entry.ends_at > now)
            and (entry.fault.owner is None or entry.fault.owner.is_alive)
        ]


def _explain(error: ValidationError) -> str:
    """Return one sentence on what is wrong with a fault, and what to write instead."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    if field == "kind":
        given = "is missing" if first["type"] == "missing" else f"{first['input']!r} is unknown"
        return f"The kind of fault {given}. Choose one of: {', '.join(KINDS)}."
    if first["type"] == "extra_forbidden":
        return f"{field!r} is not a field of a fault. The fields are: {', '.join(Fault.model_fields)}."
    return f"{field or 'The body'}: {first['msg']}."


def router(panel: FaultPanel) -> APIRouter:
    """Return the control calls `GET`, `POST` and `DELETE /bench/faults` for one panel.

    The body is read here and not by FastAPI, so the service's own handling of bad requests leaves it alone.
    """
    routes = APIRouter()

    @routes.get("/bench/faults")
    async def show() -> dict[str, Any]:
        return {"faults": panel.list(), "kinds": list(KINDS)}

    @routes.post("/bench/faults")
    async def add(request: Request) -> JSONResponse:
        try:
            fault = Fault.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"error": _explain(error), "kinds": list(KINDS)}, status_code=422)
        panel.add(fault)
        return JSONResponse({"added": fault.shown(), "faults": panel.list()}, status_code=201)

    @routes.delete("/bench/faults")
    async def clear() -> dict[str, Any]:
        return {"cleared": panel.clear(), "faults": panel.list()}

    return routes
