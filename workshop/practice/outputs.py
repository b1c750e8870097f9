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
from workshop.practice.reading.language import OTHER
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.numbers import quantities
from workshop.practice.reading.shapes import UNIT_WORDS
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, joined, shorten, stem, stems, word_set, words
from workshop.practice.talking.phrases import say

_P = PATTERNS["outputs"]
_MOST_ENTRIES, _FEW_WORDS = 8, 4
_CONSTANTS = {"True": True, "False": False, "None": None}
_SPELLED_OUT = {"eur": "euros", "usd": "dollars", "gbp": "pounds", "celsius": "°C"}
SAYS_NOTHING = word_set("none null ok okay done true success {} []") | {""}
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
    except ValueError:
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


def alerts_of(answered: Answered) -> list[Alert] | None:
    """The weather alerts in a call's answer; None where it is about something else."""
    return alerts_in(value_of(answered.output))


def named_figures(output: str | None, about: str) -> list[tuple[str, float]]:
    """The figures in a result that a rule is about, each with the name of what has it."""
    value = value_of(output)
    if isinstance(value, Mapping) and len(value) > 1 and all(map(_is_number, value.values())):
        keyed = stems(" ".join(word for key in value for word in words(str(key))))
        if not keyed & stems(about):  # each has a name of its own: {"F1": -79.5, "F2": -81.0}
            return [(str(key), each) for key, each in value.items()]
    entries = value if isinstance(value, list) else [value]
    found = []
    for entry in entries:
        fields = entry if isinstance(entry, Mapping) else {"": _alone(entry)}
        numbers = {key: each for key, each in fields.items() if _is_number(each)}
        meant = [key for key in numbers if stems(" ".join(words(str(key)))) & stems(about)] or [*numbers]
        name = next((str(each) for each in fields.values() if isinstance(each, str)), "")
        found += [(name, numbers[meant[0]])] if len(meant) == 1 else []
    return found if len(found) == len(entries) else []


def _alone(value: Any) -> Any:
    """The one figure of a short text: "14 percent"."""
    found = quantities(value) if isinstance(value, str) and len(value.split()) <= _FEW_WORDS else ()
    return found[0].value if len(found) == 1 else value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


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
    """One call's answer in a sentence or two. `degrees` leaves only the alerts of these; `among`: what tells the call
    from others.
    """
    error, what, value = error_of(answered.output), about(answered), value_of(answered.output)
    if error is not None:
        return say("error", language, what=what or answered.name, error=_stopped(shorten(error, 300)))
    alerts, state = alerts_in(value), state_of(answered)
    on_weather = {"weather", "alert", "alerts", "warnings"} & {w.casefold() for w in words(answered.name)}
    if alerts is not None and (alerts or on_weather or has_alerts(value)):
        name = places.local_name(state, language) if state else what or say("here", language)
        return alerts_told(alerts, name, language, degrees)
    if isinstance(value, str) and _is_sentence(value, answered):
        return value
    if (
        isinstance(value, str)
        and value.strip()
        and (list(answered.arguments) == ["input"] or _WRITES & concepts(answered.name))
    ):
        return value
    value = (
        str(answered.output).strip() if _is_number(value) else fresh(answered)
    )  # "3.00" as it was returned
    value = value["result"] if isinstance(value, Mapping) and list(value) == ["result"] else value
    if isinstance(value, Mapping) or (
        isinstance(value, list) and isinstance(next(iter(value), None), Mapping)
    ):
        result = sentence(value, language) if isinstance(value, Mapping) else rendered(value, language)
        return _stopped(say("result", language, what=among, result=result) if among else _capital(result))
    return say(
        "result", language, what=among or _labelled(answered), result=_stopped(rendered(value, language))
    )


def apart(calls: Sequence[Answered]) -> list[str]:
    """What tells each of several calls of a tool from the others: the arguments in which they differ."""
    told = [{n: str(v) for n, v in call.arguments.items() if str(v) in simple(call)} for call in calls]
    leads = []
    for call, own in zip(calls, told, strict=True):
        alike = [each.items() for other, each in zip(calls, told, strict=True) if other.name == call.name]
        leads.append(_shown({n: v for n, v in own.items() if not all((n, v) in each for each in alike)}))
    return [_capital(lead) for lead in leads]


def _shown(arguments: Mapping[str, str]) -> str:
    """Arguments in words: a number with its name."""
    return ", ".join(
        v if re.search(r"[^\W\d_]{2}", v) else f"{' '.join(words(n))} {v}" for n, v in arguments.items()
    )


def fresh(answered: Answered) -> Any:
    """The data of a result without what it was asked with."""
    asked = {name: str(each).casefold() for name, each in answered.arguments.items()}
    return _fresh(value_of(answered.output), asked)


def _fresh(value: Any, asked: Mapping[str, str]) -> Any:
    """The data without what was asked with: nobody is told again which size they named. `asked`: the arguments."""
    if isinstance(value, Mapping):
        told = {stem(word) for name in asked for word in words(name)} | set(_NAMING)
        again = {
            key
            for key, each in value.items()
            if str(each).casefold() in asked.values() and told & {stem(word) for word in words(str(key))}
        }
        return {key: each for key, each in value.items() if key not in again} or value
    if isinstance(value, list):
        return [_fresh(each, asked) if isinstance(each, Mapping) else each for each in value]
    return value


def _is_sentence(text: str, answered: Answered) -> bool:
    """Whether a result says by itself what it is about."""
    long = len(text.split()) >= 4 or (len(text) > 24 and " " in text)
    named = any(len(each) > 2 and each.casefold() in text.casefold() for each in simple(answered))
    return long or (" " in text and (named or text.rstrip().endswith((".", "!"))))


