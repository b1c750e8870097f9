"""Texts that the question brings along: the best of several, a draft with its feedback."""

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import fold
from workshop.practice.talking import facts

_P = PATTERNS["drafts"]
TONES = {
    "polite": r"\b(?:please|could you|would you|thank|kindly|may i)\b",
    "formal": r"\b(?:dear|regards|sincerely|kindly|would)\b",
    "positive": r"\b(?:good|great|love|excellent|happy|wonderful|nice|best)\b",
}


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


def _worth(text: str, about: list[str], conversation: Conversation) -> tuple[bool, bool, float, int]:
    """Whether a text is the right answer, whether it has the tone asked for, how near the topic it is, its content."""
    topic = " ".join(_P["label"].sub(r"\g<text>", line) for line in about)
    known = [facts.reckoned(topic), facts.answer_to(topic, conversation)]
    for target in read(conversation.instructions).languages_named[:1]:
        known.append(facts.translated(topic, target) or "")
    right = any(fold(text) == fold(each) or fold(text) in fold(each) for each in known if each)
    tone = next(
        (TONES[each] for each in _P["most"].findall(fold(conversation.instructions)) if each in TONES),
        "$^",
    )
    return (
        right,
        bool(re.search(tone, fold(text))),
        len(read(text).stems & read(topic).stems),
        len(read(text).stems),
    )


def improved(conversation: Conversation) -> str | None:
    """The draft with its feedback taken in; the draft may be the model's own answer before."""
    match, alone = (
        _P["feedback"].search(conversation.question),
        _P["feedback_alone"].match(conversation.question),
    )
    own = [message.text for message in conversation.said if message.role == "assistant"]
    if match:
        draft, feedback = match["draft"].partition(":")[2].strip(), match["feedback"].strip()
    elif alone and own:
        draft, feedback = own[-1], alone["feedback"].strip()
    else:
        return None
    if _P["shorter"].search(fold(feedback)):
        draft = read(draft).sentences[0] if len(read(draft).sentences) > 1 else draft
        return re.split(r"[,;]\s", draft)[0].rstrip(".") + "."
    if _P["capital"].search(fold(feedback)):
        draft = draft[:1].upper() + draft[1:]
    if adds := _P["adds"].search(feedback):
        what = adds["what"].rpartition(", ")[2] if _P["capital"].search(fold(feedback)) else adds["what"]
        return (
            f"{draft.rstrip('.!')}, with {what}."
            if len(what.split()) < 4
            else f"{draft.rstrip('.!')}. {what[:1].upper()}{what[1:]}."
        )
    return f"{draft.rstrip('.!')}. {feedback[:1].upper()}{feedback[1:]}"
