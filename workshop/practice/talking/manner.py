"""The form that instructions ask for: how long, in which case, as a list or JSON, how it begins and ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS, load
from workshop.practice.reading.text import STOP_WORDS, WORDS, capital, fold, stem, uncapital, words
from workshop.practice.talking import verse
from workshop.practice.talking.facts import FACTS
from workshop.practice.talking.phrases import say

_COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_TABLE = load("manner", dict[str, dict[str, str]])


def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the table, with its {parts} put in."""
    return re.compile(re.sub(r"\{(\w+)\}", lambda part: _TABLE["parts"][part[1]], pattern), re.I | re.M)


_KINDS = ("standing", "either", "framed")
_ASKED = {name: (kind, _compiled(rule)) for kind in _KINDS for name, rule in _TABLE[kind].items()}
"""Where each rule is looked for, and its pattern."""
_P = PATTERNS["manner"]
_FEW, _NAME = 8, 4
Rule = Callable[[str, re.Match[str], Conversation], str]


def styled(text: str, conversation: Conversation) -> str:
    """The text in the form that the instructions, or the question, ask for; other rules leave it as it is."""
    for name, rule in _RULES:
        if match := _asked(name, conversation):
            text = rule(text, match, conversation)
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
    match = _asked("exactly", conversation)
    return _literal(match) if match else None


def _asked(name: str, conversation: Conversation) -> re.Match[str] | None:
    """The rule of that name where the conversation has it."""
    kind, pattern = _ASKED[name]
    rules, question = conversation.instructions, conversation.question
    texts = {"framed": rules, "standing": read(rules).plain, "either": read(f"{rules}\n{question}").plain}
    return pattern.search(texts[kind])


def _literal(match: re.Match[str]) -> str:
    """The text that a rule prescribes."""
    return (match["quoted"] or match["bare"].rstrip(".")).strip()


def _count(match: re.Match[str]) -> int:
    found = next(filter(None, match.groups()))
    return max(1, int(found) if found.isdigit() else _COUNTS.index(found))


def _haiku(text: str, match: re.Match[str], conversation: Conversation) -> str:
    if text.count("\n") == 2:
        return text
    return verse.haiku_of(text, conversation.question, conversation.reply_language)


def _greeted(text: str, match: re.Match[str], conversation: Conversation) -> str:
    """The text behind a greeting, where a tool has told the name or somebody gave it."""
    told = [str(each.output).strip() for each in conversation.done if "name" in words(each.name)]
    name = next((each for each in told if 0 < len(each.split()) <= _NAME), conversation.user_name)
    if not name or name in text.partition("\n")[0]:
        return text
    return f"{say('greeting', conversation.reply_language, name=name)} {text}"


def _without(text: str, match: re.Match[str], conversation: Conversation) -> str:
    """Leave out what may not be mentioned: the word where another replaces it, else the sentences that hold it."""
    instead = _asked("instead", conversation)
    for each in match.re.finditer(match.string):
        banned = re.compile(rf"\b{re.escape(each['word'])}\w*", re.IGNORECASE)
        kept = [sentence for sentence in read(text).sentences if not banned.search(sentence)]
        if instead:
            text = re.sub(re.escape(each["word"]), instead["word"], text, flags=re.IGNORECASE)
        elif banned.search(text):
            text = " ".join(kept) or " ".join(banned.sub("it", text).split())
    return text


def _yes_or_no(text: str, match: re.Match[str], conversation: Conversation) -> str:
    """Yes or no where the answer says so at its beginning or denies something; an answer that doesn't know is kept."""
    if _P["sorry"].match(text) and not _P["refuses"].match(text):
        return text
    plain = read(text).plain
    said = re.match(r"(?:yes|no|i'm sorry)\b", plain)
    denies = said[0] != "yes" if said else set(plain.split()) & WORDS["negation"]
    return "No" if denies else "Yes"


def _one_word(text: str, match: re.Match[str], conversation: Conversation) -> str:
    """The word that says most: the name of what is asked for, a number or a name, else the last word of content."""
    if len(text.split()) < 2 or _P["sorry"].match(text):
        return "Unknown" if _P["sorry"].match(text) else text
    asked = {stem(word) for word in read(conversation.question).words}
    fresh: list[str] = [word for word in re.findall(r"\d+:\d+|[\w.'°%$€-]+", text) if stem(word) not in asked]
    fresh = [word.strip(".'") for word in fresh if fold(word) not in STOP_WORDS or word[:1].isdigit()]
    names, figures = [w for w in fresh if w[:1].isupper()], [w for w in fresh if w[:1].isdigit()]
    if _P["asks_thing"].search(conversation.question) and names:
        return names[0]
    if _P["asks_figure"].search(conversation.question) and figures:
        return figures[-1]
    return [
        *read(text).words,
        *read(" ".join(fresh)).content_words,
        *(w for w in fresh if w in (*names, *figures)),
    ][-1]


