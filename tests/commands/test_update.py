"""`python3 -m workshop update`, against real git repositories: what a learner wrote survives, whatever else
is the case.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_course import Course

from workshop.builder import notebooks
from workshop.commands import refusals, update, venv
from workshop.config import ROOT
from workshop.errors import LabError
from workshop.keeping import repository

LESSON = Path("notebooks/03_durable_agent.ipynb")
EXERCISE = Path("exercises/03_durable_agent/exercise.ipynb")
SOURCE = "course/03_durable_agent/lesson.py"
MODULE = "solutions/03_durable_agent/workflow.py"
BODY = "# %%\nprediction = None\n# %%\nx = 1\n# %% [markdown]\n# Think.\n# %%\nx\n"
OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}


class Clone(Course):
    """A learner's clone of a small course that others keep correcting."""

    def __init__(self, folder: Path) -> None:
        self.upstream = Course(folder / "upstream")
        self.upstream.write("notes.txt", "one\n")
        self.correct(BODY)
        self.upstream.git("branch", "-M", "main")
        self.root = folder / "Kurs Übung 1 (neu)"
        self.upstream.git("clone", "--quiet", str(self.upstream.root), str(self.root))

    def correct(self, body: str, **files: str) -> str:
        """Make a new version of the course and return its commit."""
        self.upstream.lesson(body)
        self.upstream.exercise(body)
        for name, text in files.items():
            self.upstream.write(name.replace("__", "/"), text)
        assert notebooks.main(root=self.upstream.root) == 0
        return self.upstream.commit()

    def update(self) -> int:
        return update.main(self.root, lambda root: 0)

    def change(self, name: Path, how: Callable[[list[dict[str, Any]]], None]) -> str:
        notebook = json.loads((self.root / name).read_text())
        how(notebook["cells"])
        (self.root / name).write_text(json.dumps(notebook))
        return (self.root / name).read_text()

    def sources(self, name: Path) -> list[str]:
        return ["".join(cell["source"]) for cell in json.loads((self.root / name).read_text())["cells"]]

    def kept(self, name: Path | str) -> list[str]:
        return [path.read_text() for path in sorted((self.root / "my_work" / "kept").glob(f"*/{name}"))]

    def type(self, line: str) -> None:
        """Type a line that a message has named, in a shell without any git identity."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root.parent)}
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.root, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def is_whole(self) -> bool:
        """Tell whether only notebooks differ from the commit that is checked out, with nothing half done."""
        changed = {
            Path(name)
            for name in self.git("-c", "core.quotePath=false", "diff", "--name-only", "HEAD").splitlines()
        }
        return (
            changed <= {LESSON, EXERCISE} and not update.Plan.note(repository.Repository(self.root)).exists()
        )


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """Make a clone in the environment of a learner who uses git every day."""
    trap = {
        "GIT_DIR": "/nowhere",
        "GIT_PAGER": "false",
        "GIT_EDITOR": "false",
        "GIT_INDEX_FILE": "/nowhere/index",
    }
    for name, value in trap.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text(
        "[core]\npager = false\neditor = false\n[color]\nui = always\n[pull]\nrebase = true\n[merge]\nff "
        "= false\n"
        "[diff]\nexternal = false\nnoprefix = true\n[init]\ndefaultBranch = main\n[safe]\ndirectory = *\n"
    )
    return Clone(tmp_path)


def worked(clone: Clone) -> tuple[str, str]:
    """Make a clone with a lesson that was run and an exercise with an answer and a note."""

    def ran(cells: list[dict[str, Any]]) -> None:
        cells[2] |= {"outputs": [OUTPUT], "execution_count": 7}

    def answered(cells: list[dict[str, Any]]) -> None:
        cells[1]["source"] = "prediction = 3"
        cells.insert(2, {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "my note"})

    return clone.change(LESSON, ran), clone.change(EXERCISE, answered)


def test_a_corrected_course_comes_and_the_learners_work_stays_in_it(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = worked(clone)
    new = clone.correct("# %%\nfirst = 0\n" + BODY.replace("Think.", "Think twice."), notes__more="x")
    assert clone.update() == 0
    said = capsys.readouterr().out
    assert clone.head() == new and clone.is_whole() and (clone.root / "notes/more").read_text() == "x"
    assert clone.sources(LESSON)[1:5] == ["first = 0", "prediction = None", "x = 1", "Think twice."]
    assert json.loads((clone.root / LESSON).read_text())["cells"][3]["outputs"] == [OUTPUT]
    assert clone.sources(EXERCISE)[1:5] == ["first = 0", "prediction = 3", "my note", "x = 1"]
    assert (clone.kept(LESSON), clone.kept(EXERCISE)) == ([mine[0]], [mine[1]])
    assert f"{EXERCISE}: the new version, with your work in it. As it was: my_work/kept/" in said
    assert notebooks.main(check=True, root=clone.root) == 0, "work on the newest version, and no drift"
    assert clone.update() == 0
    assert "Nothing new" in capsys.readouterr().out and len(clone.kept(EXERCISE)) == 1
    clone.correct(BODY.replace("Think.", "Think again."))
    assert clone.update() == 0
    assert "prediction = 3" in clone.sources(EXERCISE) and "my note" in clone.sources(EXERCISE), (
        "and in the one after it"
    )


def test_what_both_have_changed_is_named_and_kept(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    worked(clone)
    clone.correct(BODY.replace("= None", "= None  # a number"))
    assert clone.update() == 0
    assert (
        "changed by the course too, so yours is in the copy only: prediction = 3" in capsys.readouterr().out
    )
    assert "prediction = None  # a number" in clone.sources(EXERCISE) and "my note" in clone.sources(EXERCISE)


def test_what_the_update_does_not_touch_is_left_alone(clone: Clone) -> None:
    mine = worked(clone)
    (clone.root / MODULE).write_text("# mine\n")
    (clone.root / "own.txt").write_text("mine")
    clone.git("add", "own.txt")
    clone.upstream.write("notes.txt", "two\n")
    new = clone.upstream.commit()
    assert clone.update() == 0 and clone.head() == new
    assert ((clone.root / LESSON).read_text(), (clone.root / EXERCISE).read_text()) == mine
    assert (clone.root / MODULE).read_text() == "# mine\n" and (clone.root / "own.txt").read_text() == "mine"
    assert clone.kept("**/*.ipynb") == []


def test_a_notebook_that_the_course_drops_is_kept(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    _, mine = worked(clone)
    (clone.upstream.root / "course/03_durable_agent/exercise.py").unlink()
    for name in (EXERCISE, Path("solutions/03_durable_agent/exercise/solution.ipynb")):
        (clone.upstream.root / name).unlink()
    assert notebooks.main(root=clone.upstream.root) == 0
    clone.upstream.commit()
    assert clone.update() == 0 and clone.is_whole()
    assert clone.kept(EXERCISE) == [mine] and not (clone.root / EXERCISE).exists()
    assert f"{EXERCISE}: no longer part of the course" in capsys.readouterr().out


@pytest.mark.parametrize(
    "case",
    ["deleted", "markers", "nbstripout", "autocrlf", "shallow", "staged", "assume-unchanged", "no record"],
)
def test_a_clone_in_another_state(clone: Clone, case: str) -> None:
    if case == "shallow":
        shutil.rmtree(clone.root)
        clone.upstream.git(
            "clone", "--quiet", "--depth", "1", f"file://{clone.upstream.root}", str(clone.root)
        )
    if case == "autocrlf":
        shutil.rmtree(clone.root)
        clone.upstream.git(
            "-c", "core.autocrlf=true", "clone", "--quiet", str(clone.upstream.root), str(clone.root)
        )
        clone.git("config", "core.autocrlf", "true")
    if case == "nbstripout":  # git sees no outputs at all
        strip = (
            "import json, sys; b = json.load(sys.stdin); [c.update(outputs=[], execution_count=None) "
            "for c in b['cells'] if "
        )
        strip += (
            "c['cell_type'] == 'code']; print(json.dumps(b, indent=1, ensure_ascii=False, sort_keys=True))"
        )
        clone.git("config", "filter.strip.clean", f'{sys.executable} -c "{strip}"')
        (clone.root / ".git/info").mkdir(exist_ok=True)
        (clone.root / ".git/info/attributes").write_text("*.ipynb filter=strip\n")
    mine = worked(clone)
    if case == "deleted":
        (clone.root / LESSON).unlink()
    if case == "markers":
        (clone.root / EXERCISE).write_text(f"<<<<<<< HEAD\n{mine[1]}\n=======\n")
    if case == "staged":
        clone.git("add", "--all")
    if case == "assume-unchanged":
        clone.git("update-index", "--assume-unchanged", str(EXERCISE), str(LESSON))
    if case == "no record":
        for name in (LESSON, EXERCISE):
            notebook = json.loads((clone.root / name).read_text())
            del notebook["metadata"]["workshop"]
            (clone.root / name).write_text(json.dumps(notebook))
    new = clone.correct("# %%\nfirst = 0\n" + BODY)
    assert clone.update() == 0
    assert clone.head() == new
    if case == "markers":
        assert clone.kept(EXERCISE)[0].startswith("<<<<<<<") and "first = 0" in clone.sources(EXERCISE)
    else:
        assert clone.sources(EXERCISE)[1:4] == ["first = 0", "prediction = 3", "my note"]
    outputs = [cell.get("outputs") for cell in json.loads((clone.root / LESSON).read_text())["cells"]]
    assert ([OUTPUT] in outputs) is (case != "deleted")


# Where it can't, it says so, changes nothing, and what it says to type helps


def refused(clone: Clone, says: str) -> str:
    before = {
        path: path.read_bytes()
        for path in clone.root.rglob("*")
        if path.is_file() and ".git/" not in str(path)
    }
    head = clone.head()
    with pytest.raises(LabError, match=says) as told:
        clone.update()
    assert {path: path.read_bytes() for path in before} == before and clone.head() == head
    assert not update.Plan.note(repository.Repository(clone.root)).exists()
    return str(told.value)


def advised(text: str) -> list[str]:
    return [
        line.strip()
        for line in re.findall(r"(?:^    |Type: |is: |want it: )((?:git|mv|rm) .*)$", text, re.MULTILINE)
    ]


def follow(clone: Clone, text: str, new: str) -> None:
    """Type what the message says, and update."""
    assert advised(text), text
    for line in advised(text):
        clone.type(line)
    assert clone.update() == 0
    assert clone.git("merge-base", "--is-ancestor", new, "HEAD") == ""


def test_own_commits(clone: Clone) -> None:
    """The branches have diverged because the learner committed answers. They stay on a branch and in the
    updated notebooks.
    """
    worked(clone)
    own = clone.commit()
    new = clone.correct("# %%\nfirst = 0\n" + BODY)
    follow(clone, refused(clone, "1 commit of its own"), new)
    assert clone.git("rev-parse", "my-commits-1") == own
    assert clone.sources(EXERCISE)[1:3] == ["first = 0", "prediction = 3"]


def test_own_commits_on_the_newest_version_are_no_trouble(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    worked(clone)
    clone.commit()
    assert clone.update() == 0 and "Nothing new" in capsys.readouterr().out


def test_changed_sources(clone: Clone) -> None:
    _, mine = worked(clone)
    (clone.root / "notes.txt").write_text("mine\n")
    new = clone.correct(BODY, **{"notes.txt": "two\n"})
    follow(clone, refused(clone, "These files were changed here"), new)
    assert (clone.root / "notes.txt").read_text() == "two\n" and "+mine" in clone.git("stash", "show", "-p")
    assert (clone.root / EXERCISE).read_text() == mine


@pytest.mark.parametrize("kind", ["file", "a file where a folder comes", "ignored", "staged"])
def test_a_file_in_the_way(clone: Clone, kind: str) -> None:
    name = {"a file where a folder comes": "extra", "ignored": ".env"}.get(kind, "extra/it's new.txt")
    (clone.root / name).parent.mkdir(exist_ok=True)
    (clone.root / name).write_text("mine")
    if kind == "staged":
        clone.git("add", name)
    (clone.upstream.root / "extra").mkdir()
    (clone.upstream.root / "extra/it's new.txt").write_text("theirs")
    clone.upstream.write(".env", "theirs")
    if kind == "ignored":
        clone.upstream.git("add", "--force", ".env")
    new = clone.upstream.commit()
    follow(clone, refused(clone, "where there are files of yours"), new)
    assert (clone.root / f"{name}.mine").read_text() == "mine"
    assert (clone.root / "extra/it's new.txt").read_text() == "theirs"


def test_a_detached_head(clone: Clone) -> None:
    worked(clone)
    clone.git("switch", "--quiet", "--detach")
    new = clone.correct("# %%\nfirst = 0\n" + BODY)
    text = refused(clone, "detached HEAD")
    assert "my-commits" not in text
    follow(clone, text, new)
    clone.git("switch", "--quiet", "--detach")
    own = clone.commit()
    [line] = advised(refused(clone, "detached HEAD"))
    clone.type(line.replace("git switch", "git switch --quiet"))
    assert clone.git("rev-parse", "my-commits") == own, "commits on no branch are not left behind"


def test_a_folder_in_the_place_of_a_notebook(clone: Clone) -> None:
    (clone.root / EXERCISE).unlink()
    (clone.root / EXERCISE).mkdir()
    (clone.root / EXERCISE / "mine.txt").write_text("mine")
    new = clone.correct("# %%\nfirst = 0\n" + BODY)
    follow(clone, refused(clone, "there are files of yours"), new)
    assert (
        clone.root / f"{EXERCISE}.mine" / "mine.txt"
    ).read_text() == "mine" and "first = 0" in clone.sources(EXERCISE)


def test_a_tag_that_is_named_like_the_branch(clone: Clone) -> None:
    clone.git("tag", "main")
    new = clone.correct("# %%\nfirst = 0\n" + BODY)
    assert clone.update() == 0 and clone.head() == new


def test_a_branch_that_follows_nothing(clone: Clone) -> None:
    clone.git("branch", "--unset-upstream")
    new = clone.correct("# %%\nfirst = 0\n" + BODY)
    follow(clone, refused(clone, "follows no branch"), new)


def test_no_remote(clone: Clone) -> None:
    clone.git("remote", "remove", "origin")
    new = clone.correct("# %%\nfirst = 0\n" + BODY)
    text = refused(clone, "no place to fetch from")
    [line] = [line for line in text.splitlines() if "git remote add" in line]
    clone.type(line.partition("course: ")[2].replace("ADDRESS", f"'{clone.upstream.root}'"))
    assert clone.update() == 0 and clone.head() == new


def test_no_network(clone: Clone) -> None:
    clone.git("remote", "set-url", "origin", "http://user:secret@127.0.0.1:9/course.git")
    text = refused(clone, "could not be fetched from http://127.0.0.1:9/course.git")
    assert "secret" not in text and "network" in text


@pytest.mark.parametrize("what", ["merge", "stash"])
def test_a_conflict_that_is_not_solved(clone: Clone, what: str) -> None:
    """Somebody has tried it with git alone: `git pull`, or stash, pull and pop."""
    mine = worked(clone)[1]
    first = clone.correct(BODY.replace("= None", "= 0"))
    git = "git -c user.name=x -c user.email=x@example.com"
    commands = {
        "merge": f"git add . && {git} commit -qm mine && ! {git} pull -q --no-rebase --no-edit",
        "stash": "git stash -q && git pull -q && ! git stash pop -q",
    }
    clone.type(commands[what])
    new = clone.correct("# %%\nfirst = 0\n" + BODY)
    text = refused(clone, "A git merge is not finished" if what == "merge" else "in conflict")
    assert first != new
    if what == "stash":
        assert notebooks.main(root=clone.root) == 0
        follow(clone, text, new)
        assert "prediction = 3" in clone.kept(EXERCISE)[0] and "prediction = 3" in clone.git(
            "stash", "show", "-p"
        )
        assert mine


def test_a_folder_that_is_no_clone(clone: Clone, tmp_path: Path) -> None:
    shutil.rmtree(clone.root / ".git")
    with pytest.raises(LabError, match="unpacked archive"):
        clone.update()
    (tmp_path / ".git").mkdir()
    clone.upstream.git("init", "--quiet", str(tmp_path))
    with pytest.raises(LabError, match="inside another clone"):
        clone.update()


def test_no_git(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LabError, match="no `git` on PATH"):
        clone.update()


def test_another_git_at_work(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "LOCK_WAIT_S", 0.0)
    (clone.root / ".git/index.lock").touch()
    new = clone.correct("# %%\nfirst = 0\n" + BODY)
    follow(clone, refused(clone, "Another git is at work"), new)


# Ended in the middle

DRIVER = """
import os, signal, sys
from pathlib import Path
from workshop.commands import update
from workshop.keeping import copies as kept, repository
number, root = int(sys.argv[1]), Path(sys.argv[2])
def counted(real):
    def call(*arguments, **options):
        global number
        number -= 1
        if number == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **options)
        number -= 1
        if number == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call
