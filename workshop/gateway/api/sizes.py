"""How large the smallest value of a schema is: one that can't be made, or takes minutes, is refused at once."""

from __future__ import annotations

import math
import re._parser  # type: ignore[import-not-found]  # the only reader of patterns that says how long a match is
from collections.abc import Mapping
from typing import Any

MOST_PARTS, MOST_ENTRIES = 10_000, 1_000
"""The most parts (objects, entries, values) that a value may have to have, and entries or properties of one part."""
MOST_CHARACTERS = 10_000
"""The most characters that one text may have to have."""
_MOST_ROUNDS = 50
_BOUNDS = {
    "minItems": MOST_ENTRIES,
    "minProperties": MOST_ENTRIES,
    "minContains": MOST_ENTRIES,
    "minLength": MOST_CHARACTERS,
}


def too_much(node: Mapping[str, Any]) -> str:
    """Return which demand of one part of a schema is too high; empty if none is."""
    for word, most in _BOUNDS.items():
        if isinstance(node.get(word), (int, float)) and node[word] > most:
            return f"'{word}' is {node[word]}, and the practice model makes at most {most}."
    options = node.get("enum")
    if isinstance(options, list) and len(options) > MOST_ENTRIES:
        return f"'enum' has {len(options)} values, and the practice model reads at most {MOST_ENTRIES}."
    patterns = node.get("patternProperties")
    for pattern in (node.get("pattern"), *(patterns if isinstance(patterns, Mapping) else ())):
        if isinstance(pattern, str) and _shortest(pattern) > MOST_CHARACTERS:
            return f"the pattern '{pattern[:100]}' asks for more than {MOST_CHARACTERS} characters."
    return ""


def _shortest(pattern: str) -> int:
    try:
        return int(re._parser.parse(pattern).getwidth()[0])
    except (re.error, OverflowError, RecursionError):
        return 0  # it is refused elsewhere, as no pattern


def smallest(root: Mapping[str, Any]) -> float:
    """Return of how many parts the smallest valid value consists: infinitely many if each needs another one."""
    before: dict[str, float] = {}
    for _ in range(_MOST_ROUNDS):
        sizes = _Sizes(root, before)
        found = sizes.of(root)
        if sizes.known == before:
            return found
        before = sizes.known
    return found


class _Sizes:
    """One round: a reference that is met again inside of itself has the size of the round before."""

    def __init__(self, root: Mapping[str, Any], before: Mapping[str, float]) -> None:
        self._root = root
        self._before = before
        self._open: set[str] = set()
        self.known: dict[str, float] = {}

    def of(self, node: Any) -> float:
        if not isinstance(node, Mapping):
            return 1
        if isinstance(node.get("$ref"), str):
            return self._referred(node["$ref"])
        if "const" in node or node.get("enum"):
            return 1
        parts = [self.of(each) for each in node.get("allOf") or ()]
        parts += [min(map(self.of, node[word])) for word in ("anyOf", "oneOf") if node.get(word)]
        kinds = node.get("type", "object" if "properties" in node else "array" if "items" in node else "")
        kinds = {kinds} if isinstance(kinds, str) else {*kinds}
        if kinds == {"object"}:
            named = node.get("properties") or {}
            required = [self.of(named.get(name)) for name in dict.fromkeys(node.get("required") or ())]
            parts.append(1 + max(sum(required), node.get("minProperties", 0)))
        if kinds == {"array"} and node.get("minItems"):
            parts.append(1 + node["minItems"] * self.of(node.get("items")))
        return max(parts, default=1)

    def _referred(self, reference: str) -> float:
        if reference in self._open:
            return self._before.get(reference, math.inf)
        if reference not in self.known:
            target: Any = self._root
            for step in filter(None, reference.removeprefix("#").split("/")):
                name = step.replace("~1", "/").replace("~0", "~")
                target = target.get(name) if isinstance(target, Mapping) else None
            self._open.add(reference)
            self.known[reference] = self.of(target)
            self._open.discard(reference)
        return self.known[reference]
