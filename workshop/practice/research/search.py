"""The hosted web search: a search of the library with a short, cited summary."""

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.text import shorten
from workshop.practice.research import library
from workshop.practice.research.judge import wants_facts
from workshop.practice.research.library import Passage
from workshop.practice.types import Citation, Reply, Search, Text

_TERM = re.compile(r"(?:^|\n)\s*(?:search(?: term| query)?|query|term)\s*:\s*(.+)", re.IGNORECASE)
_HAS_A_VERB = re.compile(
    r"\b(is|are|was|were|be|has|have|can|will|may|must|should|does|do|provides?|uses?|allows?|lets?|makes?|supports?|runs?|gives?|"
    r"returns?|needs?|keeps?|means?|handles?|includes?|offers?|helps?|works?|takes?|comes?|enables?|contains?|requires?|creates?)\b"
)
_NO_PROSE = re.compile(
    r"https?:|::|=|\.\*|[{}<>|]|\w\(\)|\(Pull|^(?:This document|Added|Fixed|Changed|Note that|See )|\bpip install\b"
)


def web_search(conversation: Conversation) -> Reply | None:
    """A search of the library with a short, cited summary; None where no search is on offer or called for."""
    request = conversation.request
    must = request.tool_choice == "required"
    if not request.web_search or request.tool_choice == "none" or (conversation.done and not must):
        return None
    return searched(search_query(conversation)) if must or wants_facts(conversation.question) else None


def search_query(conversation: Conversation) -> str:
    """What to look for: a labelled search term, else the question's subject."""
    match = _TERM.search(conversation.question)
    found = match[1].strip() if match else read(conversation.question).topic
    if len(read(found).content_words) < 2 and conversation.refers_back and conversation.earlier:
        found = f"{found} {read(conversation.earlier[0]).topic}".strip()
    return found


def searched(query: str) -> Reply:
    """The search and its summary. Each statement is followed by a link, and the citation spans that link."""
    found = library.search(query, 4)
    if not found:
        nothing = f"The library has nothing on “{shorten(query, 80)}”. It holds package documentation and the course's articles."
        return Reply((Search(query), Text(nothing)))
    text = ""
    citations = []
    for passage in found:
        text += f"{' '.join(telling_sentences(passage, query, 2))} "
        link = f"([{passage.title}]({passage.url}))"
        citations.append(Citation(len(text), len(text) + len(link), passage.url, passage.title))
        text += f"{link}\n\n"
    urls = tuple(dict.fromkeys(passage.url for passage in found))
    return Reply((Search(query, urls), Text(text.rstrip(), tuple(citations))))


def telling_sentences(passage: Passage, query: str, limit: int) -> list[str]:
    """The sentences of a passage that say most about the query, in their order."""
    whole = [s.strip() for s in read(passage.text).sentences if _reads_well(s)]
    listed = [s for s in whole if passage.is_article or _HAS_A_VERB.search(s)] or [
        shorten((read(passage.text).sentences or [passage.text])[0], 240)
    ]
    wanted = read(query).stems
    ranked = sorted(range(len(listed)), key=lambda i: (-len(wanted & read(listed[i]).stems), i))[:limit]
    return [listed[i].replace("[", "(").replace("]", ")") for i in sorted(ranked)]


def _reads_well(sentence: str) -> bool:
    """Whether a sentence can be quoted in a report: whole, of a bearable length, and prose."""
    whole = re.match(r"[\"“(]?[A-ZÀ-Ý]", sentence) and sentence.rstrip()[-1] in '.!?"”)'
    return bool(whole) and 7 <= len(sentence.split()) <= 50 and not _NO_PROSE.search(sentence)


def main_sentence(text: str, query: str) -> str:
    """The sentence of a text that says most about the query."""
    return max(
        read(text).sentences or [text], key=lambda sentence: len(read(query).stems & read(sentence).stems)
    )
