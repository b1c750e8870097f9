"""A stage that can be copied and installed by itself asks for every package that its files import."""

from __future__ import annotations

import ast
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from workshop.config import ROOT

LISTS = sorted(ROOT.glob("solutions/*/requirements.txt"))


def installed_by(lines: list[str]) -> set[str]:
    """Return the distributions that these requirements bring, with all that they need themselves."""
    found: set[str] = set()
    todo = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    while todo:
        asked = todo.pop()
        name = canonicalize_name(asked.name)
        if name in found or (
            asked.marker and not any(asked.marker.evaluate({"extra": x}) for x in ("", *asked.extras))
        ):
            continue
        try:
            needed = [Requirement(one) for one in requires(name) or []]
        except PackageNotFoundError:
            continue
        found.add(name)
        # a need behind an extra is one only if that extra was asked for
        todo += [
            one
            for one in needed
            if not one.marker or any(one.marker.evaluate({"extra": x}) for x in ("", *asked.extras))
        ]
    return found


def imported(folder: Path) -> set[str]:
    """Return the names of the packages that the files of a stage import, its own modules left out."""
    files = [path for path in folder.rglob("*.py") if "exercise" not in path.parts]
    own = {path.stem for path in files} | {path.parent.name for path in files}
    names: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {one.name.split(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - own - sys.stdlib_module_names


@pytest.mark.parametrize("path", LISTS, ids=[path.parent.name for path in LISTS])
def test_what_a_stage_imports_it_asks_for(path: Path) -> None:
    brought = installed_by(path.read_text().splitlines())
    of = packages_distributions()
    missing = {
        name
        for name in imported(path.parent)
        if not brought & {canonicalize_name(one) for one in of.get(name, ())}
    }
    assert not missing, f"{path.relative_to(ROOT)} does not bring {sorted(missing)}"


def test_a_package_that_nobody_asks_for_would_be_seen() -> None:
    assert "httpx2" not in installed_by(["fastapi"]) and "starlette" in installed_by(["fastapi"])
