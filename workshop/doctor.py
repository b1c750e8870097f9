"""`python3 -m workshop doctor`: named checks, each with the exact next command where something is wrong."""

from __future__ import annotations

import importlib
import os
import platform
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dotenv import dotenv_values
from pydantic import ValidationError
from rich.console import Console

from workshop import bootstrap
from workshop.config import ENV_SAMPLE, HOME, LAB_DIR, ROOT, Settings, settings
from workshop.errors import LabError
from workshop.services import process as processes
from workshop.services import temporal
from workshop.services.catalog import supervisor
from workshop.services.process import Record

UP = "python3 -m workshop up"
RUNNING_BYTES = 300_000_000
"""Free disk below which the database and the logs are in danger."""
PACKAGES = ("temporalio", "temporalio.openai_agents", "agents", "openai", "fastapi", "ipywidgets", "nest_asyncio")


@dataclass(frozen=True)
class Finding:
    """One line of the report. `next` is what to type; a finding that is not well has one."""

    well: bool
    text: str
    next: str = ""


Check = Callable[[], Iterator[Finding]]


def environment() -> Iterator[Finding]:
    """Python, the folder, the disk, `.venv` and its stamp."""
    for name, good, text in bootstrap.bare_checks():
        yield Finding(good, f"{name}: {text}", "" if good else UP)
    yield Finding(True, f"system: {platform.platform()}")


def packages() -> Iterator[Finding]:
    """Whether the packages of the course can be imported: a broken install shows here with its reason."""
    broken = []
    for name in PACKAGES:
        try:
            importlib.import_module(name)
        except Exception as error:  # a half-installed package can raise anything at all
            broken.append(f"{name} ({type(error).__name__}: {error})")
    if broken:
        yield Finding(False, f"packages: can't import {'; '.join(broken)}", f"rm -rf {bootstrap.VENV} && {UP}")
    else:
        yield Finding(True, f"packages: {', '.join(PACKAGES)}")


def disk() -> Iterator[Finding]:
    """Free space, and whether this user may write, where the database and the logs go."""
    free = shutil.disk_usage(HOME).free
    if free < RUNNING_BYTES:
        yield Finding(False, f"disk: {free / 1e6:.0f} MB free in {HOME}", f"free some space, then: {UP}")
    else:
        yield Finding(True, f"disk: {free / 1e9:.1f} GB free in {HOME}")
    blocked = [str(path) for path in (HOME, LAB_DIR, HOME / "my_work") if path.exists() and not os.access(path, os.W_OK)]
    if blocked:
        yield Finding(False, f"folders: no right to write in {', '.join(blocked)}", f"sudo chown -R $USER {' '.join(blocked)}")
    else:
        yield Finding(True, "folders: writable")


def env_file() -> Iterator[Finding]:
    """`.env`: there, readable, with values that make sense."""
    path = HOME / ".env"
    if not path.exists():
        yield Finding(False, f".env: missing in {HOME}", UP)
        return
    try:
        now = settings()
    except ValidationError as error:
        for each in error.errors():
            name = str(each["loc"][0]).upper()
            wrong = f".env: {name} is {each['input']!r}: {each['msg'].lower()}"
            yield Finding(False, wrong, f"mend that line in {path} (a sample: {ENV_SAMPLE}), then: {UP}")
        return
    yield Finding(True, f".env: {path}")
    yield from _key(now)
    yield from _clashes(now)


def _key(now: Settings) -> Iterator[Finding]:
    """The form of the key. Shows no more of it than its length."""
    key, exported = now.openai_api_key, os.environ.get("OPENAI_API_KEY")
    where = f"edit OPENAI_API_KEY in {HOME / '.env'}"
    if now.is_practice:
        yield Finding(True, "key: practice model")
    elif key != key.strip() or re.search(r"\s|[\"']", key):
        yield Finding(False, "key: it holds a blank or a quotation mark", where)
    elif key.lower().strip() == "practice":
        yield Finding(False, f"key: {key!r} is not `practice`, which is written in small letters", where)
    elif now.upstream_base_url == Settings.model_fields["upstream_base_url"].default and not key.startswith("sk-"):
        yield Finding(False, f"key: OpenAI's keys begin with sk-; this one ({len(key)} characters) does not", where)
    else:
        yield Finding(True, f"key: a real one ({len(key)} characters); calls are charged by {now.upstream_base_url}")
    if exported and exported != key:
        yield Finding(True, "key: the shell exports another OPENAI_API_KEY; .env decides")
    if any(part in now.upstream_base_url for part in (now.gateway_url, f"localhost:{now.gateway_port}")):
        yield Finding(
            False, "upstream: UPSTREAM_BASE_URL is the gateway itself", f"take UPSTREAM_BASE_URL out of {HOME / '.env'}"
        )


