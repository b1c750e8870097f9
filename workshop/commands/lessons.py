"""Headless runs of lessons, each in a clean kernel of its own, with the services of this home.

A lesson fails at a cell that raises unexpectedly, at one that does not raise as expected, at one that takes
too long, and at stderr lines that no learner should have to read.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from workshop.builder.maker import FURTHER
from workshop.config import LAB_DIR, ROOT
from workshop.environment import clean
from workshop.errors import LabError
from workshop.processes.starter import recorded
from workshop.words import count

CELL_TIMEOUT_S = 120
"""How long one cell may take, in seconds."""
NOTEBOOKS = ROOT / "notebooks"
REPORTS = LAB_DIR / "runs"
TAIL_LINES = 15

EXPECTS_ERROR = "raises-exception"
_TROUBLE = re.compile(r"Traceback|RuntimeWarning|never awaited|Exception ignored|\bERROR\b")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_OF_ITS_END = re.compile(
    r"^ERROR:tornado\.general:Uncaught exception in ZMQStream callback\n"
    r"Traceback .*\n(?=(?: .*\n)* .* in dispatch_control\n)(?: .*\n)+\S.*\n",
    re.MULTILINE,
)
"""What ipykernel sometimes writes as it ends: the thread that gets the order to end still uses sockets that
another one has closed. No cell runs in that thread.
"""


@dataclass(frozen=True)
class Failure:
    """Where a lesson failed, and what it printed. `index` counts all cells of the notebook from 0."""

    index: int
    first_line: str
    error: str
    output: str = ""

    def __str__(self) -> str:
        where = f"cell {self.index}: {self.first_line}" if self.index >= 0 else "the kernel"
        tail = f"\n{textwrap.indent(self.output, '      | ')}" if self.output else ""
        return f"    {where}\n      {self.error}{tail}"


@dataclass
class Result:
    """The result of one notebook. `seconds`: with the kernel's start; `cells`: code cells that ran."""

    name: str
    seconds: float = 0.0
    cells: int = 0
    failures: list[Failure] = field(default_factory=list)
    notebook: Any = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        return not self.failures

    def __str__(self) -> str:
        if self.ok:
            return f"{self.name:<28}{self.seconds:6.1f} s  ok  ({self.cells} code cells)"
        return "\n".join([f"{self.name:<28}{self.seconds:6.1f} s  FAILED", *map(str, self.failures)])


def socket_folder() -> Path:
    """Make a folder for sockets with a short name: their addresses have 100 bytes or so at most."""
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if len(os.fsencode(place)) < 60 and os.access(place, os.W_OK):
            return Path(tempfile.mkdtemp(prefix="workshop-kernel-", dir=place))
    raise LabError(
        "Kernels need a folder for their sockets, and /tmp can't be written.\n"
        "Type: mkdir -p ~/tmp && export TMPDIR=~/tmp"
    )


class Kernel(AsyncKernelManager):
    """A kernel of the interpreter that runs this, whatever kernels a user has installed under the same name.

    Its sockets are in a folder of its own. TCP ports are chosen before they are used: two kernels that start
    at the same moment can choose the same one, and then read each other's messages.
    """

    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[str(Path(sys.prefix) / "share" / "jupyter" / "kernels")])

    def _transport_default(self) -> str:
        return "ipc"

    def _ip_default(self) -> str:
        return str(socket_folder() / "socket")

    def cleanup_ipc_files(self) -> None:
        super().cleanup_ipc_files()
        shutil.rmtree(Path(self.ip).parent, ignore_errors=True)


def execute(
    path: Path,
    core: bool = False,
    cwd: Path = NOTEBOOKS,
    env: Mapping[str, str] | None = None,
    timeout: float = CELL_TIMEOUT_S,
) -> Result:
    """Execute a notebook in a clean kernel and return the result; the file itself is not changed.

    `core` leaves out the part below the line. The kernel starts in `cwd` with the environment `env` (None:
    this process's own). A cell may take `timeout` seconds.
    """
    notebook: Any = nbformat.read(path, as_version=4)
    positions = {cell.id: index for index, cell in enumerate(notebook.cells)}
    if core:
        notebook.cells = [cell for cell in notebook.cells if FURTHER not in cell.metadata.get("tags", [])]
    result = Result(path.stem, notebook=notebook)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="workshop-run-") as folder:
        stderr = Path(folder) / "stderr"
        variables = clean(dict(os.environ if env is None else env)) | {"IPYTHONDIR": folder}
        _run(notebook, positions, result, cwd, variables, timeout, stderr)
        result.seconds = time.monotonic() - began
        # a kernel that was stopped in the middle of a cell complains on stderr, and that is not the cause
        if result.ok:
            said = _OF_ITS_END.sub("", stderr.read_text(encoding="utf-8", errors="replace"))
            if lines := _trouble(said):
                result.failures.append(
                    Failure(-1, "", f"on its stderr: {lines[0]}", "\n".join(said.splitlines()[-40:]))
                )
    for cell in notebook.cells:
        result.failures += _complaints(cell, positions[cell.id])
    return result


