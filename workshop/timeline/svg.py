"""A small SVG writer for the pictures: escaping, text that fits, colors for light and dark themes.

Why not a library: a picture must show offline in JupyterLab and VS Code, and as a saved file on GitHub and in
slides, in light and dark, with hover texts and without a script. Each color rule is written out for every
theme, without CSS variables, because slide programs and SVG converters don't know those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from workshop import safe

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif"
MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"

Rules = Mapping[str, tuple[str, str]]
"""The declarations of each class name, for light and for dark."""

_NARROW = set("fijlrtI.,:;!|'()[]{} /\\-·")
_WIDE = set("mwMW@%…—")


def text_width(text: str, size: float = 13.0, *, mono: bool = False, bold: bool = False) -> float:
    """Return an upper estimate of a text's width in pixels; fonts differ from machine to machine."""
    if mono:
        return len(text) * size * 0.62
    units = 0.0
    for char in text:
        if char in _NARROW:
            units += 0.36
        elif char in _WIDE:
            units += 0.95
        elif char.isupper():
            units += 0.71
        elif ord(char) > 0x2000:
            units += 1.0
        else:
            units += 0.59
    return units * size * (1.12 if bold else 1.0)


def fit(text: str, room: float, size: float = 13.0, *, mono: bool = False, bold: bool = False) -> str:
    """Return `text`, cut with an ellipsis to fit into `room` pixels; empty if nothing fits."""
    if text_width(text, size, mono=mono, bold=bold) <= room:
        return text
    for length in range(len(text) - 1, 1, -1):
        cut = text[:length].rstrip() + "…"
        if text_width(cut, size, mono=mono, bold=bold) <= room:
            return cut
    return ""


def clean(text: str) -> str:
    """Escape text for XML; characters that XML does not allow become a replacement sign."""
    return escape(safe.plain(text))


def number(value: float) -> str:
    """Return a coordinate to a tenth of a pixel, without trailing zeros."""
    return f"{value:.1f}".removesuffix(".0")


class Drawing:
    """SVG elements in the order in which they are painted. Identifiers are made unique at the end."""

    def __init__(self, width: float) -> None:
        self.width = width
        self._parts: list[str] = []

    def add(self, markup: str) -> None:
        self._parts.append(markup)

    def put(self, other: Drawing) -> None:
        """Paint all of another drawing on top of this one."""
        self._parts += other._parts

    def rect(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        css: str,
        *,
        title: str = "",
        r: float = 0,
    ) -> None:
        """Paint a rectangle; `title` is its hover text."""
        radius = f' rx="{number(r)}"' if r else ""
        head = (
            f'<rect class="{css}" x="{number(x)}" y="{number(y)}" width="{number(w)}" '
            f'height="{number(h)}"{radius}'
        )
        self.add(f"{head}><title>{clean(title)}</title></rect>" if title else head + "/>")

    def line(self, x1: float, y1: float, x2: float, y2: float, css: str, *, title: str = "") -> None:
        head = f'<line class="{css}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        self.add(f"{head}><title>{clean(title)}</title></line>" if title else head + "/>")

    def path(self, d: str, css: str, *, title: str = "") -> None:
        head = f'<path class="{css}" d="{d}"'
        self.add(f"{head}><title>{clean(title)}</title></path>" if title else head + "/>")

    def text(
        self, x: float, y: float, text: str, css: str = "ink", *, anchor: str = "", title: str = ""
    ) -> None:
        """Paint a line of text with its baseline at `y`."""
        where = f' text-anchor="{anchor}"' if anchor else ""
        hover = f"<title>{clean(title)}</title>" if title else ""
        self.add(f'<text class="{css}" x="{number(x)}" y="{number(y)}"{where}>{hover}{clean(text)}</text>')

    def finish(self, height: float, *, label: str, rules: Rules, defs: str = "") -> str:
        """Return the whole SVG. `ID` in `defs` and elements is replaced by the drawing's own prefix."""
        body = "\n".join(self._parts)
        prefix = "w" + hashlib.sha256(f"{label}{height}{defs}{body}".encode()).hexdigest()[:10]
        w, h = number(self.width), number(height)
        name = quoteattr(safe.plain(label))
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="ID" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
            'role="img" '
            f'aria-label={name} font-family="{FONT}" font-size="13" style="max-width:100%;height:auto">\n'
            f"<style>{stylesheet(rules)}</style>\n<defs>{defs}</defs>\n"
            f'<rect class="bg" width="{w}" height="{h}" rx="6"/>\n{body}\n</svg>\n'
        )
        return svg.replace("#ID", "#" + prefix).replace('id="ID', f'id="{prefix}')


def stylesheet(rules: Rules) -> str:
    """Return the rules for light, a dark system, and the themes of JupyterLab and VS Code, which win."""
    light = {name: pair[0] for name, pair in rules.items()}
    dark = {name: pair[1] for name, pair in rules.items() if pair[1] != pair[0]}
    back = {name: light[name] for name in dark}

    def block(scope: str, chosen: Mapping[str, str]) -> str:
        return "".join(f"{scope}#ID .{name}{{{css}}}" for name, css in chosen.items())

    return (
        block("", light)
        + f"@media (prefers-color-scheme:dark){{{block('', dark)}}}"
        + block("body[data-jp-theme-light=true] ", back)
        + block("body[data-jp-theme-light=false] ", dark)
        + block("body.vscode-light ", back)
        + block("body.vscode-dark ", dark)
    )
