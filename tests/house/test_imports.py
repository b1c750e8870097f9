"""Imports run one way (pyproject.toml has the contract), and no module reaches for what another keeps to
itself.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

from workshop.config import ROOT

LINT = """
import sys
sys.path.insert(0, sys.argv.pop(1))
for name in [name for name in sys.modules if name.split(".")[0] == "workshop"]:
    del sys.modules[name]  # a hook of .venv has imported it, from where it is installed
from importlinter.cli import lint_imports_command
lint_imports_command()
"""


def broken(root: Path) -> str:
    """Return what import-linter says of the package in a folder; empty if every contract is kept."""
    command = [sys.executable, "-c", LINT, str(root), "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return "" if told.returncode == 0 else told.stdout + told.stderr


def reached_for(source: str) -> Iterator[str]:
    """Return the underscore names that a module takes from another module of the package."""
    tree = ast.parse(source)
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "workshop":
            modules |= {each.asname or each.name for each in node.names}
            yield from (f"{node.module}.{each.name}" for each in node.names if each.name.startswith("_"))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in modules
            and _is_private(node.attr)
        ):
            yield f"{node.value.id}.{node.attr}"


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def test_imports_run_one_way() -> None:
    assert broken(ROOT) == ""


DEFERRED = [("filling.compose", "talking.talk")]
"""Imports inside a function: a text may be an answer's field, and a field may be a text."""


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph("workshop", cache_dir=None, exclude_type_checking_imports=True)
    for importer, imported in DEFERRED:
        graph.remove_import(
            importer=f"workshop.practice.{importer}", imported=f"workshop.practice.{imported}"
        )
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imports).prepare()  # raises CycleError, which names the circle


def test_an_import_upwards_would_be_seen(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "workshop", tmp_path / "workshop", ignore=shutil.ignore_patterns("__pycache__"))
    assert broken(tmp_path) == ""
    records = tmp_path / "workshop" / "history" / "records.py"
    records.write_text(records.read_text() + "\nfrom workshop.lab import Lab\n")
    assert "workshop.history.records -> workshop.lab" in broken(tmp_path)


def test_no_module_reaches_for_what_another_keeps_to_itself() -> None:
    found = {
        path.relative_to(ROOT): [*reached_for(path.read_text())] for path in ROOT.glob("workshop/**/*.py")
    }
    assert len(found) > 100
    assert {str(path): names for path, names in found.items() if names} == {}


def test_such_a_reach_would_be_seen() -> None:
    assert [*reached_for("from workshop.x import _y, z\nz._inner()\nz.__doc__\nself._own")] == [
        "workshop.x._y",
        "z._inner",
    ]
