"""The maker of one notebook from one source.

How to write a source
=====================
A source is a percent script: plain Python that ruff and mypy read, with a marker line before each cell.

    # %% [markdown]                 a Markdown cell; every line of it starts with "# "
    # # 3 · A durable agent
    #
    # Why, in about 30 words.

    # %%                            a code cell; `await` at the top level is fine
    result = await handle.result()

    # %%                            magics and shell lines follow "# "
    # %load_ext example
    # !ls

Nothing comes before the first marker. The first cell is Markdown and starts with the title, "# …"; the last
cell is Markdown too. Links to the lessons before and after, to the finished modules and to the exercise are
added to these two: don't write them.

Options follow on the marker line, `# %% key="value"`; any other key is an error:

    include="03_durable_agent/workflow.py"
        An empty code cell that becomes `%%writefile workflow.py` with the text of that file of solutions/.
        The name that it writes is relative to the stage (or to the stage's exercise/):
        "05_x/deep_research/a.py" -> deep_research/a.py.
    include="…" file="workflow.py"
        The same under another name: two versions of one file.
    include="…" lines=140
        The module may be longer than 60 lines, up to this many. For one that can't be split, right after a
        Markdown cell that says its idea first.
    include="…" symbol="imports, TASK_QUEUE, get_weather"
        Only to show or to run here: a plain code cell with these top-level functions, classes or assignments,
        each with its decorators and the comment right above it. `imports` means all imports of the module.
    tags=["raises-exception"]
        A cell that is expected to fail; Run All and `workshop run` continue after it (and fail if it does not
        raise).
    jupyter={"source_hidden": true}
        A live cell whose source is folded away.
    only="exercise" or only="solution"
        In exercise.py: a cell for one of the two notebooks, such as the answers to the closing questions.

The core and the further part: the first Markdown cell that starts with "## Going further" and everything
after it get the tag `further`, and `run --core` leaves them out. The core must work without them.

Solutions in exercises are between markers, in exercise.py and in the modules of solutions/NN_name/exercise/:

    ### BEGIN SOLUTION: post the notice with an Idempotency-Key
    await post(notice, key=…)
    ### END SOLUTION

The exercise has, at the same indentation, the hint as a comment and `raise NotImplementedError("Your turn:
<hint>")`. With `### BEGIN SOLUTION from "toggle.py": <hint>` the hand-written course/NN_name/toggle.py takes
the region's place instead. A region holds whole statements. Markers never show in a notebook. Lessons have no
regions.

Errors, each with file and line: empty cells, over 60 words of prose in a Markdown cell (code, tables,
headings and addresses don't count, each <details> block counts by itself), module cells over 60 lines, more
code cells in the core than 6, 14, 18, 26, 14, 16, 24, 24 for 00 to 07, localhost links in Markdown, TODO,
FIXME or XXX, code that does not parse, an unknown option or tag, an include that is
missing, and regions that are nested, unclosed, empty or malformed.

How ruff and mypy accept a source: pyproject.toml switches off what is normal in a notebook. Undefined names
are looked for in the built notebooks, which have the included cells. mypy takes one source at a time, with
the lesson's modules on its path:

    MYPYPATH=solutions/03_durable_agent mypy course/03_durable_agent/lesson.py
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import jupytext
import nbformat
import nbformat.v4

from workshop.builder import rules
from workshop.builder.solutions import Problem, SourceError, blanked, check_cell, excerpt, regions, solved

Variant = Literal["lesson", "exercise", "solution"]
OPTIONS = {"include", "symbol", "file", "lines", "tags", "only", "jupyter"}
TAGS = {"raises-exception"}
FURTHER = "further"
"""The tag of cells that `run --core` leaves out."""
_MARKER = re.compile(r"^# %%(?:\s.*)?$")
_TITLE = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A cell of a source: its kind, its options, its text and the line of its marker."""

    kind: str
    options: Mapping[str, Any]
    text: str
    line: int


