"""Lab: the one object that a notebook opens.

`lab = Lab("03_durable_agent")` changes to the lesson's folder under `my_work/`, puts the settings from `.env`
into the environment and reports what is running. It takes care of runs, processes, the bill, faults and
drawings: each is a module here, with one of the classes that Lab is made of. The lessons' Temporal and OpenAI
code does not go through it.
"""

from __future__ import annotations

import atexit
import gc
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display
from temporalio.client import WorkflowHandle

from workshop import checks, history, safe
from workshop.checks import certificate, sharing
from workshop.checks.running import tidying
from workshop.lab.breaking import Breaking
from workshop.lab.shows import Shows
from workshop.show import Card, Link, Picture
from workshop.workspace import leftovers, outage, rescue, waits
from workshop.workspace.advice import Advice
from workshop.workspace.interrupts import Interrupts


class Lab(Breaking, Shows):
    """Everything that one lesson needs besides its own code. Every method is safe to call twice."""

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        shell = get_ipython()
        self._advice = Advice(self.folder, self._notebook(), shell.user_ns if shell else {}, self._broken)
        if shell:
            waiting_for = waits.Waits(
                self._temporal.ask, self._queues, self.pollers, self._advice.cure, self._broken
            )
            self._cells.watch(shell, tidying, waiting_for, Interrupts(shell), self._advice)
            safe.guard(shell)
            atexit.register(gc.freeze)  # a kernel that ends looks for no garbage: a restart is 0.5 s quicker
        display(self.status())
        self._starter.keeper.warm_up()

    def status(self) -> Card:
        """Check every service, report what is left from earlier. Raises LabError if a service is missing."""
        health = self.gateway.health()
        self.weather.health()
        found = self._open(self._queue())
        open_runs = "; ".join(run.text(self._calls_since) for run in found)
        mine = self._queue()
        left = list(leftovers.everything(self.settings))
        workers = "; ".join(
            each.text if each.queue == mine and not each.harm else str(each)
            for each in left
            if each.kind == "worker"
        )
        trouble = outage.trouble()
        lines: list[tuple[str, str | Link]] = [
            (
                "Services",
                f"Temporal on {self.settings.temporal_port}, model gateway on {self.settings.gateway_port}, "
                f"weather on {self.settings.weather_port}: all answer",
            ),
            *([("Temporal", trouble)] if trouble else []),
            ("Web UI", self.web_ui()),
            ("Model", self._model() if health else ""),
            ("Folder", f"my_work/{self.stage}"),
        ]
        if mine or workers or found:  # before lesson 02 nobody knows these words
            runs = f"{open_runs}. {self._go_on(found)}" if found else "none on this lesson's task queue"
            lines += [("Workers", workers or "none running"), ("Open runs", runs)]
        lines += [
            ("Also open", str(each)) for each in left if each.kind == "open runs" and each.queue != mine
        ]
        lines += [(each.kind.capitalize(), str(each)) for each in left if each.kind in ("fault", "chaos")]
        return Card(lines)

    def _model(self) -> str:
        if self.settings.is_practice:
            return "practice model: scripted rules, no key, no cost"
        return f"your key, through the gateway to {self.settings.upstream_name}: calls are charged to you"

    def check(self, name: str, **answers: Any) -> checks.Result:
        """Check a task of the exercise and show what was seen: `lab.check("01.read")`. True if it is done."""
        return checks.run(self, name, answers)

    def rescue(self, file: str) -> None:
        """Take the solution's file when you are stuck, to go on with the next checkpoint. Yours is kept."""
        rescue.rescue(self._cells, self.stage, file)

    async def certificate(self, handle: WorkflowHandle[Any, Any], *, name: str = "") -> Picture:
        """Return the crash certificate of a run that outlived its worker, saved as
        `my_work/crash_certificate.svg`. Raises LabError for a run that has earned none.
        """
        picture = certificate.certificate(self, await history.read(handle), name=name)
        sharing.share(self.stage)
        return picture

    def progress(self) -> checks.Progress:
        """Return what is done in this exercise, and what is next."""
        member = sharing.membership()
        panel = checks.panel(self.stage, member.name if member else "")
        sharing.share(self.stage)
        return panel

    def join_board(self, address: str, *, name: str) -> None:
        """Share your progress with your instructor from now on: first name, checks, tries, the kills on your
        crash certificate, and nothing else.
        """
        print(sharing.join(address, name, self.stage))

    def leave_board(self) -> None:
        """Leave the instructor's board."""
        print(sharing.leave(self.stage))