def _run(
    notebook: Any,
    positions: Mapping[str, int],
    result: Result,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    stderr: Path,
) -> None:
    current: Any = None

    def starts(cell: Any, cell_index: int) -> None:
        nonlocal current
        current = cell
        result.cells += cell.cell_type == "code"

    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        kernel_manager_class=Kernel,
        # a failing `!` line fails its cell
        extra_arguments=["--InteractiveShell.system_raise_on_error=True"],
        resources={"metadata": {"path": str(cwd)}},
        store_widget_state=False,
        on_cell_execute=starts,
    )
    with stderr.open("w", encoding="utf-8") as stream:
        try:
            client.execute(env=dict(env), stderr=stream.fileno())
        except CellExecutionError as error:
            result.failures.append(_failure(current, positions, f"{error.ename}: {error.evalue}"))
        except CellTimeoutError:
            said = f"did not end within {timeout:g} s. Does it wait for a worker or a run that is not there?"
            result.failures.append(_failure(current, positions, said))
        except DeadKernelError:
            result.failures.append(_failure(current, positions, "the kernel died in this cell"))


def _failure(cell: Any, positions: Mapping[str, int], error: str) -> Failure:
    if cell is None:
        return Failure(-1, "", error)
    return Failure(positions[cell.id], _first_line(cell), _ANSI.sub("", error), _tail(cell))


def _first_line(cell: Any) -> str:
    return str(next(iter(cell.source.strip().splitlines()), ""))


def _tail(cell: Any) -> str:
    """Return the last lines that a cell printed, or those of its traceback if it printed none."""
    printed = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    if not printed.strip():
        printed = "\n".join(line for output in cell.outputs for line in output.get("traceback", []))
    return "\n".join(_ANSI.sub("", printed).rstrip().splitlines()[-TAIL_LINES:])


def _complaints(cell: Any, index: int) -> list[Failure]:
    """Return what is wrong with an executed cell that did not stop the run."""
    if cell.cell_type != "code" or cell.execution_count is None:
        return []
    found = []
    raised = any(output.output_type == "error" for output in cell.outputs)
    if EXPECTS_ERROR in cell.metadata.get("tags", []) and not raised:
        found.append(Failure(index, _first_line(cell), "was expected to raise and did not", _tail(cell)))
    said = "".join(
        output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stderr"
    )
    if lines := _trouble(said):
        found.append(Failure(index, _first_line(cell), f"on its stderr: {lines[0]}", _tail(cell)))
    return found


def _trouble(stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if _TROUBLE.search(line)]


def find(stages: Sequence[str]) -> list[Path]:
    """Return the notebooks of these stages, given by stem or number ("03"); of all stages if none is given.

    Raises LookupError with a message that lists the stages if one is unknown.
    """
    known = sorted(path for path in NOTEBOOKS.glob("*.ipynb") if re.match(r"\d\d_", path.name))
    if not stages:
        return known
    found = []
    for stage in stages:
        matching = [path for path in known if stage == path.stem or stage == path.stem[:2]]
        if not matching:
            raise LookupError(
                f"There is no lesson {stage!r}. The lessons are: {', '.join(path.stem for path in known)}."
            )
        found += matching
    return found


def require_no_notebook_at_work(lessons: Sequence[Path]) -> None:
    """Raise LabError if a worker or a server of these stages runs: a lesson replaces what it finds."""
    folders = {name for path in lessons for name in (path.stem, f"{path.stem}_exercise")}
    found = [record for record in recorded() if Path(record.folder).name in folders]
    if found:
        what = ", ".join(f"{record.title} (process {record.pid})" for record in found)
        pids = " ".join(str(record.pid) for record in found)
        raise LabError(
            f"A notebook of yours is at work: {what}. The lesson would replace that, and your runs would "
            f"wait without it.\nShut down the notebook's kernel, or type: kill -INT {pids}\n"
            "Then type the same command again."
        )


def main(stages: Sequence[str], core: bool = False, report: bool = False) -> int:
    """Execute lessons one after the other, print a line for each, and return 1 if any failed.

    `report` also writes the executed notebooks, outputs included, to `.lab/runs/`. Raises LabError if a
    learner's notebook of these stages is at work.
    """
    try:
        paths = find(stages)
    except LookupError as error:
        print(error, file=sys.stderr)
        return 1
    require_no_notebook_at_work(paths)
    results = []
    for path in paths:
        result = execute(path, core)
        print(result, flush=True)
        results.append(result)
        if report:
            REPORTS.mkdir(parents=True, exist_ok=True)
            executed = REPORTS / path.name
            nbformat.write(result.notebook, executed)
            print(f"    {executed}")
    failed = sum(not result.ok for result in results)
    seconds = sum(result.seconds for result in results)
    print(f"{count(len(results), 'lesson')}, {failed} failed, {seconds:.1f} s")
    return 1 if failed or not results else 0
