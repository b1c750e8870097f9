"""`python3 -m workshop doctor`: named checks, each with the exact command to type next if something is wrong."""

from __future__ import annotations

import errno
import importlib
import os
import platform
import re
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError
from rich.console import Console

from workshop import environment as shells
from workshop import safe, shell
from workshop.commands import venv
from workshop.config import ENV_SAMPLE, HOME, LAB_DIR, ROOT, Settings, settings
from workshop.errors import LabError, UnreadableSettings
from workshop.keeping import rights
from workshop.keeping.plain_env import is_plain
from workshop.processes.locks import is_locked
from workshop.services import temporal
from workshop.services.catalog import supervisor
from workshop.workspace import leftovers
from workshop.workspace.control import Gateway

UP = "python3 -m workshop up"
RUNNING_BYTES = 300_000_000
"""Free disk space below which the database and the logs are in danger, in bytes."""
CLOCK_TOLERANCE_S = 120
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


@dataclass(frozen=True)
class Finding:
    """One line of the report. `next` is what to type: every bad finding has one, and so does anything that
    can still be ended.
    """

    well: bool
    text: str
    next: str = ""


Check = Callable[[], Iterator[Finding]]


def environment() -> Iterator[Finding]:
    """Check Python, the folder, the disk, `.venv` and its stamp."""
    for name, good, text in venv.bare_checks():
        cure = {"folder": venv.MOVE, "disk": f"free some space, then: {UP}"}.get(name, UP)
        yield Finding(good, f"{name}: {text}", "" if good else cure)
    yield Finding(True, f"system: {platform.platform()}")
    if shells.left_out:
        yield Finding(True, f"shell: it exports {', '.join(shells.left_out)}, which have no say here")


def packages() -> Iterator[Finding]:
    """Check that the course's packages can be imported: a broken install shows here, with its reason."""
    broken = []
    for name in PACKAGES:
        try:
            importlib.import_module(name)
        except Exception as error:  # a half-installed package can raise anything at all
            broken.append(f"{name} ({type(error).__name__}: {error})")
    if broken:
        yield Finding(False, f"packages: can't import {'; '.join(broken)}", venv.AGAIN)
    else:
        yield Finding(True, f"packages: {', '.join(PACKAGES)}")


def disk() -> Iterator[Finding]:
    """Check free space and write access where the database and the logs go."""
    free = shutil.disk_usage(HOME).free
    if free < RUNNING_BYTES:
        yield Finding(False, f"disk: {free / 1e6:.0f} MB free in {HOME}", f"free some space, then: {UP}")
    else:
        yield Finding(True, f"disk: {free / 1e9:.1f} GB free in {HOME}")
    blocked = [
        (path, error)
        for path in (HOME, LAB_DIR, HOME / "my_work")
        if path.exists() and (error := _unwritable(path))
    ]
    for path, error in blocked:
        yield Finding(
            False, f"folders: {path} can't be written ({error.strerror})", _make_writable(path, error)
        )
    if not blocked:
        yield Finding(True, "folders: writable")


def _unwritable(folder: Path) -> OSError | None:
    """Return why no file can be created in a folder; None if one can. Permissions alone don't tell: root has
    them all.
    """
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


def env_file() -> Iterator[Finding]:
    """Check that `.env` exists, is readable, and has values that make sense."""
    path = HOME / ".env"
    if not path.exists():
        yield Finding(False, f".env: missing in {HOME}", UP)
        return
    if not is_plain(path):
        yield Finding(
            False, f".env: {path} is not UTF-8 with the line ends of Unix, as all that reads it expects", UP
        )
    try:
        now = settings()
    except UnreadableSettings:
        return
    except ValidationError as error:
        for each in error.errors():
            name = str(each["loc"][0]).upper()
            wrong = f".env: {name} is {each['input']!r}: {each['msg'].lower()}"
            yield Finding(False, wrong, f"fix that line in {path} (a sample: {ENV_SAMPLE}), then: {UP}")
        return
    yield _rights(path)
    yield from _key(now)
    yield from _clashes(now)


def _rights(path: Path) -> Finding:
    """Check that only its owner can read `.env`."""
    shown = rights.readers(path)
    if not shown:
        return Finding(True, f".env: {path}")
    if not rights.keeps_rights(path.parent):
        return Finding(
            True, f".env: {path}; this disk keeps no rights, so every user of this machine can read it"
        )
    if path.stat().st_uid != os.geteuid():
        return Finding(
            False, f".env: other users can read it ({shown}), and it is not yours", f"sudo chown $USER {path}"
        )
    return Finding(False, f".env: other users can read it ({shown})", UP)


