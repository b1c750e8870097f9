"""A little general knowledge: capitals, landmarks, a phrase book, and arithmetic."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable

from workshop.practice.conversation import Conversation
from workshop.practice.reading import places, read
from workshop.practice.reading.numbers import number_of, whole
from workshop.practice.reading.tables import PATTERNS, Row, load
from workshop.practice.reading.text import fold, words
from workshop.practice.talking.phrases import say


class Answer(Row):
    """What a question about a fact asks for, and how a text looks that tells it."""

    asked: re.Pattern[str]
    told: re.Pattern[str]
    exact: re.Pattern[str]
    """How it looks where it is the only one that tells it."""


class Sense(Row):
    """A time that has several names: the words for it."""

    name: str
    said: re.Pattern[str]


class Spoken(Row):
    """A part of a sum in words, and how it is written."""

    said: re.Pattern[str]
    written: str


class Facts(Row):
    """facts.toml."""

    answers: tuple[Answer, ...]
    senses: tuple[Sense, ...]
    spoken: tuple[Spoken, ...]
    capitals: dict[str, str]
    landmarks: dict[str, str]
    rows: dict[str, str]
    phrases: tuple[dict[str, str], ...]


FACTS = load("facts", Facts)
_BOOK = [({" ".join(map(fold, words(phrase))) for phrase in row.values()}, row) for row in FACTS.phrases]
_P = PATTERNS["facts"]


def translated(text: str, target: str) -> str | None:
    """The text in that language, where the phrase book has it, or all its sentences and their parts."""
    if whole := _in_book(text, target):
        return whole
    made = [_sentence(each, target) for each in re.findall(r"[^.!?]+[.!?]*", text)]
    return " ".join(each for each in made if each) if made and all(made) else None


def _in_book(text: str, target: str) -> str | None:
    wanted = " ".join(map(fold, words(text)))
    return next((row[target] for spoken, row in _BOOK if target in row and wanted in spoken), None)


def _sentence(text: str, target: str) -> str | None:
    """A sentence whose parts the phrase book has, with the marks that the language writes: "Hola, Ana, ¿cómo está?"."""
    body = text.strip().rstrip(".!?")
    end = text.strip()[len(body) :]
    parts: list[str] = []
    for piece in [body] if _in_book(body, target) else re.split(r"\s*,\s*", body):
        if (found := _piece(piece, target, first=not parts)) is None:
            return None
        told, name = found
        bare = told.strip("¿?¡! \u00a0")
        bare = re.sub(r"\w", lambda m: m[0].lower(), bare, count=1) if parts else bare
        opens = "¿" if told.startswith("¿") and "¿" not in "".join(parts) else ""
        parts.append(f"{opens}{bare} {name}".strip())
    made = ", ".join(parts)
    if target == "es" and end[:1] in ("?", "!") and "¿" not in made:
        made = f"{'¿' if end[0] == '?' else '¡'}{made}"
    return f"{made}{' ' if target == 'fr' and end[:1] in ('?', '!') else ''}{end}"


def _piece(text: str, target: str, *, first: bool) -> tuple[str, str] | None:
    """What the phrase book has for a part of a sentence, and the name behind it."""
    if told := _in_book(text, target):
        return told, ""
    match = _P["name"].fullmatch(text)
    if match and not match["lead"]:
        return None if first else ("", match["name"])
    told = _in_book(match["lead"], target) if match else None
    return (told, match["name"]) if match and told else None


def fact(conversation: Conversation, question: str = "") -> str | None:
    """A capital, where a landmark is, or the days of the week and the like; None for all else."""
    asked, language = read(question or conversation.question), conversation.reply_language
    texts = [asked.text, *(conversation.earlier if conversation.refers_back else [])]
    landmark = next((name for text in texts for name in FACTS.landmarks if fold(name) in fold(text)), "")
    city = FACTS.landmarks.get(landmark, "")
    state = places.by_name(city) if _P["asks_state"].search(asked.plain) else None
    if city and (state or _P["asks_town"].search(asked.plain)):
        return say("state_of", language, place=f"The {landmark}", state=state.name if state else city)
    if _P["asks_row"].match(asked.plain) and (row := next((n for n in FACTS.rows if n in asked.plain), "")):
        return FACTS.rows[row]
    if _P["asks_capital"].search(asked.plain):
        own = {places.local_name(s, language): s.capital for s in conversation.states[:1]}
        for place, capital in {**FACTS.capitals, **own}.items():
            if re.search(rf"\b{re.escape(fold(place))}\b", asked.plain):
                return say("capital_of", language, place=place, capital=capital)
    return None


_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: lambda base, power: _power(base, power),
}
_SHOWN = ((r"(\S+) \*\* 0\.5", r"√\1"), (r"(\S+) \*\* \(1/3\)", r"∛\1"), (r" \*\* ", "^"))
"""How a root and a power are shown."""
_MOST = 64
"""The highest power that is reckoned."""
_LONG, MOST_IN_ROW = 600, 200
"""A longer text is no sum; so many numbers of a row are listed."""
_MOST_PRIME = 1_000_000
"""The highest number that is tried for its divisors."""


def sum_in(question: str) -> tuple[str, str]:
    """A sum in a text and its value, as texts: figures, + - * / and brackets, "15% of 80". Empty without one."""
    if len(question) > _LONG:
        return "", ""
    plain = fold(question)
    for each in FACTS.spoken:
        plain = each.said.sub(each.written, plain)
    match = _P["sum"].search(plain)
    expression = " ".join(match.group().split()) if match else ""
    try:
        value = shown(_value(ast.parse(expression, mode="eval").body))
        for written, sign in _SHOWN:
            expression = re.sub(written, sign, expression)
        return expression, value
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError):
        return "", ""


def _power(base: float, power: float) -> float:
    if base < 0 or not 0 <= power <= _MOST:
        raise ValueError("too large, or no number")
    return float(base**power)


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left), _value(right))
    raise ValueError("not a sum")


def shown(value: float) -> str:
    """A number without needless zeros."""
    return str(whole(round(value, 6)))


# Rows of numbers: "the even numbers from 2 to 12".


_IS: dict[str, Callable[[int], bool]] = {
    "even": lambda n: n % 2 == 0,
    "odd": lambda n: n % 2 == 1,
    "prime": lambda n: n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1)),
    "square": lambda n: n >= 0 and math.isqrt(n) ** 2 == n,
}


def row(text: str) -> list[int]:
    """The numbers that a text wants listed, one more than `MOST_IN_ROW` where there are more; empty where it wants none."""
    plain = fold(text[:_LONG])
    if match := _P["row"].search(plain):
        first, last = int(match["first"]), int(match["last"])
        by = max(int(match["by"] or 1), 1) * (1 if last >= first else -1)
        if match["kind"] == "prime" and max(first, last) > _MOST_PRIME:
            return []
        numbers = range(first, last + (1 if by > 0 else -1), by)[: MOST_IN_ROW + 1]
        return [n for n in numbers if not match["kind"] or _IS[match["kind"]](n)]
    if match := _P["multiples"].search(plain):
        of = int(match["of"])
        most = int(match["most"]) if match["most"] else of * int(number_of(match["count"] or "10") or 10)
        return [*range(of, most + 1, of)[: MOST_IN_ROW + 1]] if of else []
    return []
