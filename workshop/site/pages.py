"""What Sphinx makes the site from: a folder with executed lessons, documents and code, in which every link
leads to a page, into the repository, or nowhere.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from workshop.config import ROOT, STAGES

LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<to>[^()\s]+)\)")
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
LOCAL = re.compile(r'<a [^>]*href="http://(?:localhost|127\.0\.0\.1)[:/][^>]*>(.*?)</a>', re.DOTALL)
"""A link to a service of the machine that executed the lessons. A reader has none there."""
WIDGET = "application/vnd.jupyter.widget-view+json"
BUTTONS = "A panel with buttons. It works in the course; a page can't show it.\n"


def write(folder: Path, executed: Mapping[str, Any], repository: str) -> None:
    """Write the sources. `executed`: notebooks by stem. `repository`: its address, or ""."""
    documents = sorted((ROOT / "docs").glob("*.md"))
    shutil.copytree(ROOT / "docs" / "images", folder / "docs" / "images")
    for path in documents:
        place = path.relative_to(ROOT).as_posix()
        (folder / place).write_text(
            linked(path.read_text(encoding="utf-8"), place, repository), encoding="utf-8"
        )
    for stem, notebook in executed.items():
        page = folder / "notebooks" / f"{stem}.ipynb"
        page.parent.mkdir(exist_ok=True)
        text = nbformat.writes(lesson(notebook, f"notebooks/{stem}.ipynb", repository))
        # whose disk the lessons ran on is nobody's business
        page.write_text(text.replace(json.dumps(str(ROOT))[1:-1], "~/course"), encoding="utf-8")
    stages = [stage for stage in STAGES if code(stage)]
    for stage in stages:
        page = folder / "code" / f"{stage}.md"
        page.parent.mkdir(exist_ok=True)
        page.write_text(code_page(stage, repository), encoding="utf-8")
    readme = linked((ROOT / "README.md").read_text(encoding="utf-8"), "README.md", repository)
    contents = [
        toctree("Lessons", [f"notebooks/{stem}" for stem in executed]),
        toctree("The code of the lessons", [f"code/{stage}" for stage in stages]),
        toctree("Documents", [f"docs/{path.stem}" for path in documents]),
    ]
    (folder / "index.md").write_text("\n".join([readme, *contents]), encoding="utf-8")


def finish(site: Path) -> None:
    """Put the pages that are HTML already beside those that Sphinx has made."""
    for path in (ROOT / "docs").glob("*.html"):
        shutil.copy(path, site / "docs")


def toctree(caption: str, pages: list[str]) -> str:
    lines = "\n".join(pages)
    return f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{lines}\n```\n"


def lesson(notebook: Any, place: str, repository: str) -> Any:
    """Return an executed lesson as a page: its links lead somewhere, panels are named and not shown."""
    page = nbformat.from_dict(notebook)
    page.metadata.pop("widgets", None)
    for cell in page.cells:
        if cell.cell_type == "markdown":
            cell.source = linked(cell.source, place, repository)
        if cell.cell_type == "code":
            cell.outputs[:] = merged(cell.outputs)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if WIDGET in data:
                output.data = {"text/plain": BUTTONS}
            elif "text/html" in data:
                data["text/html"] = LOCAL.sub(r"\1", data["text/html"])
    return page


def merged(outputs: list[Any]) -> list[Any]:
    """Return outputs in which what was printed in several goes is one text, as a notebook shows it."""
    found: list[Any] = []
    for output in outputs:
        last = found[-1] if found else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            found.append(output)
    return found


def code(stage: str) -> list[Path]:
    """Return the modules that a lesson ends with. Those of its exercise stay where a learner looks last."""
    folder = ROOT / "solutions" / stage
    return sorted(path for path in folder.rglob("*.py") if "exercise" not in path.relative_to(folder).parts)


def code_page(stage: str, repository: str) -> str:
    """Return a page with every module of a lesson."""
    place = f"solutions/{stage}"
    where = f"[{place}/]({repository}/tree/HEAD/{place})" if repository else f"`{place}/`"
    parts = [f"# {stage[:2]} · Code", f"What [the lesson](../notebooks/{stage}.ipynb) ends with, in {where}."]
    for path in code(stage):
        name = path.relative_to(ROOT / "solutions" / stage).as_posix()
        source, fence = path.read_text(encoding="utf-8"), "`" * 4
        parts += [f"({anchor(path)})=", f"## {name}", f"{fence}python\n{source}{fence}"]
    return "\n\n".join(parts) + "\n"


def anchor(path: Path) -> str:
    """Return the name of a module's place on its code page."""
    return re.sub(r"[\W_]+", "-", f"code-{path.relative_to(ROOT / 'solutions').as_posix()}").lower()


def linked(text: str, place: str, repository: str) -> str:
    """Return Markdown of the file at `place` with links for the site. Code in it stays as it is."""
    parts = FENCE.split(text)
    for index in range(0, len(parts), 2):
        parts[index] = LINK.sub(lambda link: _link(link, place, repository), parts[index])
    return "".join(parts)


def _link(link: re.Match[str], place: str, repository: str) -> str:
    text, to = link["text"], link["to"]
    if link["image"] or re.match(r"[a-z]+:|#", to):
        return link[0]
    text = linked(text, place, repository)  # a badge: a picture that is a link
    name, hash_, heading = to.partition("#")
    there = posixpath.normpath(posixpath.join(posixpath.dirname(place), name))
    path = ROOT / there
    if there == "README.md":
        return f"[{text}]({_up(place)}index.md{hash_}{heading})"
    if re.fullmatch(r"docs/[^/]+\.html", there):
        return f'<a href="{to}">{text}</a>'
    if re.fullmatch(r"(docs/[^/]+\.md|notebooks/[^/]+\.ipynb)", there):
        return f"[{text}]({to})"
    if (
        path.suffix == ".py"
        and path.is_relative_to(ROOT / "solutions")
        and path in code(path.parts[len(ROOT.parts) + 1])
    ):
        return f"[{text}](#{anchor(path)})"
    if repository:
        return f"[{text}]({repository}/{'tree' if path.is_dir() else 'blob'}/HEAD/{there}{hash_}{heading})"
    return text


def _up(place: str) -> str:
    return "../" * place.count("/")


def repository(origin: str) -> str:
    """Return the address of the repository for a browser: GitHub's own word in a workflow, else what `origin`
    says if that is on GitHub; else "".
    """
    server, name = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    if server and name:
        return f"{server}/{name}"
    found = re.fullmatch(r"(?:https://|ssh://git@|git@)github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?", origin)
    return f"https://github.com/{found[1]}" if found else ""
