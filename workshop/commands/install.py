"""Making and repairing `.venv` with only the standard library, and continuing inside it.

The stamp `.venv/workshop.json` is deleted first and written last. An interrupted install has none, and the
next command makes the environment again (quickly, because the packages come from uv's cache).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from workshop import environment, shell
from workshop.attribution import HOOK, HOOK_FILE

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "workshop.json"
MAKING = VENV / "workshop.making"
"""The mark of our unfinished `.venv`: one with neither this nor a stamp is somebody else's."""
LOG = ROOT / ".lab" / "install.log"
LOCK = ROOT / ".lab" / "install.lock"
LEARNER = ROOT / "requirements.lock"
TESTS = ROOT / "requirements-dev.lock"

NEEDED_BYTES = 1_000_000_000
"""Free disk space for a first install, in bytes: 550 MB of packages, plus what is downloaded on the way."""
REEXECUTED = "WORKSHOP_REEXECUTED"
UP = "python3 -m workshop up"
AGAIN = f"{shell.line('rm', '-rf', VENV)} && {UP}"
"""What to type when `.venv` is unusable: it holds nothing but packages, and the next `up` makes it again."""
MOVE = f"mkdir ~/course && {shell.line('cp', '-R', f'{ROOT}/.')} ~/course && cd ~/course && {UP}"
"""What to type when the folder itself is unusable: nothing done inside it would help."""
PATHS = (
    'import os, sys; foreign = [os.path.abspath(p) for p in os.environ.pop("PYTHONPATH", "").split(os.pathsep) if p]; '
    "[sys.path.remove(p) for p in foreign if p in sys.path and not p.startswith((sys.prefix, os.path.dirname(os.__file__)))]; "
    'os.environ.pop("PYTHONSTARTUP", None)\n'
)
"""What every Python of `.venv` does first: it forgets the folders and the start-up file of other projects. VS
Code starts kernels too, with whatever its shell exports. Python runs such a line of a `.pth` file, and reads
these files in order of their names.
"""
NO_INSTALL = ("down", "status", "doctor", "reset", "update")
"""Commands that must not start an install: they use what is there."""
QUIETLY = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0", "UV_NO_PROGRESS": "1"}
"""Variables for the steps of an install. A `user = true` in somebody's pip configuration can't be meant for
an environment.
"""
USAGE = """The workshop's commands:
  python3 -m workshop up      makes .venv (first time), starts the services, opens JupyterLab
  python3 -m workshop up --no-lab | run | status | doctor | update | down | reset | test | build
Add --help to a command to read about it."""


class InstallError(Exception):
    """The environment could not be made. The message says what happened, why, and what to type next."""


