"""How the course reads: words a cell, words a sentence and school grade, before and now.

    .venv/bin/python benchmarks/reading.py [--before 29c0de8] [--trial]

It counts the prose that a reader sees at once: no code, tables, headings or folded help; a piece of code in a
sentence is one short word. The grade is Flesch and Kincaid's: years of school in the United States, from the
words of a sentence and the syllables of a word (groups of vowels here, so a tenth of a grade means nothing).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from statistics import mean, median

from common import ROOT, p95, parser, report

NOT_PROSE = re.compile(
    r"<!--.*?-->|^(```|~~~).*?^\1\s*$|<details\b.*?</details>|^\s*(?:\||#).*?$|!\[[^\]]*\]\([^)]*\)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
WORD = re.compile(r"[A-Za-z][\w'\u2019-]*")
END = re.compile(r"[.!?]+(?=[\s\"”*)]|$)|\n\s*\n|\n\s*(?:[-*]|\d+\.) ")
GROUPS = {
    "lessons": r"notebooks/.*\.ipynb",
    "exercises": r"exercises/.*\.ipynb",
    "README and docs": r"README\.md|docs/(?!monday|reliability|benchmarks).*\.md",
}
"""Pages of tables alone say nothing here."""


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def cells(commit: str, pattern: str) -> Iterator[str]:
    """Yield the Markdown cells of notebooks and sections of pages; of the folder without a commit."""
    for name in git("ls-tree", "-r", "--name-only", commit or "HEAD").splitlines():
        if re.fullmatch(pattern, name):
            text = git("show", f"{commit}:{name}") if commit else (ROOT / name).read_text()
            if name.endswith(".ipynb"):
                found = [each for each in json.loads(text)["cells"] if each["cell_type"] == "markdown"]
                yield from ("".join(each["source"]) for each in found)
            else:
                yield from re.split(r"^#+ .*$", text, flags=re.MULTILINE)


def plain(markdown: str) -> str:
    """Return the prose of a cell."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", NOT_PROSE.sub("\n\n", markdown))
    return re.sub(r"`[^`]+`", "code", re.sub(r"<[^>]+>|https?://\S+", " ", text))


def syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(groups - word.lower().endswith(("e", "ed", "es")) * (groups > 1), 1)


def figures(what: str, texts: list[str]) -> dict[str, str | float]:
    prose = [plain(text) for text in texts]
    counts = [len(words) for text in prose if (words := WORD.findall(text))]
    sentences = [words for text in prose for part in END.split(text) if (words := WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    length, spoken = mean(map(len, sentences)), mean(map(syllables, words))
    return {
        "what": what,
        "words": len(words),
        "words a cell, median": int(median(counts)),
        "p95 of cells": p95(counts),
        "words a sentence, mean": round(length, 1),
        "p95 of sentences": p95([len(sentence) for sentence in sentences]),
        "grade": round(0.39 * length + 11.8 * spoken - 15.59, 1),
    }


def main(before: str, trial: bool) -> int:
    rows = [
        figures(f"{name}, {commit or 'now'}", list(cells(commit, pattern)))
        for name, pattern in GROUPS.items()
        for commit in (before, "")
    ]
    report("reading", {"rows": rows}, trial)
    return 0


if __name__ == "__main__":
    command_line = parser(__doc__)
    command_line.add_argument("--before", default="29c0de8", help="the commit to compare with")
    given = command_line.parse_args()
    sys.exit(main(given.before, given.trial))
