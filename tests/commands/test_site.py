"""The static site: its links, what is on it and what is not, and that it needs nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
import yaml

from workshop.commands import lessons, site
from workshop.config import ROOT, STAGES
from workshop.errors import LabError
from workshop.keeping.repository import Repository
from workshop.site import pages

HERE = "https://github.com/someone/course"
LINKS = {
    "[on](02_temporal_hello_world.ipynb)": "[on](02_temporal_hello_world.ipynb)",
    "[card](../docs/monday.md#ten-settings)": "[card](../docs/monday.md#ten-settings)",
    "[start](../README.md)": "[start](../index.md)",
    "[a.py](../solutions/01_agent_hello_world/agent.py)": "[a.py](#code-01-agent-hello-world-agent-py)",
    "[it](../exercises/01_agent_hello_world/exercise.ipynb)": f"[it]({HERE}/blob/HEAD/exercises/01_agent_hello_world/exercise.ipynb)",
    "[code](../solutions/)": f"[code]({HERE}/tree/HEAD/solutions)",
    "[sheet](../docs/cheat_sheet.html)": '<a href="../docs/cheat_sheet.html">sheet</a>',
    "[out](https://example.org/a)": "[out](https://example.org/a)",
    "[here](#the-crash)": "[here](#the-crash)",
    "![picture](../docs/images/x.svg)": "![picture](../docs/images/x.svg)",
    "[![badge](https://example.org/b.svg)](../LICENSE)": f"[![badge](https://example.org/b.svg)]({HERE}/blob/HEAD/LICENSE)",
    "```\n[code](../LICENSE)\n```": "```\n[code](../LICENSE)\n```",
}


@pytest.mark.parametrize("link", LINKS)
def test_a_link_leads_to_a_page_or_into_the_repository(link: str) -> None:
    assert pages.linked(link, "notebooks/01_agent_hello_world.ipynb", HERE) == LINKS[link]


def test_without_a_repository_a_link_that_leads_nowhere_is_text() -> None:
    text = "See [the exercise](../exercises/01/exercise.ipynb) and [this](../docs/monday.md)."
    assert pages.linked(text, "notebooks/x.ipynb", "") == "See the exercise and [this](../docs/monday.md)."


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://github.com/a/b.git", "https://github.com/a/b"),
        ("https://github.com/a/b", "https://github.com/a/b"),
        ("git@github.com:a/b.c.git", "https://github.com/a/b.c"),
        ("ssh://git@github.com/a/b", "https://github.com/a/b"),
        ("/somewhere/on/this/disk", ""),
        ("https://token@github.com/a/b", ""),
        ("https://elsewhere.example/a/b", ""),
        ("", ""),
    ],
)
def test_the_repository_is_the_one_that_was_cloned(
    origin: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert pages.repository(origin) == address


def test_in_a_workflow_github_says_which_repository_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "a/b")
    assert pages.repository("/somewhere") == "https://github.com/a/b"


def executed() -> dict[str, Any]:
    """Return the lessons with an output of each kind that they have, as if they had been executed."""
    found: dict[str, Any] = {path.stem: nbformat.read(path, as_version=4) for path in lessons.find([])}
    cell = next(cell for cell in found["03_durable_agent"].cells if cell.cell_type == "code")
    link = (
        '<a href="http://localhost:8233/x" target="_blank">Web UI</a>, <a href="https://example.org">out</a>'
    )
    picture = (
        '<div class="mathjax_ignore"><svg xmlns="http://www.w3.org/2000/svg"><title>a run</title></svg></div>'
    )
    panel = {
        "text/plain": "VBox(...)",
        pages.WIDGET: {"model_id": "m", "version_major": 2, "version_minor": 0},
    }
    cell.execution_count = 1
    cell.outputs = [
        nbformat.v4.new_output("stream", text=f"said by a cell in {ROOT}/my_work"),
        nbformat.v4.new_output("display_data", {"text/html": picture, "text/plain": "<Picture>"}),
        nbformat.v4.new_output("display_data", panel),
        nbformat.v4.new_output("display_data", {"text/html": link}),
    ]
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    assert site.make(folder, executed()) == 0  # fails at any link that leads nowhere
    return folder


def html(made: Path) -> dict[str, str]:
    return {
        path.relative_to(made).as_posix(): path.read_text(encoding="utf-8") for path in made.rglob("*.html")
    }


def test_every_lesson_document_and_module_is_there(made: Path) -> None:
    found = html(made)
    assert {f"notebooks/{stage}.html" for stage in STAGES} < found.keys()
    assert {f"docs/{path.stem}.html" for path in (ROOT / "docs").glob("*.md")} < found.keys()
    assert 'id="code-03-durable-agent-workflow-py"' in found["code/03_durable_agent.html"]
    assert "a hands-on course" in found["index.html"]
    assert 'href="docs/cheat_sheet.html"' in found["index.html"] and "docs/cheat_sheet.html" in found


def test_a_web_server_can_read_it(made: Path) -> None:
    assert [path for path in (made, *made.rglob("*")) if path.stat().st_mode & 0o004 == 0] == []


def test_outputs_are_there_and_a_panel_is_named(made: Path) -> None:
    page = html(made)["notebooks/03_durable_agent.html"]
    assert "said by a cell in ~/course/my_work" in page and "<title>a run</title>" in page
    assert "Web UI" in page and "localhost:8233/x" not in page and 'href="https://example.org"' in page
    assert "A panel with buttons." in page and "VBox" not in page


def test_what_was_printed_in_several_goes_is_one_text() -> None:
    def said(text: str, name: str = "stdout") -> Any:
        return nbformat.v4.new_output("stream", name=name, text=text)

    picture = nbformat.v4.new_output("display_data", {"text/plain": "<Picture>"})
    outputs = pages.merged([said("a"), said("b"), said("c", "stderr"), said("d"), picture, said("e")])
    assert [output.get("text", "picture") for output in outputs] == ["ab", "c", "d", "picture", "e"]


def test_no_solution_of_an_exercise_is_on_it(made: Path) -> None:
    region = re.compile(r"### BEGIN SOLUTION[^\n]*\n(.*?)### END SOLUTION", re.DOTALL)
    files = (ROOT / "solutions").glob("*/exercise/**/*.py")
    regions = (part for path in files for part in region.findall(path.read_text(encoding="utf-8")))
    solutions = ["".join(part.split()) for part in regions]
    lessons_say = "".join(
        "".join(path.read_text(encoding="utf-8").split()) for stage in STAGES for path in pages.code(stage)
    )
    solutions = [part for part in solutions if len(part) > 100 and part not in lessons_say]
    assert len(solutions) > 20
    texts = (unescape(re.sub("<[^>]+>", "", page)) for page in html(made).values())
    text = "".join("".join(one.split()) for one in texts)
    assert not [part for part in solutions if part in text]
    assert not [name for name in html(made) if "exercise" in name]


def test_no_page_loads_anything_from_elsewhere(made: Path) -> None:
    loading = re.compile(
        r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"(?:https?:)?//|<link\b[^>]*\bhref=\"(?:https?:)?//"
    )
    assert [name for name, page in html(made).items() if loading.search(page)] == []
    assert "@import" not in (made / "_static" / "site.css").read_text()


def test_every_link_within_the_site_leads_to_a_file(made: Path) -> None:
    gone = [
        f"{name}: {link}"
        for name, page in html(made).items()
        for link in re.findall(r'<[a-z]+\b[^<>]*\s(?:href|src)="([^"#?:]+)[#?"]', page)
        if not (made / name).parent.joinpath(unescape(link)).exists()
    ]
    assert gone == []


def test_it_can_be_searched_in_light_and_dark(made: Path) -> None:
    index = (made / site.SEARCH).read_text(encoding="utf-8")
    assert "heartbeat" in index and "notebooks/03_durable_agent" in index
    page = html(made)["index.html"]
    assert "theme-toggle" in page and "theme.js" in page and "viewport" in page


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path, made: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(LabError, match="python3 -m workshop site FOLDER"):
        site.main(tmp_path)
    assert (tmp_path / "index.html").read_text() == "mine"
    assert (made / site.SEARCH).exists(), "one of ours is made again in place"


def test_a_file_is_no_folder_for_it(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(LabError, match="holds something that this command didn't make"):
        site.main(tmp_path / "README.md")


def test_a_notebook_at_work_keeps_its_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def at_work(paths: object) -> None:
        raise LabError("A notebook of yours is at work")

    monkeypatch.setattr(lessons, "require_no_notebook_at_work", at_work)
    monkeypatch.setattr(lessons, "execute", lambda *_: pytest.fail("executed"))
    with pytest.raises(LabError, match="is at work"):
        site.main(tmp_path / "site")


def test_a_lesson_that_fails_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = lessons.Result("00_start_here", failures=[lessons.Failure(1, "lab = Lab()", "no services")])
    monkeypatch.setattr(lessons, "execute", lambda path: failed)
    assert site.main(tmp_path / "site") == 1
    assert not (tmp_path / "site").exists() and "No site was made" in capsys.readouterr().err


def test_what_sphinx_complains_about_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = SimpleNamespace(returncode=1, stderr="docs/x.md:3: WARNING: target not found", stdout="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: said)
    monkeypatch.setattr(Repository, "at", lambda root: None)
    with pytest.raises(LabError, match="target not found"):
        site.make(tmp_path / "site", {})


def test_the_workflow_publishes_what_the_command_makes() -> None:
    text = yaml.safe_load((ROOT / ".github" / "workflows" / "site.yml").read_text(encoding="utf-8"))
    [job] = text["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["python3 -m workshop site"]
    [uploaded] = [step["with"]["path"] for step in job["steps"] if "upload-pages" in step.get("uses", "")]
    assert uploaded == site.FOLDER.name
    assert text["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
