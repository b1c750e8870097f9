"""What a shell is given: commands that a text names word for word, or that its words stand for; never other words."""

from __future__ import annotations

import re
import shlex
from functools import lru_cache

from workshop.practice.reading import read
from workshop.practice.reading.tables import PATTERNS, Row, Words, load
from workshop.practice.reading.text import in_words
from workshop.practice.types import Tool

_P = PATTERNS["shell"]
_NAMES = frozenset({"cmd", "cmds", "command", "commands", "script", "bash"})
LISTING = "find . -type f -not -path '*/.*' | head -n 60"
"""What shows a folder's files to somebody who is to look at them."""
_SENTENCE = 500
"""Letters before a command in which it is ordered."""
_MOST, _MOST_NAMED = 6, 20
"""Files that are read at once, and commands of a text that are looked at."""


class Meant(Row):
    """A command, and the words that it stands for; {file} and {text} are of the text."""

    said: re.Pattern[str]
    run: str


class Commands(Row):
    """commands.toml."""

    programs: Words
    meant: tuple[Meant, ...]


_TABLE = load("commands", Commands)


def parameter(tool: Tool) -> str:
    """The name of the parameter that is a command; empty where the tool is no shell."""
    named = [name for name in tool.parameters.get("properties") or () if name in _NAMES]
    return named[0] if named and _P["shell"].search(f"{in_words(tool.name)} {tool.description}") else ""


@lru_cache(maxsize=256)
def commands(text: str, rules: str = "") -> tuple[str, ...]:
    """The commands that a text wants run. `rules`: the instructions, which may want files looked at."""
    code = [(match.start(), match["code"]) for match in _P["code"].finditer(text)]
    quoted = code + [(each.start, str(each.value)) for each in read(text).quotes]
    told = [(match.start("command"), match["command"].strip(" .")) for match in _P["told"].finditer(text)]
    for named in (quoted, told):
        if found := [(at, each.strip()) for at, each in named[:_MOST_NAMED] if _is_command(each)]:
            return tuple(dict.fromkeys(each for at, each in found if _is_ordered(text, at)))
    files = [shlex.quote(each.value) for each in read(text).shaped("file")]
    for meant in _TABLE.meant:
        match = meant.said.search(text)
        if match and (files or "{file}" not in meant.run):
            inside = shlex.quote(next(iter(match.groupdict().values()), "") or "")
            return (meant.run.format(file=" ".join(files), text=inside),)
    return (LISTING,) if _P["looks"].search(text) or (_P["looks"].search(rules) and text) else ()


def to_read(listing: str, text: str) -> str:
    """The command that reads the files of a listing: those that a text names, else those of words."""
    listed = [line.strip() for line in listing.splitlines() if _P["path"].fullmatch(line.strip())]
    named = {each.value for each in read(text).shaped("file")}
    chosen = [path for path in listed if any(path.endswith(name) for name in named)]
    chosen = chosen or [path for path in listed if _P["of_words"].search(path)]
    return f"head -n 60 {' '.join(map(shlex.quote, chosen[:_MOST]))}" if chosen else ""


def parts(printed: str) -> list[str]:
    """The lines and paragraphs of files, without the marks before them."""
    return [part.strip() for part in _P["mark"].sub("\n", printed).split("\n") if part.strip()]


def _is_ordered(text: str, at: int) -> bool:
    """Whether a named command is to be run: not one only spoken of, as in "What does `make clean` do?"."""
    said = _P["sentence"].split(text[max(0, at - _SENTENCE) : at])[-1]
    ordered = _P["orders"].search(said) and not _P["spoken_of"].search(said)
    return bool(ordered or _P["code"].fullmatch(text.strip()))


def _is_command(text: str) -> bool:
    """Whether a text begins with a program: "ls -la /tmp", "./run.sh"."""
    first = text.strip().partition(" ")[0]
    return first in _TABLE.programs or bool(_P["script"].fullmatch(first))
