"""What is done with a message, by the instructions or by its own words: classify it, read something from it, correct,
count, repeat or turn it round, reckon, translate, pick the best of its texts, improve its draft.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from workshop.practice.conversation import Conversation
from workshop.practice.filling import choose
from workshop.practice.filling.kinds import Field
from workshop.practice.reading import Reading, read
from workshop.practice.reading.tables import PATTERNS, Words, load
from workshop.practice.reading.text import fold, joined, shorten
from workshop.practice.research import judge
from workshop.practice.talking import facts
from workshop.practice.talking.phrases import say, speaks

_P = PATTERNS["tasks"]
_TYPOS = {wrong: right for right, listed in load("typos", dict[str, Words]).items() for wrong in listed}
_PARTS: dict[str, Callable[[Reading], Sequence[object]]] = {
    "email": lambda told: told.emails,
    "phone": lambda told: told.phones,
    "date": lambda told: told.dates,
    "url": lambda told: told.urls,
    "link": lambda told: told.urls,
    "number": lambda told: told.quantities,
}
_TONES = {
    "polite": r"\b(?:please|could you|would you|thank|kindly|may i)\b",
    "formal": r"\b(?:dear|regards|sincerely|kindly|would)\b",
    "positive": r"\b(?:good|great|love|excellent|happy|wonderful|nice|best)\b",
}
_MOST_COUNTED, _MOST_ECHOED = 200, 40


def done(conversation: Conversation) -> str | None:
    """What comes out of the message by the task that the instructions set; None where they set none."""
    rules, asked = read(conversation.instructions), read(_P["told_to"].sub("", conversation.question))
    if not asked.text:
        return None
    if match := _P["either"].search(rules.text):
        return match["yes"] if _holds(match["when"], asked.text) else match["no"]
    if match := _P["classifies"].search(rules.text):
        return _class_of(match["options"], conversation)
    match = _P["extracts"].search(rules.text) if "?" not in asked.text else None
    if match and (found := _parts(match["what"], asked) or _entries(match["what"], conversation)):
        return found
    if _P["asks"].search(rules.text) and "?" not in asked.text:
        return f"Is it true that {asked.text[:1].lower()}{asked.text[1:].rstrip('.!')}?"
    if _P["spells"].search(rules.text):
        return _spelled(asked.text)
    if match := _P["counts"].search(rules.plain):
        return str(_count(match[1], asked.text))
    if _P["reverses"].search(rules.plain):
        return asked.text[::-1]
    if _P["repeats"].search(rules.plain):
        return asked.text
    if _P["summarizes"].search(rules.plain) and len(asked.sentences) > 1:
        best = sorted(asked.sentences, key=lambda sentence: -len(read(sentence).stems))[:2]
        return " ".join(sentence for sentence in asked.sentences if sentence in best)
    return None


def _count(what: str, text: str) -> int:
    """How many words, characters, letters or vowels a text has."""
    letters = [char for char in fold(text) if char in "aeiou" or (what != "vowels" and char.isalpha())]
    return {"words": len(text.split()), "characters": len(text)}.get(what, len(letters))


def _class_of(listed: str, conversation: Conversation) -> str | None:
    options = [option.strip(" \"'") for option in re.split(r"[,/|]|\bor\b|\band\b", listed)]
    options = [*filter(None, options)]
    if len(options) < 2:
        return None
    named = choose.options_named(options, conversation.question)
    meant = choose.by_meaning(options, Field("category"), conversation, conversation.question)
    return str(named[0].value) if named else meant or choose.plainest(options)


def _holds(condition: str, text: str) -> bool:
    """Whether a text is as a condition says: polite, about a topic, not a question."""
    tone = next((pattern for name, pattern in _TONES.items() if name in fold(condition)), None)
    if tone:
        return bool(re.search(tone, fold(text))) and not judge.shows("abuse", text)
    return judge.verdict("is_" + "_".join(read(condition).content_words), condition, "", text).value


def _spelled(text: str) -> str:
    """The text with the commonest mistakes put right, and a capital letter and a stop where it is a sentence."""
    right = re.sub(r"[A-Za-z]+", lambda word: _right(word[0]), text)
    right = re.sub(r"\bi\b(?=['\u2019 ])", "I", right)
    if len(right.split()) > 2:
        right = right[:1].upper() + right[1:]
        right = right if right.rstrip().endswith((".", "!", "?")) else f"{right.rstrip()}."
    return right


def _right(word: str) -> str:
    """The word as it is spelled, with its ending."""
    for ending in ("", "d", "s", "ly"):
        root = word.casefold().removesuffix(ending)
        if root in _TYPOS and word.casefold() == root + ending:
            right = _TYPOS[root] + ending
            return right.capitalize() if word[:1].isupper() else right
    return word


def _parts(what: str, asked: Reading) -> str | None:
    for name, find in _PARTS.items():
        if name in what.casefold().replace("-", ""):
            values = [getattr(each, "value", each) for each in find(asked)]
            return joined(str(value) for value in dict.fromkeys(values)) or None
    return None


def _entries(what: str, conversation: Conversation) -> str | None:
    """The things of a kind that the message lists: as JSON where the instructions say so, else one a line."""
    from workshop.practice.filling.answer import instance  # it writes texts, and those are talk

    named = _P["things"].match(what)
    if not named:
        return None
    listed = {"type": "array", "items": {"type": "string"}}
    schema = {"type": "object", "properties": {named["what"]: listed}, "required": [named["what"]]}
    found = instance(schema, conversation)[named["what"]]
    if not found or any(entry not in conversation.question for entry in found):
        return None
    as_json = "json" in fold(conversation.instructions)
    return json.dumps(found, ensure_ascii=False) if as_json else "\n".join(found)


def refused(conversation: Conversation) -> str | None:
    """A polite no to a question outside of the one field that the instructions allow."""
    match = _P["only"].search(conversation.instructions)
    if not match:
        return None
    topic, asked = read(match["topic"]), read(conversation.question)
    if not topic.fields or topic.fields.keys() & asked.fields.keys() or topic.concepts & asked.concepts:
        return None
    return say("only_about", conversation.reply_language, topic=topic.text.strip())


def echoed(conversation: Conversation) -> str | None:
    """The question's words repeated, counted or turned round."""
    question = conversation.question
    if counting := _P["counting"].search(question):
        first, last = int(counting[1]), int(counting[2])
        step = 1 if last >= first else -1
        numbers = range(first, last + step, step)
        return ", ".join(map(str, numbers)) if len(numbers) <= _MOST_COUNTED else None
    if counted := _P["letters"].search(question):
        text, what = counted["text"] or counted["bare"], fold(counted["what"])
        return f"“{text}” has {_count(what, text)} {what}."
    turned = _P["backwards"].search(question)
    if turned and _P["reverses"].search(read(question).plain):
        return (turned["text"] or turned["bare"])[::-1]
    said = _P["echo"].match(question)
    if not said or len(said["text"].split()) > _MOST_ECHOED or _P["not_echoed"].match(said["text"]):
        return None
    if greeted := _P["greet"].match(said["text"]):
        return f"{greeted['word'].capitalize()}, {greeted['who']}!"
    return said["text"].strip(" \"'“”")


