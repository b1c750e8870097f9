"""The hosted web search: a search of the library with a short, cited summary."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workshop.practice.conversation import Conversation
from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import shorten
from workshop.practice.research import library
from workshop.practice.research.judge import wants_facts
from workshop.practice.research.sources import Piece
from workshop.practice.types import Citation, Reply, Search, Text

_P = PATTERNS["search"]
_SENTENCES = 3
"""Of a passage: nearly all of most of them."""
_BEGINNING = 5
"""Words in which a sentence names its subject."""


def web_search(conversation: Conversation) -> Reply | None:
    """A search of the library with a short, cited summary; None where no search is on offer or called for."""
    request = conversation.request
    must = request.tool_choice == "required"
    if not request.web_search or request.tool_choice == "none" or (conversation.done and not must):
        return None
    return searched(search_query(conversation)) if must or wants_facts(conversation.question) else None


def search_query(conversation: Conversation) -> str:
    """What to look for: a labelled search term, else the question's subject."""
    match = _P["term"].search(conversation.question)
    return match[1].strip() if match else subject_of(conversation.question)


def subject_of(order: str) -> str:
    """What a search is about, without its sources ("using only official documentation") and what is to be made of it."""
    bare = order
    for beside in (_P["by_what"], _P["then_what"], _P["how_long"]):
        bare = beside.sub("", bare) or bare
    topic = _P["a_fact"].sub("", read(bare).topic)
    quoted = _P["quoted"].fullmatch(topic)
    return quoted[1] if quoted else topic


def searched(query: str) -> Reply:
    """The search and its summary. Each statement is followed by a link, and the citation spans that link."""
    text, citations = "", []
    for passage in library.search(query, 4):
        if told := telling_sentences(passage, query, _SENTENCES):
            link = f"([{passage.title}]({passage.url}))"
            text += f"{' '.join(told)} {link}\n\n"
            end = len(text) - 2
            citations.append(Citation(end - len(link), end, passage.url, passage.title))
    if not text:
        text = f"The library has nothing on “{shorten(query, 80)}”. It holds package documentation and the course's articles."
    urls = tuple(dict.fromkeys(citation.url for citation in citations))
    return Reply((Search(query, urls), Text(text.rstrip(), tuple(citations))))


def telling_sentences(passage: Piece, query: str, limit: int) -> list[str]:
    """The sentences of a passage that say most about the query, in their order, with the first of an article's,
    which names what the others are about. One that leans on the sentence before it brings that along or is left out.
    """
    listed, wanted = [sentence.strip() for sentence in read(passage.text).sentences], read(query).stems
    leaning = [bool(_P["leans"].match(sentence)) for sentence in listed]
    whole = [passage.heading or _P["has_a_verb"].search(each) or ": " in each for each in listed]
    good = [_reads_well(each) and bool(sure) for each, sure in zip(listed, whole, strict=True)]
    said = [len(wanted & read(sentence).stems) for sentence in listed]
    kept: set[int] = set()
    for n in sorted(range(len(listed)), key=lambda n: (bool(passage.heading and n), -said[n], n)):
        needed = {n - 1, n} if leaning[n] else {n}
        alone = min(needed) >= 0 and all(good[each] for each in needed) and not leaning[min(needed)]
        if alone and len(kept | needed) <= max(limit, len(needed)):
            kept |= needed
    return [listed[n].replace("[", "(").replace("]", ")") for n in sorted(kept)]


def _reads_well(sentence: str) -> bool:
    """Whether a sentence can be quoted in a report: whole, of a bearable length, and prose."""
    whole = re.match(r"[\"“(]?[A-ZÀ-Ý]", sentence) and sentence.rstrip()[-1] in '.!?"”)'
    return bool(whole) and 5 <= len(sentence.split()) <= 50 and not _P["no_prose"].search(sentence)


def goes_alone(sentence: str) -> bool:
    """Whether a sentence names its own subject."""
    return not _P["leans"].match(sentence) and not _P["unnamed"].match(sentence)


def main_sentence(text: str, query: str) -> str:
    """The sentence of a text that says most about the query: the first, or one that begins with the same subject."""
    said = read(text).sentences or (text,)
    alone = [sentence for sentence in said if goes_alone(sentence)]
    first, *others = (read(" ".join(each.split()[:_BEGINNING])).stems for each in (said[0], *alone))
    on_it = [each for each, begun in zip(alone, others, strict=True) if each == said[0] or begun & first]
    return fullest(on_it or alone or said[:1], query, 1)


def fullest(listed: Sequence[str], query: str, most: int) -> str:
    """The sentences that say most about a query, in their order."""
    best = sorted(listed, key=lambda sentence: -len(read(query).stems & read(sentence).stems))[:most]
    return " ".join(sentence for sentence in listed if sentence in best)
