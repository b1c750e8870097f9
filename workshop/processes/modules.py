"""The learner's files as Python sees them: what they import, and the task queue that they name."""

from __future__ import annotations

import ast
from pathlib import Path


def modules_of(file: Path) -> list[Path]:
    """Return a file and all modules that it imports, as they would be named in its folder."""
    found = [file]
    for current in found:
        for node in ast.walk(_tree(current)):
            match node:
                case ast.ImportFrom(module=str(module)):
                    names = [module]
                case ast.Import(names=aliases):
                    names = [alias.name for alias in aliases]
                case _:
                    continue
            paths = [file.parent / f"{name.replace('.', '/')}.py" for name in names]
            found += [path for path in paths if path not in found]
    return found


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8") if file.exists() else "", filename=str(file))


def find_task_queue(file: Path) -> str | None:
    """Return the task queue that a worker file names: TASK_QUEUE, set there or in a module beside it."""
    for module in modules_of(file):
        for node in ast.walk(_tree(module)):
            match node:
                case ast.Assign(targets=[ast.Name(id="TASK_QUEUE")], value=ast.Constant(value=str(queue))):
                    return queue
    return None
