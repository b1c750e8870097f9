"""A tool's parameters: what each stands for, and what the JSON Schema behind it allows."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from workshop.practice.types import Tool

Schema = Mapping[str, Any]

THINGS = frozenset({"state", "person", "place", "email", "language", "id", "ticker", "file", "url"})
"""Kinds of which a question may name several, each worth a call."""
BODY = "body"
"""A text that the model writes: a message, a notice."""

_KINDS: tuple[tuple[str, str, str], ...] = (
    ("state", r"(^|_)(us_?)?states?(_?code|_?abbr\w*|_?name)?$|^area$",
    r"\b(us|u\.s\.|american|two[- ]letter|2[- ]letter)\b.*\bstate|\bstate\b.*\bcode"),
    ("file", r"(^|_)(file|path|filename|filepath|document|doc)s?(_?name|_?path)?$",
    r"\b(file ?name|path (of|to)|name of the file)\b"),
    ("ticker", r"ticker|(^|_)symbol$|(^|_)stock$", r"\bticker\b"),
    ("currency", r"currency|(^|_)(from|to|base|target|source)_(curr|ccy)", r"\bcurrency code\b"),
    ("street", r"(^|_)(street|address_line\w*|street_address)$", r"\bstreet and\b"),
    ("postal", r"postal|(^|_)zip(_?code)?$|postcode", r"\b(postal|zip) code\b"),
    ("address", r"(^|_)address$", r"\bpostal address\b|\bshipping address\b"),
    ("weekday", r"week_?day", r"\bday of the week\b"),
    ("hash", r"(^|_)(sha|hash|commit|isbn|imei|vin|iban|sku)(_?id)?$", r"\bhash\b"),
    ("email", r"e?mail(_?address)?$", r"\be-?mail address\b"),
    ("url", r"(^|_)(url|link|uri|website)s?$", r"\burl\b"),
    ("phone", r"phone|(^|_)tel$", r"\bphone number\b"),
    ("date", r"(^|_)(date|day|deadline|birthday)$", r"\b(iso )?date\b|yyyy"),
    ("time", r"(^|_)time$", r"\bhh:mm\b|time of day"),
    ("language", r"lang(uage)?$", r"\blanguage\b"),
    ("person", r"subscribers?$|recipients?$|participants?$|members?$|guests?$|players?$|students?$|(^|_)(person|people|"
               r"user|customer|assignee|contact|to|who|attendees?|names?|first_name|author)$|user_?name$|"
     r"(customer|person|user|full)_name$", r"\b(person|subscriber|recipient|who (should|is to))\b"),
    ("place", r"(^|_)(city|cities|location|place|town|country|destination|origin|region|airport)s?(_name)?$",
    r"\b(city|town|location)\b"),
    ("id", r"(^|_)(id|number|code|sku|reference|ref|ticket|booking|confirmation)$|_id$|_number$",
    r"\b(id|identifier|number) of\b"),
    (BODY, r"(^|_)(text|message|body|content|note|notice|comment|reason|description|details)$",
    r"\b(text|message) (to|of|that)\b"),
    ("subject", r"(^|_)(subject|title|headline|summary)$", r"\bsubject line\b"),
    ("topic", r"(^|_)(query|topic|keywords?|search_?terms?|theme|term|q)$", r"\bsearch (query|term)"),
    ("question", r"(^|_)(input|question|prompt|request|task|ask|instruction)$", r"\bquestion\b|\btask\b"),
    ("expression", r"expression|formula|equation", r"\bexpression\b"),
)  # fmt: skip


def kind_of(name: str, schema: Schema, tool: Tool | None = None) -> str:
    """What a string parameter stands for, by its name first and its description second."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()
    described = f"{schema.get('description', '')} {schema.get('title', '')}".casefold()
    if re.search(r"\bus state\b|two-letter|state code", described):
        return "state"
    mails = re.search(r"e-?mail", f"{plain} {tool.name} {tool.description}".casefold()) if tool else None
    if re.search(r"\be-?mail address\b", described) or (
        mails and re.fullmatch(r"to|cc|bcc|recipient|address|sender", plain)
    ):
        return "email"
    if (
        re.fullmatch(r"\^?\[A-Z\]\{2\}\$?", str(schema.get("pattern", "")))
        and "state" in (tool.description if tool else "").casefold()
    ):
        return "state"
    for kind, by_name, _ in _KINDS:
        if re.search(by_name, plain):
            return kind
    for kind, _, by_description in _KINDS:
        if described.strip() and re.search(by_description, described):
            return kind
    if plain in ("location", "region", "where") and tool and "state" in tool.description.casefold():
        return "state"
    return "other"


def resolve(schema: Any, root: Schema) -> Schema:
    """The schema behind `$ref`, and the one branch that is not null of a nullable `anyOf`."""
    for _ in range(8):
        if not isinstance(schema, Mapping):
            return {}
        if isinstance(schema.get("$ref"), str):
            target: Any = root
            for part in schema["$ref"].removeprefix("#").strip("/").split("/"):
                if part:
                    target = (
                        target.get(part.replace("~1", "/").replace("~0", "~"), {})
                        if isinstance(target, Mapping)
                        else {}
                    )
            schema = (
                {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
                if isinstance(target, Mapping)
                else {}
            )
            continue
        branches = schema.get("anyOf")
        if isinstance(branches, Sequence) and branches:
            solid = [b for b in branches if isinstance(b, Mapping) and b.get("type") != "null"]
            schema = {**(solid[0] if solid else {}), **{k: v for k, v in schema.items() if k != "anyOf"}}
            continue
        return schema
    return {}


def type_of(schema: Schema) -> str:
    """The JSON type of a resolved schema; of several, the first that is not null."""
    declared = schema.get("type")
    if isinstance(declared, list):
        return next((t for t in declared if t != "null"), "null")
    if isinstance(declared, str):
        return declared
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def accepts_null(schema: Any) -> bool:
    """Whether null is a valid value."""
    if not isinstance(schema, Mapping):
        return False
    declared = schema.get("type")
    if declared == "null" or (isinstance(declared, list) and "null" in declared):
        return True
    return any(accepts_null(branch) for branch in schema.get("anyOf") or ())


def within(value: float, schema: Schema) -> bool:
    """Whether a number keeps to the bounds of its schema."""
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above, below = schema.get("exclusiveMinimum", -math.inf), schema.get("exclusiveMaximum", math.inf)
    step = schema.get("multipleOf")
    return bool(low <= value <= high and above < value < below and (not step or (value / step).is_integer()))