def reckoned(conversation: Conversation) -> str | None:
    """The value of a sum in the question."""
    expression, value = facts.sum_in(conversation.question)
    return say("sum", conversation.reply_language, expression=expression, value=value) if value else None


def translation(conversation: Conversation) -> str | None:
    """A phrase from the phrase book, for an agent that translates or a question that asks for it."""
    question = conversation.question
    rule = _P["translates"].search(conversation.instructions)
    asked = _P["asks_translation"].search(read(question).plain)
    text = question
    if asked and read(question).quoted:
        text = read(question).quoted[0]
    elif asked and (match := _P["to_translate"].search(question)):
        text = match[1]
    own = [message.text for message in conversation.said if message.role == "assistant"]
    if own and read(text).plain in ("that", "it", "this"):
        text = own[-1]
    named = read(rule.group()).languages_named if rule else ()
    if not named and asked:
        named = read(question.replace(text, " ")).languages_named
    if not named:
        return None
    language = named[0] if speaks(named[0]) else conversation.reply_language
    return facts.translated(text, named[0]) or say("language_only", language, text=shorten(text, 80))


def picked(conversation: Conversation) -> str | None:
    """The best of the texts that the question lists, alone; its label where the instructions ask for that."""
    if not _P["picks"].search(conversation.instructions):
        return None
    lines = [line for line in conversation.question.splitlines() if line.strip()]
    marked = [line for line in lines if _P["marked"].match(line)]
    about = [line for line in lines if line not in marked and _P["label"].match(line)]
    options = marked or [line for line in lines if line not in about and not line.rstrip().endswith(":")]
    if len(options) < 2:
        return None
    if size := re.search(r"\b(shortest|longest)\b", fold(conversation.instructions)):
        options.sort(key=len, reverse=size[1] == "longest")
        return _P["marked"].sub("", options[0]).strip()
    best = max(options, key=lambda line: _worth(_P["marked"].sub("", line).strip(), about, conversation))
    if _P["wants_label"].search(conversation.instructions) and (label := re.search(r"\w+(?=\s*[:.)])", best)):
        return label.group()
    return _P["marked"].sub("", best).strip()


def _worth(text: str, about: list[str], conversation: Conversation) -> tuple[bool, bool, int, int]:
    """Whether a text is the right answer, whether it has the tone asked for, how near the topic it is, its content."""
    topic = " ".join(_P["label"].sub(r"\g<text>", line) for line in about)
    known = [facts.sum_in(topic)[1], topic and facts.fact(conversation, topic)]
    for target in read(conversation.instructions).languages_named[:1]:
        known.append(facts.translated(topic, target) or "")
    right = any(fold(each) in fold(text) or fold(text) in fold(each) for each in known if each)
    wanted = [_TONES[each] for each in _P["most"].findall(fold(conversation.instructions)) if each in _TONES]
    toned = any(re.search(tone, fold(text)) for tone in wanted[:1])
    return right, toned, len(read(text).stems & read(topic).stems), len(read(text).stems)


def improved(conversation: Conversation) -> str | None:
    """The draft with its feedback taken in; the draft may be the model's own answer before."""
    match = _P["feedback"].search(conversation.question)
    alone = _P["feedback_alone"].match(conversation.question)
    own = [message.text for message in conversation.said if message.role == "assistant"]
    if match:
        draft, feedback = match["draft"].partition(":")[2].strip(), match["feedback"].strip()
    elif alone and own:
        draft, feedback = own[-1], alone["feedback"].strip()
    else:
        return None
    if _P["shorter"].search(fold(feedback)):
        return re.split(r"[,;]\s", read(draft).sentences[0])[0].rstrip(".") + "."
    adds = _P["adds"].search(feedback)
    what = adds["what"] if adds else feedback
    if _P["capital"].search(fold(feedback)):
        draft, what = draft[:1].upper() + draft[1:], what.rpartition(", ")[2]
    draft = draft.rstrip(".!")
    short = adds and len(what.split()) < 4
    return f"{draft}, with {what}." if short else f"{draft}. {what[:1].upper()}{what[1:]}."
