"""`python3 -m workshop doctor`: named checks, each with the command to type if something is wrong."""

from __future__ import annotations

import errno
import importlib
import os
import platform
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from workshop import environment as shells
from workshop import safe, shell
from workshop.commands import venv
from workshop.commands.diagnosis import UP, Check, Diagnosis
from workshop.commands.doctor_env import env_file
from workshop.config import HOME, LAB_DIR, ROOT, settings
from workshop.errors import LabError, UnreadableSettings
from workshop.processes.health import get_json
from workshop.processes.locks import is_locked
from workshop.services import databases, temporal
from workshop.services.catalog import DATABASES, supervisor
from workshop.words import count
from workshop.workspace import leftovers

RUNNING_BYTES = 300_000_000
"""Free disk space below which the database and the logs are in danger, in bytes."""
CLOCK_BEHIND_S = 120
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NESTED_LOOPS = "nest_asyncio" if sys.version_info < (3, 14) else "nest_asyncio2"
PACKAGES = (
    "temporalio",
    "temporalio.openai_agents",
    "agents",
    "openai",
    "fastapi",
    "ipywidgets",
    NESTED_LOOPS,
)


def environment() -> Iterator[Diagnosis]:
    """Check Python, the folder, the disk, `.venv` and its stamp."""
    for name, good, text in venv.bare_checks():
        cure = {"folder": venv.MOVE, "disk": f"free some space, then: {UP}"}.get(name, UP)
        yield Diagnosis(good, f"{name}: {text}", "" if good else cure)
    yield Diagnosis(True, f"system: {platform.platform()}")
    if shells.left_out:
        yield Diagnosis(True, f"shell: it exports {', '.join(shells.left_out)}, which are ignored here")


def packages() -> Iterator[Diagnosis]:
    """Check that the course's packages can be imported: a broken install shows here, with its reason."""
    broken = []
    for name in PACKAGES:
        try:
            importlib.import_module(name)
        except Exception as error:  # a half-installed package can raise anything at all
            broken.append(f"{name} ({type(error).__name__}: {error})")
    if broken:
        yield Diagnosis(False, f"packages: can't import {'; '.join(broken)}", venv.AGAIN)
    else:
        yield Diagnosis(True, f"packages: {', '.join(PACKAGES)}")


def disk() -> Iterator[Diagnosis]:
    """Check free space and write access where the database and the logs go."""
    free = shutil.disk_usage(HOME).free
    if free < RUNNING_BYTES:
        yield Diagnosis(False, f"disk: {free / 1e6:.0f} MB free in {HOME}", f"free some space, then: {UP}")
    else:
        yield Diagnosis(True, f"disk: {free / 1e9:.1f} GB free in {HOME}")
    blocked = [
        (path, error)
        for path in (HOME, LAB_DIR, *LAB_DIR.glob("*/"), HOME / "my_work", *(HOME / "my_work").glob("*/"))
        if path.exists() and (error := _unwritable(path))
    ]
    for path, error in blocked:
        yield Diagnosis(
            False, f"folders: {path} can't be written ({error.strerror})", _make_writable(path, error)
        )
    if not blocked:
        yield Diagnosis(True, "folders: writable")


