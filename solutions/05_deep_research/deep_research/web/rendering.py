"""Makes HTML of a report. Whoever wrote it, and whatever a searched page has put into it, no script comes out."""

import re
from collections.abc import Sequence
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt

from deep_research.models import Source
from deep_research.web.citations import Citations, is_web

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
HEADINGS = {f"h{level}" for level in range(1, 7)}
TAGS = HEADINGS | {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"}
TAGS |= {"table", "tbody", "td", "th", "thead", "tr"}
ATTRIBUTES = {"a": {"href", "title", "id", "target"}, "ol": {"start"}, "li": {"id", "value"}}
ATTRIBUTES |= {heading: {"id"} for heading in HEADINGS}
INSIDE = re.compile(r"#(source-\d+|cite-\d+-\d+)")
"""The only addresses within the page: from a citation to its source, and back."""


def html_of(markdown: str, found: Sequence[Source] | None = None) -> str:
    """A report as an HTML fragment: its headings with ids, its links to the web alone and into new tabs, no pictures.

    With what its searches have `found`, its citations lead to the list of sources at its end, and back.
    """
    tokens, panel = MARKDOWN.parse(markdown), ""
    for link in (child for token in tokens for child in token.children or [] if child.type == "link_open"):
        link.attrSet("target", "_blank")
    if found is not None:
        cited = Citations(tokens, found)
        tokens, panel = cited.tokens, cited.panel
    taken: set[str] = set()
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open":
            text = "".join(part.content for part in content.children or [] if part.type != "html_inline")
            opening.attrSet("id", heading_id(text, taken))
    return nh3.clean(
        MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}) + panel,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=only_web,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )


def only_web(tag: str, attribute: str, value: str) -> str | None:
    """No link leads back into this application, but for those between a citation and its source."""
    if attribute == "href" and not INSIDE.fullmatch(value) and not is_web(value):
        return None
    # Other ids are the page's own.
    if attribute == "id" and not re.match(r"(section|source|cite)(-|$)", value):
        return None
    return value


def heading_id(text: str, taken: set[str]) -> str:
    """An id that no other heading has. `section-` keeps it apart from the ids of the page around the report."""
    base = name = "-".join(["section", *re.findall(r"\w+", text.lower())])
    count = 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    taken.add(name)
    return name
