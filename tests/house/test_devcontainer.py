"""The dev container: that its file says what the course has, and that its steps do what they print.

No container can be started here. The official CLI reads the file, and its commands run in a clean checkout
(both slow tests).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import json5
import pytest
from bench_instance import write_env

from workshop.config import ROOT, Settings
from workshop.services import jupyter

FOLDER = ROOT / ".devcontainer"
SCRIPT = FOLDER / "steps.sh"
LIFECYCLE = {"updateContentCommand": "create", "postStartCommand": "start", "postAttachCommand": "show"}
FOR_LEARNERS = {
    "README.md",
    "LICENSE",
    ".env",
    ".env.sample",
    "notebooks",
    "exercises",
    "solutions",
    "my_work",
}
"""What the file browser shows. Everything else at the top of the repository is hidden."""


@pytest.fixture(scope="module")
def configuration() -> dict[str, Any]:
    parsed: dict[str, Any] = json5.loads((FOLDER / "devcontainer.json").read_text())
    return parsed


@pytest.fixture
def editor(configuration: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = configuration["customizations"]["vscode"]["settings"]
    return settings


def test_the_image_is_pinned_to_a_full_version_of_a_python_that_the_course_takes(
    configuration: dict[str, Any],
) -> None:
    assert re.search(r"/python:\d+\.\d+\.\d+-3\.(11|12)-[a-z]+$", configuration["image"])


def test_every_port_of_the_course_is_labelled_and_two_of_them_speak_up(configuration: dict[str, Any]) -> None:
    ours = {str(field.default) for name, field in Settings.model_fields.items() if name.endswith("_port")}
    attributes = configuration["portsAttributes"]
    assert set(attributes) == ours
    assert all(port["label"] for port in attributes.values())
    assert {number for number, port in attributes.items() if port["onAutoForward"] != "silent"} == {
        "8233",
        "8234",
    }
    assert {str(port) for port in configuration["forwardPorts"]} <= ours


def test_all_is_installed_before_the_start_and_nothing_at_it(configuration: dict[str, Any]) -> None:
    found = {name: command for name, command in configuration.items() if name.endswith("Command")}
    assert found == {name: f"bash .devcontainer/steps.sh {word}" for name, word in LIFECYCLE.items()}
    assert configuration["waitFor"] == "postStartCommand", "nobody meets a lesson before its services"


def test_terminals_find_the_courses_python_and_so_do_notebooks(
    configuration: dict[str, Any], editor: dict[str, Any]
) -> None:
    assert configuration["remoteEnv"]["PATH"].startswith("${containerWorkspaceFolder}/.venv/bin:")
    assert editor["python.defaultInterpreterPath"] == "${containerWorkspaceFolder}/.venv/bin/python"
    left_out = editor["jupyter.kernels.excludePythonEnvironments"]
    assert not any(".venv" in path for path in left_out)
    folders = ("/bin", "/usr/bin", "/usr/local/bin", "/usr/local/python/current/bin")
    assert {f"{folder}/{name}" for folder in folders for name in ("python", "python3")} <= set(left_out), (
        "VS Code compares exact paths"
    )
    assert set(configuration["customizations"]["vscode"]["extensions"]) == {
        "ms-python.python",
        "ms-toolsai.jupyter",
    }


def test_outputs_are_wrapped_and_nothing_takes_the_lessons_place(editor: dict[str, Any]) -> None:
    assert editor["notebook.output.wordWrap"] is True
    assert editor["workbench.secondarySideBar.defaultVisibility"] == "hidden"
    assert editor["chat.disableAIFeatures"] is True
    assert editor["jupyter.widgetScriptSources"], "or a question covers the first panel"


def test_a_key_is_asked_for_as_what_it_is(configuration: dict[str, Any]) -> None:
    [(name, secret)] = configuration["secrets"].items()
    assert name == "OPENAI_API_KEY" and secret["description"].startswith("Optional")


def test_it_opens_the_first_lesson(configuration: dict[str, Any]) -> None:
    [opened] = configuration["customizations"]["codespaces"]["openFiles"]
    assert (ROOT / opened).exists() and jupyter.FIRST_LESSON.endswith(opened)


def test_vs_code_hides_what_jupyterlab_hides(editor: dict[str, Any]) -> None:
    hidden = [pattern.removeprefix("**/") for pattern, on in editor["files.exclude"].items() if on]
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    top = {line.split("/")[0] for line in listed if line} | {".env", "my_work", ".lab", ".venv"}
    seen = {name for name in top if not any(Path(name).match(pattern) for pattern in hidden)}
    assert seen <= FOR_LEARNERS | {"CONTRIBUTING.md", "SECURITY.md"}, (
        "hide it, or say here that it is for learners"
    )
    assert seen >= FOR_LEARNERS & top
    in_lab = [name for name in seen if any(Path(name).match(pattern) for pattern in jupyter.HIDDEN)]
    assert in_lab == [], "JupyterLab hides these and VS Code does not"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Make a clone that contains only the script, and a `python3` that only records its arguments."""
    shutil.copytree(FOLDER, tmp_path / "clone" / ".devcontainer")
    fake = tmp_path / "bin" / "python3"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\necho "asked: $*"\ncase "$*" in *"$FAILS_AT"*) exit 1;; esac\n')
    fake.chmod(0o755)
    return tmp_path / "clone"


