"""An answer in words to anything: what the instructions say, small talk, memory, terms, facts, the library."""

from __future__ import annotations

import re
from functools import lru_cache

from workshop.practice import withheld
from workshop.practice.conversation import Conversation
from workshop.practice.filling.phrases import command
from workshop.practice.filling.sentence import ORDERS, root
from workshop.practice.reading import read
from workshop.practice.reading.language import OTHER
from workshop.practice.reading.tables import PATTERNS, Row, load
from workshop.practice.reading.text import in_words, joined, shorten, uncapital, word_set
from workshop.practice.research import library, subjects
from workshop.practice.research.search import fullest
from workshop.practice.research.sources import Piece
from workshop.practice.talking import briefing, drafts, fiction, manner, memory, stories, tasks, terms, verse
from workshop.practice.talking.facts import fact
from workshop.practice.talking.phrases import names_itself, say
from workshop.practice.types import Reply, Text, Tool


class Talk(Row):
    """A row of talk.toml: what is asked, and the phrase or verse that answers it."""

    when: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    given: re.Pattern[str] | None = None
    say: str = ""
    verse: str = ""
    subject: dict[str, str] | None = None


class Table(Row):
    """talk.toml."""

    row: tuple[Talk, ...]


_ROWS = load("talk", Table).row
_P = PATTERNS["talk"]
_NEARLY_ALL = 0.6
_SOCIAL = word_set(
    "hello thanks bye how_are_you identity abilities made_by kind_words unkind_words what_next"
)
"""What is said to a greeting and the like, whatever the tools are for."""
_UNREAD = {"[file]": "no_files", "[image]": "no_images"}
"""What is said where an answer would need what somebody has sent."""
_FEW = 4
"""Tools that are named to somebody who asks for something else."""


def reply(conversation: Conversation) -> Reply:
    """An answer in words to anything."""
    text = manner.exact(conversation)
    return Reply((Text(text or manner.styled(known(conversation) or _unknown(conversation), conversation)),))


def known(conversation: Conversation) -> str | None:
    """The answer, None where nothing here has one."""
    of_all = (drafts.picked, drafts.improved, tasks.done, briefing.answer, tasks.echoed, tasks.translation)
    if text := next(filter(None, (speak(conversation) for speak in of_all)), None):
        return text
    if rest := _behind_greeting(conversation.question):
        conversation = conversation.asking(rest)
    of_question = (memory.recalled, _talked, tasks.reckoned, fact, drafts.written, _explained)
    return next(filter(None, (speak(conversation) for speak in of_question)), None)


def _behind_greeting(question: str) -> str:
    """What is asked behind a greeting or a name: "I'm Lena. Tell me a joke."; not what is asked of what was said."""
    first, *rest = read(question).sentences or [""]
    said, row = " ".join(rest), _row(first, "")
    light = _P["introduces"].fullmatch(first) or (row and row.say in {*_SOCIAL, "comfort"})
    asked = light and "?" not in first and rest and (briefing.asks(said) or command(rest[0]))
    return said if asked and not memory.asks(said) else ""


def is_small_talk(conversation: Conversation) -> bool:
    """Whether the question is a greeting, thanks or the like."""
    row = _row(conversation.question, conversation.instructions)
    return bool(row and row.say)


def is_social(text: str) -> bool:
    """Whether a text is a greeting, thanks, or asks the model about itself."""
    row = _row(text, "")
    return bool(row and row.say in _SOCIAL)


def jokes(conversation: Conversation) -> list[str]:
    """As many jokes as the question orders; none where it orders none."""
    row = _row(conversation.question, conversation.instructions)
    counts = read(conversation.question).quantities
    count = int(counts[0].value) if counts else 1
    return verse.jokes(count, conversation.reply_language).splitlines() if row and row.verse == "joke" else []


_ENDS = 1500, 500
"""Letters at the beginning and at the end of a long text in which something is ordered."""


@lru_cache(maxsize=64)
def _row(text: str, instructions: str) -> Talk | None:
    text = text if len(text) <= sum(_ENDS) else f"{text[: _ENDS[0]]} {text[-_ENDS[1] :]}"
    plain, given = read(text).plain, read(instructions).plain
    for row in _ROWS:
        held_back = (row.unless and row.unless.search(plain)) or (row.given and not row.given.search(given))
        if row.when.search(plain) and not held_back:
            return row
    return None