def _first_words(text: str, match: re.Match[str], conversation: Conversation) -> str:
    """The text, or the half of it that answers, or its beginning, cut at a clause where one ends within the limit."""
    frame = (_asked(name, conversation) for name in ("starts", "ends"))
    most = max(1, _count(match) - sum(len(_literal(each).split()) for each in frame if each))
    if len(text.split()) <= most:
        return text
    if half := _half(text, conversation.question, most):
        return half
    kept = " ".join((_P["lead"].sub("", text) if most <= _FEW else text).split()[:most])
    clause = re.match(r".*[.!?:;,](?=\s|$)", kept)
    whole = clause.group() if clause and len(clause.group().split()) >= max(2, most // 2) else kept
    return whole.rstrip(",;:. ") + "."


def _half(text: str, question: str, most: int) -> str | None:
    """The half of a sentence that tells what is asked for: "It starts at 8:45 and costs 60 dollars"."""
    kinds = [each for each in FACTS.answers if each.asked.search(read(question).plain)]
    match = _P["two_verbs"].match(text)
    if not match or not kinds:
        return None
    halves = (f"{match['subject']} {match[side]}.".replace("..", ".") for side in ("first", "second"))
    told = [half for half in halves if all(each.told.search(half) for each in kinds)]

    def worth(half: str) -> int:
        met = len(read(half).stems & read(question).stems)
        return 2 * met + all(each.exact.search(half) for each in kinds)

    best = max(told, key=worth, default="")
    return best if best and len(best.split()) <= most else None


def _first_sentences(text: str, match: re.Match[str], conversation: Conversation) -> str:
    """As many sentences as are wanted; what several calls returned is one, where it would not fit else."""
    lines = text.split("\n")
    if conversation.done and len(lines) > _count(match):
        text = "; ".join(line.rstrip(".") for line in lines[:-1]) + f"; {lines[-1]}"
    return " ".join(read(text).sentences[: _count(match)])


def _listed(text: str, match: re.Match[str], conversation: Conversation) -> str:
    """The text as a list of its sentences, or of the entries that it names; so many as are wanted, by halves."""
    numbered = match.re is _ASKED["numbered"][1]
    if re.match(r"\s*(?:[-*•]|\d+\.)\s", text) or (numbered and len(text.split()) <= 2):
        return text
    parts = list(read(text).sentences)
    if len(parts) == 1:
        entries = _P["entries"].match(text)
        listed = _P["between_entries"].split((entries[1] if entries else text).rstrip("."))
        if entries or (len(listed) > 1 and all(len(each.split()) <= _FEW for each in listed)):
            parts = listed
    counted = _asked("entries", conversation)
    wanted = _count(counted) if counted else len(parts)
    while len(parts) < wanted and " " in (longest := max(parts, key=len)):
        halves = re.split(r"(?:[,;:]| and)\s+", longest, maxsplit=1)
        at, told, middle = parts.index(longest), longest.split(), len(longest.split()) // 2
        parts[at : at + 1] = halves if len(halves) > 1 else [" ".join(told[:middle]), " ".join(told[middle:])]
    return "\n".join(f"{f'{n}.' if numbered else '-'} {part}" for n, part in enumerate(parts[:wanted], 1))


def _as_json(text: str, match: re.Match[str], conversation: Conversation) -> str:
    keys = [key for key in re.findall(r"\w+", match["keys"]) if key not in ("and", "the", "only", "exactly")]
    known: dict[str, object] = {"confidence": 0.8, "score": 0.8}
    known |= {"language": conversation.reply_language, "question": conversation.question}
    return json.dumps({key: known.get(key.casefold(), text) for key in keys}, ensure_ascii=False)


def _begun(text: str, match: re.Match[str], conversation: Conversation) -> str:
    """The text behind a fixed beginning."""
    opening = _literal(match)
    small = text if opening[-1] in ".!?:" else uncapital(text)
    return f"{opening}{'' if opening[-1] in '.!?:,' else ','} {small}"


def _ended(text: str, match: re.Match[str], conversation: Conversation) -> str:
    closing, between = _literal(match), "\n" if "\n" in text else " "
    return text if text.endswith(closing) else f"{text}{between}{closing}"


def _often(text: str, match: re.Match[str], conversation: Conversation) -> str:
    """The text with a word of the instructions behind each of its sentences."""
    word = match["word"].strip()
    said = f"{capital(word)}{'' if word[-1] in '.!?' else '.'}"
    if word.casefold() in text.casefold():
        return text
    lines = (" ".join(f"{each} {said}" for each in read(line).sentences) for line in text.split("\n"))
    return "\n".join(lines)


_RULES: tuple[tuple[str, Rule], ...] = (
    ("haiku", _haiku),
    ("pirate", lambda text, *_: f"Arr! {text}"),
    ("emoji", lambda text, *_: f"{text} 🙂"),
    ("address", lambda text, match, _: text if match[1] in text else f"{match[1]}, {uncapital(text)}"),
    ("never", _without),
    ("numbers", lambda text, *_: [text, *re.findall(r"-?\d[\d,.]*\d|-?\d", text)][-1]),
    ("question", lambda text, match, to: f"What would you like to know about {read(to.question).topic}?"),
    ("yes_or_no", _yes_or_no),
    ("one_word", _one_word),
    ("words", _first_words),
    ("sentences", _first_sentences),
    ("numbered", _listed),
    ("bullets", _listed),
    ("keys", _as_json),
    ("often", _often),
    ("starts", _begun),
    ("ends", _ended),
    ("greeted", _greeted),
    ("upper", lambda text, *_: text.upper()),
    ("lower", lambda text, *_: text.lower()),
)
"""In this order: what is said, how much of it, its form, its frame, its letters."""
