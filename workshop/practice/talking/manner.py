"""The form that instructions ask for: how long, in which case, as a list or JSON, how it begins and ends."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import json
import re
from collections.abc import Callable

from workshop.practice.conversation import Conversation
from workshop.practice.reading.text import content_words, fold, sentences, stem, words
from workshop.practice.reading.topics import topic_of
from workshop.practice.talking import verse

_COUNTS = {word: n for n, word in enumerate("no one two three four five six seven eight nine ten".split())}  # noqa: SIM905  # a list of words
_COUNT = rf"(\d+|{'|'.join(_COUNTS)})"
_MOST = r"(?:at most|no more than|maximum(?: of)?|max\.?|up to|under|fewer than|less than|within|in|only|exactly|with)"
_LITERAL = (
    r"[:,]?\s*(?:the (?:words?|phrase|sentence|text)\s+)?"
    r"(?:[\"'“‘](?P<quoted>[^\"”\n]+?)[\"'”’](?=\W|$)|:?\s*(?P<bare>(?-i:[A-Z])[^\n\"]*?[.!?]?)(?=\s*$|\.\s))"
)
_STARTS = re.compile(
    rf"\b(?:start|begin|open|prefix)s?\b[^.\n\"'“:]{{0,40}}?\b(?:with|by)\b{_LITERAL}",
    re.IGNORECASE | re.MULTILINE,
)
_ENDS = re.compile(
    rf"\b(?:end|finish|close|conclude)s?\b[^.\n\"'“:]{{0,40}}?\b(?:with|by|in)\b{_LITERAL}",
    re.IGNORECASE | re.MULTILINE,
)
_EXACTLY = re.compile(
    r"\b(?:repl(?:y|ies)|answers?|responds?|says?|outputs?|prints?)\b (?:only |always )*(?:with )?"
    r"(?:exactly|nothing but|just the (?:text|word|words))"
    rf"(?: with)?{_LITERAL}",
    re.IGNORECASE | re.MULTILINE,
)
_NEVER = re.compile(
    r"\b(?:never|don't|do not|must not|avoid) (?:ever )?(?:mention|mentioning|say|saying|use|using|write|writing)\b"
    r"(?: the (?:words?|letters?|term|phrase|name)(?: combination)?)?\s+[\"'“]?(?P<word>[\w-]+)",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"\b(?:say|use|write)\s+[\"'“](?P<word>[^\"'”]+)[\"'”]\s+instead", re.IGNORECASE)
_KEYS = re.compile(
    r"\bjson\b[^.\n]*?\b(?:keys?|fields?|properties)\b:?\s+(?P<keys>[\w\"'`, ]+)", re.IGNORECASE
)


def styled(text: str, conversation: Conversation) -> str:
    """The text in the form that the instructions, or the question, ask for. Rules that don't apply leave it
    as it is.
    """
    for rule in _RULES:
        text = rule(text, conversation)
    return text


def exact(conversation: Conversation) -> str | None:
    """The one text that the instructions allow: "Reply with exactly OK"."""
    match = _EXACTLY.search(conversation.instructions)
    return _literal(match) if match else None


def _literal(match: re.Match[str]) -> str:
    bare = (match["bare"] or "").strip()
    return (match["quoted"] or (bare if bare.endswith("!") else bare.rstrip("."))).strip()


def _rules(conversation: Conversation) -> str:
    """The instructions and the question, folded: either may ask for a form."""
    return fold(f"{conversation.instructions}\n{conversation.question}")


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _COUNTS[text]


def _haiku(text: str, conversation: Conversation) -> str:
    if not re.search(
        r"\b(in|with|as|only) (?:a )?haikus?\b|haikus? only|\bhaiku (?:poet|bot|master)",
        fold(conversation.instructions),
    ):
        return text
    return (
        text
        if text.count("\n") == 2
        else verse.haiku_of(text, conversation.question, conversation.reply_language)
    )


def _pirate(text: str, conversation: Conversation) -> str:
    return f"Arr! {text}" if re.search(r"\bpirate\b", fold(conversation.instructions)) else text


def _without(text: str, conversation: Conversation) -> str:
    """Leave out what may not be mentioned: the word where another takes its place, else the sentences that
    hold it.
    """
    instead = _INSTEAD.search(conversation.instructions)
    for match in _NEVER.finditer(conversation.instructions):
        banned = re.compile(
            rf"\b{re.escape(match['word'])}\b" if not instead else re.escape(match["word"]), re.IGNORECASE
        )
        if instead:
            text = banned.sub(instead["word"], text)
            continue
        kept = [sentence for sentence in sentences(text) if not banned.search(sentence)]
        text = " ".join(kept) if kept else " ".join(banned.sub("it", text).split())
    return text


def _asked_back(text: str, conversation: Conversation) -> str:
    if not re.search(
        r"\b(?:with|as|in the form of|only) (?:a |another )?questions?\b", fold(conversation.instructions)
    ) or text.endswith("?"):
        return text
    return f"What would you like to know about {topic_of(conversation.question)}?"


def _one_word(text: str, conversation: Conversation) -> str:
    if (
        not re.search(r"\b(?:one|a single|1|exactly one|one single)[ -]word\b", _rules(conversation))
        or len(text.split()) < 2
    ):
        return text
    asked = {stem(word) for word in words(conversation.question)}
    fresh = [word for word in re.findall(r"\d+:\d+|[\w.'°%$€-]+", text) if stem(word) not in asked]
    telling = [word for word in fresh if word[:1].isupper() or word[:1].isdigit()][
        1 if fresh[:1] == words(text)[:1] and len(fresh) > 1 else 0 :
    ]
    return (telling or content_words(" ".join(fresh)) or fresh or words(text))[-1].strip(".'")


def _at_most(unit: str, shorten: Callable[[str, int], str]) -> Callable[[str, Conversation], str]:
    pattern = re.compile(
        rf"\b{_MOST} {_COUNT}(?: short| brief)? {unit}s?\b|\b{_COUNT}[ -]{unit}s? (?:at most|or (?:less|fewer)|max)"
    )

    def rule(text: str, conversation: Conversation) -> str:
        match = pattern.search(_rules(conversation))
        return shorten(text, max(1, _number(match[1] or match[2]))) if match else text

    return rule


def _first_words(text: str, most: int) -> str:
    """The text's beginning, cut at a clause where one ends within the limit."""
    if len(text.split()) <= most:
        return text
    kept = " ".join(text.split()[:most])
    clause = re.match(r".*[.!?:;,](?=\s|$)", kept)
    whole = clause.group() if clause and len(clause.group().split()) >= max(2, most // 2) else kept
    return whole.rstrip(",;:. ") + "."


def _first_sentences(text: str, most: int) -> str:
    return " ".join(sentences(text)[:most])


def _bullets(text: str, conversation: Conversation) -> str:
    rules = _rules(conversation)
    if not re.search(r"\bbullet(?:ed)?[ -]?(?:points?|list)?s?\b|\bas a list\b", rules) or re.match(
        r"\s*[-*•]\s", text
    ):
        return text
    parts = sentences(text)
    counted = re.search(rf"{_COUNT} (?:bullets?|items?|points?|entries)\b", rules)
    wanted = _number(counted[1]) if counted else len(parts)
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
    return "\n".join(f"- {part}" for part in parts[:wanted])


def _as_json(text: str, conversation: Conversation) -> str:
    match = _KEYS.search(conversation.instructions)
    if not match:
        return text
    keys = [key for key in re.findall(r"\w+", match["keys"]) if key not in ("and", "the", "only", "exactly")]
    values = {
        "confidence": 0.8,
        "score": 0.8,
        "language": conversation.reply_language,
        "question": conversation.question,
    }
    return json.dumps({key: values.get(fold(key), text) for key in keys}, ensure_ascii=False)


def _cased(text: str, conversation: Conversation) -> str:
    rules = _rules(conversation)
    if re.search(r"\b(?:all caps|upper ?case|capital letters|in capitals)\b", rules):
        return text.upper()
    return text.lower() if re.search(r"\b(?:lower ?case|small letters|no capitals)\b", rules) else text


def _framed(text: str, conversation: Conversation) -> str:
    """A fixed beginning or end."""
    start, end = _STARTS.search(conversation.instructions), _ENDS.search(conversation.instructions)
    if start and (opening := _literal(start)) and not text.startswith(opening):
        text = f"{opening} {text}" if opening[-1] in ".!?:," else f"{opening}, {text[:1].lower()}{text[1:]}"
    if end and (closing := _literal(end)) and not text.endswith(closing):
        text = f"{text} {closing}"
    return text


_RULES: tuple[Callable[[str, Conversation], str], ...] = (
    _haiku,
    _pirate,
    _without,
    _asked_back,
    _one_word,
    _at_most("word", _first_words),
    _at_most("(?:sentence|phrase|line)", _first_sentences),
    _bullets,
    _as_json,
    _framed,
    _cased,
)
"""In this order: what is said, how much of it, its form, its frame, its letters."""
