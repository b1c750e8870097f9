"""The module files that `%%writefile` cells, `lab.bring` and the bug toggle write, and who wrote each one
last.

A file changed in any other way is backed up before a cell overwrites it, and a line says where. After a cell
has written a file, the kernel forgets what it imported from that folder, and the next import reads the new
text.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import importlib
import json
import re
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from IPython import get_ipython

from workshop.config import HOME, LAB_DIR
from workshop.errors import LabError
from workshop.keeping.copies import keep, put
from workshop.keeping.folder import files as folder_files
from workshop.workspace import outline

GOOD_LINE = "data = await make_api_call(state)"
BUG_LINE = "data = await make_api_call_bug(state)"
TOGGLED = "activities.py"
"""The file with the bug toggle: these two lines, one of them commented out."""
BROUGHT = "lab.bring"
SHOWN = 5
"""How many files of a folder are named when many are brought."""

BY_HAND, BY_NO_CELL = "changed by hand", "not written by a cell"


class Listener(Protocol):
    """What is called before and after each cell of a notebook."""

    def before(self, info: Any) -> None: ...

    def after(self, result: Any) -> None: ...


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _text(path: Path) -> str:
    """Return a file's text. What is not text differs from all that a cell wrote, and is kept."""
    return path.read_text(encoding="utf-8", errors="replace")


def shown(path: Path) -> str:
    """Return a path as a learner knows it: relative to the course's folder."""
    return str(path.relative_to(HOME)) if path.is_relative_to(HOME) else str(path)


def written_by(notebook: Path) -> set[str]:
    """Return the files that a notebook's `%%writefile` cells write, as paths below the lesson's folder."""
    return {cell.writes for cell in outline.read(notebook) if cell.writes}


def heading_above(notebook: Path, code: str) -> str:
    """Return the heading above the first cell with this code in a notebook; empty if there is none."""
    return next((cell.heading for cell in outline.read(notebook) if code in cell.source), "")


def tree(names: Iterable[str]) -> str:
    """Return the files as text, one line per folder, shortened if long. `__init__.py` is left out."""
    folders: dict[str, list[str]] = {}
    for name in names:
        folder, _, file = name.rpartition("/")
        if file != "__init__.py":
            folders.setdefault(f"{folder}/" if folder else "./", []).append(file)
    width = max(map(len, folders), default=0)
    lines = []
    for folder, found in folders.items():
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        lines.append(f"  {folder.ljust(width)}  {', '.join(found[:SHOWN])}{more}")
    return "\n".join(lines)


