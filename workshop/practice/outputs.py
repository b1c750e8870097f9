"""What a tool answered, read: alerts, an error, a list, figures or plain text."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workshop.practice.conversation import Answered
from workshop.practice.reading import places
from workshop.practice.reading.text import fold, joined, shorten, words
from workshop.practice.talking.phrases import say

_SEVERE = ("extreme", "severe", "moderate", "minor")
ONLY_IF = re.compile(
    r"\b(if (?:there (?:is|are)|any|anything|it|they|something|so|yes)|in that case|only (?:if|when)|in case|"
    r"s'il y a|si hay|when there)\b"
)
"""A condition on what a tool finds."""
_AT_LEAST = {
    "severe": ("severe", "extreme"),
    "extreme": ("extreme",),
    "moderate": ("moderate", "severe", "extreme"),
    "serious": ("severe", "extreme"),
    "dangerous": ("severe", "extreme"),
}
_MOST_ALERTS = 6


@dataclass(frozen=True)
class Alert:
    """A weather alert as a tool returned it."""

    event: str
    severity: str
    area: str


def severities_asked(question: str) -> frozenset[str]:
    """The degrees that a question limits itself to: "only severe alerts", "if there are severe alerts"."""
    plain, degrees = fold(question), "|".join(_AT_LEAST)
    match = re.search(
        rf"\b(?:only|just)\b[^.?!]*?\b({degrees})\b|\b({degrees}) (?:ones|alerts? only)\b", plain
    )
    if match is None and ONLY_IF.search(plain):
        match = re.search(rf"\b({degrees}) (?:weather )?(?:alerts?|warnings?|storms?|weather)\b()", plain)
    return frozenset(_AT_LEAST[next(g for g in match.groups() if g)]) if match else frozenset()


def people_in(output: str | None) -> str:
    """A tool's list of people as sentences: "Ana in Texas."."""
    value = value_of(output)
    listed = (
        next((v for v in value.values() if isinstance(v, list)), []) if isinstance(value, Mapping) else value
    )
    lines = []
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, Mapping) and (name := entry.get("name") or entry.get("subscriber")):
            state = places.by_name(str(entry.get("state", "")))
            lines.append(f"{name} in {state.name}." if state else f"tell {name}.")
    return "\n".join(lines)


def value_of(output: str | None) -> Any:
    """The output as data: JSON, else the text of a Python literal, else the text."""
    if output is None:
        return None
    text = output.strip()
    try:
        return json.loads(text)
    except ValueError:
        pass
    if shown := _REPR.fullmatch(text):
        return _fields_of(shown["fields"] or re.sub(r"\s+(?=\w+=)", ", ", shown["bare"])) or text
    if text[:1] in "[{(":
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return text
    return text


_REPR = re.compile(r"[A-Z]\w*\((?P<fields>\w+=.*)\)|(?P<bare>\w+=\S.*\s\w+=\S.*)", re.DOTALL)
"""An object as Python shows it: "Weather(city='Tokyo', temperature=20)"; pydantic's `str` leaves the frame out."""


def _fields_of(shown: str) -> dict[str, Any]:
    try:
        call = ast.parse(f"f({shown})", mode="eval").body
        return {k.arg: ast.literal_eval(k.value) for k in getattr(call, "keywords", ()) if k.arg}
    except (ValueError, SyntaxError):
        return {}


def error_of(output: str | None) -> str | None:
    """The error that a tool's answer tells of, or None."""
    value = value_of(output)
    if isinstance(value, Mapping):
        error = value.get("error") or value.get("errors")
        if error:
            detail = error.get("message") or error.get("detail") if isinstance(error, Mapping) else None
            return str(detail or error)
        status = value.get("status")
        if isinstance(status, int) and status >= 400:
            return str(value.get("detail") or value.get("title") or f"status {status}")
    if isinstance(value, str) and re.match(
        r"\s*(error\b|an error occurred|exception\b|failed\b|traceback)|"
        r"[^.\n]*\b(?:not approved|rejected|denied|declined|refused)\b"
        r"[^\n]{0,200}$",
        value,
        re.IGNORECASE,
    ):
        return value
    return None


def alerts_of(output: str | None) -> list[Alert] | None:
    """The weather alerts in a tool's answer; empty where it says that there are none, None where it is about
    something else.
    """
    value = value_of(output)
    listed: Any = value
    if isinstance(value, Mapping):
        listed = next(
            (
                value[key]
                for key in ("alerts", "features", "warnings")
                if isinstance(value.get(key), Sequence)
            ),
            None,
        )
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        return None
    found = []
    for entry in listed:
        fields = entry.get("properties", entry) if isinstance(entry, Mapping) else {}
        if not isinstance(fields, Mapping) or "event" not in fields:
            return None
        found.append(
            Alert(
                str(fields["event"]),
                str(fields.get("severity") or "unknown"),
                str(fields.get("areaDesc") or ""),
            )
        )
    if not found and not (isinstance(value, Mapping) or value == []):
        return None
    return found


