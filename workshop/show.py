"""Small quiet displays: a table, a link, a report, a picture. Text in a terminal, HTML in JupyterLab and VS
Code.

Everything a notebook shows beyond text comes from here and leaves through `workshop.safe`. A new display
derives from `Display` or `Tabular`; tests/house/test_safe.py finds what goes past them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from workshop import safe


class Display:
    """What a notebook shows: HTML in which nothing runs, and text without terminal controls."""

    def _html(self) -> str:
        raise NotImplementedError

    def _text(self) -> str:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        """Return HTML of a class that JupyterLab skips when it looks for mathematics."""
        return f'<div class="mathjax_ignore">{safe.html(self._html(), self._own())}</div>'

    def _own(self) -> set[str]:
        """Return our own links in it. On a hub they lead back to JupyterLab's host: there is one for all."""
        return set()

    def __repr__(self) -> str:
        return safe.plain(self._text())


class Silent:
    """A display that shows nothing at the end of a cell."""

    def _ipython_display_(self) -> None:
        pass


@dataclass(frozen=True, repr=False)
class Table(Display):
    """Rows under a heading, with one line of conclusion."""

    heading: Sequence[str]
    rows: Iterable[Sequence[str]]
    foot: str = ""

    def _html(self) -> str:
        cell = '<{0} style="text-align:left;padding:2px 14px 2px 0;font-weight:{2}">{1}</{0}>'
        head = "".join(cell.format("th", escape(text), "600") for text in self.heading)
        body = "".join(
            "<tr>" + "".join(cell.format("td", escape(str(text)), "400") for text in row) + "</tr>"
            for row in self.rows
        )
        foot = f'<div style="padding-top:4px">{escape(self.foot)}</div>' if self.foot else ""
        return f'<table style="border-collapse:collapse"><tr>{head}</tr>{body}</table>{foot}'

    def _text(self) -> str:
        lines = [tuple(str(text) for text in row) for row in (self.heading, *self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.heading))]
        text = "\n".join(
            "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )
        return f"{text}\n{self.foot}" if self.foot else text


@dataclass(frozen=True, repr=False)
class Link(Display):
    """A link that opens in a new tab."""

    text: str
    url: str

    def _html(self) -> str:
        return f'<a href="{escape(self.url)}">{escape(self.text)}</a>'

    def _own(self) -> set[str]:
        return {self.url}

    def _text(self) -> str:
        return f"{self.text}: {self.url}"


@dataclass(frozen=True, repr=False)
class Card(Display):
    """Lines with names: how things are at the moment."""

    lines: Sequence[tuple[str, str | Link]]

    def _own(self) -> set[str]:
        return {value.url for _, value in self.lines if isinstance(value, Link)}

    def _html(self) -> str:
        rows = "".join(
            '<tr><td style="text-align:left;padding:1px 16px 1px '
            '0;opacity:.7;white-space:nowrap;vertical-align:top">'
            f'{escape(name)}</td><td style="text-align:left;padding:1px 0">'
            f"{value._html() if isinstance(value, Link) else escape(value)}</td></tr>"
            for name, value in self.lines
        )
        return f'<table style="border-collapse:collapse">{rows}</table>'

    def _text(self) -> str:
        width = max(len(name) for name, _ in self.lines)
        return "\n".join(
            f"{name.ljust(width)}  {value._text()}"
            if isinstance(value, Link)
            else f"{name.ljust(width)}  {value}"
            for name, value in self.lines
        )


class Tabular(Display):
    """A display that is shown as a table."""

    def _table(self) -> Table:
        raise NotImplementedError

    def _html(self) -> str:
        return self._table()._html()

    def _text(self) -> str:
        return self._table()._text()


@dataclass(frozen=True, repr=False)
class Report(Display):
    """Markdown written by a model, or from the web."""

    markdown: str

    def _html(self) -> str:
        return safe.markdown(self.markdown)

    def _text(self) -> str:
        return self.markdown


@dataclass(frozen=True, repr=False)
class Picture(Display):
    """A drawing that shows itself and can be saved. Raises ValueError if it does more than draw."""

    svg: str

    def __post_init__(self) -> None:
        safe.svg(self.svg)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Put HTML first: JupyterLab puts image/svg+xml into an <img>, without hovering and theme."""
        return {"text/html": self._repr_html_(), "image/svg+xml": self.svg, "text/plain": repr(self)}

    def _repr_html_(self) -> str:
        return f'<div class="mathjax_ignore">{self.svg}</div>'

    def _text(self) -> str:
        return f"<Picture: {ElementTree.fromstring(self.svg).get('aria-label', '')}>"

    def save(self, path: str | Path) -> Path:
        """Write the SVG to `path`, creating folders as needed, and return the path."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.svg, encoding="utf-8")
        return path
