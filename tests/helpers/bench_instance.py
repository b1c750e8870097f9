"""A complete set of services for tests: a home in a temporary folder, free ports, and an orderly end.

Outside pytest: `with bench_instance(Path("/tmp/some-home"), latency=0.2) as bench: ...`
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from workshop.config import ENV_SAMPLE, PRACTICE_KEY, Settings
from workshop.processes import process as processes
from workshop.processes.record import MARK
from workshop.processes.service import Service
from workshop.processes.supervisor import Supervisor
from workshop.services.catalog import services, settings_of

PORTS = range(18000, 30000)
"""Below the range that the system uses for outgoing connections."""
QUICK = {"GOGC": "200"}
"""Temporal collects garbage at three times as much, not at a learner's quarter more: a quarter of its work less,
for 30 MB.
"""


def free_ports(count: int) -> list[int]:
    """Return ports that nothing holds now: random ones, so that parallel test processes rarely choose the
    same.
    """
    found: list[int] = []
    for port in random.SystemRandom().sample(PORTS, k=400):
        if not processes.is_port_held(port):
            found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError(f"no {count} free ports between {PORTS.start} and {PORTS.stop}")


def write_env(home: Path, latency: float = 0.0, **values: object) -> dict[str, str]:
    """Write a home's `.env`, the sample with free ports and the given values (names in small letters). Return
    the values.
    """
    names = [name for name in Settings.model_fields if name.endswith("_port")]
    chosen = {name.upper(): str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
    chosen["PRACTICE_LATENCY_S"] = str(latency)
    chosen |= {name.upper(): str(value) for name, value in values.items()}
    home.mkdir(parents=True, exist_ok=True)
    # first: the sample refers to the ports
    head = "".join(f"{name}={value}\n" for name, value in chosen.items())
    kept = [line for line in ENV_SAMPLE.read_text().splitlines() if line.partition("=")[0] not in chosen]
    (home / ".env").write_text(head + "\n".join(kept) + "\n")
    return chosen


@dataclass(frozen=True)
class Bench:
    """Running services. `env` is the environment for subprocesses that use them."""

    home: Path
    supervisor: Supervisor
    env: dict[str, str]

    @property
    def settings(self) -> Settings:
        return settings_of(self.home)


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a learner's process in this home, with no key and no setting from the shell
    that runs the tests.
    """
    now = settings_of(home)
    ours = {name.upper() for name in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name not in ours and name != MARK}
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**inherited, **now.environment(), "OPENAI_API_KEY": PRACTICE_KEY, "WORKSHOP_HOME": str(home)}


def _quick(service: Service) -> dict[str, str]:
    return {**service.environment(), **QUICK}


def _up(home: Path, latency: float, lab: bool, values: dict[str, object]) -> Supervisor:
    """Start the services of a home. If another test process has taken a port meanwhile, use other ports."""
    failed = [""]
    for _ in range(3):
        write_env(home, latency, **values)
        chosen = services(home, settings_of(home), lab)
        supervisor = Supervisor(
            home, [replace(service, environment=partial(_quick, service)) for service in chosen]
        )
        with supervisor.lock():
            failed = [outcome.error for outcome in supervisor.up() if outcome.action == "failed"]
            if not failed:
                return supervisor
            supervisor.down()
        if not any(taken in error for error in failed for taken in ("already in use", "is held by")):
            break
    raise AssertionError("\n".join(failed))


@contextmanager
def bench_instance(home: Path, latency: float = 0.0, lab: bool = False, **values: object) -> Iterator[Bench]:
    """Start the services of a home and stop them at the end. `latency` in seconds: how long the practice
    model thinks.
    """
    supervisor = _up(home, latency, lab, values)
    try:
        yield Bench(home, supervisor, environment(home))
    finally:
        with supervisor.lock():
            supervisor.down()
