"""Citations of a report: whatever form the model chose, each leads to its source, and each source back to where it is cited.

Models write [3], [1, 2], [1-3], [^3], 【3】, or a plain link; they put numbered sources under a heading, or nowhere.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import count, takewhile
from urllib.parse import urlsplit

from markdown_it.token import Token

from deep_research.models import Source

HEADING = re.compile(r"(sources?|references|citations|bibliography|quellen|fuentes)( cited)?:?", re.IGNORECASE)
MARK = re.compile(r"\[\^?(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\](?!\()|【(\d{1,3})[^】]{0,20}】")  # noqa: RUF001
LABEL = re.compile(r"\s*\[?\^?(\d{1,3})\]?[.:)]?\s*")


class Citations:
    """Takes the sources out of a parsed report and links all marks to them. `panel` is the list that replaces them."""

    def __init__(self, tokens: list[Token], found: Sequence[Source]) -> None:
        self.quotes = {source.url: source for source in found}
        self.sources: dict[int, Source] = {}
        self.marks: dict[int, int] = {}
        self.tokens = self._without_list(tokens)
        texts = [token.children for token in self.tokens if token.type == "inline" and token.children]
        if not self.sources:
            self._number_links(texts)
        self.numbers = {source.url: number for number, source in reversed(self.sources.items())}
        for children in texts:
            children[:] = list(self._linked(children))

    def _without_list(self, tokens: list[Token]) -> list[Token]:
        """The report without its last section, if that lists its sources. The rest of that section is kept."""
        starts = [n for n, token in enumerate(tokens) if token.type == "heading_open" and is_sources(tokens[n + 1])]
        if not starts:
            return tokens
        start = starts[-1]
        ends = [n for n, token in enumerate(tokens) if n > start and token.type == "heading_open"]
        end = ends[0] if ends else len(tokens)
        for inline in (token for token in tokens[start + 3 : end] if token.type == "inline"):
            self._take(inline)
        return tokens[:start] + tokens[end:] if self.sources else tokens

    def _take(self, inline: Token) -> None:
        """Note the sources of a list item, or of a paragraph with one on each line."""
        label = 0
        for place, child in enumerate(children := inline.children or []):
            if child.type == "text" and (said := LABEL.match(child.content)):
                label = int(said[1])
            if child.type == "link_open" and is_web(url := str(child.attrGet("href"))):
                title = text_until_close(children[place + 1 :])
                digits = LABEL.fullmatch(title)
                number = label or (int(digits[1]) if digits else 0) or next(n for n in count(1) if n not in self.sources)
                self.sources.setdefault(number, self._known(url, "" if digits else title))
                label = 0

    def _number_links(self, texts: list[list[Token]]) -> None:
        """No list of sources: the links of the text are numbered, in their order or as they say themselves."""
        for children in texts:
            for place, child in enumerate(children):
                url = str(child.attrGet("href"))
                if child.type == "link_open" and is_web(url) and all(one.url != url for one in self.sources.values()):
                    title = text_until_close(children[place + 1 :])
                    digits = LABEL.fullmatch(title)
                    free = next(n for n in count(1) if n not in self.sources)
                    number = int(digits[1]) if digits and int(digits[1]) not in self.sources else free
                    self.sources[number] = self._known(url, "" if digits else title)

    def _known(self, url: str, title: str) -> Source:
        quoted = self.quotes.get(url, Source(url=url))
        return Source(url=url, title=quoted.title or title, quote=quoted.quote)

    def _linked(self, children: list[Token]) -> Iterator[Token]:
        """The tokens of a line, with marks that lead to their sources."""
        number: int | None = None
        is_in_link = is_bare = False
        for place, child in enumerate(children):
            if child.type == "link_open":
                is_in_link = True
                number = self.numbers.get(str(child.attrGet("href")))
                is_bare = number is not None and bool(LABEL.fullmatch(text_until_close(children[place + 1 :])))
            if is_bare and is_in_link:  # a number that is a link already: its mark takes its place
                pass
            elif child.type == "text" and not is_in_link:
                yield from self._marked(child.content)
            else:
                yield child
            if child.type == "link_close":
                is_in_link = False
                if number:
                    yield self._mark(number)
                number, is_bare = None, False

    def _marked(self, text: str) -> Iterator[Token]:
        end = 0
        for mark in MARK.finditer(text):
            numbers = list(numbers_of(mark[1] or mark[2]))
            if not all(number in self.sources for number in numbers):
                continue
            yield plain(text[end : mark.start()])
            yield from map(self._mark, numbers)
            end = mark.end()
        yield plain(text[end:])

    def _mark(self, number: int) -> Token:
        self.marks[number] = place = self.marks.get(number, 0) + 1
        link = f'<a href="#source-{number}" id="cite-{number}-{place}" title="Source {number}">[{number}]</a>'
        return Token("html_inline", "", 0, content=link)

    @property
    def panel(self) -> str:
        """The sources as HTML: title, domain, the sentence they were cited for, and the ways back."""
        items = "".join(self._item(number, source) for number, source in sorted(self.sources.items()))
        return f'<h2 id="section-sources">Sources</h2><ol>{items}</ol>' if items else ""

    def _item(self, number: int, source: Source) -> str:
        back = [
            f'<a href="#cite-{number}-{n}">back{f" {n}" if n > 1 else ""}</a>' for n in range(1, self.marks.get(number, 0) + 1)
        ]
        link = f'<a href="{escape(source.url)}" target="_blank">{escape(source.title or source.url)}</a>'
        quote = f"<blockquote>{escape(source.quote)}</blockquote>" if source.quote else ""
        domain = escape(urlsplit(source.url).hostname or "")
        return f'<li id="source-{number}" value="{number}">{link} <em>{domain}</em>{quote} {" ".join(back)}</li>'


def is_sources(heading: Token) -> bool:
    return bool(HEADING.fullmatch(re.sub(r"[*_#]", "", heading.content).strip()))


def is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def text_until_close(children: list[Token]) -> str:
    """The text of a link, from the token behind its opening on."""
    inside = takewhile(lambda token: token.type != "link_close", children)
    return "".join(token.content for token in inside).strip()


def numbers_of(text: str) -> Iterator[int]:
    """The numbers of a mark: 1, 2 or 4-6."""
    for part in re.split(r"[,;]", text):
        first, _, last = part.replace("–", "-").partition("-")  # noqa: RUF001
        yield from range(int(first), min(int(last or first), int(first) + 50) + 1)


def plain(text: str) -> Token:
    return Token("text", "", 0, content=text)