def _key(now: Settings) -> Iterator[Finding]:
    """Check the form of the key. Shows no more of it than its length."""
    key, exported = now.openai_api_key, os.environ.get("OPENAI_API_KEY")
    where = f"edit OPENAI_API_KEY in {HOME / '.env'}"
    if now.is_practice:
        yield Finding(
            True, "key: none, so the practice model answers" if not _env_has_key() else "key: practice model"
        )
    elif key != key.strip() or re.search(r"\s|[\"']", key):
        yield Finding(False, "key: it holds a blank or a quotation mark", where)
    elif key.lower().strip() == "practice":
        yield Finding(False, f"key: {key!r} is not `practice`, which is written in small letters", where)
    elif now.upstream_base_url == Settings.model_fields["upstream_base_url"].default and not key.startswith(
        "sk-"
    ):
        yield Finding(
            False, f"key: OpenAI's keys begin with sk-; this one ({len(key)} characters) does not", where
        )
    else:
        yield Finding(
            True, f"key: a real one ({len(key)} characters); calls are charged by {now.upstream_name}"
        )
        yield from _refused(now)
    if exported and exported != key:
        yield Finding(True, "key: the shell exports another OPENAI_API_KEY; .env decides")
    elif exported and not now.is_practice and not _env_has_key():
        yield Finding(True, "key: it comes from the shell, as .env has none")
    if any(part in now.upstream_base_url for part in (now.gateway_url, f"localhost:{now.gateway_port}")):
        yield Finding(
            False,
            "upstream: UPSTREAM_BASE_URL is the gateway itself",
            f"take UPSTREAM_BASE_URL out of {HOME / '.env'}",
        )


def _env_has_key() -> bool:
    return bool(dotenv_values(HOME / ".env").get("OPENAI_API_KEY"))


def _refused(now: Settings) -> Iterator[Finding]:
    """Check whether the provider refused the last hour's newest call with 401. The bill tells; no call is
    made for this.
    """
    try:
        rows = Gateway(now.gateway_url).bill(time.time() - 3600)["rows"]
    except LabError:
        return  # the gateway is down; `services` reports that
    sent = [row for row in rows if not row["practice"] and not row["fault"]]
    if sent and sent[-1]["status"] == 401:
        when = time.strftime("%H:%M", time.localtime(sent[-1]["started"]))
        yield Finding(
            False,
            f"key: {now.upstream_name} refused it at {when} (status 401)",
            f"put a valid one into {HOME / '.env'} (or OPENAI_API_KEY=practice), then run the first cell of the notebook again",
        )


def _clashes(now: Settings) -> Iterator[Finding]:
    """Find two services on one port, and values in `.env` that point to another gateway."""
    ports: dict[int, list[str]] = {}
    for name in Settings.model_fields:
        if name.endswith("_port"):
            ports.setdefault(getattr(now, name), []).append(name.upper())
    for port, names in ports.items():
        if len(names) > 1:
            yield Finding(
                False, f"ports: {' and '.join(names)} are both {port}", f"change one in {HOME / '.env'}"
            )
    base = (dotenv_values(HOME / ".env").get("OPENAI_BASE_URL") or now.model_base_url).rstrip("/")
    if base not in (now.model_base_url, now.model_base_url.replace("127.0.0.1", "localhost")):
        yield Finding(
            False,
            f"OPENAI_BASE_URL is {base}: model calls would pass by the gateway, its bill and its faults",
            f"in {HOME / '.env'}: OPENAI_BASE_URL={now.model_base_url} (another endpoint goes into UPSTREAM_BASE_URL)",
        )


def services() -> Iterator[Finding]:
    """Check each service: running, healthy, of this home, and on the port that `.env` names; if not, who
    holds the port.
    """
    for status in supervisor(HOME).status():
        line = f"{status.service.title}: {status.state}, port {status.service.port}"
        if status.state == "port taken":
            yield Finding(False, line, status.detail.replace("\n", " "))
        elif status.state == "unhealthy":
            yield Finding(False, f"{line}, process {status.pid}: {status.detail}", UP)
        elif status.state == "died":
            yield Finding(False, f"{line}; {status.detail}", UP)
        elif status.state == "stopped":
            needed = status.service.name != "jupyter"
            yield Finding(not needed, line, UP if needed else "")
        else:
            yield Finding(
                True,
                f"{line}{', process ' + str(status.pid) if status.pid else ''}  {status.detail}".rstrip(),
            )
        for port in status.service.ports:
            if _held_on_ipv6(port.number):
                yield Finding(
                    False,
                    f"port {port.number}: a stranger listens on [::1], where a browser looks first for `localhost`",
                    f"stop it, or set {port.variable} in {HOME / '.env'}, then: {UP}",
                )