def _clashes(now: Settings) -> Iterator[Finding]:
    """Two services on one port; values in `.env` that point to another gateway than ours."""
    ports: dict[int, list[str]] = {}
    for name in Settings.model_fields:
        if name.endswith("_port"):
            ports.setdefault(getattr(now, name), []).append(name.upper())
    for port, names in ports.items():
        if len(names) > 1:
            yield Finding(False, f"ports: {' and '.join(names)} are both {port}", f"change one in {HOME / '.env'}")
    base = (dotenv_values(HOME / ".env").get("OPENAI_BASE_URL") or now.model_base_url).rstrip("/")
    if base not in (now.model_base_url, now.model_base_url.replace("127.0.0.1", "localhost")):
        yield Finding(
            False,
            f"OPENAI_BASE_URL is {base}: model calls would pass by the gateway, its bill and its faults",
            f"in {HOME / '.env'}: OPENAI_BASE_URL={now.model_base_url} (another endpoint goes into UPSTREAM_BASE_URL)",
        )


def services() -> Iterator[Finding]:
    """Each service: running, healthy, of this home, on the port that `.env` names; who holds a port otherwise."""
    for status in supervisor(HOME).status():
        line = f"{status.service.title}: {status.state}, port {status.service.port}"
        if status.state == "port taken":
            yield Finding(False, line, status.detail.replace("\n", " "))
        elif status.state == "unhealthy":
            yield Finding(False, f"{line}, process {status.pid} does not answer", UP)
        elif status.state == "stopped":
            needed = status.service.name != "jupyter"
            yield Finding(not needed, line, UP if needed else "")
        else:
            yield Finding(True, f"{line}{', process ' + str(status.pid) if status.pid else ''}  {status.detail}".rstrip())
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
    """The `temporal` program, and the lock on the database."""
    try:
        program = temporal.binary()
        found = temporal.version(program)
    except LabError as error:
        yield Finding(False, f"temporal: {error}".splitlines()[0], str(error).splitlines()[1])
        return
    if found == (0,):
        yield Finding(False, f"temporal: {program} does not start", f"rm -rf {bootstrap.VENV} && {UP}")
    else:
        yield Finding(True, f"temporal: {program}, version {'.'.join(map(str, found))}")
    record = Record.read(LAB_DIR / "services" / "temporal.json")
    lock = LAB_DIR / "temporal.db.lock"
    if processes.is_locked(lock) and not (record and record.process()):
        yield Finding(
            False, f"database: {lock} is held by a server that is not in our records", f"fuser {lock}   (stop that), then: {UP}"
        )
    else:
        yield Finding(True, f"database: {temporal.database(HOME)}")


def records() -> Iterator[Finding]:
    """Records of processes that have ended: harmless, tidied by the next `up`, but a sign that something died."""
    for path in sorted([*LAB_DIR.glob("services/*.json"), *LAB_DIR.glob("workers/*.json")]):
        record = Record.read(path)
        if record is None or record.process() is None:
            log = LAB_DIR / "logs" / f"{path.stem}.log"
            yield Finding(False, f"records: {path.stem} has died (its log: {log})", UP)


def network() -> Iterator[Finding]:
    """Proxy variables that would send calls to loopback elsewhere."""
    proxies = [name for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy") if os.environ.get(name)]
    exempt = os.environ.get("NO_PROXY", os.environ.get("no_proxy", ""))
    hosts = {host.strip() for host in exempt.split(",")}
    if proxies and not ({"127.0.0.1", "*"} & hosts):
        yield Finding(
            False,
            f"proxy: {', '.join(proxies)} would catch calls to the local gateway",
            'export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}"   then: python3 -m workshop down, and up',
        )
    else:
        yield Finding(True, "proxy: none that stands between lessons and services")


def clock() -> Iterator[Finding]:
    """A clock that is wrong by a lot breaks certificates, time-outs shown in pictures, and bytecode checks."""
    newest = max((path.stat().st_mtime for path in ROOT.glob("workshop/*.py")), default=0.0)
    if time.time() < newest - 120:
        yield Finding(
            False, f"clock: it says {time.strftime('%Y-%m-%d %H:%M')}, before the files of the course were made", "sudo date -s …"
        )
    else:
        yield Finding(True, f"clock: {time.strftime('%Y-%m-%d %H:%M %Z')}")


CHECKS: tuple[Check, ...] = (environment, packages, disk, env_file, temporal_server, services, records, network, clock)


def examine() -> Iterator[Finding]:
    """Run every check. One that breaks is a finding itself: the others still run."""
    for check in CHECKS:
        try:
            yield from check()
        except ValidationError:
            continue  # `.env` can't be read; that is the finding of `env_file`
        except Exception as error:
            yield Finding(False, f"{check.__name__}: the check itself failed ({type(error).__name__}: {error})", UP)


def main() -> int:
    """Print the findings. Exit code 1 if one of them is bad."""
    console = Console(highlight=False, soft_wrap=True)
    bad = 0
    for finding in examine():
        console.print("ok  " if finding.well else "BAD ", style="green" if finding.well else "red", end=" ")
        console.print(finding.text, markup=False)
        if not finding.well:
            bad += 1
            console.print(f"     -> {finding.next}", markup=False)
    console.print("All is well." if not bad else f"{bad} to mend; the arrows say what to type.")
    return 1 if bad else 0
