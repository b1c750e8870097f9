"""Sums that a text tells, as an equation or as a little story, each with the way to its value."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from workshop.practice.filling.sentence import CLASS
from workshop.practice.reading import read
from workshop.practice.reading.language import OTHER
from workshop.practice.reading.numbers import Quantity
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold, stem, words
from workshop.practice.talking.facts import shown, sum_in

_P = PATTERNS["stories"]
Steps = list[tuple[str, str]]
"""The way to a value: what is done, and what comes out, as "2x = 12"; the value comes last."""
_BY = " \N{MULTIPLICATION SIGN} "
_LONG = 600
"""A longer text is no story."""


def steps_of(question: str) -> Steps:
    """The way to the solution of a linear equation, to the value of a sum, or to what a story asks for."""
    match = _P["equation"].search(question) if len(question) <= _LONG else None
    if not match:
        expression, value = sum_in(question)
        return [(f"Compute {expression}.", f"{expression} = {value}")] if value else told(question)
    a = float(match["a"] + "1" if match["a"] in ("", "-") else match["a"])
    b = float((match["sign"] or "") + match["b"]) if match["b"] else 0.0
    c, x = float(match["c"]), match["x"]
    if not a:
        return []
    done = f"Subtract {shown(b)} from" if b > 0 else f"Add {shown(-b)} to"
    first = [(f"{done} both sides.", f"{'' if a == 1 else shown(a)}{x} = {shown(c - b)}")] if b else []
    if first and a == 1:
        return first
    return [*first, (f"Divide both sides by {shown(a)}.", f"{x} = {shown((c - b) / a)}")]


def value_of(steps: Steps) -> str:
    """What comes out at the end."""
    return steps[-1][1].rpartition(" = ")[2] if steps else ""


# Stories: "A class of 27 children needs 3 pencils each. How many pencils is that?"


@dataclass(frozen=True)
class Term:
    """A part of a sum: an amount, or how many there are of it times what one of them is."""

    value: float
    shown: str
    unit: str
    numbers: int


def told(question: str) -> Steps:
    """The way to what a little story asks for; empty where it asks for nothing, or where not every number has its part."""
    plain = " ".join(fold(question).split())
    asked = _P["asks"].search(plain) if len(question) <= _LONG else None
    if not asked or _P["beyond"].search(plain) or read(question).language not in ("en", OTHER):
        return []
    numbers = read(question).quantities
    ways = (_ended, _converted, _percent, _shared, _fitted, _changed, _area, _rated, _added)
    return next((steps for way in ways if (steps := way(question, plain, numbers))), [])


def shown_with_unit(question: str, steps: Steps) -> str:
    """The last step, with what the value counts: "3 + 4 = 7 pencils"."""
    asked, money = _P["noun"].search(question), [n for n in read(question).quantities if n.unit == "money"]
    way = steps[-1][1] if len(steps) == 1 else f"{'; '.join(out for _, out in steps)}"
    noun = asked["what"] if asked else money[0].word if money and money[0].word != "money" else ""
    return f"{way} {noun}".strip() + "."


def is_story(question: str) -> bool:
    """Whether a text asks for what is to be worked out from its numbers."""
    numbers = [each for each in read(question).quantities if each.unit or not 1500 <= each.value <= 2100]
    return bool(len(numbers) > 1 and _P["counts"].search(fold(question)))


def total_of(text: str, field: Set[str]) -> float | None:
    """What the amounts in a text come to together, in the measure of a field's name; None if of no one sum."""
    found = terms(text, field) if len(text) <= _LONG and not _P["no_sum"].search(fold(text)) else []
    return sum(term.value for term in found) if len(found) > 1 or any(t.numbers > 1 for t in found) else None


def terms(text: str, field: Set[str] = frozenset()) -> list[Term]:
    """The parts of the sum that a text tells, those of one unit; of several units only money. Empty where it is none."""
    numbers = read(text).quantities
    begins = [0, *(match.end() for match in _P["part"].finditer(text)), len(text)]
    found = []
    for begin, end in pairwise(begins):
        own = [each for each in numbers if begin <= each.start < end]
        money = [each for each in own if each.unit == "money"]
        if len(own) == 2 and is_rate(text, *own):
            unit = money[0] if money else own[1]
            product = own[0].value * own[1].value
            found.append(Term(product, _BY.join(shown(n.value) for n in own), _unit(unit), 2))
        elif len(own) == 1 or len(money) == 1:
            one = money[0] if money else own[0]
            found.append(Term(one.as_asked(field), shown(one.value), _unit(one), 1))
        elif own:
            return []
    paid = [term for term in found if term.unit == "money"]
    units = {term.unit for term in found} - {""}
    return paid or (found if found and found[0].unit and len(units) < 2 else [])


