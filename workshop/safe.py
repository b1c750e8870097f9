"""Safe display of what strangers write: nothing in it runs, loads or clicks anything in a notebook, and all
of it can be read.

A notebook runs what a cell's output contains. So text from models, tools, histories, bills and the web is
shown only by the classes of `workshop.show` and the areas of `workshop.lab.panels.parts`, which pass
everything through this module. The rules are those of the research application's web server
(`deep_research/web/rendering.py`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from xml.etree import ElementTree

import nh3
from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
TAGS = {f"h{level}" for level in range(1, 7)}
TAGS |= {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"}
TAGS |= {"table", "tbody", "td", "th", "thead", "tr"}
OURS = {"b", "div"}
"""Tags of our own displays; no report produces them."""
STYLES = {
    "border-collapse",
    "border-left",
    "font-size",
    "font-weight",
    "line-height",
    "margin",
    "max-height",
    "opacity",
}
STYLES |= {"overflow", "padding", "padding-top", "text-align", "vertical-align", "white-space"}

SPACE = "{http://www.w3.org/2000/svg}"
SHAPES = {
    SPACE + name for name in ("defs", "line", "path", "pattern", "rect", "style", "svg", "text", "title")
}
DRAWN = {
    "aria-label",
    "class",
    "d",
    "fill",
    "font-family",
    "font-size",
    "height",
    "id",
    "patternTransform",
    "patternUnits",
}
DRAWN |= {"role", "rx", "style", "text-anchor", "viewBox", "width", "x", "x1", "x2", "y", "y1", "y2"}
LOADS = re.compile(r"url\((?!#)|@import|image-set|//|\\", re.IGNORECASE)
"""What makes CSS fetch something, or hides that it does."""

_BELOW = re.compile(r"/[^/\\]")
_CONTROL = re.compile("\r(?!\n)|[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_JOINER = "\u2060"
_RUNS = re.compile(r"(javascript|vbscript|data)(?=:\S)", re.IGNORECASE)
_MARKUP = re.compile(r"<(?![\s=])|File(?=[\s\ufeff].*['\"<>].*:\d)")


def plain(text: str) -> str:
    """Return text with a replacement for terminal controls and what no document may hold."""
    return _CONTROL.sub("\ufffd", text)


def html(markup: str, own: Collection[str] = ()) -> str:
    """Return a fragment of HTML with only what our displays and reports are made of, and links only to the
    web, or to one of our `own` paths on this host.
    """

    def filtered(tag: str, attribute: str, value: str) -> str | None:
        is_own = attribute == "href" and value in own and _BELOW.match(value)
        return value if is_own else only_web(tag, attribute, value)

    return nh3.clean(
        plain(markup),
        tags=TAGS | OURS,
        attributes={"*": {"style"}, "a": {"href", "title"}, "ol": {"start"}},
        attribute_filter=filtered,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        filter_style_properties=STYLES,
    )


def only_web(tag: str, attribute: str, value: str) -> str | None:
    """Return an attribute's value; None if it is a link back into JupyterLab."""
    is_inside = attribute == "href" and not value.lower().startswith(("http://", "https://"))
    return None if is_inside else value


def markdown(text: str) -> str:
    """Return Markdown as HTML: HTML in it as text, and no pictures, since loading one tells who reads."""
    # notebooks put the cells of a table at the right unless they say where they go
    return html(re.sub("<(td|th)>", r'<\1 style="text-align:left">', MARKDOWN.render(plain(text))))


def svg(markup: str) -> str:
    """Return a drawing if it only draws. Raises ValueError for any other: the drawing code is at fault."""
    if "<!" in markup or "<?" in markup:
        raise ValueError(
            "a drawing with a comment or a declaration, which browsers read in other ways than XML does"
        )
    for element in ElementTree.fromstring(markup).iter():
        rules = [element.text or ""] if element.tag == SPACE + "style" else []
        rules += [value for name, value in element.attrib.items() if name != "aria-label"]
        if element.tag not in SHAPES or not DRAWN.issuperset(element.keys()) or any(map(LOADS.search, rules)):
            raise ValueError(
                f"a drawing with more than shapes: <{element.tag.removeprefix(SPACE)} {element.attrib}>"
            )
    return markup


def guard(shell: Any) -> None:
    """Keep front ends from treating plain text from this kernel as anything more. Takes effect once per
    kernel.

    JupyterLab and VS Code turn addresses in printed text into links, `javascript://…` among them. In a
    traceback VS Code also takes anything that looks like a link, or like a file name with a line number, for
    HTML.
    """
    kernel = getattr(shell, "kernel", None)
    if kernel is None:  # IPython in a terminal
        return
    session = kernel.session
    send = session.send
    if hasattr(send, "unguarded"):
        return

    def guarded(stream: Any, message: Any, content: Any = None, *rest: Any, **more: Any) -> Any:
        sent = message["content"] if isinstance(message, dict) else content
        if isinstance(sent, dict):
            _unlink(sent)
        return send(stream, message, content, *rest, **more)

    guarded.unguarded = send  # type: ignore[attr-defined]
    session.send = guarded


def _unlink(content: dict[str, Any]) -> None:
    """Change the plain text of a message: a stream's, an output's, an error's."""
    data = content.get("data")
    for holder, name in ((content, "text"), (data, "text/plain")):
        if isinstance(holder, dict) and isinstance(text := holder.get(name), str):
            holder[name] = unlinked(text)
    if "traceback" in content:
        content["traceback"] = [_MARKUP.sub(_joined, unlinked(line)) for line in content["traceback"]]


def unlinked(text: str) -> str:
    """Return text with an invisible joiner that keeps addresses with code in them from becoming links."""
    return _RUNS.sub(_joined, text)


def _joined(found: re.Match[str]) -> str:
    return found[0] + _JOINER
