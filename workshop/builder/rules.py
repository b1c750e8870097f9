"""The rules for lessons and exercises, checked on every build: lengths, numbers and words."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_PROSE_WORDS = 60
MAX_MODULE_LINES = 60
MAX_CORE_CODE_CELLS = {"00": 6, "01": 14, "02": 18, "03": 26, "04": 14, "05": 16, "06": 24, "07": 24}
"""How many code cells the core of a lesson may have, by the number of its stage: what a 90-minute class runs.
"""
MAX_CODE_WIDTH = 105
"""How many characters of a line of code a cell of JupyterLab shows in a window 1,280 pixels wide, beside the
list of files: 107 were measured.
"""
NARROW = {"00", "01", "02", "03"}
"""The lessons whose code is that narrow, by the numbers of their stages. In the others, a long line goes on
below, as it does everywhere in a narrower window (`workshop/services/jupyter.py`).
"""

_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DETAILS = re.compile(r"<details\b.*?</details>", re.DOTALL | re.IGNORECASE)
_NOT_PROSE = re.compile(r"^\s*(?:\||#).*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_TAG = re.compile(r"<[^>]+>")
_WORD = re.compile(r"\w[\w'\u2019.:/-]*")
_LOCAL_LINK = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])", re.IGNORECASE)
_DEBRIS = re.compile(r"\b(TODO|FIXME|XXX)\b")


def prose_words(markdown: str) -> int:
    """Return how many words a reader has to read at once, without code, tables, headings, addresses and
    folded help.

    Each `<details>` block is opened alone, so it counts alone; the longest passage decides.
    """
    visible = _COMMENT.sub(" ", _FENCE.sub(" ", markdown))
    passages = [_DETAILS.sub(" ", visible), *_DETAILS.findall(visible)]
    return max(len(_WORD.findall(_plain(passage))) for passage in passages)


def _plain(markdown: str) -> str:
    without = _NOT_PROSE.sub(" ", _IMAGE.sub(" ", markdown))
    return _TAG.sub(" ", _LINK.sub(r"\1", without))


def word_problems(text: str) -> Iterator[tuple[int, str]]:
    """Yield words that no cell and no module may hold, as (line of the text from 0, message)."""
    for offset, line in enumerate(text.splitlines()):
        if debris := _DEBRIS.search(line):
            yield offset, f"author's note {debris[0]!r}: do it, or open an issue"


def markdown_problems(text: str) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a Markdown cell, as (line of the cell from 0, message)."""
    if not text.strip():
        yield 0, "empty cell"
        return
    yield from word_problems(text)
    words = prose_words(text)
    if words > MAX_PROSE_WORDS:
        yield 0, f"{words} words of prose in one cell; at most {MAX_PROSE_WORDS}: one idea a cell"
    for offset, line in enumerate(text.splitlines()):
        if _LOCAL_LINK.search(line):
            yield (
                offset,
                "a localhost link does not work in Codespaces; let a code cell print it with "
                "settings().link()",
            )


def module_problems(text: str, markers: int, most: int) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a module that a cell shows, as (line of the module from 0, message).

    `markers`: how many of its lines are the builder's markers, which are never shown. `most`: how many lines
    it may have.
    """
    yield from word_problems(text)
    lines = len(text.splitlines()) - markers
    if lines > most:
        yield 0, f"{lines} lines in a module cell; at most {most}: split it or show a part with symbol="


def width_problems(stage: str, text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a lesson's code that are too wide, as (line of the cell from 0, message)."""
    for offset, line in enumerate(text.splitlines()):
        if len(line) > MAX_CODE_WIDTH and stage[:2] in NARROW:
            yield (
                offset,
                f"{len(line)} characters in a line of code; at most {MAX_CODE_WIDTH}: {line.strip()}",
            )


def core_problem(stage: str, code_cells: int) -> str | None:
    """Return what is wrong with the number of code cells in the core of a lesson, if anything."""
    most = MAX_CORE_CODE_CELLS.get(stage[:2])
    if most is None or code_cells <= most:
        return None
    return f"{code_cells} code cells in the core; at most {most}. Move some below '## Going further'"
