"""What a reader trusts without looking: links, commands, spelling, and that nothing private or stale was
committed.

Lint and types have commands of their own (CONTRIBUTING.md); that generated files match their sources is in
test_build.py.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml
from bench_instance import Bench, write_env

from workshop import cli
from workshop.__main__ import MINIMUM, NEWER
from workshop.builder.rules import word_problems
from workshop.commands import doctor, doctor_env, lessons
from workshop.config import ENV_SAMPLE, ROOT
from workshop.services.catalog import settings_of
from workshop.workspace import leftovers
from workshop.workspace.control import Gateway

FOREIGN = ("tests/practice/data", "tests/timeline/samples", "benchmarks/results")
"""Folders of data, in many languages or made by machines."""
OWN_WORDS = "ines,sie,ist,wil,te,adresse,exemple,hel,nd,inlcude,wroker,preceeding"
"""What codespell takes for mistakes: a name, other languages, and mistakes that are quoted or made on
purpose.
"""

SECRETS = {
    "a provider's key": r"\bsk-(?:proj-|ant-)?[A-Za-z0-9]{32,}",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{20,}",
    "an AWS key": r"\bAKIA[0-9A-Z]{16}\b",
    "a private key": "-----BEGIN [A-Z ]*PRIVATE" + " KEY-----",
}
MACHINE = re.compile(r"(?<![\w.~$}{>-])/(?:home|Users|root|work|workspaces)/[\w.-]+")
REGISTRIES = re.compile(r"py[p]i\.org|python[h]osted|npm[j]s\.org|un[p]kg|js[d]elivr|crates\.[i]o")
"""With brackets, so that this file does not name what no file may name."""

LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)|<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)\"")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"python3 -m workshop (\w+)((?: --?[\w-]+| \d\d\b| tests/[\w./]+)*)")
OUR_PATH = re.compile(
    r"`((?:benchmarks|course|docs|exercises|notebooks|solutions|tests|workshop|\.ci|\.devcontainer|\.github)/[\w./-]*)"
)


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files of the repository as they are now, without what a learner has put beside them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    files = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return tuple(path for path in files if path.is_file())


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts() -> Iterator[tuple[Path, str]]:
    """Yield everything that was written or generated for people, as (path, text)."""
    for path in tracked():
        if not shown(path).startswith(FOREIGN):
            yield path, path.read_text(encoding="utf-8")


def documents() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def notebooks() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".ipynb"]


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    return found


def text_of(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


@cache
def prose(path: Path) -> str:
    """Return the Markdown of a document or a notebook."""
    if path.suffix == ".ipynb":
        return "\n\n".join(text_of(cell) for cell in cells(path) if cell["cell_type"] == "markdown")
    return path.read_text()


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", prose(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> Iterator[str]:
    for markdown, html in LINK.findall(FENCE.sub("", prose(path))):
        target = markdown or html
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield f"{shown(path)}: {target}"


def test_there_is_something_to_look_at() -> None:
    assert len(documents()) >= 10 and len(notebooks()) >= 16 and len(tracked()) > 200


def test_every_internal_link_leads_somewhere() -> None:
    assert [link for path in (*documents(), *notebooks()) for link in broken_links(path)] == []


def test_a_link_that_leads_nowhere_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "there.md").write_text("# A heading, here\n")
    page = tmp_path / "page.md"
    page.write_text(
        '[a](there.md#a-heading-here) [b](there.md#no) [c](gone.md) <img src="no.svg">\n```\n[d](e)\n```\n'
    )
    assert list(broken_links(page)) == ["page.md: there.md#no", "page.md: gone.md", "page.md: no.svg"]


def test_paths_in_documents_exist() -> None:
    named = {
        (shown(path), name)
        for path in documents()
        for name in OUR_PATH.findall(prose(path))
        if "NN" not in name
    }
    assert len(named) > 30
    assert [pair for pair in sorted(named) if not (ROOT / pair[1]).exists()] == []


def test_notebooks_hold_no_outputs_and_no_empty_cells() -> None:
    wrong = []
    for path in notebooks():
        for index, cell in enumerate(cells(path)):
            if cell.get("outputs") or cell.get("execution_count") or not text_of(cell).strip():
                wrong.append(f"{shown(path)}, cell {index}")
    assert wrong == []


def test_every_question_to_think_about_has_an_answer() -> None:
    """A lesson folds its answers below; an exercise has them in its solution, one by one, and says so."""
    for path in notebooks():
        text = prose(path)
        asked = text.partition("## Questions to think about")[2]
        if path.parent.name == "notebooks":
            assert asked.count("<details>") >= 2 or path.stem == "00_start_here", shown(path)
        elif path.stem == "solution":
            questions, _, answers = asked.partition("## Answers")
            numbers = [re.findall(r"^(\d)\. ", part, re.MULTILINE) for part in (questions, answers)]
            assert numbers[0] == numbers[1] and len(numbers[0]) >= 3, shown(path)
        else:
            assert "exercise/solution.ipynb)" in asked, shown(path)


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_is_committed(kind: str) -> None:
    pattern = re.compile(SECRETS[kind])
    assert [shown(path) for path, text in texts() if pattern.search(text)] == []


def test_the_patterns_know_a_secret_and_a_machine_when_they_see_one() -> None:
    assert re.search(SECRETS["a provider's key"], "KEY=sk-proj-" + "a1" * 20)
    assert MACHINE.search("in /home/ana/course") and MACHINE.search('"/Users/ben/x"')
    assert (
        not MACHINE.search("~/work/x")
        and not MACHINE.search("$HOME/home/x")
        and not MACHINE.search("GET /api/home/x")
    )


def test_no_settings_of_a_learner_are_committed() -> None:
    private = {".env", ".lab", "my_work", ".venv"}
    assert [shown(path) for path in tracked() if private & set(path.relative_to(ROOT).parts)] == []


def test_no_path_of_a_machine_stands_in_a_file() -> None:
    allowed = {"tests/house/test_quality.py", "tests/house/test_devcontainer.py"}
    found = [
        f"{shown(path)}: {match[0]}"
        for path, text in texts()
        if shown(path) not in allowed
        for match in MACHINE.finditer(text)
    ]
    assert found == []


LOSES = {
    "a Temporal server in memory": r"temporal server start-dev(?![^\n]*--db-filename)",
    "deletes more than .venv": r"\brm -\w*[rR]\w* (?!\S*\.venv|\{\S*VENV\}|\"?\{?quoted\w*\(\S*VENV)[^\s`]+",
    "throws away what git does not have": r"git (?:clean|reset --hard|checkout "
    r"(?:-f|--|HEAD|\.)|restore|stash (?:drop|clear))",
    "copies over a folder that may be there": r"(?<!mkdir ~/course && )cp -[rR]\w* \S+ ~/",
    "removes a volume": r"docker (?:compose )?(?:down -v|volume rm|system prune)",
}
"""What no text, message or cell may tell anybody to type. The tests themselves type such things."""


@pytest.mark.parametrize("how", LOSES)
def test_no_advice_loses_data(how: str) -> None:
    allowed = {
        'benchmarks/offline.sh: rm -rf "$folder"\'',  # a temporary folder of its own
        '.ci/job: rm -rf "$place"\'',  # and this
        "workshop/practice/data/glossary.toml: temporal server start-dev",  # a term, to know it in a question
    }
    found = {
        f"{shown(path)}: {match[0]}"
        for path, text in texts()
        if not shown(path).startswith("tests/")
        for match in re.finditer(LOSES[how], text)
    }
    assert found <= allowed


@pytest.mark.parametrize(
    "advice",
    [
        *(
            "`temporal server start-dev`",
            "temporal server start-dev --port 7233\n--db-filename x",
            "rm -rf .lab",
            "rm -r ~/course && x",
        ),
        *(
            "git checkout -- notebooks",
            "git reset --hard",
            "git stash drop",
            "git clean -fd",
            "cp -r . ~/course",
        ),
    ],
)
def test_advice_that_loses_data_would_be_seen(advice: str) -> None:
    assert any(re.search(pattern, advice) for pattern in LOSES.values())


@pytest.mark.parametrize(
    "advice",
    [
        *(
            "temporal server start-dev --db-filename temporal.db",
            "rm -rf .venv && x",
            "rm -rf {bootstrap.VENV}",
            "rm -rf {VENV}\\nthen",
        ),
        *("git stash push -- a", "git reset --soft abc", "mkdir ~/course && cp -R . ~/course"),
    ],
)
def test_advice_that_keeps_data_is_let_through(advice: str) -> None:
    assert not any(re.search(pattern, advice) for pattern in LOSES.values())


def test_no_package_registry_is_named() -> None:
    assert [
        f"{shown(path)}: {match[0]}" for path, text in texts() if (match := REGISTRIES.search(text))
    ] == []


def test_spelling() -> None:
    codespell = Path(sys.executable).parent / "codespell"
    written = {".md", ".py", ".ipynb", ".sh", ".json", ".yml", ".toml", ".html", ".txt"}
    # which speaks many
    files = [
        str(path)
        for path, _ in texts()
        if path.suffix in written and "practice" not in shown(path).split("/")
    ]
    told = subprocess.run(
        [codespell, "--ignore-words-list", OWN_WORDS, *files], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout


def test_documents_keep_the_rules_of_lessons() -> None:
    assert [
        f"{shown(path)}:{line + 1}: {said}"
        for path in documents()
        for line, said in word_problems(prose(path))
    ] == []


# --- commands
# ----------------------------------------------------------------------------------------------------------


def group() -> click.Group:
    made = typer.main.get_command(cli.app)
    assert hasattr(made, "commands")
    return made  # type: ignore[return-value]


def commands(text: str) -> set[tuple[str, tuple[str, ...]]]:
    return {(word, tuple(shlex.split(rest))) for word, rest in COMMAND.findall(text)}


def problem(word: str, arguments: tuple[str, ...]) -> str:
    """Return what is wrong with a command that a text names; empty if it can be typed."""
    if word not in group().commands:
        return f"no command {word}"
    try:
        group().commands[word].make_context(word, list(arguments))
        if word == "run":
            lessons.find([argument for argument in arguments if not argument.startswith("-")])
    except Exception as error:  # click's usage errors come from typer's own copy of click in some versions
        return f"{word} {' '.join(arguments)}: {error}"
    missing = [name for name in arguments if name.startswith("tests/") and not (ROOT / name).exists()]
    return f"no file {missing[0]}" if missing else ""


def test_every_command_that_a_text_names_can_be_typed() -> None:
    named = {
        (shown(path), *command)
        for path, text in texts()
        for command in commands(text)
        if not re.match(r"tests/(\w+/)*test_", shown(path))
    }
    assert len({command[1] for command in named}) == len(group().commands), "each is named somewhere"
    wrong = [
        f"{path}: {said}" for path, word, arguments in sorted(named) if (said := problem(word, arguments))
    ]
    assert wrong == []


def test_a_command_that_does_not_exist_would_be_seen() -> None:
    assert problem("upp", ()) and problem("up", ("--no-such",)) and problem("run", ("09",))
    assert not problem("run", ("03", "--core"))


def test_readme_names_every_command_and_ci_runs_its_two() -> None:
    readme = (ROOT / "README.md").read_text()
    assert {word for word, _ in commands(readme)} == set(group().commands)
    run_by_ci = re.findall(
        r"^step .* (python3 -m workshop .+)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE
    )
    assert len(run_by_ci) == 2
    assert f"```\n{run_by_ci[0]}\n{run_by_ci[1]}\n```" in readme


def workflow(name: str) -> tuple[str, dict[str, Any]]:
    """Return the text of a workflow and its one job."""
    text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()
    [job] = yaml.safe_load(text)["jobs"].values()
    return text, job


@pytest.mark.parametrize(("name", "last"), [("ci", ".ci/job ${{ matrix.job }}"), ("weekly", ".ci/run")])
def test_every_workflow_ends_in_the_same_two_commands_and_needs_no_secret(name: str, last: str) -> None:
    text, job = workflow(name)
    assert [step["run"] for step in job["steps"] if ".ci/" in step.get("run", "")] == [last]
    assert "secrets." not in text and "continue-on-error" not in text and "|| true" not in text


def test_ci_runs_every_job_that_can_be_run_here_on_the_python_that_it_needs() -> None:
    jobs = {each["job"]: each["python"] for each in workflow("ci")[1]["strategy"]["matrix"]["include"]}
    script = (ROOT / ".ci" / "job").read_text()
    assert (
        set(jobs)
        == set(re.findall(r"^    (\w+)\) ", script, re.MULTILINE))
        == {"oldest", "newest", "path", "crlf"}
    )
    assert {name: jobs[name] for name in ("oldest", "newest")} == dict(
        re.findall(r"^    (\w+)\) version=(\S+)", script, re.MULTILINE)
    )
    assert jobs["oldest"] == ".".join(map(str, MINIMUM)) and jobs["newest"] == NEWER[0].removeprefix("python")
    assert all(f".ci/job {name}" in (ROOT / "CONTRIBUTING.md").read_text() for name in jobs)


def test_the_weekly_run_refreshes_the_locks_as_readme_says() -> None:
    weekly = (ROOT / ".github" / "workflows" / "weekly.yml").read_text()
    lines = [line for line in (ROOT / "README.md").read_text().splitlines() if "uv pip compile" in line]
    assert len(lines) == 2 and all(line in weekly for line in lines)


# --- what the instructor's and the troubleshooting page say
# --------------------------------------------------------------


def lines_of(page: str, beginning: str) -> list[str]:
    return [line for line in (ROOT / "docs" / page).read_text().splitlines() if line.startswith(beginning)]


def test_the_instructors_line_puts_the_secret_into_env(tmp_path: Path) -> None:
    shutil.copyfile(ENV_SAMPLE, tmp_path / ".env")
    [line] = lines_of("instructor.md", "sed ")
    for key in ("sk-a_class/key|1".replace("|", "-"), "practice"):
        subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env={**os.environ, "OPENAI_API_KEY": key}, check=True
        )
        assert settings_of(tmp_path).openai_api_key == key


def test_the_line_for_terminals_reads_env(tmp_path: Path) -> None:
    values = write_env(tmp_path)
    for page in ("vscode.md", "monday.md"):
        assert "`set -a; . ./.env; set +a`" in (ROOT / "docs" / page).read_text()
    told = subprocess.run(
        ["bash", "-c", "set -a; . ./.env; set +a; printenv OPENAI_BASE_URL"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == f"http://127.0.0.1:{values['GATEWAY_PORT']}/v1\n"


def test_the_instructors_faults_work_from_a_terminal(bench: Bench) -> None:
    gateway = Gateway(bench.settings.gateway_url)
    on, off = (
        line.replace(":8235", f":{bench.settings.gateway_port}")
        for line in lines_of("instructor.md", "curl ")
    )
    subprocess.run(["bash", "-c", on], check=True, capture_output=True)
    assert [(fault["kind"], fault["times"]) for fault in gateway.faults()] == [("rate_limit", 2)]
    subprocess.run(["bash", "-c", off], check=True, capture_output=True)
    assert gateway.faults() == []


def test_the_instructors_faults_in_cells_are_ones_that_exist(bench: Bench) -> None:
    gateway = Gateway(bench.settings.gateway_url)
    calls = [
        call
        for page in ("instructor.md", "faults.md")
        for call in re.findall(r"lab\.fault\((.*?)\)", prose(ROOT / "docs" / page))
    ]
    assert len(calls) >= 10
    try:
        for call in calls:
            # from our own page
            kind, details = eval(f"(lambda kind, on='model', **details: (kind, details))({call})")
            assert gateway.fault(kind, **details)["added"]["kind"] == kind
    finally:
        gateway.clear_faults()


def test_every_symptom_is_reproduced_by_a_test_that_exists() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    rows = [
        line
        for line in page.partition("## What doctor looks at")[0].splitlines()
        if re.match(r"\| (?!you see|---)", line)
    ]
    assert len(rows) > 35
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    known = set(re.findall(r"def (test_\w+)", sources))
    for row in rows:
        named = re.search(r"<!-- (test_\w+|by hand.*?) -->", row)
        assert named, f"how was this tried? {row}"
        assert named[1].startswith("by hand") or named[1] in known, named[1]
    assert sum("<!-- by hand" in row for row in rows) <= 3


def test_the_page_explains_every_line_of_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_env(tmp_path)
    for module in (doctor, doctor_env):
        monkeypatch.setattr(module, "HOME", tmp_path)
    monkeypatch.setattr(doctor, "LAB_DIR", tmp_path / ".lab")
    monkeypatch.setattr(doctor, "PACKAGES", ("json",))  # the real ones take seconds
    for module in (doctor, doctor_env):
        monkeypatch.setattr(module, "settings", lambda: settings_of(tmp_path))
    page = (ROOT / "docs" / "troubleshooting.md").read_text().partition("## What doctor looks at")[2]
    explained = {
        name
        for row in page.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    }
    printed = {finding.text.partition(":")[0] for finding in doctor.examine()}
    assert len(printed) > 12
    assert printed <= explained
    source = (
        Path(doctor.__file__).read_text()
        + Path(doctor_env.__file__).read_text()
        + Path(leftovers.__file__).read_text()
    )
    titles = {
        "Python",
        "folder",
        "disk",
        ".venv",
        "Temporal server",
        "Model gateway",
        "Weather service",
        "JupyterLab",
    }
    assert [name for name in explained - titles if name not in source] == [], "these are printed nowhere"


def _text_files_opened(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield calls that read or write text and name no encoding."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            modes = [
                each.value
                for each in node.args
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            ]
            opens = name == "open" and any(set(mode) <= set("rwax+") for mode in modes)
            if (name in ("read_text", "write_text") or opens) and "encoding" not in {
                each.arg for each in node.keywords
            }:
                yield node


@pytest.mark.parametrize("folder", ["workshop", "solutions"])
def test_text_is_utf8_whatever_the_terminal_is(folder: str) -> None:
    """In a Latin-1 or ASCII terminal, Python would read and write files in that. Kernels of ours have UTF-8
    mode on.
    """
    files = sorted((ROOT / folder).rglob("*.py"))
    assert len(files) > 10
    found = [
        f"{file}:{call.lineno}"
        for file in files
        for call in _text_files_opened(ast.parse(file.read_text("utf-8")))
    ]
    assert found == []
