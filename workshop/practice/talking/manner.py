"""The form that instructions ask for: how long, in which case, as a list or JSON, how it begins and ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS, Row, load
from workshop.practice.reading.text import WORDS, stem
from workshop.practice.talking import verse

_COUNTS = {
    word: n
    for n, word in enumerate(
        ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
}


class Patterns(Row):
    """manner.toml."""

    parts: dict[str, str]
    standing: dict[str, str]
    either: dict[str, str]
    framed: dict[str, str]


def _whole(pattern: str) -> str:
    return re.sub(r"\{(count|literal)\}", lambda part: _TABLE.parts[part[1]], pattern)


_TABLE = load("manner", Patterns)
_EITHER, _STANDING, _FRAMED = (
    {name: re.compile(_whole(pattern), flags) for name, pattern in rules.items()}
    for rules, flags in (
        (_TABLE.either, 0),
        (_TABLE.standing, 0),
        (_TABLE.framed, re.IGNORECASE | re.MULTILINE),
    )
)
_P = PATTERNS["manner"]
_FEW = 8
Rule = Callable[[str, Conversation], str]


def styled(text: str, conversation: Conversation) -> str:
    """The text in the form that the instructions, or the question, ask for. Rules that don't apply leave it
    as it is.
    """
    for rule in _RULES:
        text = rule(text, conversation)
    return text


def bare(question: str) -> str:
    """The question without the rules of form around it: "In two sentences: what is replay?"."""
    for pattern in (_P["ahead"], _P["after"]):
        while (form := pattern.search(question)) and _is_form(form["form"]):
            question = f"{question[: form.start()]}{question[form.end() :]}"
    return question


def _is_form(text: str) -> bool:
    said = [word.casefold() for word in read(text).words]
    return bool(said) and all(word in WORDS["form_talk"] or word.isdigit() for word in said)


def exact(conversation: Conversation) -> str | None:
    """The one text that the instructions allow: "Reply with exactly OK"."""
    rules = _FRAMED["exactly"].search(conversation.instructions)
    if rules and re.match(r"(?i)\s*(?:if|when)", _clause(conversation.instructions, rules.start())):
        return None  # what is said in some case only
    return _literal("exactly", conversation) or None


def _clause(text: str, end: int) -> str:
    return re.split(r"[.!?]\s|\n", text[max(0, end - 200) : end])[-1]


def _asked(name: str, conversation: Conversation) -> re.Match[str] | None:
    """The rule of that name where the conversation has it."""
    rules = read(conversation.instructions).plain
    if name in _STANDING:
        return _STANDING[name].search(rules)
    return _EITHER[name].search(rules) or _EITHER[name].search(read(conversation.question).plain)


def _literal(name: str, conversation: Conversation) -> str:
    """The text that a rule of the frame prescribes; empty where there is no such rule."""
    match = _FRAMED[name].search(conversation.instructions)
    if not match:
        return ""
    bare = (match["bare"] or "").strip()
    return (match["quoted"] or (bare if bare.endswith(("!", "?")) else bare.rstrip("."))).strip()


def _count(match: re.Match[str]) -> int:
    found = next(group for group in match.groups() if group)
    return max(1, int(found) if found.isdigit() else _COUNTS[found])


def _haiku(text: str, conversation: Conversation) -> str:
    if not _asked("haiku", conversation) or text.count("\n") == 2:
        return text
    return verse.haiku_of(text, conversation.question, conversation.reply_language)


def _voiced(text: str, conversation: Conversation) -> str:
    """In a voice: a pirate's, with an emoji, to somebody by name."""
    if _asked("pirate", conversation):
        text = f"Arr! {text}"
    if _asked("emoji", conversation):
        text = f"{text} 🙂"
    address = _FRAMED["address"].search(conversation.instructions)
    return (
        f"{address['word']}, {text[:1].lower()}{text[1:]}"
        if address and address["word"] not in text
        else text
    )


def _without(text: str, conversation: Conversation) -> str:
    """Leave out what may not be mentioned: the word where another takes its place, else the sentences that
    hold it.
    """
    instead = _FRAMED["instead"].search(conversation.instructions)
    for match in _FRAMED["never"].finditer(conversation.instructions):
        word = re.escape(match["word"])
        banned = re.compile(word if instead else rf"\b{word}\w*", re.IGNORECASE)
        kept = [sentence for sentence in read(text).sentences if not banned.search(sentence)]
        if instead:
            text = banned.sub(instead["word"], text)
        elif banned.search(text):
            text = " ".join(kept) if kept else " ".join(banned.sub("it", text).split())
    return text


def _number(text: str, conversation: Conversation) -> str:
    """The figures alone, where nothing else is wanted."""
    found = re.findall(r"-?\d[\d,.]*\d|-?\d", text)
    return str(found[-1]) if found and _asked("numbers", conversation) else text


def _asked_back(text: str, conversation: Conversation) -> str:
    if _asked("asks_on", conversation) and not text.endswith("?"):
        return f"{text} What else would you like to know?"
    if not _asked("question", conversation) or text.endswith("?"):
        return text
    return f"What would you like to know about {read(conversation.question).topic}?"