class Cells:
    """Who wrote each file in one lesson's folder. Files go by their path below it, such as
    `deep_research/models.py`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._register = LAB_DIR / "written" / f"{folder.name}.json"

    def _written(self) -> dict[str, dict[str, str]]:
        try:
            values: dict[str, dict[str, str]] = json.loads(self._register.read_text(encoding="utf-8"))
            return values
        except (OSError, ValueError):  # none yet, or cut short by a crash: every file counts as changed
            return {}

    def note(self, path: Path, by: str) -> None:
        """Remember that `by` wrote the file as it is now."""
        register = self._written() | {self.name(path): {"digest": _digest(_text(path)), "by": by}}
        put(json.dumps(register, indent=1).encode(), self._register)

    def name(self, path: Path) -> str:
        """Return a file's path below the lesson's folder."""
        return path.relative_to(self.folder).as_posix()

    def author(self, name: str) -> str:
        """Say which cell wrote a file as it is now, or that none did."""
        path, entry = self.folder / name, self._written().get(name)
        if entry and path.exists() and entry["digest"] == _digest(_text(path)):
            return f"written by {entry['by']}"
        return BY_HAND if entry else BY_NO_CELL

    def back_up(self, path: Path, new_text: str) -> None:
        """Keep a copy of a file that was changed by hand, and say where it is."""
        if (
            path.exists()
            and _text(path) != new_text
            and self.author(self.name(path)) in (BY_HAND, BY_NO_CELL)
        ):
            self._keep(path, "outside this cell")

    def _keep(self, path: Path, how: str) -> None:
        name = self.name(path)
        print(f"{name} had been changed {how}. That version is kept: {shown(self.keep(path))}")

    def keep(self, path: Path) -> Path:
        """Copy a file from this lesson's folder aside and return the copy's path."""
        return keep(path, Path(self.folder.name, self.name(path)), HOME)

    def bring(self, source: Path, names: Sequence[str], leave: Collection[str] = ()) -> dict[str, bool]:
        """Copy files and whole folders of a finished application here; with no names, all files except those
        in `leave`.

        Returns each file's name and whether it was new or changed. A file changed by hand is backed up, and a
        line says where. Raises LabError for a name that does not exist.
        """
        for name in names:
            if not (source / name).exists():
                there = ", ".join(
                    sorted({path.relative_to(source).parts[0] for path in folder_files(source)})
                )
                raise LabError(f"There is no {name!r} to bring. There is: {there}.")
        wanted = [source / name for name in names] or [source]
        found = [file for path in wanted for file in (folder_files(path) if path.is_dir() else [path])]
        brought = {}
        for file in found:
            name = file.relative_to(source).as_posix()
            if names or name not in leave:
                brought[name] = self._bring(file.read_text(encoding="utf-8"), self.folder / name)
        self.forget_imports()
        return brought

    def _bring(self, text: str, target: Path) -> bool:
        by = self.author(self.name(target))
        is_new = not (target.exists() and _text(target) == text)
        if target.exists() and is_new and by != f"written by {BROUGHT}":
            self._keep(target, "since it was brought")
        if is_new:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        if is_new or by == "changed by hand":
            self.note(target, BROUGHT)
        return is_new

    def forget_imports(self) -> None:
        """Drop every module imported from this learner's folders, to make the next import read the files."""
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name != "__main__" and file and Path(file).is_relative_to(self.folder.parent):
                del sys.modules[name]
        importlib.invalidate_caches()  # the importer may have looked for a module just before a cell wrote it

    def watch(self, shell: Any, *others: Listener) -> None:
        """Hook this and `others` into the notebook, in place of the hooks of an earlier `Lab`."""
        for event, old in getattr(shell, "_workshop_hooks", {}).items():
            shell.events.unregister(event, old)
            if event == "post_run_cell":
                old(None)  # the earlier hooks have begun this cell and are told nothing more
        listeners = (self, *others)

        def before(info: Any) -> None:
            for listener in listeners:
                listener.before(info)

        def after(result: Any) -> None:
            for listener in listeners:
                listener.after(result)

        shell._workshop_hooks = {"pre_run_cell": before, "post_run_cell": after}
        for event, hook in shell._workshop_hooks.items():
            shell.events.register(event, hook)

    def _target(self, raw_cell: str | None) -> tuple[Path, str] | None:
        shell = get_ipython()
        found = outline.written(raw_cell or "", shell.var_expand if shell else str)
        return (self.folder / found[0], found[1]) if found else None

    def before(self, info: Any) -> None:
        """Back up what a cell is about to overwrite."""
        if target := self._target(info.raw_cell):
            target[0].parent.mkdir(parents=True, exist_ok=True)
            self.back_up(*target)

    def after(self, result: Any) -> None:
        """Note what a cell has written. `result` is None if the cell was cancelled."""
        target = self._target(result.info.raw_cell) if result else None
        if not target or not target[0].exists():
            return
        path, _ = target
        self.note(path, f"cell [{result.execution_count}]")
        self.forget_imports()
        if problem := syntax_problem(path):
            print(f"{problem}\nFix this cell and run it again; nothing has been started from it.")


def syntax_problem(path: Path) -> str | None:
    """Return what Python can't read in a file, with its line; None if all is well."""
    try:
        ast.parse(path.read_text(encoding="utf-8"), filename=path.name)
    except SyntaxError as error:
        return f"{path.name}, line {error.lineno}: {error.msg}: {(error.text or '').strip()}"
    return None


def bug_is_on(folder: Path) -> bool | None:
    """Return whether the bug's line of the toggle is the active one; None if there is no toggle."""
    path = folder / TOGGLED
    lines = [line.strip() for line in _text(path).splitlines()] if path.exists() else []
    good, bug = GOOD_LINE in lines, BUG_LINE in lines
    return bug if good != bug else None


def toggle_bug(cells: Cells, on: bool) -> str:
    """Switch the two lines of the toggle in `activities.py`, commenting one out; return the diff."""
    path = cells.folder / TOGGLED
    if not path.exists():
        raise LabError(
            "There is no activities.py yet. Run the cell that begins with `%%writefile activities.py` first."
        )
    before, by = path.read_text(encoding="utf-8"), cells.author(path.name)
    if bug_is_on(cells.folder) is None:
        raise LabError(
            f"activities.py must hold both of these lines, one of them commented out:\n    {GOOD_LINE}\n"
            f"    {BUG_LINE}\n"
            "Run the cell that begins with `%%writefile activities.py`: it writes the file again and keeps a "
            "copy of yours."
        )
    active, resting = (BUG_LINE, GOOD_LINE) if on else (GOOD_LINE, BUG_LINE)
    after = re.sub(rf"^(\s*)(?:#\s*)?{re.escape(active)}$", rf"\g<1>{active}", before, flags=re.MULTILINE)
    after = re.sub(rf"^(\s*)(?:#\s*)?{re.escape(resting)}$", rf"\g<1># {resting}", after, flags=re.MULTILINE)
    path.write_text(after, encoding="utf-8")
    # edits by hand are backed up before a cell overwrites the file, even after a toggle
    if by not in (BY_HAND, BY_NO_CELL):
        cells.note(path, "the bug toggle")
    cells.forget_imports()
    return "".join(
        difflib.unified_diff(before.splitlines(True), after.splitlines(True), "before", "after", n=0)
    )