def _unit(number: Quantity) -> str:
    return number.unit or stem(number.word)


def is_rate(text: str, first: Quantity, second: Quantity) -> bool:
    """Whether one of two numbers is what each of the others has or costs."""
    between = text[first.end : second.start]
    named = {stem(m["one"]) for m in _P["per"].finditer(text)} & {stem(first.word), stem(second.word)}
    around = text[max(first.start - 20, 0) : second.end + 40]
    return bool(named or _P["rate"].search(between) or _P["each"].search(around))


def _step(done: str, expression: str, value: float | str) -> tuple[str, str]:
    return done, f"{expression} = {value if isinstance(value, str) else shown(value)}"


def _ended(question: str, plain: str, numbers: Sequence[Quantity]) -> Steps:
    """When something ends that begins then and takes so long."""
    hours, spans = read(question).times, [each for each in numbers if each.unit == "duration"]
    if len(hours) != 1 or len(spans) != len(numbers) or not spans or not _P["ends"].search(plain):
        return []
    hour, minute = map(int, str(hours[0].value).split(":"))
    took = sum(each.as_asked(frozenset({"minutes"})) for each in spans)
    end = int(hour * 60 + minute + took) % (24 * 60)
    done = f"Add {shown(took)} minutes to {hours[0].value}."
    return [_step(done, f"{hours[0].value} + {shown(took)} minutes", f"{end // 60}:{end % 60:02d}")]


def _converted(question: str, plain: str, numbers: Sequence[Quantity]) -> Steps:
    """How many of a measure another is: "How many minutes are 3 hours?"."""
    wanted = _P["measure"].search(plain)
    if not wanted or len(numbers) != 1 or fold(numbers[0].word) == wanted[1]:
        return []
    value, one = numbers[0].as_asked({wanted[1]}), Quantity(1.0, 0, 0, numbers[0].unit, numbers[0].word)
    scale = one.as_asked({wanted[1]})
    if scale in (0, 1):
        return []
    sign, by = (_BY, scale) if scale > 1 else (" / ", 1 / scale)
    return [_step(f"Convert to {wanted[1]}.", f"{shown(numbers[0].value)}{sign}{shown(by)}", value)]


def _rated(question: str, plain: str, numbers: Sequence[Quantity]) -> Steps:
    """What so many come to, where it is told what one is: "15 euros a week … after 8 weeks"."""
    if len(numbers) != 2 or not _P["counts"].search(plain) or _P["not_rated"].search(plain):
        return []
    first, second = numbers
    named = {stem(each["one"]) for each in _P["per"].finditer(plain)}
    if not is_rate(question, first, second) or len(named & {stem(first.word), stem(second.word)}) > 1:
        return []
    if _unit(first) == _unit(second) or not _asks_for(question, numbers):
        return []
    return [_product(first.value, second.value)]


def _asks_for(question: str, numbers: Sequence[Quantity]) -> bool:
    """Whether what is asked for is what one of the numbers counts; also where it is not named."""
    asked = _P["noun"].search(question)
    counted = {stem(w) for n in numbers for w in words(question[n.end : n.end + 30])[:3]}
    return not asked or stem(asked["what"]) in counted


def _product(a: float, b: float) -> tuple[str, str]:
    return _step(f"Multiply {shown(a)} by {shown(b)}.", f"{shown(a)}{_BY}{shown(b)}", a * b)


def _percent(question: str, plain: str, numbers: Sequence[Quantity]) -> Steps:
    """A share of an amount, or what is left of it."""
    shares = [each for each in numbers if each.unit == "percent"]
    whole = [each for each in numbers if each not in shares]
    if len(shares) != 1 or len(whole) != 1:
        return []
    share, amount = shares[0].value, whole[0].value
    part = amount * share / 100
    first = _step(f"Take {shown(share)} percent.", f"{shown(amount)}{_BY}{shown(share)} / 100", part)
    if _P["share"].search(plain):
        return [first]
    less, more = _P["cheaper"].search(plain), _P["dearer"].search(plain)
    if not _P["counts"].search(plain) or bool(less) == bool(more):
        return []
    sign, left = ("-", amount - part) if less else ("+", amount + part)
    word = "Subtract it" if less else "Add it"
    return [first, _step(f"{word}.", f"{shown(amount)} {sign} {shown(part)}", left)]


