"""How a service's process is started, and the last words in its log."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from workshop import environment, shell
from workshop.errors import LabError
from workshop.processes.locks import locked_for_child
from workshop.processes.service import Service

MAX_LOG_BYTES = 5_000_000
WIDTH = 300
"""How much of a line of a log is shown: Temporal writes a stack into one."""


def launch(
    service: Service, command: Sequence[str], variables: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Start the process of a service in a session of its own. `variables` are added to its environment."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    inherited = locked_for_child(service.lock) if service.lock else ()
    try:
        with log.open("ab") as output:
            now = time.strftime("%Y-%m-%d %H:%M:%S")
            output.write(f"--- {now} {shell.line(*command)}\n".encode(errors="replace"))
            output.flush()
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=service.directory,
                env={**environment.clean(os.environ), **service.environment(), **variables},
                start_new_session=True,
                pass_fds=inherited,
            )
    except OSError as error:
        raise LabError(
            f"{service.title} could not be started: {error}\nTo see why: python3 -m workshop doctor"
        ) from error
    finally:
        for descriptor in inherited:  # the child has its own copy, and with it the lock
            os.close(descriptor)


def last_words(log: Path) -> str:
    """Return the last 12 lines of a service's log, since its last start. Of a long line, its beginning."""
    text = log.read_text(errors="replace", encoding="utf-8")[-20_000:] if log.exists() else ""
    latest = text.rsplit("--- ", 1)[-1].splitlines()[1:]
    return "\n".join("    " + line[:WIDTH] for line in latest[-12:]) or "    (nothing)"
