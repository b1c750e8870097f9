"""Copies of the learner's files with an edit in them."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from workshop.checks import Trial

COPIES = ".check"
"""The folder, below the learner's own, for copies of their files with an edit in them."""


@contextmanager
def copies(trial: Trial) -> Iterator[Callable[[str, Callable[[str], str]], str]]:
    """Give a function that copies the learner's modules, edits their workflow, and returns the folder's name.

    All copies are deleted at the end.
    """
    home = trial.folder / COPIES
    shutil.rmtree(home, ignore_errors=True)

    def copy(name: str, edit: Callable[[str], str]) -> str:
        (folder := home / name).mkdir(parents=True)
        for file in trial.folder.glob("*.py"):
            shutil.copy(file, folder)
        code = edit(trial.source("workflow.py"))
        (folder / "workflow.py").write_text(code, encoding="utf-8")
        return f"{COPIES}/{name}"

    try:
        yield copy
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run_method(text: str) -> ast.AsyncFunctionDef:
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.AsyncFunctionDef)]
    return next(node for node in found if node.name == "run")


def _with_line(text: str, at: int, line: str) -> str:
    """Put a line into the body of `run`, before the line with this number (from 1)."""
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: at - 1], f"        {line}\n", *lines[at - 1 :]])


def _step_first(text: str) -> str:
    return _with_line(text, _run_method(text).body[0].lineno, "await workflow.sleep(1)")


def _step_last(text: str) -> str:
    return _with_line(text, _run_method(text).body[-1].lineno, "await workflow.sleep(1)")


def _kinder(text: str) -> str:
    return text.replace("You handle refunds for a shop.", "You handle refunds for a shop. Be kind.")


def _renamed(text: str) -> str:
    return text.replace('"Refund Agent"', '"Refunds"')


def _tool_gone(text: str) -> str:
    return text.replace("tools=[find, refund]", "tools=[refund]")


EDITS: dict[str, tuple[bool, Callable[[str], str]]] = {
    "as it is": (True, str),
    "a new prompt": (True, _kinder),
    "another name for the agent": (True, _renamed),
    "a step put first": (False, _step_first),
    "a tool taken away": (False, _tool_gone),
    "a step put last, which only finished runs know": (False, _step_last),
}
"""Edits of workflow.py, and whether every saved history still fits."""