def worst_first(alerts: Sequence[Alert]) -> list[Alert]:
    """The alerts by severity, the most dangerous first, equal ones named once."""
    rank = {name: number for number, name in enumerate(_SEVERE)}
    distinct = list(dict.fromkeys(alerts))
    return sorted(distinct, key=lambda alert: rank.get(alert.severity.casefold(), len(rank)))


def state_of(answered: Answered) -> places.State | None:
    """The US state that a call was about: in its arguments, or in what came back."""
    for value in answered.arguments.values():
        if isinstance(value, str) and len(value) < 40 and (state := places.by_name(value)):
            return state
    value = value_of(answered.output)
    if isinstance(value, Mapping) and isinstance(value.get("state"), str):
        return places.by_name(value["state"])
    return None


def about(answered: Answered) -> str:
    """What a call was about, in a few words: its arguments."""
    short = [
        str(v)
        for v in answered.arguments.values()
        if isinstance(v, (str, int, float)) and not isinstance(v, bool)
    ]
    state = state_of(answered)
    return ", ".join(state.name if state and s == state.code else shorten(s, 60) for s in short)


def told(answered: Answered, language: str, severities: frozenset[str] = frozenset()) -> str:
    """One call's answer in a sentence or two. `severities` leaves only the alerts of these degrees."""
    error = error_of(answered.output)
    what = about(answered)
    if error is not None:
        return say("error", language, what=what or answered.name, error=_stopped(shorten(error, 300)))
    alerts = alerts_of(answered.output)
    if alerts is not None and (alerts or _is_about_alerts(answered)):
        return alerts_told(alerts, state_of(answered), what, language, severities)
    return _plainly(answered, what, language)


def alerts_told(
    alerts: Sequence[Alert],
    state: places.State | None,
    what: str,
    language: str,
    severities: frozenset[str] = frozenset(),
) -> str:
    """Alerts in one sentence that names the state, the events and the severities."""
    name = places.local_name(state, language) if state else what or say("here", language)
    kept = [a for a in worst_first(alerts) if not severities or a.severity.casefold() in severities]
    if not kept and alerts:
        return say("alerts_milder", language, state=name, count=len(alerts))
    if not kept:
        return say("alerts_none", language, state=name)
    parts = [
        say(
            "alert_area" if alert.area else "alert",
            language,
            event=alert.event,
            severity=alert.severity,
            area=shorten(alert.area, 80),
        )
        for alert in kept[:_MOST_ALERTS]
    ]
    if len(kept) > _MOST_ALERTS:
        parts.append(f"+{len(kept) - _MOST_ALERTS}")
    key = "alerts_one" if len(kept) == 1 else "alerts_many"
    return say(key, language, state=name, count=len(kept), alerts="; ".join(parts))


def _is_about_alerts(answered: Answered) -> bool:
    value = value_of(answered.output)
    keyed = isinstance(value, Mapping) and any(key in value for key in ("alerts", "features", "warnings"))
    return keyed or bool(
        {"weather", "alert", "alerts", "warnings"} & {w.casefold() for w in words(answered.name)}
    )


def _plainly(answered: Answered, what: str, language: str) -> str:
    value = value_of(answered.output)
    if isinstance(value, str):
        text = value.strip()
        if len(text.split()) >= 4 or (len(text) > 24 and " " in text):
            return text
        value = text or say("empty", language)
    if isinstance(value, Mapping) and isinstance(value.get("result"), (str, int, float)) and len(value) == 1:
        value = value["result"]
    topic = " ".join(
        w
        for w in words(answered.name)
        if w.casefold() not in ("get", "tool", "fetch", "lookup", "the", "run")
    )
    label = (topic[:1].upper() + topic[1:]) or answered.name
    return say(
        "result",
        language,
        tool=label,
        what=f" ({what})" if what else "",
        result=_stopped(rendered(value, language)),
    )


def rendered(value: Any, language: str = "en", depth: int = 0) -> str:
    """Data as a phrase: "city: Tokyo, conditions: sunny"."""
    if isinstance(value, Mapping):
        parts = [
            f"{' '.join(words(str(key)))}: {rendered(v, language, depth + 1)}"
            for key, v in value.items()
            if v not in (None, "", [])
        ]
        return ", ".join(parts[:12]) or say("empty", language)
    if isinstance(value, (list, tuple)):
        if not value:
            return say("empty", language)
        shown = [rendered(v, language, depth + 1) for v in value[:8]]
        more = [f"+{len(value) - 8}"] if len(value) > 8 else []
        flat = all(not isinstance(v, (Mapping, list)) for v in value)
        return joined([*shown, *more], say("and", language)) if flat else "; ".join([*shown, *more])
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shorten(str(value), 600)


def _stopped(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