real = repository.Repository.run
writes = ("fetch", "rm", "checkout", "reset")
ended = counted(real)
repository.Repository.run = lambda self, *a, **k: (ended if a[0] in writes else real)(self, *a, **k)
update.keep, update.put = counted(update.keep), counted(update.put)
Path.unlink = counted(Path.unlink)
sys.exit(update.main(root, lambda root: 0))
"""
STEPS = 21


@pytest.mark.parametrize("number", range(1, STEPS + 1))
def test_killed_at_any_point_the_next_update_finishes_it(clone: Clone, number: int) -> None:
    mine = worked(clone)
    (clone.upstream.root / "notes.txt").unlink()
    new = clone.correct("# %%\nfirst = 0\n" + BODY.replace("Think.", "Think twice."))
    command = [sys.executable, "-c", DRIVER, str(number), str(clone.root)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode in (-9, 0), killed.stdout + killed.stderr
    assert number > 1 or killed.returncode == -9
    for name, text in zip((LESSON, EXERCISE), mine, strict=True):
        assert (clone.root / name).read_text() == text or text in clone.kept(name)
    assert clone.update() == 0
    assert clone.head() == new and clone.is_whole() and not (clone.root / "notes.txt").exists()
    assert clone.sources(EXERCISE)[1:4] == ["first = 0", "prediction = 3", "my note"]
    assert [OUTPUT] in [
        cell.get("outputs") for cell in json.loads((clone.root / LESSON).read_text())["cells"]
    ]
    for name, text in zip((LESSON, EXERCISE), mine, strict=True):
        assert text in clone.kept(name)
    if number == STEPS:
        assert killed.returncode == 0, "there are more steps than this test ends"


def test_ctrl_c_is_said_and_loses_nothing(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    worked(clone)
    clone.correct("# %%\nfirst = 0\n" + BODY)
    real = repository.Repository.apply

    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(repository.Repository, "apply", interrupted)
    assert clone.update() == 130
    shutil.rmtree(clone.root / ".lab")
    assert "Interrupted. Nothing is lost; to go on: python3 -m workshop update" in capsys.readouterr().err
    monkeypatch.setattr(repository.Repository, "apply", real)
    # and somebody works on before they type it
    clone.change(EXERCISE, lambda cells: cells[1].update(source="prediction = 4"))
    assert clone.update() == 0
    assert "changed since. That version is kept" in capsys.readouterr().out
    assert any("prediction = 4" in text for text in clone.kept(EXERCISE))


def test_what_is_saved_while_an_update_is_at_work_is_kept(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    worked(clone)
    clone.correct("# %%\nfirst = 0\n" + BODY)
    real = update.Plan.write

    def saved_meanwhile(plan: update.Plan, *arguments: Any) -> None:
        real(plan, *arguments)
        clone.change(EXERCISE, lambda cells: cells[1].update(source="prediction = 4"))

    monkeypatch.setattr(update.Plan, "write", saved_meanwhile)
    assert clone.update() == 0
    assert "changed since. That version is kept" in capsys.readouterr().out
    assert any("prediction = 4" in text for text in clone.kept(EXERCISE))


def test_a_clone_that_moved_on_after_an_interruption_is_not_moved_back(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.correct("# %%\nfirst = 0\n" + BODY)
    with monkeypatch.context() as patch:
        patch.setattr(
            repository.Repository, "apply", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        assert clone.update() == 130
    clone.type("git pull -q")
    own = clone.commit()
    assert clone.update() == 0
    assert clone.head() == own and "moved on since" in capsys.readouterr().out


def test_a_copy_that_cannot_be_made_stops_it_before_anything(clone: Clone) -> None:
    worked(clone)
    clone.correct("# %%\nfirst = 0\n" + BODY)
    (clone.root / "my_work").write_text("a file where the folder belongs")
    refused(clone, r"my_work/kept/. When that is put right")


# The command


def test_it_works_before_anything_is_installed(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With a bare Python and no package: a course that can't be installed can be corrected."""
    shutil.copytree(
        ROOT / "workshop", clone.upstream.root / "workshop", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("requirements.lock", "requirements-dev.lock"):
        clone.upstream.write(name, "")
    clone.upstream.commit()
    assert clone.update() == 0
    new = clone.correct("# %%\nfirst = 0\n" + BODY)
    worked(clone)
    bare = [getattr(sys, "_base_executable", sys.executable), "-S", "-m", "workshop", "update"]
    done = subprocess.run(bare, cwd=clone.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"To install what it needs: {venv.UP}" in done.stdout
    assert clone.head() == new and "prediction = 3" in clone.sources(EXERCISE)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_course_itself(tmp_path: Path) -> None:
    """The command as it is typed, with a lock that has changed, on the real course."""
    keep = ("GIT_", "WORKSHOP_", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(keep)}
    environment["PATH"] = os.pathsep.join(
        part for part in environment["PATH"].split(os.pathsep) if ".venv" not in part
    )
    environment |= {
        f"GIT_{who}_{what}": "x@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }

    def run(folder: Path, *command: str) -> str:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    upstream, learner = tmp_path / "upstream", tmp_path / "a learner's clone"
    run(tmp_path, "git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(upstream))
    run(upstream, "git", "switch", "--quiet", "-C", "main")
    run(tmp_path, "git", "clone", "--quiet", str(upstream), str(learner))
    assert "0 differ" in run(learner, "python3", "-m", "workshop", "build", "--check")
    exercise = learner / "exercises/01_agent_hello_world/exercise.ipynb"
    notebook = json.loads(exercise.read_text())
    cell = next(cell for cell in notebook["cells"] if "NotImplementedError" in "".join(cell["source"]))
    cell |= {"source": "answer = 42", "outputs": [OUTPUT], "execution_count": 1}
    exercise.write_text(json.dumps(notebook))

    source = upstream / "course/01_agent_hello_world/exercise.py"
    first, _, rest = source.read_text().partition("# %%\n")
    source.write_text(f"{first}# %%\nprint('corrected')\n\n# %%\n{rest}")
    with (upstream / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert notebooks.main(root=upstream) == 0
    run(upstream, "git", "commit", "--quiet", "--all", "-m", "Exercise 01: a cell more")

    said = run(learner, "python3", "-m", "workshop", "update")
    assert "Exercise 01: a cell more" in said and "Installed in" in said and "0 differ" in said
    assert "with your work: 1 cell edited, outputs" in said and "type: python3 -m workshop up" in said
    sources = ["".join(cell["source"]) for cell in json.loads(exercise.read_text())["cells"]]
    assert "answer = 42" in sources and "print('corrected')" in sources
    assert "Nothing new" in run(learner, "python3", "-m", "workshop", "update")
