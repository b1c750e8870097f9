"""What a tool answered, read and told: an error, alerts, a list, figures or plain text."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from workshop.practice.alerts import Alert, alerts_in, alerts_told, has_alerts
from workshop.practice.conversation import Answered
from workshop.practice.reading import places
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.numbers import is_number, quantities
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, all_stems, capital, in_words, shorten, stems, words
from workshop.practice.talking.phrases import say
from workshop.practice.talking.wording import NAMING, rendered, sentence, stopped

_P = PATTERNS["outputs"]
_FEW_WORDS = 4
_CONSTANTS = {"True": True, "False": False, "None": None}
SAYS_NOTHING = {"", *["none", "null", "ok", "okay", "done", "true", "success", "{}", "[]"]}
"""Results that say no more than that a tool has done its work."""
_WRITES = frozenset({"#translate", "#poem", "#joke", "writ", "generat", "rewrit", "summariz"})
"""Concepts of tools whose result is a text to be said as it is."""


def value_of(output: str | None) -> Any:
    """The output as data: JSON, else what Python shows of an object or a literal, else the text."""
    if output is None:
        return None
    text = output.strip()
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if shown := _P["repr"].fullmatch(text):
        return _fields_of(shown["fields"] or re.sub(r"\s+(?=\w+=)", ", ", shown["bare"])) or text
    try:
        return ast.literal_eval(text) if text[:1] in ("[", "{", "(") else text
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def feeds(answered: Answered, arguments: Mapping[str, Any]) -> bool:
    """Whether a call has a value that is new in what a tool has returned, and is nothing to be told with it."""
    value = value_of(answered.output)
    returned = [*value.values()] if isinstance(value, Mapping) else [value]
    return any(each in arguments.values() and each not in answered.arguments.values() for each in returned)


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
        error, status = value.get("error") or value.get("errors"), value.get("status")
        if error:
            detail = error.get("message") or error.get("detail") if isinstance(error, Mapping) else None
            return str(detail or error)
        if isinstance(status, int) and status >= 400:
            return str(value.get("detail") or value.get("title") or f"status {status}")
    return value if isinstance(value, str) and _P["error"].match(value) else None


def is_refused(output: str | None) -> bool:
    """Whether a person or a rule has refused a call: "Tool execution was not approved"."""
    return bool(_P["refused"].match(error_of(output) or ""))


def failure(answered: Answered, what: str, language: str) -> str:
    """What is said of a call that has failed, or that was refused. `what`: what it was for."""
    error = shorten(str(error_of(answered.output)), 300)
    error = error if re.search(r"https?://\S+$", error) else stopped(error)  # a stop would be part of it
    if is_refused(answered.output):
        deed = in_words(answered.name)
        return say(
            "not_done", language, what=deed if what == answered.name else f"{deed}, {what}", error=error
        )
    return say("error", language, what=what, error=error)


def alerts_of(answered: Answered) -> list[Alert] | None:
    """The weather alerts in a call's answer; None where it is about something else."""
    return alerts_in(value_of(answered.output))


def named_figures(output: str | None, about: str) -> list[tuple[str, float]]:
    """The figures in a result that a rule is about, each with the name of what has it."""
    value = value_of(output)
    if isinstance(value, Mapping) and len(value) > 1 and all(map(is_number, value.values())):
        keyed = stems(" ".join(map(str, value)))
        if not keyed & stems(about):  # each has a name of its own: {"F1": -79.5, "F2": -81.0}
            return [(str(key), each) for key, each in value.items()]
    entries = value if isinstance(value, list) else [value]
    found = []
    for entry in entries:
        fields = entry if isinstance(entry, Mapping) else {"": _alone(entry)}
        numbers = {key: each for key, each in fields.items() if is_number(each)}
        meant = [key for key in numbers if stems(str(key)) & stems(about)] or [*numbers]
        name = next((str(each) for each in fields.values() if isinstance(each, str)), "")
        found += [(name, numbers[meant[0]])] if len(meant) == 1 else []
    return found if len(found) == len(entries) else []


def _alone(value: Any) -> Any:
    """The one figure of a short text: "14 percent"."""
    found = quantities(value) if isinstance(value, str) and len(value.split()) <= _FEW_WORDS else ()
    return found[0].value if len(found) == 1 else value


def people_in(output: str | None) -> str:
    """A tool's list of people as sentences: "Ana in Texas."."""
    value = value_of(output)
    if isinstance(value, Mapping):
        value = next((each for each in value.values() if isinstance(each, list)), [])
    lines = []
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, Mapping) and (name := entry.get("name") or entry.get("subscriber")):
            state = places.by_name(str(entry.get("state", "")))
            lines.append(f"{name} in {state.name}." if state else f"tell {name}.")
    return "\n".join(lines)