def _shared(question: str, plain: str, numbers: Sequence[Quantity]) -> Steps:
    """What each gets of what is shared, or how many parts there are."""
    if len(numbers) != 2 or not _P["shares"].search(plain):
        return []
    among = next((each for each in numbers if _P["among"].search(question[: each.start])), None)
    whole = next((each for each in numbers if _P["shared"].search(question[: each.start])), None)
    whole = whole or next((each for each in numbers if each is not among), None)
    parts = next(each for each in numbers if each is not whole)
    if not whole or not parts.value or (among and among is whole):
        return []
    split = whole.unit in ("money", "length", "weight", "volume")
    return _quotient(whole, parts) if split or (whole.value / parts.value).is_integer() else []


def _fitted(question: str, plain: str, numbers: Sequence[Quantity]) -> Steps:
    """How many of what holds so much hold all: "A box holds 12 eggs. How many boxes are 60 eggs?"."""
    asked = _P["noun"].search(plain)
    per = [m for m in _P["per"].finditer(plain) if asked and stem(m["one"]) == stem(asked["what"])]
    if len(numbers) != 2 or len(per) != 1 or _unit(numbers[0]) != _unit(numbers[1]):
        return []
    one = min(numbers, key=lambda each: min(abs(each.start - per[0].end()), abs(each.end - per[0].start())))
    whole = next(each for each in numbers if each is not one)
    return _quotient(whole, one) if one.value and (whole.value / one.value).is_integer() else []


def _quotient(whole: Quantity, parts: Quantity) -> Steps:
    expression = f"{shown(whole.value)} / {shown(parts.value)}"
    done = f"Divide {shown(whole.value)} by {shown(parts.value)}."
    return [_step(done, expression, whole.value / parts.value)]


def _changed(question: str, plain: str, numbers: Sequence[Quantity]) -> Steps:
    """What is there in the end of what was there at first, with what came and what went."""
    text, sign = question, 0
    if len(numbers) < 2 or not _P["left"].search(plain) or not _P["had"].search(text[: numbers[0].start]):
        return []
    units = {each.unit for each in numbers} | {"", numbers[0].unit}
    bare = [n.word for n in numbers if not n.unit and n.word not in CLASS]
    nouns = {stem(w) for w in bare if not (_P["less"].search(w) or _P["more"].search(w))} - {""}
    if len(units) > 2 or len(nouns) > 1 - bool(numbers[0].unit):
        return []
    value, expression = float(numbers[0].value), shown(numbers[0].value)
    begins = [0, *(match.end() for match in _P["part"].finditer(text)), len(text)]
    for each in numbers[1:]:
        begin, end = next((a, b) for a, b in pairwise(begins) if a <= each.start < b)
        clause = text[max(begin, numbers[0].end) : end]
        sign = -1 if _P["less"].search(clause) else 1 if _P["more"].search(clause) else sign
        if not sign or _P["each"].search(clause):
            return []
        value += sign * each.value
        expression += f" {'-' if sign < 0 else '+'} {shown(each.value)}"
    return [_step("Take away what goes, and add what comes.", expression, value)] if value >= 0 else []


def _area(question: str, plain: str, numbers: Sequence[Quantity]) -> Steps:
    """The area of what is so long and so wide."""
    if len(numbers) != 2 or not _P["area"].search(plain) or len({each.word for each in numbers}) > 1:
        return []
    return [_product(numbers[0].value, numbers[1].value)]


def _added(question: str, plain: str, numbers: Sequence[Quantity]) -> Steps:
    """What all comes to, each product a step of its own."""
    found = terms(question)
    if len(found) < 2 or sum(term.numbers for term in found) < len(numbers) or _P["left"].search(plain):
        return []
    paid = all(term.unit == "money" for term in found) and _P["paid"].search(plain)
    asked = _P["total"] if all(term.numbers > 1 for term in found) else _P["altogether"]
    if not paid and not (asked.search(plain) and _asks_for(question, numbers)):
        return []
    products = [(_product(*map(float, t.shown.split(_BY)))) for t in found if t.numbers == 2]
    value = sum(term.value for term in found)
    figures = " and ".join(shown(term.value) for term in found)
    return [*products, _step(f"Add {figures}.", " + ".join(shown(t.value) for t in found), value)]
