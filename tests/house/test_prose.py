"""The word list of CONTRIBUTING's style page, looked for in everything that is written for people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_quality import shown, texts

from workshop.config import ROOT

GUIDE = ROOT / "CONTRIBUTING.md"
ROW = re.compile(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
WRITTEN = re.compile(r".*\.(?:md|ipynb|py|html|js|css|sh|sample)|.*/glossary\.toml")
ELSEWHERE = re.compile(r"tests/|workshop/practice/.*py")
"""Tests say wrong things on purpose; the practice model's code holds words of others, to know them."""
STYLE = re.compile(r"\n## Style.*?(?=\n## )", re.DOTALL)
BREAK = re.compile(r"(?:\\n)?[\"']?,?\n[ \t]*(?:#|//|\*|[fr]?[\"'])*")
"""The end of a line and the beginning of the next: of prose, a comment, a string in pieces, a notebook's cell."""


def rows() -> list[tuple[str, str, str]]:
    """Return the word list: a pattern, what it finds, and what to write."""
    [style] = STYLE.findall(GUIDE.read_text())
    return [(pattern.replace(r"\|", "|"), wrong, right) for pattern, wrong, right in ROW.findall(style)]


def found(pattern: str, text: str) -> Iterator[re.Match[str]]:
    """Yield what a pattern finds, across the ends of lines, at its place in the text."""
    words = pattern.replace(" ", r"\s+")
    return re.finditer(rf"\b(?:{words})(?!\w)", BREAK.sub(lambda end: " " * len(end[0]), text), re.IGNORECASE)


def written() -> Iterator[tuple[Path, str]]:
    """Yield what is written for people, all but the style page, which has the words in it."""
    for path, text in texts():
        if WRITTEN.fullmatch(shown(path)) and not ELSEWHERE.match(shown(path)):
            yield path, STYLE.sub("", text)


@pytest.mark.parametrize(("pattern", "wrong", "right"), rows(), ids=[row[1] for row in rows()])
def test_each_row_finds_its_example_and_lets_the_better_words_through(
    pattern: str, wrong: str, right: str
) -> None:
    assert list(found(pattern, wrong)) and list(found(pattern, wrong.replace(" ", "\n    # ")))
    assert not [match[0] for other, _, _ in rows() for match in found(other, right)]


def test_everything_that_is_written_for_people_keeps_the_word_list() -> None:
    pages = list(written())
    assert len(rows()) > 20 and len(pages) > 300
    wrong = [
        f"{shown(path)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]!r}. Instead of {bad!r}: {good!r}"
        for path, text in pages
        for pattern, bad, good in rows()
        for match in found(pattern, text)
    ]
    assert wrong == [], "\n".join(wrong)
