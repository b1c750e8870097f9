"""The services of a home, in the order in which they are listed."""

from __future__ import annotations

import sys
from pathlib import Path

from workshop import config, shell
from workshop.config import ROOT, Settings
from workshop.errors import LabError
from workshop.processes.health import bench_health
from workshop.processes.service import Port, Service
from workshop.processes.supervisor import Supervisor
from workshop.services import jupyter, temporal

SOURCE = (ROOT / "workshop", ROOT / ".venv" / "workshop.json")
"""What makes the gateway and the weather service restart when it changes: the code, with its tables and
articles, and what every install writes.
"""

KEEPS = {"gateway": "bill.sqlite", "weather": "notices.sqlite"}
DATABASES = {"temporal": temporal.database(Path()).name, **KEEPS}
"""The file in `.lab` in which each service keeps what it must not lose."""


def settings_of(home: Path) -> Settings:
    """Return the settings in the `.env` of a home as it is now."""
    return config.settings(home)


def services(home: Path, settings: Settings, lab: bool = True) -> tuple[Service, ...]:
    """Return what runs beside the notebooks; with `lab`, JupyterLab too."""
    practice = "practice model" if settings.is_practice else f"passes calls on to {settings.upstream_name}"
    live = (
        "live alerts from " + settings.weather_url
        if settings.weather_url != settings.weather_service_url
        else ""
    )
    beside = (
        temporal.service(home, settings),
        _bench(home, "gateway", "Model gateway", Port(settings.gateway_port, "GATEWAY_PORT"), practice),
        _bench(
            home,
            "weather",
            "Weather service",
            Port(settings.weather_port, "WEATHER_PORT"),
            live or "sample alerts",
        ),
    )
    return (*beside, jupyter.service(home, settings)) if lab else beside


def _bench(home: Path, name: str, title: str, port: Port, note: str) -> Service:
    return Service(
        name=name,
        title=title,
        ports=(port,),
        command=lambda: [sys.executable, "-m", f"workshop.{name}"],
        health=lambda: bench_health(port.number, home),
        environment=lambda: {"WORKSHOP_HOME": str(home)},
        keeps=home / ".lab" / KEEPS[name],
        source=SOURCE,
        note=note,
    )


def supervisor(home: Path, lab: bool = True) -> Supervisor:
    """Return the supervisor of a home, with its `.env` as it is now. Raises LabError if `.lab` is a file."""
    if (lab_folder := home / ".lab").exists() and not lab_folder.is_dir():
        raise LabError(
            f"{lab_folder} is a file, and has to be a folder: what runs is written down in it.\n"
            f"To put it aside: {shell.line('mv', lab_folder, f'{lab_folder}-aside')}. Then type the same "
            "command again."
        )
    return Supervisor(home, services(home, settings_of(home), lab))
