"""Where to look, and what to type next, when a run did not complete."""

from __future__ import annotations

import ast
from pathlib import Path

from workshop.config import settings
from workshop.history import Run
from workshop.keeping.folder import modules
from workshop.workspace import files


def web_ui() -> str:
    """Return the words for the Web UI, with its port here."""
    return f"the Web UI (port {settings().temporal_ui_port})"


def where(run: Run, folder: Path) -> str:
    """Say what to do about a run that did not complete. `folder`: the learner's files."""
    if run.stuck:
        return direct_call(folder) or (
            "The workflow's own code raises this, so nothing is under Pending Activities. Fix it, run its "
            f"cell, then this one. In {web_ui()} the event WorkflowTaskFailed has the line."
        )
    if any(step.is_open and step.last_failure for step in run.activities):
        return (
            f"Open the run in {web_ui()}: while an activity fails, its attempts are under Pending Activities."
        )
    if run.is_open:
        return f"Open the run in {web_ui()}: what was the last thing that happened?"
    return direct_call(folder) or "The message says what went wrong. Fix it and run this cell again."


def direct_call(folder: Path) -> str:
    """Say what to write if workflow code calls an activity like a function; empty if it does not."""
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in modules(folder)
        if not files.syntax_problem(path)
    }
    activities = {
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is(node, "activity.defn")
    }
    for path, tree in trees.items():
        workflows = [
            node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and _is(node, "workflow.defn")
        ]
        for node in [inner for workflow in workflows for inner in ast.walk(workflow)]:
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in activities:
                    return (
                        f"{path.name}, line {node.lineno}, calls {name} like a function: it then runs in the "
                        "workflow, without a "
                        f"network. Ask for it as an activity: await workflow.execute_activity({name}, …)"
                    )
    return ""


def _is(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, decorator: str) -> bool:
    return any(ast.unparse(one).startswith(decorator) for one in node.decorator_list)