def _labelled(answered: Answered) -> str:
    """What a short result is of: what was asked about, in words; else what the tool is for: "Temperature"."""
    state = state_of(answered)
    said = [each for each in simple(answered) if re.search(r"[^\W\d_]{3}|\d{4}-\d{2}-\d{2}", each)]
    said = [each for each in said if each.casefold() not in WORDS["pronouns"]]
    noun = [word for word in words(answered.name) if word.casefold() not in WORDS["looks_up"]]
    named = ", ".join(said)
    if state and (not said or state.code in simple(answered)):
        named = state.name
    return _capital(shorten(named, 60) or " ".join(noun or words(answered.name)))


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


_NAMING = ("name", "title", "subject", "label", "item", "product", "what", "event", "message")


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _entry(value: Mapping[str, Any], language: str) -> str:
    """An entry of a list: "Dune (starts 18:00, Hall 2)"."""
    said = {key: each for key, each in value.items() if each not in (None, "", [])}
    first = next((key for key in _NAMING if key in said), next(iter(said), ""))
    rest = _parts({key: each for key, each in said.items() if key != first}, language)
    lead = rendered(said[first], language) if said else say("empty", language)
    return f"{lead} ({', '.join(rest[:11])})" if rest else lead


def sentence(value: Mapping[str, Any], language: str) -> str:
    """An object as a sentence: "The owner is Haddad and the freezer is F3"; as labels where its names are no words."""
    lists = [key for key, each in value.items() if _is_records(each)]
    if len(lists) == 1 and len(value) > 1:
        count, key = len(value[lists[0]]), lists[0]
        rest = {k: e for k, e in value.items() if k != key and not (e == count and _P["count"].search(k))}
        lead = f"{count} {' '.join(words(key))}: " if count > 1 else ""
        shown = f"{lead}{rendered(value[key], language)}"
        return f"{sentence(rest, language)}. {_capital(shown)}" if rest else shown
    said = {key: each for key, each in value.items() if isinstance(each, str) and _ends(each)}
    if said:  # "The high is 21. Warm and calm." and, of several: "Answer: … Steps: …"
        rest = {key: each for key, each in value.items() if key not in said}
        facts = [_stopped(_capital(sentence(rest, language)))] if rest else []
        labels = [f"{_capital(' '.join(words(str(key))))}: " if len(said) > 1 else "" for key in said]
        told = [shorten(each, 600) for each in said.values()]
        return " ".join([*facts, *(a + b for a, b in zip(labels, told, strict=True))])
    full = language in ("en", OTHER) and all(re.fullmatch(r"[a-z_]+", str(key)) for key in value)
    parts = _parts(value, language, form="full" if full else "label")[:12]
    if all(re.match("the .* (?:is|are) ", part) for part in parts):
        return joined(parts, say("and", language)) or say("empty", language)
    return ", ".join(parts)  # "the claim is C-7, paid on 15 May"


def _parts(value: Mapping[str, Any], language: str, form: str = "short") -> list[str]:
    """The values of an object, each with its name where it does not say it: "starts 18:00", "Hall 2"; in full: "the
    start is 18:00"; as labels: "start: 18:00".
    """
    said = {str(key): each for key, each in value.items() if each not in (None, "", [])}
    if form == "full" and (what := said.pop("what", None)):
        return [rendered(what, language), *_parts(said, language, form)]
    return [_part(" ".join(words(key)), each, language, form) for key, each in said.items()]


def _part(label: str, value: Any, language: str, form: str) -> str:
    told = rendered(value, language)
    thing, _, unit = label.rpartition(" ")
    if thing and unit in UNIT_WORDS and isinstance(value, (int, float)):
        label, told = thing, f"{told} {_SPELLED_OUT.get(unit, unit)}"
    if label.endswith(" ago"):
        return f"{told} {label}"
    if label.casefold() in told.casefold():
        return told
    if isinstance(value, bool) and (state := _P["state"].fullmatch(label)):
        return state[1] if value else f"not {state[1]}"
    counts = not isinstance(value, str) and (label.endswith("ing") or _P["state"].fullmatch(label))
    if form == "label" or isinstance(value, (bool, Mapping)) or counts:
        return f"{label}: {told}"
    if form == "short" or _P["told_bare"].search(label):
        return f"{label} {told}"
    several = isinstance(value, (list, tuple)) and len(value) > 1
    return f"the {label} {'are' if several or re.search(r'[^sui]s$', label) else 'is'} {told}"


def rendered(value: Any, language: str) -> str:
    """Data as a phrase: "city: Tokyo, conditions: sunny"."""
    if isinstance(value, Mapping):
        said = {key: each for key, each in value.items() if each not in (None, "", [])}
        parts = [f"{' '.join(words(str(key)))}: {rendered(each, language)}" for key, each in said.items()]
        return ", ".join(parts[:12]) or say("empty", language)
    if isinstance(value, (list, tuple)) and value:
        shown = [
            _entry(each, language) if isinstance(each, Mapping) else rendered(each, language)
            for each in value[:_MOST_ENTRIES]
        ]
        shown += [f"+{len(value) - _MOST_ENTRIES}"] if len(value) > _MOST_ENTRIES else []
        flat = not any(isinstance(each, (Mapping, list)) for each in value)
        return joined(shown, say("and", language)) if flat else "; ".join(shown)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shorten(str(value), 600) if value not in ("", [], ()) else say("empty", language)


def _ends(text: str) -> bool:
    """Whether a text ends as a sentence does."""
    plain = text.strip()
    return " " in plain and plain.endswith((".", "!", "?"))


def _stopped(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
