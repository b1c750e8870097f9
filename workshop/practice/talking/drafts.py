"""Texts of others: the best of several is picked, a draft is improved by its feedback, errands are told apart."""

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation
from workshop.practice.filling.features import shape_of
from workshop.practice.reading import read, share_a_row
from workshop.practice.reading.language import OTHER
from workshop.practice.reading.numbers import units_of
from workshop.practice.reading.tables import PATTERNS, Row, load
from workshop.practice.reading.text import WORDS, capital, fold, stem, words
from workshop.practice.research import judge
from workshop.practice.talking import facts
from workshop.practice.talking.tasks import TONES

_P = PATTERNS["drafts"]
_LONG = 1_000
"""Letters of a text that is no list of errands."""
_NEAR = 14
"""Letters around a figure that may say what it is of."""


def picked(conversation: Conversation) -> str | None:
    """The best of the texts that the question lists, alone; its label where the instructions ask for that."""
    if found := _by_figure(conversation):
        return found
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
    return _label(best, conversation) or _P["marked"].sub("", best).strip()


def _label(line: str, conversation: Conversation) -> str | None:
    """The label of an option, where the instructions ask for that."""
    label = re.search(r"\w+(?=\s*[:.)])", line)
    return label.group() if label and _P["wants_label"].search(conversation.instructions) else None


def _by_figure(conversation: Conversation) -> str | None:
    """The option with the least or the most of what the rules name, and why: "Offer B is the cheapest: 395 euros.".
    The rules are the instructions or a question beside the options.
    """
    text, rules = conversation.question, conversation.instructions
    asked = next((each for each in read(text).sentences if _P["which"].match(each)), "")
    rules = asked or (rules if _P["picks"].search(rules) else "")
    wanted = _P["superlative"].search(rules)
    body = text.replace(asked, "").strip() if len(text) <= _LONG else ""
    options = next((cut for cut in map(body.split, ("\n", "; ", ". ")) if len(cut) > 1), [])
    options = [line.strip(" .;") for line in options if line.strip() and not line.rstrip().endswith(":")]
    known = [each for line in options if wanted and (each := _figure(line, wanted)) is not None]
    if not wanted or len(known) < len(options) or len(known) < 2:
        return None
    line = options[known.index((min if wanted["least"] else max)(known))]
    told = _P["named_first"].match(line)
    if told is None:
        return _P["marked"].sub("", line).strip()
    verb = "has" if _P["quantity"].match(wanted.group()) else "is"
    named = wanted.group() if verb == "has" else wanted["adjective"]
    why = f"it {told['does']}" if told["does"] else told["rest"]
    return f"{told['name'] or told['called']} {verb} the {named}: {why.strip(' .')}."


def _figure(line: str, wanted: re.Match[str]) -> float | None:
    """The figure of an option that counts: of the unit or beside the word that the superlative has, or the first."""
    told = _P["marked"].sub("", line.partition(": ")[2] or line)
    if wanted["time"] and (times := read(told).times):
        return float(str(times[0].value).replace(":", "."))
    unit = "money" if wanted["money"] else "duration" if wanted["time"] else ""
    of = stem(wanted["of"] or "")
    counted = [each for each in read(told).quantities if unit in ("", each.unit)]
    around = {each: told[max(0, each.start - _NEAR) : each.end + _NEAR] for each in counted}
    beside = [each for each in counted if of and of in read(around[each]).stems]
    meant = [each for each in counted if each.unit in units_of({of})]
    best = next(iter([*meant, *beside, *counted]), None)
    return best.as_asked({"seconds"}) if best else None


def _worth(text: str, about: list[str], conversation: Conversation) -> tuple[bool, bool, float, int, int]:
    """Whether a text is right and has the tone asked for, how much it tells of the goal and the topic, its content."""
    topic = " ".join(_P["label"].sub(r"\g<text>", line) for line in about)
    known = [facts.sum_in(topic)[1], topic and facts.fact(conversation, topic)]
    for target in read(conversation.instructions).languages_named[:1]:
        known.append(facts.translated(topic, target) or "")
    right = any(fold(each) in fold(text) or fold(text) in fold(each) for each in known if each)
    wanted = [TONES[each] for each in _P["most"].findall(fold(conversation.instructions)) if each in TONES]
    toned = any(re.search(tone, fold(text)) for tone in wanted[:1])
    criterion = _P["criterion"].search(conversation.instructions)
    goal = (criterion["what"] or criterion["told"]) if criterion else ""
    met = sum(max(bool(judge.like(word, text)), 0.5 * _akin(word, text)) for word in words(goal))
    return right, toned, met, len(read(text).stems & read(topic).stems), len(read(text).stems)


class Genre(Row):
    """A sort of short text: its names, its verb, how one is written on a thing, and how where something is told."""

    called: re.Pattern[str]
    verb: re.Pattern[str] | None = None
    of: str
    told: str = ""


_LONG = 2_000
"""A longer text orders no short one."""
_GENRES = load("genres", dict[str, Genre])