def _talked(conversation: Conversation) -> str | None:
    """What the table of talk says."""
    row = _row(conversation.question, conversation.instructions)
    if row is None:
        return None
    language, name, subject = conversation.reply_language, conversation.user_name, row.subject or {}
    topic = subject.get(language) or subject.get("en", "")
    if match := _P["about"].search(conversation.question):
        topic = _P["behind"].sub("", match[1].strip())
    if told := jokes(conversation):
        return "\n".join(told)
    if row.verse:
        return (verse.haiku if row.verse == "haiku" else verse.poem)(topic, language)
    if row.say in fiction.KINDS:
        return fiction.told(row.say, conversation.question, topic, language)
    if row.say == "abilities" and language in ("en", OTHER) and (deeds := _deeds(conversation)):
        return say("abilities_own", language, deeds=joined(deeds, say("and", language)))
    tools = joined([tool.name for tool in conversation.functions], say("and", language))
    able = say("abilities_tools" if tools else "abilities_none", language, tools=tools)
    return say(row.say, language, name=f", {name}" if name else "", topic=topic, tools=able)


def _deeds(conversation: Conversation) -> list[str]:
    """What an agent can do, in words: what its tools do, and whom it can hand over to."""
    deeds = []
    for tool in conversation.functions[:_FEW]:
        does = _does(tool)
        is_deed = root(does.split()[0]) in ORDERS
        deeds.append(f"{uncapital(does)} ({tool.name})" if is_deed else f"call {tool.name}")
    colleagues = joined(conversation.colleagues, say("or", conversation.reply_language))
    return [*deeds, f"hand you over to {colleagues}"] if colleagues else deeds


def _explained(conversation: Conversation) -> str | None:
    """A term of the course, a package, or the best sentences of the library on the question's topic."""
    question, language = manner.bare(conversation.question), conversation.reply_language
    topic = read(question).topic
    asking = next((each for each in reversed(read(question).sentences) if each.endswith("?")), question)
    brief = _P["one_sentence"].search(read(f"{conversation.instructions} {conversation.question}").plain)
    named = ((each, read(each).topic) for each in (question, asking))
    defined = next(filter(None, (terms.definition(*each, language) for each in named)), None)
    defined = defined or terms.package(topic)
    told = terms.situation(question) if language in ("en", OTHER) else None
    if known := (defined or told) if _P["defines"].match(asking) else (told or defined):
        return read(known).sentences[0] if brief else known
    best = next((found for found in library.search(topic, 3) if _answers(found, topic)), None)
    if best is None:
        return None
    text = fullest(read(best.text).sentences, topic, 1 if brief else 3)
    return text if language in ("en", OTHER) else say("read", language, title=best.title, text=text)


def _answers(passage: Piece, topic: str) -> bool:
    """Whether a passage answers: a package's where it is asked about by name, an article's where it says nearly all of
    the topic. A topic of one word is soon met by chance.
    """
    told = f"{passage.heading or passage.title} {passage.text}"
    return bool(subjects.need(topic)) or library.covers(topic, told) >= _NEARLY_ALL


def _unknown(conversation: Conversation) -> str:
    """An honest no: with a word on what the model is, once in a conversation, and where nobody gave it a part to play."""
    language, asked = conversation.reply_language, read(manner.bare(conversation.question))
    topic = shorten(asked.title if len(asked.topic.split()) > 4 else asked.topic, 80)
    sent = "\n".join([conversation.question, *conversation.earlier[:1]]).split("\n")
    if unread := next((say(phrase, language) for mark, phrase in _UNREAD.items() if mark in sent), None):
        return unread
    colleagues = conversation.colleagues
    if len(colleagues) > 1:
        return say("which_colleague", language, agents=joined(colleagues, say("or", language)))
    if told := briefing.fallback(conversation):
        return told
    if told := memory.recalled(conversation, loosely=True) or memory.taken_in(conversation):
        return told
    if spoken_of := withheld.unordered(conversation.functions, conversation.question):
        return say("left_alone", language, deeds=", ".join(in_words(tool.name) for tool in spoken_of))
    if conversation.functions:
        tools = "; ".join(map(_does, conversation.functions[:_FEW]))
        return say("only_tools", language, topic=topic, tools=tools)
    if stories.is_story(conversation.question):
        return say("too_hard", language)
    known = any(map(names_itself, conversation.own))
    return say("unknown_again" if known else "unknown", language, topic=topic)


def _does(tool: Tool) -> str:
    """What a tool does, in a few words: how its description begins, or else its name."""
    return re.split(r"[.,:;]\s|\n|\.$", tool.description.strip())[0] or in_words(tool.name)
