"""Weather alerts in a tool's answer, and how they are told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold, shorten
from workshop.practice.talking.phrases import say

_DEGREES = ("extreme", "severe", "moderate", "minor")
_AT_LEAST = {name: _DEGREES[: n + 1] for n, name in enumerate(_DEGREES[:3])}
_AT_LEAST |= dict.fromkeys(("serious", "dangerous"), _AT_LEAST["severe"])
_LISTS = ("alerts", "features", "warnings")
_MOST = 6
ONLY_IF = PATTERNS["outputs"]["only_if"]
"""A condition on what a tool finds."""


@dataclass(frozen=True)
class Alert:
    """A weather alert as a tool returned it."""

    event: str
    severity: str
    area: str

    def is_of(self, degrees: frozenset[str]) -> bool:
        """Whether it is of one of some degrees; without any, whether there is a limit at all."""
        return not degrees or self.severity.casefold() in degrees


def degrees_asked(question: str) -> frozenset[str]:
    """The degrees that a question limits itself to: "only severe alerts", "if there are severe alerts"."""
    plain, degrees = fold(question), "|".join(_AT_LEAST)
    only = rf"\b(?:only|just)\b[^.?!]*?\b({degrees})\b|\b({degrees}) (?:ones|alerts? only)\b"
    match = re.search(only, plain)
    if match is None and ONLY_IF.search(plain):
        match = re.search(rf"\b({degrees}) (?:weather )?(?:alerts?|warnings?|storms?|weather)\b()", plain)
    return frozenset(_AT_LEAST[next(group for group in match.groups() if group)]) if match else frozenset()


def has_alerts(value: Any) -> bool:
    """Whether data has a place for alerts."""
    return isinstance(value, Mapping) and any(key in value for key in _LISTS)


def alerts_in(value: Any) -> list[Alert] | None:
    """The alerts in a tool's data, none where it says so; None where it is about something else."""
    listed: Any = value
    if isinstance(value, Mapping):
        listed = next((value[key] for key in _LISTS if isinstance(value.get(key), Sequence)), None)
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        return None
    found = []
    for entry in listed:
        fields = entry.get("properties", entry) if isinstance(entry, Mapping) else {}
        if not isinstance(fields, Mapping) or "event" not in fields:
            return None
        severity, area = fields.get("severity") or "unknown", fields.get("areaDesc") or ""
        found.append(Alert(str(fields["event"]), str(severity), str(area)))
    return found if found or isinstance(value, Mapping) or value == [] else None


def alerts_told(alerts: Sequence[Alert], name: str, language: str, degrees: frozenset[str]) -> str:
    """Alerts of some degrees in one sentence: the place, the events and the severities, the worst first."""
    rank = {degree: number for number, degree in enumerate(_DEGREES)}
    kept = [a for a in dict.fromkeys(alerts) if a.is_of(degrees)]
    kept.sort(key=lambda alert: rank.get(alert.severity.casefold(), len(rank)))
    if not kept:
        return say("alerts_milder" if alerts else "alerts_none", language, state=name, count=len(alerts))
    parts = [
        say("alert_area" if area else "alert", language, event=event, severity=severity, area=area)
        for event, severity, area in ((a.event, a.severity, shorten(a.area, 80)) for a in kept[:_MOST])
    ]
    parts += [f"+{len(kept) - _MOST}"] if len(kept) > _MOST else []
    key = "alerts_one" if len(kept) == 1 else "alerts_many"
    return say(key, language, state=name, count=len(kept), alerts="; ".join(parts))