@dataclass(frozen=True)
class Stamp:
    """What the environment was made from."""

    root: str
    python: str
    learner: str
    tests: str | None

    @classmethod
    def wanted(cls, dev: bool) -> Stamp:
        """Return the stamp of a complete environment: this clone, the locks as they are now."""
        return cls(str(ROOT), _venv_python(), _digest(LEARNER, PATHS + HOOK), _digest(TESTS) if dev else None)

    @classmethod
    def found(cls) -> Stamp | None:
        """Return the stamp of the existing environment; None if it is missing or can't be read."""
        try:
            return cls(**json.loads(STAMP.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self) -> None:
        draft = STAMP.with_suffix(".tmp")
        draft.write_text(json.dumps(self.__dict__, indent=1), encoding="utf-8")
        draft.replace(STAMP)


def _digest(path: Path, more: str = "") -> str:
    return hashlib.sha256(path.read_bytes() + more.encode()).hexdigest()


def _venv_python() -> str:
    """Return the Python version of `.venv`, as its own configuration gives it ("3.11"); empty if it doesn't
    run.
    """
    try:
        lines = dict(
            line.split(" = ", 1)
            for line in (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
            if " = " in line
        )
    except OSError:
        return ""
    found = ".".join(lines.get("version", lines.get("version_info", "")).split(".")[:2])
    runs = PYTHON.exists() and (VENV / "lib" / f"python{found}").is_dir()
    return found if runs else ""


def is_usable() -> bool:
    """Return whether the environment is complete and belongs to this clone, even if it is behind the locks."""
    found = Stamp.found()
    return found is not None and found.root == str(ROOT) and found.python == _venv_python() != ""


def is_complete(dev: bool = False) -> bool:
    """Return whether everything that the locks name is installed; with `dev`, the test tools too."""
    found, wanted = Stamp.found(), Stamp.wanted(dev)
    return (
        is_usable()
        and found is not None
        and found.learner == wanted.learner
        and (not dev or found.tests == wanted.tests)
    )


def is_inside() -> bool:
    """Return whether this is the environment's own interpreter."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def enter(arguments: Sequence[str]) -> None:
    """Return inside a complete environment: make it where needed, then start the command again with its
    Python.
    """
    word = _word(arguments)
    try:
        if word in NO_INSTALL and not is_complete():
            if not _has_cli():
                _without_environment(word)
        elif not is_complete(dev=word == "test"):
            if not word:
                print(USAGE)
                sys.exit(0)
            with lock():
                # another command may have done the work while we waited
                if not is_complete(dev=word == "test"):
                    install(dev=word == "test")
                    _go_inside(arguments)
        if not is_inside():
            _go_inside(arguments)
        os.environ.pop(REEXECUTED, None)
    except InstallError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit(f"\nInterrupted. Nothing is lost: `{UP}` begins where it makes sense to.")


def _word(arguments: Sequence[str]) -> str:
    """Return the command among the arguments."""
    return next((argument for argument in arguments if not argument.startswith("-")), "")


def repair(error: ImportError, arguments: Sequence[str]) -> NoReturn:
    """Handle a missing package: forget the stamp and make the environment again, once."""
    if os.environ.get("WORKSHOP_REPAIRED"):
        raise error
    if _word(arguments) in NO_INSTALL:
        sys.exit(f"The environment is damaged ({error}).\nTo fix it (what runs is found again): {UP}")
    print(f"The environment is damaged ({error}); making it again.", flush=True)
    os.environ["WORKSHOP_REPAIRED"] = "1"
    STAMP.unlink(missing_ok=True)
    MAKING.touch()
    base = getattr(sys, "_base_executable", sys.executable)
    os.chdir(ROOT)  # where a Python without our packages finds `workshop`
    os.execve(base, [base, "-m", "workshop", *arguments], environment.handed_on())


def _has_cli() -> bool:
    """Return whether the environment, complete or not, is good enough to show the state and to stop what
    runs.
    """
    if not PYTHON.exists():
        return False
    probe = [str(PYTHON), "-c", "import workshop.cli"]
    return subprocess.run(probe, cwd=ROOT, capture_output=True, check=False).returncode == 0


def _without_environment(word: str) -> NoReturn:
    if word == "update":  # it may fix the install
        sys.exit(_update())
    if word == "doctor":
        for name, good, text in bare_checks():
            print(f"{'ok ' if good else 'BAD'}  {name}: {text}")
    print(f"The course is not installed yet (no complete .venv in {ROOT}), so nothing of it runs.")
    print(f"Type: {MOVE if bad_place() else UP}")
    sys.exit(1 if word in ("doctor", "status") else 0)


def _update() -> int:
    """Update the course with only the standard library; leave the install to `up`."""
    from workshop.commands import update
    from workshop.errors import LabError

    def finish(root: Path) -> int:
        print(f"Updated. To install what it needs: {UP}")
        return 0

    try:
        return update.main(finish=finish)
    except LabError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def bad_place() -> str:
    """Return why the course can't live in its folder; empty if it can."""
    if not os.access(ROOT, os.W_OK):
        return "can't be written by this user"
    if os.statvfs(ROOT).f_flag & getattr(os, "ST_NOEXEC", 0):
        return "lies on a disk from which no program may be started (mounted noexec)"
    return ""


def bare_checks() -> list[tuple[str, bool, str]]:
    """Return the checks that need no packages, each with its name, whether all is well, and a sentence."""
    free = shutil.disk_usage(ROOT).free
    enough = is_complete() or free > NEEDED_BYTES
    bad = bad_place()
    version = ".".join(str(part) for part in sys.version_info[:3])
    folder = f"{ROOT} {bad}; copy it to a folder of your own" if bad else str(ROOT)
    space = f"{free / 1e9:.1f} GB free" + ("" if enough else "; the install needs 1 GB, free some space")
    if is_complete():
        venv = f"complete, Python {_venv_python()}"
    else:
        venv = f"{'behind the lock file' if is_usable() else 'missing or half-made'}; type: {UP}"
    return [
        ("Python", sys.version_info >= (3, 11), version),
        ("folder", not bad, folder),
        ("disk", enough, space),
        (".venv", is_complete(), venv),
    ]


def _go_inside(arguments: Sequence[str]) -> NoReturn:
    """Replace this process with the environment's Python, running the same command."""
    if os.environ.get(REEXECUTED) and is_complete():
        raise InstallError(
            f"{PYTHON} starts, but not as the Python of {VENV}.\nType: {AGAIN}"
        )  # without this, a foreign .venv would make us start ourselves forever
    os.environ[REEXECUTED] = "1"
    sys.stdout.flush()
    try:
        os.execve(PYTHON, [str(PYTHON), "-m", "workshop", *arguments], environment.handed_on())
    except OSError as error:
        raise InstallError(f"{PYTHON} does not start: {error}\nType: {AGAIN}") from error


@contextmanager
def lock() -> Iterator[None]:
    """Let only one command install at a time. Says so if it has to wait."""
    try:
        LOCK.parent.mkdir(exist_ok=True)
        handle = LOCK.open("a", encoding="utf-8")
    except OSError as error:
        raise InstallError(_blocked(error)) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another `workshop` command is installing in this folder; waiting for it …", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def install(dev: bool) -> None:
    """Make `.venv`, or bring it up to date with the locks. Call it under `lock`. Raises InstallError."""
    began = time.monotonic()
    print(f"Installing the course into {VENV} (log: {LOG.relative_to(ROOT)})", flush=True)
    try:
        LOG.write_text(f"{time.strftime('%Y-%m-%d %H:%M:%S')} Python {sys.version}\n", encoding="utf-8")
        if bad := bad_place():
            raise InstallError(f"{ROOT} {bad}.\nCopy the clone to a folder of your own:\n{MOVE}")
        if not is_usable() or is_inside_broken():
            _make()
        STAMP.unlink(missing_ok=True)
        MAKING.touch()
        _packages(dev)
        _install("The workshop itself", "-e", ".")  # not its path: a `#` or `; ` in it would end it
        _start_lines()
        Stamp.wanted(dev).write()
        MAKING.unlink(missing_ok=True)
    except OSError as error:
        raise InstallError(_blocked(error)) from error
    print(f"Installed in {time.monotonic() - began:.0f} s", flush=True)


def _start_lines() -> None:
    """Write what every Python of `.venv` does at its start: `PATHS` and, once our own package can be
    imported, `HOOK`.
    """
    packages = VENV / "lib" / f"python{_venv_python()}" / "site-packages"
    packages.mkdir(parents=True, exist_ok=True)
    (packages / "00_workshop.pth").write_text(PATHS, encoding="utf-8")
    (packages / HOOK_FILE).write_text(HOOK, encoding="utf-8")


def is_inside_broken() -> bool:
    """Return whether this is the environment's own interpreter, but of another version than the environment
    says.
    """
    return is_inside() and f"{sys.version_info[0]}.{sys.version_info[1]}" != _venv_python()


def _make() -> None:
    """Put an empty environment in place of whatever is at `.venv`."""
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        raise InstallError(
            f"The disk is too full: {free / 1e6:.0f} MB are free where {ROOT} lies, and the install needs "
            f"{NEEDED_BYTES / 1e6:.0f} MB.\nFree some space, then type: {UP}"
        )
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.is_dir() and any(VENV.iterdir()) and not (STAMP.exists() or MAKING.exists()):
        aside = ROOT / ".lab" / time.strftime("venv-%Y%m%d-%H%M%S")
        VENV.rename(aside)
        print(
            f"  There was a .venv that this command did not make; it was moved to {aside.relative_to(ROOT)}",
            flush=True,
        )
    elif VENV.exists():
        print("  Removing the old .venv", flush=True)
        _remove(VENV)
    VENV.mkdir()
    MAKING.touch()
    base = getattr(sys, "_base_executable", sys.executable) if is_inside() else sys.executable
    _run(f".venv with Python {sys.version_info[0]}.{sys.version_info[1]}", [base, "-m", "venv", str(VENV)])


def _remove(folder: Path) -> None:
    """Delete one of our environments. Moves it away first: a half-deleted one would look like somebody
    else's.
    """
    doomed = ROOT / ".lab" / "old-venv"
    shutil.rmtree(doomed, ignore_errors=True)  # left by an interrupted removal
    folder.rename(doomed)
    shutil.rmtree(doomed)


def _uv() -> list[str]:
    """Return the command that runs uv: the one on PATH, else the one in `.venv`."""
    found = shutil.which("uv")
    return [found] if found else [str(VENV / "bin" / "uv")]


def _packages(dev: bool) -> None:
    """Install exactly what the locks name, with bytecode: with uv, or with pip where uv can't reach the
    packages.

    pip reads the user's pip configuration (a company's mirror, say), which uv does not.
    """
    if not Path(_uv()[0]).exists():
        _run("uv, the installer", [str(PYTHON), "-m", "pip", "install", "--quiet", "uv"])
    locks = [part for path in ([LEARNER, TESTS] if dev else [LEARNER]) for part in ("-r", str(path))]
    count = sum(
        line[:1].isalnum()
        for path in locks[1::2]
        for line in Path(path).read_text(encoding="utf-8").splitlines()
    )
    _install(f"{count} packages, about 200 MB to fetch the first time", *locks)


def _install(title: str, *what: str) -> None:
    """Install with uv, or with pip where uv can't reach the packages."""
    try:
        _run(
            title,
            [*_uv(), "pip", "install", "--python", str(PYTHON), "--compile-bytecode", "--no-deps", *what],
        )
    except InstallError:
        if not _is_network(LOG.read_text(encoding="utf-8", errors="replace")):
            raise
        print("  uv could not fetch what that needs; trying with pip, which is slower", flush=True)
        _run(f"{title}, with pip", [str(PYTHON), "-m", "pip", "install", "--no-deps", *what])


def _run(title: str, command: Sequence[str]) -> None:
    """Run one step of the install: print a line with its duration, write its output to the log. Raises
    InstallError.
    """
    began = time.monotonic()
    print(f"  {title} … ", end="", flush=True)
    with LOG.open("ab") as log:
        log.write(f"\n$ {shell.line(*command)}\n".encode(errors="replace"))
        log.flush()
        start = log.tell()
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env=environment.clean(os.environ) | QUIETLY,
        )
        try:
            code = _wait(child, began)
        except BaseException:
            child.terminate()
            child.wait()
            raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)
    if code:
        with LOG.open("rb") as log:
            log.seek(start)
            raise InstallError(_failure(title, log.read().decode(errors="replace")))