class Maker:
    """The maker of one notebook from one source. It adds problems that don't stop it to `problems`."""

    def __init__(self, root: Path, stage: str, variant: Variant, problems: list[Problem]) -> None:
        self.root = root
        self.stage = stage
        self.variant = variant
        self.problems = problems
        self.source = Path("course") / stage / ("lesson.py" if variant == "lesson" else "exercise.py")
        self.stem = stage if variant == "lesson" else f"{stage}-{variant}"

    def notebook(self) -> nbformat.NotebookNode:
        notebook: nbformat.NotebookNode = nbformat.v4.new_notebook(
            metadata={
                "kernelspec": {
                    "display_name": "Python 3 (ipykernel)",
                    "language": "python",
                    "name": "python3",
                },
                "language_info": {"name": "python"},
            }
        )
        notebook.nbformat_minor = 5
        further = False
        core_code = 0
        cells = [cell for cell in self._read() if cell.options.get("only", self.variant) == self.variant]
        for before, cell in pairwise([None, *cells]):
            if cell and "lines" in cell.options and not (before and before.kind == "markdown"):
                self._problem(
                    cell.line, "a long module (lines=) comes right after a Markdown cell that says its idea"
                )
        for index, cell in enumerate(cells):
            further = further or (cell.kind == "markdown" and cell.text.startswith("## Going further"))
            core_code += cell.kind == "code" and not further
            metadata = self._metadata(cell, further)
            new_cell = getattr(nbformat.v4, f"new_{cell.kind}_cell")
            text = self._text(cell)
            if self.variant == "lesson" and cell.kind == "code":
                for offset, wide in rules.width_problems(self.stage, text):
                    self._problem(cell.line if "include" in cell.options else cell.line + 1 + offset, wide)
            made = new_cell(text, metadata=metadata, id=f"{self.stem}-{index:03d}")
            notebook.cells.append(made)
        if self.variant == "lesson" and (message := rules.core_problem(self.stage, core_code)):
            self._problem(1, message)
        self._check_ends(cells)
        return notebook

    def _problem(self, line: int, message: str, path: Path | None = None) -> None:
        self.problems.append(Problem(path or self.source, line, message))

    def _read(self) -> list[Cell]:
        text = (self.root / self.source).read_text(encoding="utf-8")
        markers = [number for number, line in enumerate(text.splitlines(), 1) if _MARKER.match(line)]
        cells = jupytext.reads(text, fmt="py:percent").cells
        if len(cells) != len(markers):
            raise SourceError(self.source, 1, "text before the first '# %%' marker; put it in a cell")
        read = []
        for cell, line in zip(cells, markers, strict=True):
            options = {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
            if cell.cell_type not in ("markdown", "code"):
                self._problem(line, f"a cell of type {cell.cell_type!r}; use Markdown or code")
            self._check_options(options, line)
            read.append(Cell(cell.cell_type, options, cell.source, line))
        return read

    def _check_options(self, options: Mapping[str, Any], line: int) -> None:
        for key in sorted(options.keys() - OPTIONS):
            self._problem(line, f"unknown option {key!r}; known: {', '.join(sorted(OPTIONS))}")
        for tag in options.get("tags", []):
            if tag not in TAGS:
                self._problem(line, f"unknown tag {tag!r}; known: {', '.join(sorted(TAGS))}")
        if "only" in options and (
            self.variant == "lesson" or options["only"] not in ("exercise", "solution")
        ):
            self._problem(line, 'only="exercise" or only="solution", and only in exercise.py')
        if not options.keys().isdisjoint({"symbol", "file", "lines"}) and "include" not in options:
            self._problem(line, "symbol=, file= and lines= need include=")

    def _metadata(self, cell: Cell, further: bool) -> dict[str, Any]:
        metadata: dict[str, Any] = {}
        if tags := [*cell.options.get("tags", []), *([FURTHER] if further else [])]:
            metadata["tags"] = tags
        if "jupyter" in cell.options:
            metadata["jupyter"] = dict(cell.options["jupyter"])
        return metadata

    def _text(self, cell: Cell) -> str:
        if cell.kind == "markdown":
            for offset, message in rules.markdown_problems(cell.text):
                self._problem(cell.line + offset + (1 if cell.text.strip() else 0), message)
            return cell.text
        if "include" in cell.options:
            return self._include(cell)
        if not cell.text.strip():
            self._problem(cell.line, "empty cell")
            return ""
        for offset, message in rules.word_problems(cell.text):
            self._problem(cell.line + 1 + offset, message)
        try:
            check_cell(cell.text)
        except SyntaxError as error:
            self._problem(cell.line + (error.lineno or 1), f"this does not parse: {error.msg}")
        return self._cut(cell.text, self.source, cell.line + 1)

    def _include(self, cell: Cell) -> str:
        if cell.text.strip():
            self._problem(cell.line, "a cell with include= has no text of its own")
        name = str(cell.options["include"])
        path = Path("solutions") / name
        if ".." in path.parts or not (self.root / path).is_file():
            raise SourceError(self.source, cell.line, f"there is no file {path} to include")
        text = (self.root / path).read_text(encoding="utf-8").rstrip("\n")
        if "symbol" in cell.options:
            text = excerpt(text, path, str(cell.options["symbol"]))
            return self._cut(text, path, 1)
        most = int(cell.options.get("lines", rules.MAX_MODULE_LINES))
        for offset, message in rules.module_problems(text, 2 * len(regions(text, path)), most):
            self._problem(offset + 1, message, path)
        inside = Path(*path.parts[2:])
        if inside.parts[0] == "exercise":
            inside = inside.relative_to("exercise")
        return f"%%writefile {cell.options.get('file', inside.as_posix())}\n{self._cut(text, path, 1)}"

    def _cut(self, text: str, path: Path, first_line: int) -> str:
        """Return the text as this variant shows it: solutions cut out of the exercise, markers out of all."""
        if self.variant == "exercise":
            return blanked(text, path, self.root / "course" / self.stage, first_line)
        if self.variant == "lesson" and path == self.source and (found := regions(text, path, first_line)):
            raise SourceError(
                path, first_line + found[0].start - 1, "solution markers belong in exercises, not in lessons"
            )
        return solved(text, path, first_line)

    def _check_ends(self, cells: list[Cell]) -> None:
        if not cells:
            raise SourceError(self.source, 1, "no cells")
        if cells[0].kind != "markdown" or not _TITLE.match(cells[0].text):
            self._problem(cells[0].line, "the first cell must be Markdown and start with the title, '# …'")
        if cells[-1].kind != "markdown" or len(cells) < 2:
            self._problem(
                cells[-1].line, "the last cell must be Markdown: links to what comes next are added to it"
            )
