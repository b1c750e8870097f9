"""The processes of a lesson: workers, scripts and web servers from the learner's files."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from temporalio.client import WorkflowHandle

from workshop import timeline
from workshop.config import STAGES, settings
from workshop.errors import LabError
from workshop.keeping.folder import modules
from workshop.lab.runs import Runs
from workshop.processes import process as processes
from workshop.processes import servers
from workshop.processes.modules import find_task_queue, modules_of
from workshop.processes.pollers import identity
from workshop.processes.starter import Starter, recorded
from workshop.processes.workers import Process, Worker
from workshop.show import Link
from workshop.workspace import files, queues
from workshop.workspace.advice import Advice

GOING_S = 0.5
"""How long a killed process may still look alive, in seconds. On two busy cores, 0.16 s was seen."""


class Programs(Runs):
    """The methods of `Lab` that start and end processes."""

    _advice: Advice  # made by Lab, which knows what may be broken

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self._starter = Starter(self.folder, lambda: settings().environment(), self._pollers)
        self._worker: Worker | None = None

    def worker(
        self,
        file: str = "worker.py",
        *,
        name: str = "main",
        queue: str | None = None,
        env: Mapping[str, str] | None = None,
        terminate_open_runs: bool = False,
    ) -> Worker:
        """Start a worker process from a file in the lesson's folder, and return once it polls its task queue.

        A running worker with the same name and queue is replaced; another name adds a second worker. `env` is
        added to its environment, also when it is restarted. Raises LabError with the worker's own traceback
        if it dies at start.
        """
        queue = self._ready_queue(file, queue)
        self._make_room(name, queue or "", terminate_open_runs)

        def start(quietly: bool = False) -> Worker:
            record = self._starter.launch(file, name, queue or "", env=env)
            worker = Worker(self._starter.keeper, record, start, self._pollers, self.faults_of_others)
            seconds = self._starter.wait_until_polling(worker)
            seconds += self._until_registered(worker)
            if quietly:
                return worker
            print(f"Worker {name!r} polls {queue}: process {worker.pid}, after {seconds:.1f} s")
            print(f"  runs my_work/{self.stage}/{file}, {self._cells.author(file)}")
            self._say_bug_toggle()
            return worker

        worker = start()
        self._worker = worker if name == "main" else self._worker
        return worker

    def _until_registered(self, worker: Worker) -> float:
        """Wait for a worker's version, if it has one (see `queues`). Return the seconds that this took."""
        began, name = time.monotonic(), identity(worker.pid)
        self._temporal.ask(lambda client: queues.registered(client, worker.record.queue, name), timeout=20)
        return time.monotonic() - began

    def _ready_queue(self, file: str, queue: str | None) -> str | None:
        """Return the task queue of a worker file, after a look at what it imports. Raises LabError for a
        module that can't be read or is missing, and for a file that names no queue.
        """
        if not (self.folder / file).is_file():
            return queue
        for module in modules(self.folder):
            if problem := files.syntax_problem(module):
                raise LabError(
                    f"{problem}\nFix the cell that writes {module.name}, run it, then run this cell again."
                )
        for module in modules_of(self.folder / file):
            # a check starts programs of its own, too
            if module.exists() or not module.is_relative_to(self.folder):
                continue
            missing = self._cells.name(module)
            if sentence := self._advice.writer(missing):
                raise LabError(f"{file} imports {missing}, which is not there yet.\n{sentence}")
        queue = queue or find_task_queue(self.folder / file)
        if queue is None:
            raise LabError(
                f'{file} names no TASK_QUEUE. Say which queue it polls: lab.worker("{file}", queue="…")'
            )
        return queue

    def stand_in(self, file: str = "worker.py") -> Worker | None:
        """Start a background worker, unless you run one yourself, such as one in a terminal: then say so and
        return None.

        A background worker does not count as yours: `worker` replaces it, and one from an earlier kernel is
        about to end.
        """
        queue = find_task_queue(self.folder / file) or ""
        began = time.monotonic()
        while yours := set(self.pollers(queue)) - {identity(record.pid) for record in recorded()}:
            if time.monotonic() - began > GOING_S:
                print(f"Your own worker polls {queue}: {', '.join(sorted(yours))}. None is started here.")
                return None
            time.sleep(0.1)
        return self.worker(file)

    def _make_room(self, name: str, queue: str, terminate_open_runs: bool) -> None:
        for old in recorded():
            if (old.name, old.queue) != (name, queue) or (process := old.process()) is None:
                continue
            open_runs = self.open_runs(queue) if old.folder != str(self.folder) else []
            if open_runs and not terminate_open_runs:
                raise LabError(
                    f"A worker from another folder ({files.shown(Path(old.folder))}) runs on {queue!r}, and "
                    f"{len(open_runs)} of its runs are open: {', '.join(open_runs)}.\n"
                    "This worker would take them over with other code. To end them and go on, add "
                    "terminate_open_runs=True."
                )
            if open_runs:
                self.terminate_open_runs(queue)
            print(f"Replacing worker {name!r}, process {old.pid}")
            processes.stop(process, signal.SIGINT)

    def _say_bug_toggle(self) -> None:
        if (on := files.bug_is_on(self.folder)) is not None:
            line, name = files.BUG_LINE if on else files.GOOD_LINE, files.TOGGLED
            print(f"  bug toggle {'ON' if on else 'off'}: {line}  ({name} {self._cells.author(name)})")

    def process(self, file: str, *args: str) -> Process:
        """Start a script from the lesson's folder in the background: `lab.process("agent.py", "a text")`."""
        record = self._starter.launch(file, f"script-{time.time_ns() % 10**6}", "", args)
        print(f"Started {file}: process {record.pid}")
        return Process(self._starter.keeper, record, args, self.faults_of_others)

    def server(self, file: str = "run_server.py", *, second: bool = False) -> servers.WebServer:
        """Start the lesson's web server and return once it answers. Replaces a running one. Its address is
        `.url`.

        An exercise's server has its own port, passed as its argument; so has a `second` one, which a lesson
        runs next to its first.
        """
        if second or self.stage not in STAGES:
            port = self.settings.research_exercise_port
            return servers.start(self._starter, file, port, servers.EXERCISE, [str(port)])
        return servers.start(self._starter, file, self.settings.research_app_port)

    def web_app(self, handle: WorkflowHandle[Any, Any] | None = None, text: str = "") -> Link:
        """Return a link to the research application, or to one research run if its handle is given."""
        port = self.settings.research_app_port
        text = text or f"The research application on port {port}"
        return Link(
            text, self.settings.link(port, f"/?session={quote(handle.id, safe='')}" if handle else "/")
        )

    def deaths(self) -> list[timeline.Death]:
        """Return when a signal ended each process of this notebook, as (aware time, process id)."""
        return self._starter.deaths()