def _one_word(text: str, conversation: Conversation) -> str:
    """The word that says most: a name or a number that is not in the question, else the last word of content."""
    if _asked("yes_or_no", conversation):
        return _yes_or_no(text)
    if not _asked("one_word", conversation) or len(text.split()) < 2:
        return text
    if _P["sorry"].match(text):
        return "Unknown"
    asked = {stem(word) for word in read(conversation.question).words}
    fresh: list[str] = [word for word in re.findall(r"\d+:\d+|[\w.'°%$€-]+", text) if stem(word) not in asked]
    telling = [word for word in fresh if word[:1].isupper() or word[:1].isdigit()]
    if len(fresh) > 1 and fresh[:1] == list(read(text).words[:1]):
        telling = telling[1:]
    return (telling or list(read(" ".join(fresh)).content_words) or fresh or list(read(text).words))[
        -1
    ].strip(".'")


def _yes_or_no(text: str) -> str:
    """Yes or no where the answer says so at its beginning or denies something; an answer that doesn't know is kept."""
    plain = read(text).plain
    if _P["sorry"].match(text):
        return text
    return "No" if set(plain.split()) & WORDS["negation"] or plain.startswith("no") else "Yes"


def _first_words(text: str, conversation: Conversation) -> str:
    """The text's beginning, cut at a clause where one ends within the limit."""
    match = _asked("words", conversation)
    if not match or len(text.split()) <= (most := _count(match)):
        return text
    if most <= _FEW:
        text = _P["lead"].sub("", text)
    kept = " ".join(text.split()[:most])
    clause = re.match(r".*[.!?:;,](?=\s|$)", kept)
    whole = clause.group() if clause and len(clause.group().split()) >= max(2, most // 2) else kept
    return whole.rstrip(",;:. ") + "."


def _first_sentences(text: str, conversation: Conversation) -> str:
    match = _asked("sentences", conversation)
    if not match:
        return text
    lines = [line for line in text.split("\n") if line.strip()]
    if conversation.done and len(lines) > _count(match):  # no result is left out
        return "; ".join([*(line.rstrip(".") for line in lines[:-1]), lines[-1]])
    return " ".join(read(text).sentences[: _count(match)])


def _listed(text: str, conversation: Conversation) -> str:
    numbered = len(text.split()) > 2 and _asked("numbered", conversation)
    if not (numbered or _asked("bullets", conversation)) or re.match(r"\s*(?:[-*•]|\d+\.)\s", text):
        return text
    parts = list(read(text).sentences)
    if len(parts) == 1 and (entries := _P["entries"].match(text)):
        parts = re.split(r",\s+|\s+and\s+", entries[1])
    counted = _asked("entries", conversation)
    wanted = _count(counted) if counted else len(parts)
    while len(parts) < wanted:
        longest = max(parts, key=len)
        halves = re.split(r"(?:[,;:]| and)\s+", longest, maxsplit=1)
        if len(halves) < 2:
            middle = len(longest.split()) // 2
            halves = [" ".join(longest.split()[:middle]), " ".join(longest.split()[middle:])]
        if not all(halves):
            break
        at = parts.index(longest)
        parts[at : at + 1] = halves
    return "\n".join(f"{n}. {part}" if numbered else f"- {part}" for n, part in enumerate(parts[:wanted], 1))


def _as_json(text: str, conversation: Conversation) -> str:
    match = _FRAMED["keys"].search(conversation.instructions)
    if not match:
        return text
    keys = [key for key in re.findall(r"\w+", match["keys"]) if key not in ("and", "the", "only", "exactly")]
    values = {"language": conversation.reply_language, "question": conversation.question}
    numbers = dict.fromkeys(("confidence", "score"), 0.8)
    return json.dumps(
        {key: {**values, **numbers}.get(key.casefold(), text) for key in keys}, ensure_ascii=False
    )


def _framed(text: str, conversation: Conversation) -> str:
    """A fixed beginning or end, a word that must be there."""
    opening, closing, word = (_literal(name, conversation) for name in ("starts", "ends", "includes"))
    if opening and not text.startswith(opening):
        mark = "" if opening[-1] in ".!?:," else ","
        small = text if opening[-1] in ".!?:" else f"{text[:1].lower()}{text[1:]}"
        text = f"{opening}{mark} {small}"
    if word and word.casefold() not in text.casefold():
        text = f"{text} ({word})"
    between = "\n" if "\n" in text else " "
    return f"{text}{between}{closing}" if closing and not text.endswith(closing) else text


def _cased(text: str, conversation: Conversation) -> str:
    if _asked("lower", conversation):
        return text.lower()
    return text.upper() if _asked("upper", conversation) else text


_RULES: tuple[Rule, ...] = (
    _haiku,
    _voiced,
    _without,
    _number,
    _asked_back,
    _one_word,
    _first_words,
    _first_sentences,
    _listed,
    _as_json,
    _framed,
    _cased,
)
"""In this order: what is said, how much of it, its form, its frame, its letters."""
