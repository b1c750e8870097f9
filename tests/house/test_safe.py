"""Whatever a stranger writes, it runs, loads and presses nothing in a notebook, and nothing is shown past the
door.

tests/browser/test_strangers.py shows the same in a real JupyterLab. VS Code gets the same outputs, and they
are looked at here.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from injections import INJECTIONS
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from past_the_door import all_past_the_door, past_the_door
from shown import areas, displays, pictures, report
from strangers import STRANGERS

from workshop import safe
from workshop.config import ROOT
from workshop.show import Picture, Report, Table

sys.path.append(str(ROOT / "solutions" / "05_deep_research"))

from deep_research.web.rendering import html_of  # once the stage is on the path

WIDGET = "application/vnd.jupyter.widget-view+json"
HARMLESS = safe.TAGS | safe.OURS | {shape.removeprefix(safe.SPACE) for shape in safe.SHAPES}
PASSIVE = {name.lower() for name in safe.DRAWN} | {"start", "rel", "target", "xmlns"}
WEB = ("http://", "https://")


class Reader(HTMLParser):
    """A parser that collects what an output would do in a browser besides being read."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.wrong, self._open = "", list[str](), ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        if tag not in HARMLESS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            is_link = tag == "a" and name == "href" and (value or "").lower().startswith(WEB)
            is_wrapper = (tag, name, value) == ("div", "class", "mathjax_ignore")
            is_ours = name in PASSIVE and (name != "class" or tag not in safe.TAGS | safe.OURS)
            is_still = name in ("aria-label", "title") or (is_ours and not loads(value or ""))
            if not is_link and not is_wrapper and not is_still:
                self.wrong.append(f"<{tag} {name}={value}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._open == "style" and loads(data):
            self.wrong.append(f"<style>{data[:80]}")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def unknown_decl(self, data: str) -> None:
        self.wrong.append(f"<![{data}")


def loads(css: str) -> bool:
    return bool(re.search(r"url\(\s*[^#\s]|@import|expression|javascript:|tracker", css))


def outputs(shown: Any) -> dict[str, str]:
    """Return what a cell that ends in this sends to JupyterLab or VS Code, by type; for a widget, what a
    browser makes HTML of.
    """
    data: dict[str, Any] = DisplayFormatter().format(shown)[0]
    if WIDGET in data:
        data[WIDGET] = shown.value
    return data


def words(text: str) -> str:
    """Return a text without blanks, which HTML and drawings place as they like."""
    return "".join(safe.plain(text).split())


@pytest.mark.parametrize("stranger", [*STRANGERS, *INJECTIONS])
def test_nothing_that_a_notebook_shows_does_anything(stranger: str) -> None:
    for name, shown in [*displays(stranger), *pictures(stranger), *areas(stranger)]:
        data = outputs(shown)
        assert data.keys() <= {"text/plain", "text/html", "image/svg+xml", WIDGET}, name
        for mime in data.keys() - {"text/plain"}:
            reader = Reader(data[mime])
            assert reader.wrong == [], f"{name}, {mime}"
            # of Markdown, and of what nobody escaped, something else becomes
            if name not in ("report", "not escaped"):
                assert words(stranger)[:40] in words(reader.text), f"{name}, {mime}: the text can't be read"
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", data["text/plain"]), name


def test_what_reads_the_outputs_here_sees_what_they_could_do() -> None:
    alive = [text for text in (*STRANGERS, *INJECTIONS) if Reader(text).wrong]
    assert len(alive) > 60
    assert (
        Reader(f"<b>{STRANGERS[0]}</b>").wrong
        and Reader('<p style="background:url(https://tracker.invalid)">').wrong
    )


@pytest.mark.parametrize("stranger", [*STRANGERS, *INJECTIONS])
def test_a_report_is_what_the_web_application_makes_of_it(stranger: str) -> None:
    """The exceptions are the ids of headings, which a notebook doesn't need, and the alignment of table
    columns.
    """
    for text in (stranger, report(stranger)):
        there = re.sub(r'(<h\d) id="[^"]*"', r"\1", html_of(safe.plain(text)))
        assert re.sub(r' style="text-align:\w+"', "", safe.markdown(text)) == there


def test_a_report_can_be_read() -> None:
    text = "# A **bold** title\n\n| a | b |\n|---|--:|\n| 1 | $2 and $3 |\n\n[source](https://example.org/a?x=1&y=2)\n"
    reader = Reader(Report(text)._repr_html_())
    assert "A bold title" in reader.text and "$2 and $3" in reader.text
    html = Report(text)._repr_html_()
    assert "<h1>" in html and '<td style="text-align:right">' in html
    assert '<th style="text-align:left">' in html and '<td style="text-align:left">' in html
    assert (
        'href="https://example.org/a?x=1&amp;y=2"' in html
        and 'target="_blank"' in html
        and "noopener" in html
    )
    assert repr(Report(text)) == text


def test_a_text_that_no_document_may_hold_is_shown_all_the_same() -> None:
    odd = "half a pair \ud800, a bell \x07, a new line\r\nand an ending \x9b31m"
    for shown in (Report(odd), Table(("a",), [(odd,)], odd)):
        for text in outputs(shown).values():
            assert "half a pair \ufffd, a bell \ufffd" in text
            text.encode()


@pytest.mark.parametrize(
    "inside",
    [
        "<script>pwned()</script>",
        '<image href="https://tracker.invalid/p.png"/>',
        '<rect onclick="pwned()"/>',
        '<rect fill="url(https://tracker.invalid/p.svg#x)"/>',
        "<style>@import 'https://tracker.invalid/a.css';</style>",
        "<style>text{font-family:u\\rl(x)}</style>",
        "<!-- a comment -->",
        "<title><![CDATA[</title>]]></title>",
        '<a href="javascript:pwned()"><text>click</text></a>',
        "<foreignObject/>",
    ],
)
def test_a_drawing_that_does_more_than_draw_is_refused(inside: str) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" aria-label="https://fine.example">{}</svg>'
    assert Picture(svg.format('<rect fill="url(#here)"/>')).svg
    with pytest.raises(ValueError, match="a drawing with"):
        Picture(svg.format(inside))


# --- plain text
# --------------------------------------------------------------------------------------------------------

LINKED = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]{2,40}://|data:|www\.)[^\s\x00-\x20\x7f-\x9f\"]{2,}")
"""What JupyterLab and VS Code make a link of in plain text."""
VSCODE = re.compile(r"<a\s|<\w+[^>]*\son\w+=|File\s+.*['\"].*:\d", re.IGNORECASE)
"""What VS Code makes HTML of in a traceback: tags of links, and what looks like a file with a line below it.
"""
ESCAPES = re.compile(r"\x1b\[[\d;]*m")