def _held_on_ipv6(port: int) -> bool:
    try:
        with socket.create_connection(("::1", port), timeout=0.5):
            return True
    except OSError:
        return False


def temporal_server() -> Iterator[Finding]:
    """Check the `temporal` program, and the lock on the database."""
    try:
        program = temporal.binary()
        found = temporal.version(program)
    except LabError as error:
        yield Finding(False, f"temporal: {error}".splitlines()[0], str(error).splitlines()[1])
        return
    if found == (0,):
        yield Finding(False, f"temporal: {program} does not start", venv.AGAIN)
    else:
        yield Finding(True, f"temporal: {program}, version {'.'.join(map(str, found))}")
    yield from _database()


def _database() -> Iterator[Finding]:
    """Check that no other server works on the database."""
    bench, lock = supervisor(HOME), LAB_DIR / "temporal.db.lock"
    server = next(service for service in bench.services if service.name == "temporal")
    if is_locked(lock) and not bench.find(server):
        end = f"{shell.line('fuser', lock)}   (stop that), then: {UP}"
        yield Finding(False, f"database: {lock} is held by a server that is not ours", end)
    else:
        yield Finding(True, f"database: {temporal.database(HOME)}")


def left_on() -> Iterator[Finding]:
    """Report what lessons have left on: what works is only named; what would break the next lesson is a bad
    finding.
    """
    for left in leftovers.everything(settings()):
        yield Finding(not left.harm, f"{left.kind}: {left.text}", left.end)


def clock() -> Iterator[Finding]:
    """Check for a clock that is behind: it breaks certificates, bytecode checks, and the order of records.

    Only files tell, those of the course and those its services wrote: a clock that is ahead can't be detected
    offline.
    """
    files = (*ROOT.glob("workshop/**/*.py"), *LAB_DIR.glob("**/*.json"), *LAB_DIR.glob("*.db"))
    written = [path.stat().st_mtime for path in files]
    newest = max(written, default=0.0)
    if time.time() < newest - CLOCK_TOLERANCE_S:
        then = time.strftime("%Y-%m-%d %H:%M", time.localtime(newest))
        yield Finding(
            False,
            f"clock: it says {time.strftime('%Y-%m-%d %H:%M')}, and a file here was written at {then}",
            _set_clock(),
        )
    else:
        yield Finding(True, f"clock: {time.strftime('%Y-%m-%d %H:%M %Z')}")


def _set_clock() -> str:
    """Return the command that sets the clock of this kind of system."""
    if sys.platform == "darwin":
        return "sudo sntp -sS time.apple.com"
    return "sudo hwclock -s" if "microsoft" in platform.release().lower() else "sudo timedatectl set-ntp true"


def browser() -> Iterator[Finding]:
    """Look for Chromium. Lessons need none; some tests do."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found:
        yield Finding(True, f"browser for tests: {found}")
    elif find_spec("playwright"):  # the test tools are installed, so tests are run here
        yield Finding(
            False,
            f"browser for tests: none of {', '.join(CHROMIUM)} is on PATH",
            "sudo apt-get install -y chromium",
        )
    else:
        yield Finding(True, "browser for tests: no Chromium, which only `python3 -m workshop test` needs")


CHECKS: tuple[Check, ...] = (
    environment,
    packages,
    disk,
    env_file,
    temporal_server,
    services,
    left_on,
    clock,
    browser,
)


def examine() -> Iterator[Finding]:
    """Run every check. One that fails becomes a finding, and the others still run."""
    for check in CHECKS:
        try:
            yield from check()
        except (UnreadableSettings, ValidationError):
            continue  # `.env` can't be read; `env_file` reports that
        except Exception as error:
            yield Finding(
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
            console.print(f"     -> {finding.next}", markup=False)
        elif finding.next:
            console.print(f"     to end it: {safe.plain(finding.next)}", markup=False)
    console.print("All is well." if not bad else f"{bad} to fix; the arrows say what to type.")
    return 1 if bad else 0
