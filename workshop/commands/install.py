"""Making and repairing `.venv` with only the standard library."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workshop import environment, shell
from workshop.attribution import HOOK, HOOK_FILE
from workshop.commands import venv
from workshop.commands.venv import InstallError

QUIETLY = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0", "UV_NO_PROGRESS": "1"}
"""Variables for the steps of an install. A `user = true` in somebody's pip configuration can't be meant for
an environment.
"""


@contextmanager
def lock() -> Iterator[None]:
    """Let only one command install at a time. Says so if it has to wait."""
    try:
        venv.LOCK.parent.mkdir(exist_ok=True)
        handle = venv.LOCK.open("a", encoding="utf-8")
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
    print(f"Installing the course into {venv.FOLDER} (log: {venv.LOG.relative_to(venv.ROOT)})", flush=True)
    try:
        venv.LOG.write_text(f"{time.strftime('%Y-%m-%d %H:%M:%S')} Python {sys.version}\n", encoding="utf-8")
        if bad := venv.bad_place():
            raise InstallError(f"{venv.ROOT} {bad}.\nCopy the clone to a folder of your own:\n{venv.MOVE}")
        if not venv.is_usable() or is_inside_broken():
            _make()
        venv.STAMP.unlink(missing_ok=True)
        venv.MAKING.touch()
        _packages(dev)
        _install("The workshop itself", "-e", ".")  # not its path: a `#` or `; ` in it would end it
        _start_lines()
        venv.Stamp.wanted(dev).write()
        venv.MAKING.unlink(missing_ok=True)
    except OSError as error:
        raise InstallError(_blocked(error)) from error
    print(f"Installed in {time.monotonic() - began:.0f} s", flush=True)


def _start_lines() -> None:
    """Write what every Python of `.venv` does at its start: `PATHS`, and `HOOK` once we can be imported."""
    packages = venv.FOLDER / "lib" / f"python{venv.python_version()}" / "site-packages"
    packages.mkdir(parents=True, exist_ok=True)
    (packages / "00_workshop.pth").write_text(venv.PATHS, encoding="utf-8")
    (packages / HOOK_FILE).write_text(HOOK, encoding="utf-8")


def is_inside_broken() -> bool:
    """Return whether this is the environment's interpreter, but of another version than it says."""
    return venv.is_inside() and f"{sys.version_info[0]}.{sys.version_info[1]}" != venv.python_version()


def _make() -> None:
    """Put an empty environment in place of whatever is at `.venv`."""
    free = shutil.disk_usage(venv.ROOT).free
    if free < venv.NEEDED_BYTES:
        raise InstallError(
            f"The disk is too full: {free / 1e6:.0f} MB are free where {venv.ROOT} lies, and the install "
            f"needs {venv.NEEDED_BYTES / 1e6:.0f} MB.\nFree some space, then type: {venv.UP}"
        )
    if venv.FOLDER.is_symlink() or venv.FOLDER.is_file():
        venv.FOLDER.unlink()
    elif (
        venv.FOLDER.is_dir()
        and any(venv.FOLDER.iterdir())
        and not (venv.STAMP.exists() or venv.MAKING.exists())
    ):
        aside = venv.ROOT / ".lab" / time.strftime("venv-%Y%m%d-%H%M%S")
        venv.FOLDER.rename(aside)
        print(
            "  There was a .venv that this command did not make; it was moved to "
            f"{aside.relative_to(venv.ROOT)}",
            flush=True,
        )
    elif venv.FOLDER.exists():
        print("  Removing the old .venv", flush=True)
        _remove(venv.FOLDER)
    venv.FOLDER.mkdir()
    venv.MAKING.touch()
    base = getattr(sys, "_base_executable", sys.executable) if venv.is_inside() else sys.executable
    _run(
        f".venv with Python {sys.version_info[0]}.{sys.version_info[1]}",
        [base, "-m", "venv", str(venv.FOLDER)],
    )


def _remove(folder: Path) -> None:
    """Delete one of our environments. Half deleted, it would look like somebody else's: move it first."""
    doomed = venv.ROOT / ".lab" / "old-venv"
    shutil.rmtree(doomed, ignore_errors=True)  # left by an interrupted removal
    folder.rename(doomed)
    shutil.rmtree(doomed)


def _uv() -> list[str]:
    """Return the command that runs uv: the one on PATH, else the one in `.venv`."""
    found = shutil.which("uv")
    return [found] if found else [str(venv.FOLDER / "bin" / "uv")]


