"""A search for code that shows something in a notebook past `workshop.show` and the areas of the panels:
unsanitized.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

PLAIN = {"clear_output", "display", "DisplayHandle"}
"""What may be imported from IPython's display modules."""
BANNED = {
    *("HTML", "HTMLMath", "IFrame", "Javascript", "Label", "Latex", "Markdown", "SVG"),
    *(
        "display_html",
        "display_javascript",
        "display_latex",
        "display_markdown",
        "display_pub",
        "display_svg",
    ),
    *(
        "publish_display_data",
        "run_cell_magic",
        "Comm",
        "create_comm",
        "_esm",
        "_view_module",
        "description_allow_html",
    ),
}
"""Names that make a rich output, wherever they come from."""
MODULES = ("anywidget", "comm", "ipykernel.comm")
HOOK = re.compile(r"_repr_\w+_|_ipython_display_")
MIME = re.compile(r"\b(text/(html|markdown|latex)|image/svg\+xml|(application|text)/javascript)\b")
MAGIC = re.compile(r"%%(\w+).*\n?")
MADE_HERE = {"capture", "time", "writefile"}
"""Cell magics whose cell is Python and shows what Python shows."""

DOOR = {
    "workshop/board/page.py": (re.compile("_repr_html_"),),  # a web page, made of what the displays make
    "workshop/show.py": (HOOK, MIME),
    "workshop/lab/panels/parts.py": (re.compile("HTML"),),
}
"""The door itself: what these files may do."""
SERVERS = (
    "workshop/gateway/",
    "workshop/practice/",
    "workshop/services/",
    "workshop/site/",
    "workshop/weather/",
)
"""They show nothing in a notebook; what they answer over HTTP has a type, and so has what they read."""


def past_the_door(source: str) -> list[str]:
    """Return what makes a rich output by itself in a module or code cell, as `line: what`."""
    magic = MAGIC.match(source)
    if magic and magic[1] not in MADE_HERE:
        return [f"1: {magic[0].strip()}"]
    found = []
    tree = ast.parse(TransformerManager().transform_cell(source[magic.end() :] if magic else source))
    told = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if id(node) not in told:  # a docstring shows nothing
            found += [f"{getattr(node, 'lineno', 0)}: {what}" for what in _rich(node)]
    return found


def _rich(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ImportFrom(module=str(module), names=names):
            of_ipython = re.fullmatch(
                r"IPython(\.core)?\.display(_functions)?|IPython\.core\.displaypub", module
            )
            for name in (one.name for one in names):
                if (
                    name in BANNED
                    or (of_ipython and name not in PLAIN)
                    or (module, name) == ("IPython", "display")
                ):
                    yield f"from {module} import {name}"
            if module.startswith(MODULES):
                yield f"from {module} import"
        case ast.Import(names=names):
            modules = (one.name for one in names)
            yield from (
                f"import {one}"
                for one in modules
                if one.split(".")[0] in MODULES or one.startswith("IPython.")
            )
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in BANNED or HOOK.fullmatch(name):
            yield name
        case ast.FunctionDef(name=name) if HOOK.fullmatch(name):
            yield f"def {name}"
        case ast.keyword(arg="raw" | "description_allow_html" as arg):
            yield f"{arg}="
        case ast.Assign(targets=[ast.Attribute(attr="outputs")], value=value) if (
            not isinstance(value, ast.Tuple) or value.elts
        ):
            yield ".outputs ="
        case ast.Constant(value=str(text)) if text in BANNED or MIME.search(text):
            yield MIME.search(text)[0] if MIME.search(text) else repr(text)  # type: ignore[index]


def all_past_the_door(root: Path) -> list[str]:
    """Return the same for everything a notebook runs or uses: package, lessons, exercises and their
    solutions.
    """
    found = []
    for path in sorted((root / "workshop").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        allowed = [*DOOR.get(name, ()), *([MIME] if name.startswith(SERVERS) else [])]
        told = past_the_door(path.read_text(encoding="utf-8"))
        found += [f"{name}:{one}" for one in told if not any(pattern.search(one) for pattern in allowed)]
    for folder in ("notebooks", "exercises", "solutions"):
        for path in sorted((root / folder).rglob("*.ipynb")):
            for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
                told = past_the_door("".join(cell["source"])) if cell["cell_type"] == "code" else []
                found += [f"{path.relative_to(root).as_posix()}, cell {number}:{one}" for one in told]
    return found
