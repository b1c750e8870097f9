"""The rescue of a learner who is stuck: the solution's file replaces their own, and they can do the next
checkpoint.

Nothing is hidden: the learner's version is kept, and the panel names the rescued files that a check was
passed with.
"""

from __future__ import annotations

from collections.abc import Iterable

from workshop.builder.solutions import solved
from workshop.config import ROOT
from workshop.errors import LabError
from workshop.workspace.files import Cells, shown

AUTHOR = "lab.rescue"


def rescue(cells: Cells, stage: str, name: str) -> None:
    """Write an exercise's solved file into the learner's folder. Raises LabError if there is none."""
    folder = ROOT / "solutions" / stage.removesuffix("_exercise") / "exercise"
    if not (folder / name).is_file():
        there = ", ".join(sorted(path.name for path in folder.glob("*.py")))
        raise LabError(f"There is no {name!r} to take over. There is: {there or 'nothing for this stage'}.")
    text = solved((folder / name).read_text(encoding="utf-8"), folder / name) + "\n"
    target = cells.folder / name
    if target.exists() and target.read_text(errors="replace", encoding="utf-8").rstrip() != text.rstrip():
        print(f"Your {name} is kept: {shown(cells.keep(target))}")
    target.write_text(text, encoding="utf-8")
    cells.note(target, AUTHOR)
    cells.forget_imports()
    print(
        f"{name} is the solution's now, and the panel will say so. Your own is back as soon as you run its "
        "cell again."
    )


def rescued(cells: Cells, needs: Iterable[str]) -> tuple[str, ...]:
    """Return which of the files that a check needs are still as `lab.rescue` wrote them."""
    names = dict.fromkeys(need.partition(":")[0] for need in needs)
    return tuple(name for name in names if cells.author(name) == f"written by {AUTHOR}")