def _packages(dev: bool) -> None:
    """Install exactly what the locks name, with bytecode: with uv, or with pip where uv can't reach the
    packages.

    pip reads the user's pip configuration (a company's mirror, say), which uv does not.
    """
    if not Path(_uv()[0]).exists():
        pip = [str(venv.PYTHON), "-m", "pip", "install", "--quiet"]
        _offline_first("uv, the installer", pip, ["uv"])
    locks = [
        part for path in ([venv.LEARNER, venv.TESTS] if dev else [venv.LEARNER]) for part in ("-r", str(path))
    ]
    count = sum(
        line[:1].isalnum()
        for path in locks[1::2]
        for line in Path(path).read_text(encoding="utf-8").splitlines()
    )
    source = f"from {venv.WHEELS}" if venv.WHEELS.is_dir() else "about 200 MB to fetch the first time"
    _install(f"{count} packages, {source}", *locks)


def _install(title: str, *what: str) -> None:
    """Install with uv, or with pip where uv can't reach the packages."""
    uv = [*_uv(), "pip", "install", "--python", str(venv.PYTHON), "--compile-bytecode", "--no-deps"]
    try:
        _offline_first(title, uv, what)
    except InstallError:
        if not _is_network(venv.LOG.read_text(encoding="utf-8", errors="replace")):
            raise
        print("  uv could not fetch what that needs; trying with pip, which is slower", flush=True)
        _run(f"{title}, with pip", [str(venv.PYTHON), "-m", "pip", "install", "--no-deps", *what])


def _offline_first(title: str, install: Sequence[str], what: Sequence[str]) -> None:
    """Install from `wheels/` alone where that is there, else or if it lacks something from the registry."""
    if venv.WHEELS.is_dir():
        # not its whole path: pip and uv would divide that at blanks and commas
        folder = ["--no-index", "--find-links", venv.WHEELS.name]
        try:
            return _run(title, [*install, *folder, *what])
        except InstallError:
            print(f"  {venv.WHEELS} lacks some of that; asking the package registry", flush=True)
    return _run(title, [*install, *what])


def _run(title: str, command: Sequence[str]) -> None:
    """Run one step of the install: print its duration, log its output. Raises InstallError."""
    began = time.monotonic()
    print(f"  {title} … ", end="", flush=True)
    with venv.LOG.open("ab") as log:
        log.write(f"\n$ {shell.line(*command)}\n".encode(errors="replace"))
        log.flush()
        start = log.tell()
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=venv.ROOT,
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
        with venv.LOG.open("rb") as log:
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
    """Return whether an installer says that a registry is out of reach, or lacks what was asked for."""
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
        why = f"The disk is full. Free about {venv.NEEDED_BYTES / 1e9:.0f} GB, then type: {venv.UP}"
    elif "read-only file system" in lowered or "permission denied" in lowered:
        why = f"This user may not write there. Copy the clone to a folder of your own:\n{venv.MOVE}"
        if "permission denied" in lowered and str(venv.ROOT) not in output:
            why = "That folder is not the course's. If it is in your home, take it back:\n"
            why += f"sudo chown -R $USER ~/.cache ~/.local && {venv.UP}"
    elif "certificate" in lowered:
        why = (
            "The registry's certificate is not trusted here, as behind a company's proxy. Say where the "
            "company's own ones are:\n"
            "export SSL_CERT_FILE=/path/to/certificates.pem PIP_CERT=/path/to/certificates.pem\n"
            f"then type: {venv.UP}"
        )
    elif "ensurepip" in lowered:
        why = (
            "This Python cannot make virtual environments.\n"
            f"Debian, Ubuntu: sudo apt install python{version}-venv\nthen type: {venv.UP}"
        )
    elif _is_network(output):
        why = (
            "The package registry could not be reached. Is the network there? Behind a proxy, set "
            "HTTPS_PROXY; for a mirror,\n"
            f"UV_DEFAULT_INDEX (uv) or index-url in pip's configuration. Then type: {venv.UP}"
        )
    else:
        why = f"To try again from the start: {venv.UP}"
    return f"The install stopped at: {title}\n{words}\n{why}\nThe whole log: {venv.LOG}"


def _blocked(error: OSError) -> str:
    if (lab := venv.LOCK.parent).is_file():
        aside = shell.line("mv", lab, f"{lab}-aside")
        return f"{lab} is a file, and has to be a folder.\nTo put it aside: {aside} && {venv.UP}"
    if error.errno == 28:
        return (
            f"The disk is full ({error}).\nFree about {venv.NEEDED_BYTES / 1e9:.0f} GB, then type: {venv.UP}"
        )
    return (
        f"This user may not write into {venv.ROOT} ({error}).\nCopy the clone to a folder of your own:\n"
        f"{venv.MOVE}"
    )
