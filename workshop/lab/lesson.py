"""What every method of `Lab` needs: the lesson's folder, its settings, the clients of its services."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from pathlib import Path
from typing import Any

from dotenv import load_dotenv

from workshop import environment
from workshop.config import ENV_FILE, HOME, MY_WORK, ROOT, STAGES, settings
from workshop.errors import LabError
from workshop.keeping.plain_env import make_plain
from workshop.words import count
from workshop.workspace import files
from workshop.workspace.control import Gateway, Weather
from workshop.workspace.temporal import Background

OFF = "To turn it off: lab.clear_faults()"
ALL_OFF = "To turn them off: lab.clear_faults()"


class Lesson:
    """One lesson's folder under `my_work/`, its settings and the clients of its services."""

    def __init__(self, stage: str) -> None:
        if stage not in STAGES and stage.removesuffix("_exercise") not in STAGES:
            raise LabError(f"There is no stage {stage!r}. The stages are: {', '.join(STAGES)}.")
        self.stage = stage
        make_plain(ENV_FILE)
        self.settings = settings()
        self.folder = MY_WORK / stage
        self._enter_folder()
        self.title = f"{'lesson' if stage in STAGES else 'exercise'} {stage[:2]}'s notebook"
        self.gateway = Gateway(self.settings.gateway_url, self.title)
        self.weather = Weather(self.settings.weather_service_url, self.title)
        self._temporal = Background(self.settings.temporal_address)
        self._cells = files.Cells(self.folder)
        self._cells.forget_imports()

    def _enter_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LabError(
                f"The lesson's folder can't be made: {error.strerror}, {self.folder}.\n"
                "To see what to type, in a terminal: python3 -m workshop doctor"
            ) from error
        os.chdir(self.folder)
        if str(self.folder) in sys.path:  # another lesson's folder may have been put before it
            sys.path.remove(str(self.folder))
        sys.path.insert(0, str(self.folder))
        # If a module is edited twice within a second, its .pyc would hide the second edit from a worker.
        sys.dont_write_bytecode = True
        environment.isolate()
        # the `!` lines of cells are written for it, whatever shell the learner uses
        os.environ["SHELL"] = "/bin/sh"
        load_dotenv(ENV_FILE, override=True)
        os.environ.update(self.settings.environment())

    @property
    def _breakable(self) -> dict[str, Gateway | Weather]:
        return {"model": self.gateway, "weather": self.weather}

    def faults_on(self, before: float = math.inf, *, of_others: bool = False) -> str:
        """Return a sentence on the faults that are on; empty if none is, or if the services don't answer.

        `before`: only those set before this moment, in epoch seconds. `of_others`: none that this notebook
        has set.
        """
        found = []
        for client in self._breakable.values():
            with contextlib.suppress(LabError):
                found += [
                    f"{fault['kind']} for the {client.name}{whose}"
                    for fault in client.faults()
                    if fault["set_at"] < before and ((whose := _whose(fault)) or not of_others)
                ]
        match found:
            case []:
                return ""
            case [one]:
                return f"A fault is on: {one}. {OFF}"
            case _:
                return f"Faults are on: {', '.join(found)}. {ALL_OFF}"

    def faults_of_others(self) -> str:
        """Return a sentence on the faults that are on and that this notebook did not set; else empty."""
        return self.faults_on(of_others=True)

    def _notebook(self) -> Path:
        place = HOME if (HOME / "notebooks").exists() else ROOT  # on a hub, learners have copies of their own
        if self.stage in STAGES:
            return place / "notebooks" / f"{self.stage}.ipynb"
        return place / "exercises" / self.stage.removesuffix("_exercise") / "exercise.ipynb"

    def bring(self, *names: str, stage: str = "") -> None:
        """Copy finished files or folders from `solutions/` into the lesson's folder; with no names, all files
        except those that this notebook's own cells write. Files that you changed are backed up, and a line
        says where. `stage`: the lesson to copy from, if not this one.
        """
        stage = stage or self.stage.removesuffix("_exercise")
        leave = files.written_by(self._notebook())
        brought = self._cells.bring(ROOT / "solutions" / stage, names, leave)
        print(files.tree(brought))
        new = sum(brought.values())
        there = f"{new} new" if new == len(brought) else f"{new} new, {len(brought) - new} as before"
        print(f"{count(len(brought), 'file')} in my_work/{self.stage}: {there}.")


def _whose(fault: dict[str, Any]) -> str:
    """Say who has set a fault; empty if it was this process."""
    owner = fault["owner"]
    if owner is None:
        return " (set outside the notebooks)"
    return "" if owner["pid"] == os.getpid() else f" (set by {owner['name']})"
