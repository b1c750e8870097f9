"""What is done with a message: classify it, sum it up, count, repeat or turn it round, reckon, translate."""

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation, language_ordered
from workshop.practice.filling import choose
from workshop.practice.filling.kinds import Field
from workshop.practice.reading import read
from workshop.practice.reading.language import NAMES
from workshop.practice.reading.tables import PATTERNS, load
from workshop.practice.reading.text import fold, shorten
from workshop.practice.research import judge
from workshop.practice.research.search import fullest
from workshop.practice.talking import facts, stories
from workshop.practice.talking.phrases import say, speaks

_P = PATTERNS["tasks"]
TONES = load("manner", dict[str, dict[str, str]])["tones"]
_MOST_COUNTED, _MOST_ECHOED = 200, 40
_LONG = 10_000
"""Letters of a message above which nothing of it is repeated or turned round."""
_QUOTED = " .!?\"'\u201c\u201d\u2018\u2019"


def done(conversation: Conversation) -> str | None:
    """What comes out of the message by the task that the instructions set; None where they set none."""
    rules, asked = read(conversation.instructions), read(_P["told_to"].sub("", conversation.question))
    if not asked.text:
        return None
    if match := _P["either"].search(rules.text):
        return match["yes"] if _holds(match["when"], asked.text) else match["no"]
    if match := _P["classifies"].search(rules.text):
        return _class_of(match["options"], conversation)
    sums_up = _P["summarizes"].search(rules.plain) and asked.sentences[1:]
    return fullest(asked.sentences, asked.text, 2) if sums_up else None


def _class_of(listed: str, conversation: Conversation) -> str | None:
    parts = re.split(r"[,/|]|\bor\b|\band\b", listed)
    options = [*filter(None, (part.strip(" \"'") for part in parts))]
    if len(options) < 2:
        return None
    named = choose.options_named(options, conversation.question)
    meant = choose.by_meaning(options, Field("category"), conversation, conversation.question)
    return str(named[0].value) if named else meant or choose.plainest(options)


def _holds(condition: str, text: str) -> bool:
    """Whether a text is as a condition says: polite, about a topic, not a question."""
    tone = next((pattern for name, pattern in TONES.items() if name in fold(condition)), None)
    if tone:
        return bool(re.search(tone, fold(text))) and not judge.shows("abuse", text)
    return judge.verdict("is_" + "_".join(read(condition).content_words), condition, "", text).value


def echoed(conversation: Conversation) -> str | None:
    """The question's words repeated, counted or turned round."""
    question = conversation.question
    if numbers := facts.row(question):
        more = ["…"] if len(numbers) > facts.MOST_IN_ROW else []
        return ", ".join([*map(str, numbers[: facts.MOST_IN_ROW]), *more])
    if len(question) > _LONG:
        return None
    turned = _P["backwards"].search(question)
    if turned and _P["reverses"].search(read(question).plain):
        return (turned["text"] or turned["bare"])[::-1]
    times = _P["times"].search(question)
    said = (_P["echo_often"] if times else _P["echo"]).match(_P["times"].sub("", question))
    if not said or len(said["text"].split()) > _MOST_ECHOED or _P["not_echoed"].match(said["text"]):
        return None
    text = said["text"].strip(" \"'“”")
    return " ".join([text.strip(_QUOTED)] * _often(times)) if times else text


def _often(times: re.Match[str]) -> int:
    """How many times "twice" or "five times" is."""
    counted = read(times["count"]).quantities
    often = {"once": 1, "twice": 2, "thrice": 3}.get(fold(times["count"]))
    return min(often or next((int(each.value) for each in counted), 1), _MOST_COUNTED)


def reckoned(conversation: Conversation) -> str | None:
    """The value of a sum in the question, the solution of a linear equation with the way to it, or what a story asks."""
    if _P["equation"].search(conversation.question) and (steps := stories.steps_of(conversation.question)):
        way = " ".join(f"{does.rstrip('.')}: {made}." for does, made in steps)
        return f"{steps[-1][1]}. {way}"
    expression, value = facts.sum_in(conversation.question)
    if not value and (steps := stories.told(conversation.question)):
        return stories.shown_with_unit(conversation.question, steps)
    if not value:
        return None
    root = _P["root"].fullmatch(expression)
    told = {"expression": expression, "value": value, "of": root[1] if root else ""}
    return say("root" if root and value.isdigit() else "sum", conversation.reply_language, **told)


def translation(conversation: Conversation) -> str | None:
    """A phrase from the phrase book, for an agent that translates or a question that asks for it."""
    asked = read(conversation.question)
    rule, text = _P["translates"].search(conversation.instructions), asked.text
    wants = _P["asks_translation"].search(asked.plain)
    if wants:
        match = _P["to_translate"].search(text)
        text = next(iter(asked.quoted), match[1] if match else text)
    said, into = _P["text_to_translate"].search(text), _P["into"].search(text)
    named = read(rule.group()).languages_named if rule else ()
    if said and into and (rule or wants):
        text, named = said["text"], _language_of(into["language"])
    if wants and not named:
        named = read(_P["from"].sub(" ", asked.text.replace(text, " "))).languages_named
        spoken = language_ordered(conversation.instructions)
        if spoken and (not named or (spoken in named and len(named) > 1)):
            named, text = (spoken,), _P["said_how"].sub("", text)
    if not named:
        return None
    language = named[0] if speaks(named[0]) else conversation.reply_language
    return facts.translated(text, named[0]) or say("language_only", language, text=shorten(text, 80))


def _language_of(said: str) -> tuple[str, ...]:
    """The language that a name or a code is of."""
    code = fold(said.strip(' ."')).partition("-")[0]
    return (code,) if code in NAMES else read(said).languages_named