def written(conversation: Conversation) -> str | None:
    """A short draft on what the question names, where the question or the instructions want such a text written."""
    question, rules = conversation.question, conversation.instructions
    asks = "?" in question or PATTERNS["briefing"]["asks"].match(question) or len(question) > _LONG
    if asks or conversation.functions or conversation.reply_language not in ("en", OTHER):
        return None
    ordered = [(genre, _P["orders_text"].sub("", question)) for genre in _GENRES.values()]
    wanted = [(genre, text[found.end() :]) for genre, text in ordered if (found := genre.called.match(text))]
    if not wanted:
        told = "\n".join(each for each in read(rules).sentences if _P["writes"].search(each))
        own = [(genre, text) for genre, text in ordered if genre.called.search(told)]
        wanted = [(genre, genre.verb.sub("", text) if genre.verb else text) for genre, text in own]
    for genre, text in wanted[:1]:
        thing = re.sub(r"(?i)\bmy\b", "our", _P["of_thing"].sub("", text.strip()).strip(" .!:\"'"))
        clause = _P["that"].match(thing)
        thing, form = (clause["what"], genre.told or genre.of) if clause else (thing, genre.of)
        return form.format(thing=thing, Thing=capital(thing)) if thing else None
    return None


def _akin(word: str, text: str) -> bool:
    """Whether a text has what a word asks for: its shape, as thanks have, or a word that is used for the same things."""
    shape = shape_of(word)
    return bool(shape and shape(read(text))) or share_a_row(read(word), read(text))


def errands(text: str) -> list[str]:
    """What is to be done one after the other, where a text is a list of that: "Buy the flowers and call Ana."."""
    steps: list[str] = []
    bare = _P["marked"].sub("", text.strip().rstrip(" .!"))
    pieces = ["", *_P["between_errands"].split(bare)] if len(text) <= _LONG else []
    for glue, piece in zip(pieces[::2], pieces[1::2], strict=True):
        match = _P["errand"].match(piece)
        if match and (match["object"] or fold(match["verb"]) in WORDS["commands"]):
            steps.append(capital(match["step"]))
        elif steps:
            steps[-1] += glue + piece
        else:
            return []
    return steps if len(steps) > 1 else []


def improved(conversation: Conversation) -> str | None:
    """The draft with its feedback taken in; the draft may be the model's own answer before."""
    match = _P["feedback"].search(conversation.question)
    alone = _P["feedback_alone"].match(conversation.question)
    if (
        conversation.earlier
        and _P["wants_draft"].search(conversation.earlier[0])
        and not conversation.functions
    ):
        alone = alone or _P["edits"].match(conversation.question)
    if match:
        draft, feedback = match["draft"].partition(":")[2].strip(), match["feedback"].strip()
    elif alone and conversation.own:
        draft, feedback = conversation.own[-1], alone["feedback"].strip()
    else:
        return None
    points = [each for each in read(feedback).sentences if not _P["own_order"].match(each)]
    feedback = " ".join(points) or feedback
    for edit in (_shortened, _swapped, _left_out, _marked, _added):
        if better := edit(draft, feedback.rstrip(" .!?")):
            return better
    return draft


def _shortened(draft: str, feedback: str) -> str | None:
    wanted = _P["shorter"].search(fold(feedback))
    return re.split(r"[,;]\s", read(draft).sentences[0])[0].rstrip(".") + "." if wanted else None


def _swapped(draft: str, feedback: str) -> str | None:
    """The draft with one thing in place of another: "replace A with B", "it starts at 8, not at 7"."""
    match = _P["swap"].search(feedback) or _P["rather"].search(feedback)
    if match is None:
        return None
    old, new = match["old"].strip(" \"'“”"), match["new"].strip(" \"'“”")
    found = re.compile(rf"(?i)\b{re.escape(old)}(?!\w)")
    return found.sub(lambda _: new, draft) if found.search(draft) else None


def _left_out(draft: str, feedback: str) -> str | None:
    """The draft without what it shall not say: the sentences, or else the part of one, that have it."""
    match = _P["omit"].search(feedback)
    unwanted = read(match["what"]).concepts if match else frozenset()
    pieces = re.split(r",\s+(?:and\s+)?", draft.rstrip("."))
    for parts, glue in ((read(draft).sentences, " "), (pieces, ", ")):
        kept = [part for part in parts if not read(part).concepts & unwanted]
        if kept and len(kept) < len(parts):
            text = glue.join(kept)
            return text if text.endswith((".", "!", "?")) else f"{text}."
    return None


def _marked(draft: str, feedback: str) -> str | None:
    mark = _P["mark"].search(feedback)
    return draft.rstrip(".!? ") + ("!" if mark[1].casefold() == "exclamation" else "?") if mark else None


def _added(draft: str, feedback: str) -> str | None:
    """The draft with what it lacks: a few words in its last sentence, or a sentence more. A capital, too."""
    if lacks := _P["not_spoken_of"].fullmatch(feedback):
        feedback = f"It is about {lacks['what']}, too"
    adds = None if lacks else _P["adds"].search(feedback)
    what = f"{'' if adds['clause'] == 'that ' else adds['clause'] or ''}{adds['what']}" if adds else feedback
    if spelled := _P["spelled"].match(what):
        what = spelled["value"]
    if detail := _P["detail"].fullmatch(what):
        what = f"{detail['name']}: {detail['value']}"
    stop = "" if draft.rstrip().endswith((".", "!", "?")) else "."
    return f"{draft.rstrip()}{stop} {capital(what)}."
