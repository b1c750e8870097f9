"""The builder of what learners open: course/ + solutions/ -> notebooks/, exercises/ and the solved exercises.

    course/NN_name/lesson.py    -> notebooks/NN_name.ipynb
    course/NN_name/exercise.py  -> exercises/NN_name/exercise.ipynb           solutions cut out
                                -> solutions/NN_name/exercise/solution.ipynb  solutions left in

Generated files are committed. `build --check` builds again in memory and compares: an unchanged file byte by
byte, a file that somebody has worked in by its text (see own_work.py). `build` keeps a copy of such work
before it writes.

How to write a source: see maker.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import nbformat.v4

from workshop.builder.maker import Maker, Variant
from workshop.builder.places import Places
from workshop.builder.solutions import Problem, SourceError
from workshop.config import ROOT
from workshop.keeping import own_work
from workshop.words import count

_STAGE = re.compile(r"^\d\d_\w+$")


@dataclass
class Build:
    """What a build makes (paths relative to the root -> bytes) and what is wrong with its sources."""

    files: dict[Path, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def build(root: Path = ROOT) -> Build:
    """Build everything in memory. Paths in problems are relative to `root`."""
    result = Build()
    lessons = _stages(root, "lesson.py")
    exercises = _stages(root, "exercise.py")
    titles = {stage: _title(root / "course" / stage / "lesson.py") for stage in lessons}
    for stage in lessons:
        maker = Maker(root, stage, "lesson", result.problems)
        _make(maker, result, Path("notebooks") / f"{stage}.ipynb", titles, exercises)
    for stage in exercises:
        for variant, target in _exercise_targets(stage).items():
            _make(Maker(root, stage, variant, result.problems), result, target, titles, exercises)
    # both notebooks of an exercise report the problems of its source
    result.problems = sorted(set(result.problems))
    return result


def main(check: bool = False, root: Path = ROOT) -> int:
    """Build, or with `check` compare what is there with a new build. Return the exit code: 1 if anything is
    wrong.

    What somebody did in a notebook is not an error, and is never overwritten without a copy and a message.
    """
    result = build(root)
    for problem in result.problems:
        print(problem)
    if result.problems:
        errors = count(len(result.problems), "error")
        print(f"{errors} in the sources, nothing written. Fix them and build again.")
        return 1
    places = Places(root)
    orphans = sorted(path for path in _generated(root) if path not in result.files and places.is_ours(path))
    for path in orphans:
        print(f"{path}: has no source in course/. If you need it, rename it; if not, delete it")
    changed = {path: data for path, data in sorted(result.files.items()) if _bytes(root / path) != data}
    wrong = places.check(changed) if check else places.write(changed)
    print(f"{len(result.files)} notebooks, {wrong} {'differ' if check else 'changed'}")
    return 1 if orphans or (check and wrong) else 0


def _stages(root: Path, name: str) -> list[str]:
    return sorted(
        path.parent.name for path in (root / "course").glob(f"*/{name}") if _STAGE.match(path.parent.name)
    )


def _exercise_targets(stage: str) -> dict[Variant, Path]:
    return {
        "exercise": Path("exercises") / stage / "exercise.ipynb",
        "solution": Path("solutions") / stage / "exercise" / "solution.ipynb",
    }


def _generated(root: Path) -> Iterator[Path]:
    """Yield the files in the places of generated ones. A learner's own notebooks have other names."""
    patterns = ("notebooks/*.ipynb", "exercises/*/exercise.ipynb", "solutions/*/exercise/solution.ipynb")
    for pattern in patterns:
        for path in root.glob(pattern):
            relative = path.relative_to(root)
            stage = relative.stem if pattern.startswith("notebooks") else relative.parts[1]
            if _STAGE.match(stage):
                yield relative


def _bytes(path: Path) -> bytes | None:
    """Return a generated file; an older clone on Windows may have it with that system's line ends."""
    return path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else None


def _title(path: Path) -> str:
    """Return the title of a lesson, for links to it."""
    match = re.search(r"^# # (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return match[1].strip() if match else path.parent.name


def _make(maker: Maker, result: Build, target: Path, titles: Mapping[str, str], exercises: list[str]) -> None:
    try:
        notebook = maker.notebook()
        _navigate(notebook, maker, target, titles, exercises)
    except SourceError as error:
        maker.problems.append(error.problem)
        return
    notebook.metadata[own_work.RECORD] = own_work.record(notebook.cells, maker.source.as_posix())
    nbformat.validate(notebook)
    result.files[target] = (nbformat.writes(notebook) + "\n").encode()


def _navigate(
    notebook: nbformat.NotebookNode,
    maker: Maker,
    target: Path,
    titles: Mapping[str, str],
    exercises: list[str],
) -> None:
    """Add links to the first and the last cell: lessons before and after, finished modules, exercise."""
    up = "../" * (len(target.parts) - 1)
    stage = maker.stage
    beside = "" if maker.variant == "lesson" else f"{up}notebooks/"
    lessons = {name: f"[{title}]({beside}{name}.ipynb)" for name, title in titles.items()}
    ahead = [f"{lesson} →" for name, lesson in lessons.items() if name > stage][:1]
    links: list[str] = []
    if maker.variant == "lesson":
        links += [f"← {lesson}" for name, lesson in lessons.items() if name < stage][-1:] + ahead
        if stage in exercises:
            links.append(exercise := f"[exercise]({up}exercises/{stage}/exercise.ipynb)")
            ahead = [f"this lesson's {exercise}", *ahead]
        modules = sorted((maker.root / "solutions" / stage).glob("*.py"))
        if modules:
            files = ", ".join(f"[{path.name}]({up}solutions/{stage}/{path.name})" for path in modules)
            links.append(f"finished code: {files}")
    else:
        links += [lesson for name, lesson in lessons.items() if name == stage]
        other = _exercise_targets(stage)["solution" if maker.variant == "exercise" else "exercise"]
        links.append(
            f"[the {'solution' if maker.variant == 'exercise' else 'exercise'}]({up}{other.as_posix()})"
        )
    # no link: JupyterLab and VS Code hide that folder from learners
    source = f"made from `{maker.source.as_posix()}`"
    notebook.cells[0].source += "\n\n" + " · ".join([*links, source])
    closing = f"Next: {', then '.join(ahead)}" if ahead else " · ".join(links[:1])
    if closing and len(notebook.cells) > 1 and notebook.cells[-1].cell_type == "markdown":
        notebook.cells[-1].source += "\n\n---\n" + closing
