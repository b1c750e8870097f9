"""Makes HTML of a report. Whoever wrote it, and whatever a searched page has put into it, no script comes out."""

import re
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
HEADINGS = {f"h{level}" for level in range(1, 7)}
TAGS = HEADINGS | {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"}
TAGS |= {"table", "tbody", "td", "th", "thead", "tr"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, **{heading: {"id"} for heading in HEADINGS}}


def html_of(markdown: str) -> str:
    """A report as an HTML fragment: its headings with ids, its links to the web alone and into new tabs, no pictures."""
    tokens = MARKDOWN.parse(markdown)
    taken: set[str] = set()
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open":
            text = "".join(part.content for part in content.children or [])
            opening.attrSet("id", heading_id(text, taken))
    return nh3.clean(
        MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=only_web,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def only_web(tag: str, attribute: str, value: str) -> str | None:
    """No link leads back into this application."""
    is_inside = attribute == "href" and not value.lower().startswith(("http://", "https://"))
    return None if is_inside else value


def heading_id(text: str, taken: set[str]) -> str:
    """An id that no other heading has. `section-` keeps it apart from the ids of the page around the report."""
    base = name = "-".join(["section", *re.findall(r"\w+", text.lower())])
    count = 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    taken.add(name)
    return name
