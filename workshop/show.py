"""Small quiet displays: a table, a link, a price. As text in a terminal, as HTML in JupyterLab and VS Code."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


def money(dollars: float) -> str:
    """A price as one reads it: small ones with enough digits to be more than zero."""
    return f"${dollars:.2f}" if dollars >= 1 else f"${dollars:.5f}"


def count(number: int, noun: str) -> str:
    """`1 model call`, `2 model calls`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def short(receipt: str | None) -> str:
    """A receipt as one compares it by eye, as in the pictures: its last six characters."""
    return f"#{receipt[-6:]}" if receipt else "none yet"


def _html(text: str) -> str:
    """Escaped. A dollar sign stands in an element of its own: JupyterLab would set what is between two of them as mathematics."""
    return html.escape(text).replace("$", "<span>$</span>")


@dataclass(frozen=True)
class Table:
    """Rows under a heading, with one line of conclusion."""

    heading: Sequence[str]
    rows: Iterable[Sequence[str]]
    foot: str = ""

    def _repr_html_(self) -> str:
        cell = '<{0} style="text-align:left;padding:2px 14px 2px 0;font-weight:{2}">{1}</{0}>'
        head = "".join(cell.format("th", _html(text), "600") for text in self.heading)
        body = "".join(
            "<tr>" + "".join(cell.format("td", _html(str(text)), "400") for text in row) + "</tr>" for row in self.rows
        )
        foot = f'<div style="padding-top:4px">{_html(self.foot)}</div>' if self.foot else ""
        return f'<table style="border-collapse:collapse"><tr>{head}</tr>{body}</table>{foot}'

    def __repr__(self) -> str:
        lines = [tuple(str(text) for text in row) for row in (self.heading, *self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.heading))]
        text = "\n".join(
            "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )
        return f"{text}\n{self.foot}" if self.foot else text


@dataclass(frozen=True)
class Link:
    """A link that opens in a tab of its own."""

    text: str
    url: str

    def _repr_html_(self) -> str:
        return f'<a href="{html.escape(self.url)}" target="_blank" rel="noopener">{html.escape(self.text)}</a>'

    def __repr__(self) -> str:
        return f"{self.text}: {self.url}"


@dataclass(frozen=True)
class Card:
    """Named lines: what is what at the moment."""

    lines: Sequence[tuple[str, str | Link]]

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="text-align:left;padding:1px 16px 1px 0;opacity:.7;white-space:nowrap;vertical-align:top">'
            f'{_html(name)}</td><td style="text-align:left;padding:1px 0">'
            f"{value._repr_html_() if isinstance(value, Link) else _html(value)}</td></tr>"
            for name, value in self.lines
        )
        return f'<table style="border-collapse:collapse">{rows}</table>'

    def __repr__(self) -> str:
        width = max(len(name) for name, _ in self.lines)
        return "\n".join(
            f"{name.ljust(width)}  {value!r}" if isinstance(value, Link) else f"{name.ljust(width)}  {value}"
            for name, value in self.lines
        )
