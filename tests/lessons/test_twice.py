"""Each code cell of each notebook, twice in a row; and alone, after the kernel was restarted and only the
first cell was run.

It works, or it says in a sentence which cell to run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bench_instance import Bench
from jupyter_client.blocking.client import BlockingKernelClient
from kernel_clicks import Ran, kernel_of, run_cell

from workshop.config import ROOT, STAGES
from workshop.workspace import outline

WAITS = "then this cell again"
SAYS = ("run that first, then this one", WAITS, "again, in their order")
NOTEBOOKS = [ROOT / "notebooks" / f"{stage}.ipynb" for stage in STAGES]
NOTEBOOKS += [
    path for stage in STAGES if (path := ROOT / "solutions" / stage / "exercise" / "solution.ipynb").exists()
]
QUICK = "00_start_here"
"""The notebook that the default suite runs."""


@pytest.fixture
def kernel(bench: Bench) -> Iterator[BlockingKernelClient]:
    with kernel_of(bench) as client:
        yield client
    for url in (bench.settings.gateway_url, bench.settings.weather_service_url):
        httpx.delete(f"{url}/bench/faults", trust_env=False)


def each() -> list[object]:
    marks = [() if path.stem == QUICK else pytest.mark.slow for path in NOTEBOOKS]
    names = [
        path.stem if path.parent.name == "notebooks" else f"exercise {path.parent.parent.name[:2]}"
        for path in NOTEBOOKS
    ]
    return [
        pytest.param(path, marks=mark, id=name)
        for path, mark, name in zip(NOTEBOOKS, marks, names, strict=True)
    ]


def run(kernel: BlockingKernelClient, cell: outline.Cell) -> Ran:
    return run_cell(kernel, cell.source, stop=WAITS, timeout=150, cell_id=cell.id)


def complaint(cell: outline.Cell, ran: Ran) -> str:
    """Return what is wrong with how a cell ended; empty if it worked or said what to do."""
    if ran.error in ("", "LabError") or any(sentence in ran.printed for sentence in SAYS):
        return ""
    return f"under {cell.heading!r}: {cell.source[:80]!r}: {ran.error}: {ran.printed[-400:]}"


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("path", each())
def test_each_cell_can_be_run_twice(kernel: BlockingKernelClient, path: Path) -> None:
    found = []
    for cell in outline.read(path):
        for turn in ("first", "second"):
            if wrong := complaint(cell, run(kernel, cell)):
                found.append(f"{turn} run {wrong}")
    assert found == [], "\n".join(found)


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("path", each())
def test_each_cell_alone_after_the_first_works_or_names_the_cell_to_run(
    kernel: BlockingKernelClient, path: Path
) -> None:
    """The files are there, as a restart of the kernel leaves them."""
    opening, *others = outline.read(path)
    for cell in others:
        if cell.writes:
            run(kernel, opening)
            run(kernel, cell)
    found = []
    for cell in others:
        run_cell(kernel, "get_ipython().reset(new_session=False)")
        run(kernel, opening)
        run_cell(kernel, "lab.clear_faults()")
        found.append(complaint(cell, run(kernel, cell)))
    assert list(filter(None, found)) == [], "\n".join(found)