def state_of(answered: Answered) -> places.State | None:
    """The US state that a call was about: in its arguments, or in what came back."""
    value = value_of(answered.output)
    back = value.get("state") if isinstance(value, Mapping) else None
    named = [v for v in (*answered.arguments.values(), back) if isinstance(v, str) and len(v) < 40]
    return next((state for each in named if (state := places.by_name(each))), None)


def simple(answered: Answered) -> list[str]:
    """A call's arguments that are texts or numbers."""
    plain = (v for v in answered.arguments.values() if isinstance(v, (str, int, float)))
    return [str(value) for value in plain if not isinstance(value, bool)]


def about(answered: Answered) -> str:
    """What a call was about, in a few words: its arguments."""
    state = state_of(answered)
    return ", ".join(state.name if state and s == state.code else shorten(s, 60) for s in simple(answered))


def told(answered: Answered, language: str, degrees: frozenset[str] = frozenset(), among: str = "") -> str:
    """One call's answer in a sentence or two. `degrees`: of alerts; `among`: what tells the call from others."""
    error, what, value = error_of(answered.output), about(answered), value_of(answered.output)
    if error is not None:
        return failure(answered, what or answered.name, language)
    alerts, state = alerts_in(value), state_of(answered)
    on_weather = {"weather", "alert", "alerts", "warnings"} & {w.casefold() for w in words(answered.name)}
    if alerts is not None and (alerts or on_weather or has_alerts(value)):
        name = places.local_name(state, language) if state else what or say("here", language)
        return alerts_told(alerts, name, language, degrees)
    if isinstance(value, str) and (_is_sentence(value, answered) or (value.strip() and _writes(answered))):
        return value
    # "3.00" as it was returned
    value = str(answered.output).strip() if is_number(value) else fresh(answered)
    value = value["result"] if isinstance(value, Mapping) and list(value) == ["result"] else value
    result = sentence(value, language) if isinstance(value, Mapping) else rendered(value, language)
    if isinstance(value, Mapping) or (isinstance(value, list) and isinstance((*value, None)[0], Mapping)):
        return stopped(say("result", language, what=among, result=result) if among else capital(result))
    return say("result", language, what=among or _labelled(answered), result=stopped(result))


def apart(calls: Sequence[Answered]) -> list[str]:
    """What tells each of several calls of a tool from the others: the arguments in which they differ."""
    told = [{n: str(v) for n, v in call.arguments.items() if str(v) in simple(call)} for call in calls]
    leads = []
    for call, own in zip(calls, told, strict=True):
        alike = [each.items() for other, each in zip(calls, told, strict=True) if other.name == call.name]
        leads.append(_shown({n: v for n, v in own.items() if not all((n, v) in each for each in alike)}))
    return [capital(lead) for lead in leads]


def _shown(arguments: Mapping[str, str]) -> str:
    """Arguments in words: a number with its name."""
    told = arguments.items()
    return ", ".join(v if re.search(r"[^\W\d_]{2}", v) else f"{in_words(n)} {v}" for n, v in told)


def fresh(answered: Answered) -> Any:
    """The data of a result without what it was asked with."""
    asked = {name: str(each).casefold() for name, each in answered.arguments.items()}
    return _fresh(value_of(answered.output), asked)


def _fresh(value: Any, asked: Mapping[str, str]) -> Any:
    """The data without what was asked with: nobody is told again which size they named. `asked`: the arguments."""
    if isinstance(value, Mapping):
        told = all_stems(" ".join(asked)) | {*NAMING}
        named = {key for key in value if told & all_stems(str(key))}
        again = {key for key in named if str(value[key]).casefold() in asked.values()}
        return {key: each for key, each in value.items() if key not in again} or value
    if isinstance(value, list):
        return [_fresh(each, asked) if isinstance(each, Mapping) else each for each in value]
    return value


def _is_sentence(text: str, answered: Answered) -> bool:
    """Whether a result says by itself what it is about."""
    long = len(text.split()) >= 4 or (len(text) > 24 and " " in text)
    named = any(len(each) > 2 and each.casefold() in text.casefold() for each in simple(answered))
    return long or (" " in text and (named or text.rstrip().endswith((".", "!"))))


def _writes(answered: Answered) -> bool:
    """Whether a tool's result is a text to be said as it is: an agent's, or one that was to be written."""
    return list(answered.arguments) == ["input"] or bool(_WRITES & concepts(answered.name))


def _labelled(answered: Answered) -> str:
    """What a short result is of: what was asked about, in words; else what the tool is for: "Temperature"."""
    state, told = state_of(answered), [e for e in simple(answered) if e.casefold() not in WORDS["pronouns"]]
    said = [each for each in told if re.search(r"[^\W\d_]{3}|\d{4}-\d{2}-\d{2}", each)]
    noun = [word for word in words(answered.name) if word.casefold() not in WORDS["looks_up"]]
    of_state = state and (not said or state.code in simple(answered))
    named = state.name if state and of_state else ", ".join(said)
    return capital(shorten(named, 60) or " ".join(noun or words(answered.name)))
