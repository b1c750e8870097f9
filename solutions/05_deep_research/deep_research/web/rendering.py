"""Makes HTML of a report. Whoever wrote it, and whatever a searched page has put into it, no script comes out."""

import re

import nh3
from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
HEADING = re.compile(r"(?<=<h)([1-6])>(.*?)(?=</h\1>)", re.DOTALL)
HEADINGS = {f"h{level}" for level in range(1, 7)}
TAGS = HEADINGS | {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"}
TAGS |= {"table", "tbody", "td", "th", "thead", "tr"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, **{heading: {"id"} for heading in HEADINGS}}


def html_of(markdown: str) -> str:
    """A report as an HTML fragment: its headings with ids, its links out into new tabs."""
    taken: set[str] = set()

    def with_id(heading: re.Match[str]) -> str:
        level, text = heading.groups()
        return f'{level} id="{slug(text, taken)}">{text}'

    return nh3.clean(
        HEADING.sub(with_id, MARKDOWN.render(markdown)),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def slug(heading: str, taken: set[str]) -> str:
    """An id for a heading that no other has. `section-` keeps it apart from the ids of the page around it."""
    words = re.sub(r"<[^>]*>|&[^;]*;", "", heading).lower()
    base = name = "section-" + "-".join(re.findall(r"\w+", words))
    count = 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    taken.add(name)
    return name