class Kernel:
    """The part of a kernel that sends messages."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.session = SimpleNamespace(
            send=lambda _, message, content=None: self.sent.append(content or message["content"])
        )


def test_plain_text_stays_plain_text_in_jupyterlab_and_vs_code() -> None:
    kernel = Kernel()
    for _ in range(2):  # each Lab of a kernel does so
        safe.guard(SimpleNamespace(kernel=kernel))
    colour = "\x1b[38;5;28m"
    more = [f"<{colour}a href='x'><img src=x onerror=pwned()></a>", "File 'a' onfocus=pwned():12\n 12 x"]
    more += [
        "JavaScript://x%0Apwned()",
        "see data:text/html,<script>pwned()</script>",
        "https://example.org/?a=b and a: b < c",
    ]
    for text in (*STRANGERS, *INJECTIONS, *more):
        kernel.sent.clear()
        kernel.session.send(None, {"content": {"name": "stdout", "text": text}})
        kernel.session.send(None, "execute_result", {"data": {"text/plain": text, "text/html": "<b>"}})
        where = "File /course/lesson.py:3, in f(a)"
        kernel.session.send(None, "error", {"traceback": [where, f"ValueError: {text}"]})
        stream, result, error = kernel.sent
        assert error["traceback"][0] == where, "where it was raised can still be clicked"
        assert not VSCODE.search(ESCAPES.sub("", error["traceback"][1]))
        for shown in (
            stream["text"],
            result["data"]["text/plain"],
            error["traceback"][1].removeprefix("ValueError: "),
        ):
            assert all(link[0].startswith(("http", "www.")) for link in LINKED.finditer(shown))
            assert shown.replace("\u2060", "") == text, "it reads as before"
            assert "\u2060\u2060" not in shown, "guarded twice"
        assert result["data"]["text/html"] == "<b>"


# --- the gate
# ----------------------------------------------------------------------------------------------------------


def test_nothing_is_shown_past_the_door() -> None:
    assert all_past_the_door(ROOT) == []


PAST = [
    "from IPython.display import Markdown",
    "from IPython.display import Markdown as M, display",
    "from IPython.display import Code",
    "from IPython.core.display import HTML",
    "import IPython.display as ipd",
    "from IPython import display",
    "import IPython\nIPython.display.Markdown(report)",
    "import ipywidgets as w\nbox = w.HTML(text)",
    "from ipywidgets import HTMLMath as H",
    "import ipywidgets\nwidget = getattr(ipywidgets, 'HTML')()",
    "import ipywidgets as widgets\nwidgets.Text(description=text, style={}, description_allow_html=True)",
    "class Mine:\n    def _repr_html_(self):\n        return self.text",
    "class Mine:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n        return {}",
    "class Mine:\n    _repr_svg_ = draw",
    "class Mine:\n    def _ipython_display_(self):\n        show(self)",
    "display({'text/html': text}, raw=True)",
    "bundle = {'text/markdown': text}",
    "get_ipython().display_pub.publish(data)",
    "get_ipython().run_cell_magic('html', '', text)",
    "out.outputs = ({'output_type': 'display_data', 'data': data},)",
    "import anywidget",
    "%%html\n<b>bold</b>",
    "%%javascript\nalert(1)",
]
FINE = [
    "from IPython.display import clear_output, display\ndisplay(lab.report(text))",
    '"""Shows HTML, as text/html, with _repr_html_."""\nx = 1',
    "%%writefile worker.py\nimport asyncio\n\nawait asyncio.sleep(1)",
    "!kill -9 {worker.pid}\nbefore",
    "if done:\n    !kill -9 {worker.pid}",
    "from workshop.show import Display\n\nclass Mine(Display):\n    def _html(self):\n        return "
    "'<b></b>'",
    "self.report.outputs = ()",
]


@pytest.mark.parametrize("source", PAST)
def test_the_gate_sees_what_goes_past_the_door(source: str) -> None:
    assert past_the_door(source)


@pytest.mark.parametrize("source", FINE)
def test_the_gate_lets_pass_what_goes_through_it(source: str) -> None:
    assert past_the_door(source) == []


@pytest.mark.parametrize(
    ("place", "wrap"),
    [
        ("workshop/new_panel.py", "import ipywidgets as widgets\nbox = widgets.HTML(text)\n"),
        ("workshop/services/new.py", "from IPython.display import HTML\n"),
        ("workshop/lab/panels/parts.py", "class Mine:\n    def _repr_html_(self) -> str: ...\n"),
        (
            "notebooks/99.ipynb",
            '{"cells": [{"cell_type": "code", "source": ["from IPython.display import Markdown"]}]}',
        ),
        (
            "solutions/99/exercise/solution.ipynb",
            '{"cells": [{"cell_type": "code", "source": ["%%html\\n", "<b>"]}]}',
        ),
    ],
)
def test_the_gate_looks_everywhere(place: str, wrap: str, tmp_path: Path) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text(wrap)
    [found] = all_past_the_door(tmp_path)
    assert found.startswith(place)


def test_a_terminals_ipython_has_no_front_end_to_guard() -> None:
    safe.guard(InteractiveShell())