def steps(copy: Path, word: str, fails_at: str = "nothing") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{copy.parent / 'bin'}:{os.environ['PATH']}", "FAILS_AT": fails_at}
    command = ["bash", str(copy / ".devcontainer" / "steps.sh"), word]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=copy.parent, check=False
    )


def asked(told: str) -> list[str]:
    return re.findall(r"^asked: -m workshop (.*)$", told, re.MULTILINE)


def test_the_steps_say_what_they_do_and_how_long_it_took(copy: Path) -> None:
    create, start = steps(copy, "create"), steps(copy, "start")
    assert create.returncode == start.returncode == 0
    assert asked(create.stdout) == ["build --check"]
    assert asked(start.stdout) == ["up --no-lab", "doctor"], "it ends by verifying itself"
    for told, title in ((create, "install, generated files"), (start, "services"), (start, "verify")):
        assert re.search(rf"^== {title}: \d+ s$", told.stdout, re.MULTILINE)
    assert steps(copy, "show").stdout == create.stdout + start.stdout
    assert [
        path for path in (copy / ".lab", *(copy / ".lab").rglob("*")) if path.stat().st_mode & 0o077
    ] == [], "its owner's alone"


def test_a_wake_up_with_a_finding_is_a_start_all_the_same(copy: Path) -> None:
    """A fault that somebody left on is a finding, and no reason for "the container failed to start"."""
    told = steps(copy, "start", "doctor")
    assert told.returncode == 0 and "== verify: something is wrong" in told.stdout
    assert "== verify: something is wrong" in steps(copy, "show").stdout, "the first terminal says so"


@pytest.mark.parametrize(("word", "fails_at"), [("create", "build"), ("start", "up")])
def test_a_step_that_fails_is_not_hidden(copy: Path, word: str, fails_at: str) -> None:
    told = steps(copy, word, fails_at)
    assert told.returncode == 1
    assert asked(told.stdout)[-1].startswith(fails_at), "and nothing comes after it"


def test_an_unknown_step_is_bad_usage(copy: Path) -> None:
    told = steps(copy, "")
    assert told.returncode == 2 and "usage" in told.stderr


@pytest.mark.slow
def test_the_official_cli_reads_it(configuration: dict[str, Any]) -> None:
    """Needs node and the npm registry: without them it fails, since then nobody has checked the file."""
    npx = shutil.which("npx")
    assert npx, "npx is missing: apt-get install nodejs npm"
    command = [npx, "--yes", "@devcontainers/cli", "read-configuration", "--workspace-folder", str(ROOT)]
    told = subprocess.run(
        [*command, "--docker-path", "/bin/true"], capture_output=True, text=True, timeout=240, check=False
    )
    assert told.returncode == 0, told.stderr
    read = json.loads(told.stdout.splitlines()[-1])["configuration"]
    for name in (
        "image",
        "portsAttributes",
        "otherPortsAttributes",
        "forwardPorts",
        "customizations",
        "waitFor",
        *LIFECYCLE,
    ):
        expected = json.loads(
            json.dumps(configuration[name]).replace("${containerWorkspaceFolder}", f"/workspaces/{ROOT.name}")
        )
        assert read[name] in (configuration[name], expected), name


@pytest.mark.slow
def test_its_commands_run_in_a_clean_checkout(tmp_path: Path) -> None:
    """Clone, create, start, and once more after a sleep: as written, with a home of their own and ports that
    nobody has.
    """
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    write_env(clone)
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("WORKSHOP_", "VIRTUAL_ENV"))
    }
    inherited["PATH"] = os.pathsep.join(
        part for part in inherited["PATH"].split(os.pathsep) if ".venv" not in part
    )

    def run(*command: str) -> str:
        told = subprocess.run(
            command, cwd=clone, env=inherited, capture_output=True, text=True, timeout=280, check=False
        )
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout

    try:
        assert "Installed in" in run("bash", ".devcontainer/steps.sh", "create")
        inherited["PATH"] = f"{clone / '.venv' / 'bin'}{os.pathsep}{inherited['PATH']}"  # as remoteEnv does
        first = run("bash", ".devcontainer/steps.sh", "start")
        assert first.count("started in") == 3 and "All is well." in first
        run("python3", "-m", "workshop", "down")
        assert "All is well." in run("bash", ".devcontainer/steps.sh", "start")
        # a container that is built again finds what somebody has done meanwhile
        lesson = clone / "notebooks" / "00_start_here.ipynb"
        worked_in = json.loads(lesson.read_text(encoding="utf-8"))
        cell = next(cell for cell in worked_in["cells"] if cell["cell_type"] == "code")
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["all answer\n"]}]
        lesson.write_text(json.dumps(worked_in), encoding="utf-8")
        run("bash", ".devcontainer/steps.sh", "create")
        assert "all answer" in lesson.read_text(encoding="utf-8"), "and keeps it"
    finally:
        subprocess.run(
            ["python3", "-m", "workshop", "down"], cwd=clone, env=inherited, capture_output=True, check=False
        )
