"""What a person did in a generated notebook (outputs, edited cells, added cells), and how to carry it into a
new version.

The builder writes a digest of each cell's text into the notebook's metadata, where Jupyter and VS Code leave
it. So the file itself tells, without git, what was generated and what a person typed. Only the standard
library is used, because `update` must work before anything is installed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import count
from typing import Any

RECORD = "workshop"
"""The key in the notebook's metadata; its value has the digests of all cells, in order."""
_ID = re.compile(r"\d\d_\w+(?:-exercise|-solution)?-(\d{3})")
"""The id that the builder gives a cell, by its position."""

Cell = dict[str, Any]


def text(cell: Mapping[str, Any]) -> str:
    """Return the source of a cell as one string, whatever system wrote it."""
    source = cell.get("source", "")
    return ("".join(source) if isinstance(source, list) else str(source)).replace("\r\n", "\n")


def _digest(cell: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{cell.get('cell_type')}\n{text(cell)}".encode()).hexdigest()[:8]


def record(cells: Sequence[Mapping[str, Any]], source: str) -> dict[str, str]:
    """Return what the builder writes into a notebook's metadata about its `source`, under `RECORD`."""
    return {"made from": source, "cells": " ".join(map(_digest, cells))}


def _recorded(notebook: Mapping[str, Any]) -> list[str]:
    try:
        return str(notebook["metadata"][RECORD]["cells"]).split()
    except (KeyError, TypeError):
        return []


def _digests(notebook: Mapping[str, Any] | None) -> list[str]:
    return [_digest(cell) for cell in notebook["cells"]] if notebook else []


def parse(data: bytes) -> dict[str, Any] | None:
    """Return a notebook's JSON; None if the file has none, say because of a merge conflict's markers."""
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
        whole = all(isinstance(cell, dict) and "cell_type" in cell for cell in notebook["cells"])
    except (ValueError, KeyError, TypeError):
        return None
    return notebook if whole else None


def _origins(cells: Sequence[Cell], generated: Sequence[str]) -> list[int | None]:
    """Return where each cell was generated, by id or else by text; None for a person's own."""
    if any("id" in cell for cell in cells):
        found: list[int | None] = []
        for cell in cells:
            match = _ID.fullmatch(str(cell.get("id", "")))
            position = int(match[1]) if match else len(generated)
            found.append(position if position < len(generated) and position not in found else None)
        return found
    blocks = SequenceMatcher(
        None, [_digest(cell) for cell in cells], generated, autojunk=False
    ).get_matching_blocks()
    same: dict[int, int | None] = {block.a + n: block.b + n for block in blocks for n in range(block.size)}
    return [same.get(number) for number in range(len(cells))]


def _has_outputs(cell: Mapping[str, Any]) -> bool:
    return bool(cell.get("outputs")) or cell.get("execution_count") is not None


@dataclass(frozen=True)
class Work:
    """What a file in the place of a generated notebook holds. `is_current`: made from today's sources."""

    is_readable: bool = True
    is_current: bool = False
    is_recorded: bool = False
    outputs: bool = False
    edited: int = 0
    added: int = 0
    moved: bool = False
    """Whether cells were deleted or put elsewhere."""
    attached: bool = False

    def __bool__(self) -> bool:
        own = self.edited or self.added or self.moved or self.attached
        return not self.is_readable or self.outputs or bool(own)

    def __str__(self) -> str:
        if not self.is_readable:
            return "no notebook any more: invalid JSON, or the markers of a merge conflict"
        counts = {"edited": self.edited, "added": self.added}
        parts = [f"{n} {'cell' if n == 1 else 'cells'} {how}" for how, n in counts.items() if n]
        also = {"cells moved or deleted": self.moved, "pictures": self.attached, "outputs": self.outputs}
        return ", ".join([*parts, *(what for what, there in also.items() if there)]) or "nothing of yours"


def look(data: bytes, built: bytes) -> Work:
    """Return what a person did in a file; `built` is what the builder makes now."""
    notebook, new = parse(data), parse(built)
    if notebook is None or new is None:
        return Work(is_readable=False)
    generated = _recorded(notebook) or _recorded(new)
    cells = notebook["cells"]
    origins = _origins(cells, generated)
    pairs = list(zip(cells, origins, strict=True))
    return Work(
        is_current=generated == _recorded(new),
        is_recorded=bool(_recorded(notebook)),
        outputs=any(map(_has_outputs, cells)),
        edited=sum(origin is not None and _digest(cell) != generated[origin] for cell, origin in pairs),
        added=sum(origin is None for origin in origins),
        moved=bool(_recorded(notebook))
        and [origin for origin in origins if origin is not None] != [*range(len(generated))],
        attached=any(cell.get("attachments") for cell in cells),
    )


@dataclass(frozen=True)
class Carried:
    """A notebook's new version with a person's work. `left`: first lines of what found no place."""

    data: bytes
    left: tuple[str, ...] = ()


def carry(data: bytes, built: bytes, base: bytes | None = None) -> Carried:
    """Carry a person's cells and outputs into `built` where the course has not changed the cell, and the
    cells they added.

    `base` is what was generated before, for a notebook without a record of it.
    """
    mine, new = parse(data), parse(built)
    if mine is None or new is None:
        return Carried(built)
    old, now = (
        _recorded(mine) or _digests(parse(base or b"")) or _recorded(new),
        _recorded(new) or _digests(new),
    )
    blocks = SequenceMatcher(None, old, now, autojunk=False).get_matching_blocks()
    moved = {block.a + n: block.b + n for block in blocks for n in range(block.size)}
    cells: list[Cell] = new["cells"]
    own: dict[int, list[Cell]] = {}
    left: list[str] = []
    behind = -1
    for cell, origin in zip(mine["cells"], _origins(mine["cells"], old), strict=True):
        if origin is None:
            own.setdefault(behind, []).append(cell)
            continue
        place = moved.get(origin)
        behind = behind if place is None else place
        if place is not None:
            cells[place] = _merged(cell, cells[place], _digest(cell) != old[origin])
        elif text(cell).strip() and _digest(cell) not in {old[origin], *now}:
            left.append(text(cell).strip().splitlines()[0])
    _name((cell for each in own.values() for cell in each), {str(cell["id"]) for cell in cells})
    new["cells"] = [
        *own.get(-1, []),
        *(each for n, cell in enumerate(cells) for each in (cell, *own.get(n, []))),
    ]
    if "widgets" in mine.get("metadata", {}):
        new["metadata"]["widgets"] = mine["metadata"]["widgets"]
    written = json.dumps(new, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return Carried(written.encode(), tuple(left))


def _merged(mine: Cell, new: Cell, edited: bool) -> Cell:
    """Return a cell of the new version with a person's changes. Its id and its tags are the new ones."""
    if edited:
        return {**mine, "id": new["id"], "metadata": {**mine.get("metadata", {}), **new["metadata"]}}
    if new["cell_type"] != "code":
        return new
    return {**new, "outputs": mine.get("outputs", []), "execution_count": mine.get("execution_count")}


def _name(cells: Iterable[Cell], taken: set[str]) -> None:
    """Give a person's cell another id where it has none, or one that the new version uses."""
    for cell in cells:
        if str(cell.get("id", "")) in taken | {""}:
            cell["id"] = next(name for n in count(1) if (name := f"mine-{n}") not in taken)
        taken.add(cell["id"])
