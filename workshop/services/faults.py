"""What goes wrong on purpose: the kinds of fault, one fault, and the faults of one service that are on.

The gateway and the weather service each keep one `Faults`, with the same control calls (`control.py`). It
only says *which* fault a request meets; `line.py` plays it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from workshop.processes.record import Record


@dataclass(frozen=True)
class Kind:
    """One kind of fault."""

    sees: str
    """What a client sees, and what the plugin does about it."""
    status: int | None = None
    """The status with which a request is refused, before any work is done for it. None: the work is done, and
    its answer spoiled.
    """
    says: str = ""
    """The words of the refusal, with OpenAI's `type` and `code` for it."""
    type: str = "invalid_request_error"
    code: str | None = None
    breaks: bool = False
    """Whether the client gets no whole answer."""
    takes: str = ""
    """The number that this kind takes, `default` if it is not given, and what a form calls it."""
    default: float = 0.0
    label: str = ""


KINDS = {
    "rate_limit": Kind(
        "429: too many requests. Tried again.",
        status=429,
        says=(
            "Rate limit reached on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again "
            "later."
        ),
        type="requests",
        code="rate_limit_exceeded",
        takes="retry_after_s",
        label="Retry-After",
    ),
    "bad_request": Kind(
        "400: refused, and not tried again.",
        status=400,
        says="We could not process your request: the input is not valid.",
    ),
    "unauthorized": Kind(
        "401: the key is not valid. Not tried again.",
        status=401,
        says="Incorrect API key provided.",
        code="invalid_api_key",
    ),
    "server_error": Kind(
        "500: an error of the server. Tried again.",
        status=500,
        says="The server had an error while processing your request. Sorry about that!",
        type="server_error",
    ),
    "unavailable": Kind(
        "503: the service is unavailable. Tried again.",
        status=503,
        says="The service is currently overloaded, please try again later.",
        type="service_unavailable_error",
        takes="retry_after_s",
        label="Retry-After",
    ),
    "slow": Kind("The right answer, later.", takes="delay_s", default=5.0, label="later by"),
    "hang": Kind(
        "Silence, then a dropped connection. Tried again after the time-out.",
        takes="delay_s",
        default=20.0,
        label="silent for",
    ),
    "trickle": Kind("The right answer, bit by bit.", takes="delay_s", default=10.0, label="spread over"),
    "disconnect": Kind("The connection drops in the middle of the answer. Tried again.", breaks=True),
    "truncate": Kind(
        "The connection drops after so many characters. Tried again.",
        breaks=True,
        takes="characters",
        default=100,
        label="characters",
    ),
    "malformed": Kind("An answer that is not JSON. Tried again.", breaks=True),
}
"""All kinds of fault: the only list of them."""

LONGEST_S = 86_400.0
"""The longest time that a fault accepts, in seconds: one day."""


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is unknown")
    return kind


class Owner(BaseModel):
    """The process that a fault ends with: a notebook's kernel. Fields as in `Record`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pid: int = Field(ge=1)
    create_time: float
    born: float = 0.0
    name: str = Field(max_length=100)

    @property
    def is_alive(self) -> bool:
        return Record(**self.model_dump()).process() is not None


class Fault(BaseModel):
    """One thing that goes wrong. Without `times` and `seconds` it lasts until its owner ends."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Annotated[str, AfterValidator(_known)]
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
    """`slow`: the delay before the answer. `hang`: the silence before the connection drops. `trickle`:
    how long the answer takes from its first byte to its last. In seconds.
    """
    characters: int | None = Field(default=None, ge=0, le=1_000_000)
    """How much of the answer arrives before the connection drops (`truncate`): of a stream, characters of its
    text.
    """
    retry_after_s: float | None = Field(default=None, ge=0, le=LONGEST_S, allow_inf_nan=False)
    """How long the answer asks the client to wait before the next attempt, in seconds (`rate_limit`,
    `unavailable`).
    """
    owner: Owner | None = None
    """The process that it ends with. None: it ends with none, as when it is set from a terminal."""

    def shown(self) -> dict[str, Any]:
        """Return it as it was given; `of` and `characters` only if they were."""
        return self.model_dump(exclude={name for name in ("of", "characters") if getattr(self, name) is None})

    def is_for(self, callers: Iterable[str | None]) -> bool:
        """Return whether a call by these callers can meet it."""
        return self.of is None or bool({*callers} & ({self.of} if isinstance(self.of, str) else {*self.of}))

    @property
    def number(self) -> float:
        """The number that its kind takes, with the default of the kind; 0 for a kind that takes none."""
        kind = KINDS[self.kind]
        given = getattr(self, kind.takes) if kind.takes else None
        return kind.default if given is None else float(given)

    @property
    def breaks(self) -> bool:
        """Whether the client gets no whole answer."""
        return KINDS[self.kind].breaks

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a refusal."""
        waits = KINDS[self.kind].takes == "retry_after_s" and self.retry_after_s is not None
        return {"retry-after": f"{self.retry_after_s:g}"} if waits else {}


@dataclass
class _Live:
    fault: Fault
    times_left: int | None
    ends_at: float | None
    set_at: float


class Faults:
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
        """Drop faults whose time is up, and those whose owner is gone."""
        now = self._clock()
        self._live = [
            entry
            for entry in self._live
            if (entry.ends_at is None or entry.ends_at > now)
            and (entry.fault.owner is None or entry.fault.owner.is_alive)
        ]
