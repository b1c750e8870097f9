"""A JupyterHub for a small group who trust each other, on one Linux machine. How to start it: docs/hub.md

Each learner is a user of the machine with a server, services and ports of their own.
"""

import json
import os
import socket
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("HUB_STATE", "/srv/jupyterhub"))
PORTS = ("TEMPORAL_PORT", "TEMPORAL_UI_PORT", "GATEWAY_PORT", "WEATHER_PORT")
PORTS += ("RESEARCH_APP_PORT", "RESEARCH_EXERCISE_PORT", "BOARD_PORT", "JUPYTER_PORT")
BLOCKS = range(20000, 32000, 10)
"""Where each learner's ports begin: below the ports that Linux gives to outgoing connections."""

c = get_config()  # noqa: F821


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def give_ports(spawner):
    """Give a learner ports that are free now and nobody else's, and the same ones ever after."""
    file = STATE / "ports.json"
    given = json.loads(file.read_text()) if file.exists() else {}
    if spawner.user.name not in given:
        given[spawner.user.name] = next(
            first
            for first in BLOCKS
            if first not in given.values() and all(is_free(first + n) for n in range(len(PORTS)))
        )
        draft = file.with_suffix(".new")  # a crash leaves the old file or the new one, never half of it
        draft.write_text(json.dumps(given, indent=1))
        draft.replace(file)
    first = given[spawner.user.name]
    spawner.environment |= {name: str(first + n) for n, name in enumerate(PORTS)}


# Who may come in, and where. For a network, set `ssl_key` and `ssl_cert`, or put a proxy with TLS before it.
c.JupyterHub.bind_url = os.environ.get("HUB_BIND", "http://127.0.0.1:8000")
c.JupyterHub.public_url = os.environ.get(
    "HUB_URL", ""
)  # as in https://hub.example.org: links carry it into terminals too
c.JupyterHub.authenticator_class = "pam"  # the machine's own users and passwords
c.LocalAuthenticator.allowed_groups = {"learners"}
c.JupyterHub.db_url = f"sqlite:///{STATE}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")

# What is started for each learner.
c.JupyterHub.spawner_class = "localprocess"
c.Spawner.cmd = [str(COURSE / "deploy" / "start"), "jupyterhub-singleuser"]
c.Spawner.pre_spawn_hook = give_ports
c.Spawner.start_timeout = 120  # ten at once on two cores
c.Spawner.http_timeout = 120
c.LocalProcessSpawner.interrupt_timeout = 30  # `deploy/start` ends the services before it ends

# Idle servers end, and their services with them. Workflows are kept in the learner's database.
c.JupyterHub.services = [
    {
        "name": "cull",
        "command": [
            *(sys.executable, "-m", "jupyterhub_idle_culler"),
            f"--timeout={os.environ.get('HUB_IDLE_S', '3600')}",
        ],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "cull",
        "services": ["cull"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }
]
