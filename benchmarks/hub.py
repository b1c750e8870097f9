"""How long a lesson takes on a hub, and how much memory each learner needs, when a class runs it at once.

    HUB_TOKEN=... .venv/bin/python benchmarks/hub.py ana ben cem [--hub http://127.0.0.1:8000] [--lesson 03]

As root, on the machine of a hub like the one of deploy/jupyterhub_config.py. The token is that of a service
with the scopes `admin:users` and `admin:servers`. The script has the hub start a server for each learner,
executes the lesson's cells in each one's name, and looks at all their processes once a second. Its table goes
into docs/hub.md by hand. Exit code 1 if a lesson fails.
"""

from __future__ import annotations

import argparse
import os
import pwd
import subprocess
import sys
import threading
import time

import httpx
import psutil
from common import MB, table

from workshop.config import ROOT

PARTS = {
    "workshop.gateway": "model gateway",
    "workshop.weather": "weather service",
    "start-dev": "Temporal server",
    "singleuser": "Jupyter server",
    "ipykernel": "kernel",
    "processes.keeper": "keeper, workers, web server",
}


def start_servers(hub: str, names: list[str]) -> None:
    """Have the hub start each learner's server, and wait until all are ready."""
    token = {"Authorization": f"token {os.environ['HUB_TOKEN']}"}
    with httpx.Client(base_url=hub, headers=token, trust_env=False, timeout=60) as api:
        for name in names:
            api.post(f"/hub/api/users/{name}")
            api.post(f"/hub/api/users/{name}/server")
        for name in names:
            while not api.get(f"/hub/api/users/{name}").json()["servers"].get("", {}).get("ready"):
                time.sleep(0.5)


def environment_of(name: str) -> dict[str, str]:
    """Return the environment of a learner's Jupyter server: it has their folder and their ports."""
    for process in psutil.process_iter(["username", "cmdline"]):
        if process.info["username"] != name or "singleuser" not in " ".join(process.info["cmdline"] or ()):
            continue
        if "WORKSHOP_HOME" in (found := process.environ()):  # and not that of the shell that started it
            return found
    raise SystemExit(f"{name} has no server.")


def execute(name: str, lesson: str, done: dict[str, tuple[float, int]]) -> None:
    """Execute a lesson's cells in a learner's name."""
    user = pwd.getpwnam(name)
    began = time.monotonic()
    told = subprocess.run(
        [sys.executable, "-m", "workshop", "run", lesson],
        cwd=ROOT,
        env=environment_of(name),
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    done[name] = (time.monotonic() - began, told.returncode)


def look(names: list[str]) -> dict[str, dict[str, float]]:
    """Return the proportional share in MB of each part, for each learner."""
    seen: dict[str, dict[str, float]] = {name: {} for name in names}
    for process in psutil.process_iter(["username", "cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        part = next((said for word, said in PARTS.items() if word in line), "")
        if process.info["username"] in seen and part:
            mine = seen[process.info["username"]]
            try:
                mine[part] = mine.get(part, 0.0) + process.memory_full_info().pss / MB
            except psutil.Error:  # it has ended meanwhile
                continue
    return seen


def main() -> int:
    command = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    command.add_argument("names", nargs="+")
    command.add_argument("--hub", default="http://127.0.0.1:8000")
    command.add_argument("--lesson", default="03")
    given = command.parse_args()
    start_servers(given.hub, given.names)
    done: dict[str, tuple[float, int]] = {}
    most: dict[str, dict[str, float]] = {name: {} for name in given.names}
    runs = [threading.Thread(target=execute, args=(name, given.lesson, done)) for name in given.names]
    for run in runs:
        run.start()
    while any(run.is_alive() for run in runs):
        for name, seen in look(given.names).items():
            most[name] = max(most[name], seen, key=lambda parts: sum(parts.values()))
        time.sleep(1)
    columns = [*PARTS.values()]
    rows = [
        {
            "learner": name,
            "seconds": round(done[name][0]),
            **{part: round(most[name].get(part, 0)) for part in columns},
            "together": round(sum(most[name].values())),
        }
        for name in given.names
    ]
    print(table(rows))
    return max(code for _, code in done.values())


if __name__ == "__main__":
    sys.exit(main())