def _wait(child: subprocess.Popen[bytes], began: float) -> int:
    """Wait for a step; print a sign of life every ten seconds."""
    while True:
        try:
            return child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            print(f"{time.monotonic() - began:.0f} s … ", end="", flush=True)


def _is_network(output: str) -> bool:
    """Return whether an installer's output reports a registry that can't be reached, or that lacks what was
    asked for.
    """
    marks = [
        "dns error",
        "error sending request",
        "failed to fetch",
        "connection",
        "timed out",
        "client error",
    ]
    marks += [
        "no matching distribution",
        "not found in the package registry",
        "temporary failure",
        "max retries",
    ]
    return any(mark in output.lower() for mark in marks)


def _failure(title: str, output: str) -> str:
    """Return the message for a step that failed: what, why as far as known, and what to type next."""
    words = "\n".join("    " + line[:160] for line in output.strip().splitlines()[-12:])
    lowered = output.lower()
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if "no space left" in lowered or "os error 28" in lowered:
        why = f"The disk is full. Free about {NEEDED_BYTES / 1e9:.0f} GB, then type: {UP}"
    elif "read-only file system" in lowered or "permission denied" in lowered:
        why = f"This user may not write there. Copy the clone to a folder of your own:\n{MOVE}"
        if "permission denied" in lowered and str(ROOT) not in output:
            why = "That folder is none of the course's. In your home, take it back:\n"
            why += f"sudo chown -R $USER ~/.cache ~/.local && {UP}"
    elif "certificate" in lowered:
        why = (
            "The registry's certificate is not trusted here, as behind a company's proxy. Say where the company's own ones are:\n"
            f"export SSL_CERT_FILE=/path/to/certificates.pem PIP_CERT=/path/to/certificates.pem\nthen type: {UP}"
        )
    elif "ensurepip" in lowered:
        why = (
            "This Python came without the parts that make environments.\n"
            f"Debian, Ubuntu: sudo apt install python{version}-venv\nthen type: {UP}"
        )
    elif _is_network(output):
        why = (
            "The package registry could not be reached. Is the network there? Behind a proxy, set HTTPS_PROXY; for a mirror,\n"
            f"UV_DEFAULT_INDEX (uv) or index-url in pip's configuration. Then type: {UP}"
        )
    else:
        why = f"To try again from the start: {UP}"
    return f"The install stopped at: {title}\n{words}\n{why}\nThe whole log: {LOG}"


def _blocked(error: OSError) -> str:
    if error.errno == 28:
        return f"The disk is full ({error}).\nFree about {NEEDED_BYTES / 1e9:.0f} GB, then type: {UP}"
    return f"This user may not write into {ROOT} ({error}).\nCopy the clone to a folder of your own:\n{MOVE}"
