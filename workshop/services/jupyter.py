"""JupyterLab as the course starts it: from `.venv`, on loopback, quiet, with only a learner's folders in the
file browser.

Its configuration folder is in `.lab/`: a password, a port or a certificate of somebody's own Jupyter can't
get between a learner and lesson 00.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from workshop.config import ROOT, Settings
from workshop.processes.health import Health, get_json
from workshop.processes.record import MARK
from workshop.processes.service import Port, Service

FIRST_LESSON = "/lab/tree/notebooks/00_start_here.ipynb"
HIDDEN = [
    "course",
    "workshop",
    "benchmarks",
    "binder",
    "deploy",
    "tests",
    "docs",
    "pack",
    "site",
    "wheels",
    "*.egg-info",
    "*.lock",
    "pyproject.toml",
    "requirements*.txt",
]
"""What a learner doesn't need to see. Names that begin with a dot are hidden by Jupyter itself."""
HIDDEN += ["__pycache__", "*.pyc"]  # Jupyter's own defaults, which this list replaces
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    # a long line of code goes on below: nothing hides at the side of a cell, in whatever window
    "@jupyterlab/notebook-extension:tracker": {"codeCellConfig": {"lineNumbers": False, "lineWrap": True}},
}
CONFIGURATION = f"""# Written by `python3 -m workshop up`.
# Terminals and kernels must not be taken for JupyterLab itself.
import atexit
import os
from pathlib import Path

from workshop.services import terminal

home = os.environ.pop({MARK!r}, "").partition("@")[2]
folder = Path(os.environ["WORKSHOP_HOME"], ".lab/jupyter/terminal")
get_config().ServerApp.terminado_settings = {{"shell_command": terminal.command(folder)}}
# File > Shut Down is no crash: one that ends as it should takes its record along.
atexit.register((Path(home) / ".lab/services/jupyter.json").unlink, missing_ok=True)
"""


def kept_token(home: Path) -> str:
    """Return the token that opens JupyterLab; empty if none has been made yet."""
    path = _token(home)
    kept = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    return kept if len(kept) >= 32 else ""


def _token(home: Path) -> Path:
    return home / ".lab" / "jupyter" / "token"


def token(home: Path) -> str:
    """Return the token that opens JupyterLab. It is kept in `.lab/`, so bookmarks go on working."""
    if kept := kept_token(home):
        return kept
    path = _token(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_hex(24)
    path.write_text(made, encoding="utf-8")
    return made


def environment(home: Path, settings: Settings) -> dict[str, str]:
    """Return what kernels and terminals inherit: `.env` wins over the shell, `.venv` is first on PATH."""
    values = {name: value for name, value in dotenv_values(home / ".env").items() if value is not None}
    folder = home / ".lab" / "jupyter"
    return {
        **values,
        **settings.environment(),
        "WORKSHOP_HOME": str(home),
        "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath)]),
        "VIRTUAL_ENV": sys.prefix,
        "JUPYTER_TOKEN": token(home),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }


def command(home: Path, settings: Settings) -> list[str]:
    """Return the command line; write the settings overrides first."""
    folder = home / ".lab" / "jupyter" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "overrides.json").write_text(json.dumps(OVERRIDES, indent=1), encoding="utf-8")
    (folder.parent / "jupyter_server_config.py").write_text(CONFIGURATION, encoding="utf-8")
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": settings.jupyter_port,
        "ServerApp.port_retries": 0,  # a port that is taken is an error with a name, never another port
        # containers often have no other user; it listens on loopback and requires the token
        "ServerApp.allow_root": True,
        "ServerApp.open_browser": False,
        "ServerApp.root_dir": ROOT,
        "ServerApp.base_url": settings.below(settings.jupyter_port) + "/",
        "ServerApp.default_url": FIRST_LESSON,
        "ServerApp.log_level": "WARN",
        "ContentsManager.hide_globs": HIDDEN,
        "LabApp.default_url": FIRST_LESSON,
        "LabApp.app_settings_dir": folder,
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.expose_app_in_browser": True,
    }
    public = urlsplit(settings.link(settings.jupyter_port))
    # the browser comes through Codespaces' port forwarding or a hub, under another name
    if public.hostname not in (None, "localhost"):
        options["ServerApp.allow_origin"] = f"{public.scheme}://{public.netloc}"
        options["ServerApp.local_hostnames"] = ["localhost", public.hostname]
    return [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]


def health(home: Path, settings: Settings) -> Health:
    """Check whether JupyterLab answers, and to our token."""
    port = settings.jupyter_port
    api = f"{settings.below(port)}/api"
    if get_json(port, api) is None:
        return Health(False)
    ours = get_json(port, f"{api}/status", headers={"Authorization": f"token {kept_token(home)}"}) is not None
    return Health(ours, ours, "a Jupyter server that doesn't know our token" if not ours else "")


def first_page(home: Path, settings: Settings) -> str:
    """Return the address to open: lesson 00, with the token."""
    return settings.link(settings.jupyter_port, f"{FIRST_LESSON}?token={token(home)}")


def service(home: Path, settings: Settings) -> Service:
    """Return JupyterLab as the supervisor runs it."""
    return Service(
        name="jupyter",
        title="JupyterLab",
        ports=(Port(settings.jupyter_port, "JUPYTER_PORT"),),
        command=lambda: command(home, settings),
        health=lambda: health(home, settings),
        environment=lambda: environment(home, settings),
    )