def _unwritable(folder: Path) -> OSError | None:
    """Return why a folder takes no new file; None if it does. To root, permissions tell nothing."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            return None
    except OSError as error:
        return error


def _make_writable(folder: Path, error: OSError) -> str:
    """Return what to type when a folder refuses files."""
    if error.errno == errno.ENOSPC:
        return f"free some space, then: {UP}"
    if error.errno == errno.EACCES:
        mine = folder.stat().st_uid == os.getuid()
        return (
            shell.line("chmod", "-R", "u+w", folder) if mine else f"sudo chown -R $USER {shell.line(folder)}"
        )
    return venv.MOVE  # mounted read-only: no permission would help


def services() -> Iterator[Diagnosis]:
    """Check each service: running, healthy, of this home, on the port that `.env` names."""
    for status in supervisor(HOME).status():
        line = f"{status.service.title}: {status.state}, port {status.service.port}"
        if status.state == "port taken":
            yield Diagnosis(False, line, status.detail.replace("\n", " "))
        elif status.state == "unhealthy":
            yield Diagnosis(False, f"{line}, process {status.pid}: {status.detail}", UP)
        elif status.state == "died":
            yield Diagnosis(False, f"{line}; {status.detail}", UP)
        elif status.state == "stopped":
            needed = status.service.name != "jupyter"
            yield Diagnosis(not needed, line, UP if needed else "")
        else:
            yield Diagnosis(
                True,
                f"{line}{', process ' + str(status.pid) if status.pid else ''}  {status.detail}".rstrip(),
            )
        for port in status.service.ports:
            if _held_on_ipv6(port.number):
                yield Diagnosis(
                    False,
                    f"port {port.number}: a stranger listens on [::1], where a browser looks first for "
                    "`localhost`",
                    f"stop it, or set {port.variable} in {HOME / '.env'}, then: {UP}",
                )


def _held_on_ipv6(port: int) -> bool:
    try:
        with socket.create_connection(("::1", port), timeout=0.5):
            return True
    except OSError:
        return False


def temporal_server() -> Iterator[Diagnosis]:
    """Check the `temporal` program, and the lock on the database."""
    try:
        program = temporal.binary()
        found = temporal.version(program)
    except LabError as error:
        yield Diagnosis(False, f"temporal: {error}".splitlines()[0], str(error).splitlines()[1])
        return
    if found == (0,):
        yield Diagnosis(False, f"temporal: {program} does not start", venv.AGAIN)
    else:
        yield Diagnosis(True, f"temporal: {program}, version {'.'.join(map(str, found))}")
    yield from _database()


def _database() -> Iterator[Diagnosis]:
    """Check that no other server works on the database."""
    ours, lock = supervisor(HOME), LAB_DIR / "temporal.db.lock"
    server = next(service for service in ours.services if service.name == "temporal")
    if is_locked(lock) and not ours.find(server):
        end = f"{shell.line('fuser', lock)}   (stop that), then: {UP}"
        yield Diagnosis(False, f"database: {lock} is held by a server that is not ours", end)
    else:
        yield Diagnosis(True, f"database: {temporal.database(HOME)}")


def kept_files() -> Iterator[Diagnosis]:
    """Check the files of workflows, bill and notices, and whether the bill takes its rows."""
    ours = supervisor(HOME, lab=False)
    for service in ours.services:
        path = LAB_DIR / DATABASES[service.name]
        if why := databases.damage(path):
            yield Diagnosis(
                False,
                f"file of {service.title}: {path} is damaged ({why})",
                f"python3 -m workshop down, then: {UP}   (it is kept, and a new one begun)",
            )
        elif service.name == "temporal" and not ours.find(service) and (gone := temporal.lost(HOME)):
            yield Diagnosis(False, f"file of {service.title}: {gone}", f"{UP}   (begins a new one)")
    for path in databases.kept(LAB_DIR):
        yield Diagnosis(
            True, f"file: {path} was damaged and set aside; a new one was begun", shell.line("rm", path)
        )
    report = get_json(settings().gateway_port, "/bench/health")
    if not isinstance(report, dict) or report.get("home") != str(HOME):
        return
    if waiting := report.get("unwritten"):
        bill = LAB_DIR / DATABASES["gateway"]
        text = f"bill: {count(waiting, 'row')} can't be written now"
        yield Diagnosis(
            not report["refusal"],
            f"{text} ({report['refusal'] or 'they are on their way'}); the gateway tries again",
            f"{shell.line('fuser', bill)}   (names who holds it; stop what is not the gateway)",
        )
    if wrong := report.get("settings"):
        yield Diagnosis(
            False, f".env: the gateway goes by the settings before the last edit ({wrong})", "correct .env"
        )


def left_on() -> Iterator[Diagnosis]:
    """Report what lessons have left on; bad is only what would break the next lesson."""
    for left in leftovers.everything(settings()):
        end = left.end if left.harm else f"{left.to_end}: {left.end}"
        yield Diagnosis(not left.harm, f"{left.kind}: {left.text}", end)


def clock() -> Iterator[Diagnosis]:
    """Check for a clock that is behind: it breaks certificates, bytecode checks, and the order of records.

    Only files tell, those of the course and those its services wrote: a clock that is ahead can't be detected
    offline.
    """
    files = (*ROOT.glob("workshop/**/*.py"), *LAB_DIR.glob("**/*.json"), *LAB_DIR.glob("*.db"))
    written = [path.stat().st_mtime for path in files]
    newest = max(written, default=0.0)
    if time.time() < newest - CLOCK_BEHIND_S:
        then = time.strftime("%Y-%m-%d %H:%M", time.localtime(newest))
        yield Diagnosis(
            False,
            f"clock: it says {time.strftime('%Y-%m-%d %H:%M')}, and a file here was written at {then}",
            _set_clock(),
        )
    else:
        yield Diagnosis(True, f"clock: {time.strftime('%Y-%m-%d %H:%M %Z')}")


def _set_clock() -> str:
    """Return the command that sets the clock of this kind of system."""
    if sys.platform == "darwin":
        return "sudo sntp -sS time.apple.com"
    return "sudo hwclock -s" if "microsoft" in platform.release().lower() else "sudo timedatectl set-ntp true"


def browser() -> Iterator[Diagnosis]:
    """Look for Chromium. Lessons need none; some tests do."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found:
        yield Diagnosis(True, f"browser for tests: {found}")
    elif find_spec("playwright"):  # the test tools are installed, so tests are run here
        yield Diagnosis(
            False,
            f"browser for tests: none of {', '.join(CHROMIUM)} is on PATH",
            "sudo apt-get install -y chromium",
        )
    else:
        yield Diagnosis(True, "browser for tests: no Chromium, which only `python3 -m workshop test` needs")


CHECKS: tuple[Check, ...] = (
    environment,
    packages,
    disk,
    env_file,
    temporal_server,
    services,
    kept_files,
    left_on,
    clock,
    browser,
)


def examine() -> Iterator[Diagnosis]:
    """Run every check. One that fails becomes a finding, and the others still run."""
    for check in CHECKS:
        try:
            yield from check()
        except (UnreadableSettings, ValidationError):
            continue  # `.env` can't be read; `env_file` reports that
        except Exception as error:
            yield Diagnosis(
                False, f"{check.__name__}: the check itself failed ({type(error).__name__}: {error})", UP
            )


def main() -> int:
    """Print the findings. Return 1 if one of them is bad."""
    console = Console(highlight=False, soft_wrap=True)
    bad = 0
    for finding in examine():
        console.print("ok  " if finding.well else "BAD ", style="green" if finding.well else "red", end=" ")
        console.print(safe.plain(finding.text), markup=False)
        if not finding.well:
            bad += 1
            command, _, words = finding.next.partition("   (")  # the arrow's line can be pasted whole
            console.print(f"     -> {command}", markup=False)
            if words:
                console.print(f"        ({words}", markup=False)
        elif finding.next:
            console.print(f"     {safe.plain(finding.next)}", markup=False)
    console.print("All is well." if not bad else f"{bad} to fix; the arrows say what to type.")
    return 1 if bad else 0
