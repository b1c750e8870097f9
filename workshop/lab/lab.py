"""Lab: the one object that a notebook opens.

`lab = Lab("03_durable_agent")` changes to the lesson's folder under `my_work/`, puts the settings from `.env`
into the environment and reports what is running. It takes care of processes, faults, the bill and the
drawings. The lessons' Temporal and OpenAI code does not go through it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dotenv import load_dotenv
from IPython.core.getipython import get_ipython
from IPython.display import display
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowHandle

from workshop import checks, environment, history, safe
from workshop.checks import certificate, sharing
from workshop.checks.running import tidying
from workshop.config import ENV_FILE, HOME, MY_WORK, ROOT, STAGES, settings
from workshop.errors import LabError
from workshop.history import waiting
from workshop.keeping.folder import modules
from workshop.keeping.plain_env import make_plain
from workshop.lab import chaos
from workshop.lab.shows import Shows
from workshop.processes import process as processes
from workshop.processes import servers
from workshop.processes.modules import find_task_queue, modules_of
from workshop.processes.pollers import identity, present
from workshop.processes.starter import Starter, recorded
from workshop.processes.workers import Process, Worker
from workshop.show import Card, Link, Picture
from workshop.workspace import files, leftovers, outage, rescue, waits
from workshop.workspace.advice import Advice
from workshop.workspace.control import Gateway, Weather
from workshop.workspace.interrupts import Interrupts
from workshop.workspace.temporal import Background

if TYPE_CHECKING:
    from workshop.lab import panels

GOING_S = 0.5
"""How long a killed process may still look alive, in seconds. On two busy cores, 0.16 s was seen."""


class Lab(Shows):
    """Everything that one lesson needs besides its own code. Every method is safe to call twice."""

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
        self._starter = Starter(self.folder, lambda: settings().environment(), self._pollers)
        self._cells = files.Cells(self.folder)
        self._cells.forget_imports()
        self._worker: Worker | None = None
        self._console: panels.ResearchConsole | None = None
        self._panels: list[panels.Panel] = []
        shell = get_ipython()
        self._advice = Advice(self.folder, self._notebook(), shell.user_ns if shell else {}, self.faults_on)
        if shell:
            waiting_for = waits.Waits(
                self._temporal.ask, self._queues, self.pollers, self._advice.cure, self.faults_on
            )
            self._cells.watch(shell, tidying, waiting_for, Interrupts(shell), self._advice)
            safe.guard(shell)
        display(self.status())
        self._starter.keeper.warm_up()

    def _enter_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
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

    # what runs

    def status(self) -> Card:
        """Check every service and report what is left from earlier. Raises LabError naming the first service
        that is missing.
        """
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

    def _queue(self) -> str | None:
        """Return this stage's task queue, from the learner's files or else from the solution's."""
        folders = (self.folder, ROOT / "solutions" / self.stage)
        candidates = [folder / name for folder in folders for name in ("workflow.py", "run_worker.py")]
        for file in candidates:
            with contextlib.suppress(SyntaxError):  # a half-edited module says nothing about its queue
                if queue := find_task_queue(file):
                    return queue
        return None

    def _queues(self) -> set[str]:
        """Return the task queues named in the learner's files for this lesson."""
        found = set()
        for file in modules(self.folder):
            with contextlib.suppress(SyntaxError):
                found.add(find_task_queue(file))
        return {queue for queue in found if queue}

    def open_runs(self, queue: str | None = None) -> list[str]:
        """Return the ids of the workflows that are still open on a task queue, newest first."""
        return [run.workflow_id for run in self._open(queue or self._queue())]

    def _open(self, queue: str | None) -> list[waiting.OpenRun]:
        if queue is None:
            self._temporal.ask(lambda client: client.count_workflows())  # the card says that Temporal answers
            return []
        return self._temporal.ask(lambda client: waiting.look(client, queue))

    def _calls_since(self, workflow_id: str, moment: datetime) -> int:
        return len(self.gateway.bill(moment.timestamp(), workflow=workflow_id)["rows"])

    def terminate_open_runs(self, queue: str | None = None) -> None:
        """Terminate every open workflow on this lesson's task queue. They can't go on; their histories stay
        readable.
        """
        open_runs = self.open_runs(queue)

        async def terminate(client: Client) -> None:
            for workflow_id in open_runs:
                await client.get_workflow_handle(workflow_id).terminate("ended from the lesson")

        self._temporal.ask(terminate)
        print(f"Terminated: {', '.join(open_runs) or 'nothing was open'}")

    def _go_on(self, open_runs: Sequence[waiting.OpenRun]) -> str:
        """Name the cell that starts the worker, since open runs need one to go on or to be answered."""
        heading = files.heading_above(self._notebook(), "lab.worker(")
        where = f": go on from “{heading}”" if heading else ""
        they = "They go on when a worker runs"
        if all(run.waiting_since for run in open_runs):
            they = "When a worker runs, answer with lab.research_console()"
        return f"{they}{where}. Or end them: lab.terminate_open_runs()"

    def web_ui(self, handle: WorkflowHandle[Any, Any] | None = None, text: str = "") -> Link:
        """Return a link to Temporal's Web UI: to one workflow's event history, or to the list of all
        workflows.
        """
        path = (
            f"/namespaces/default/workflows/{quote(handle.id, safe='')}"
            if handle
            else "/namespaces/default/workflows"
        )
        default = (
            f"{handle.id} in the Web UI"
            if handle
            else f"Temporal's Web UI on port {self.settings.temporal_ui_port}"
        )
        return Link(text or default, self.settings.link(self.settings.temporal_ui_port, path))

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
        counted = "1 file" if len(brought) == 1 else f"{len(brought)} files"
        there = f"{new} new" if new == len(brought) else f"{new} new, {len(brought) - new} as before"
        print(f"{counted} in my_work/{self.stage}: {there}.")

    def _notebook(self) -> Path:
        place = HOME if (HOME / "notebooks").exists() else ROOT  # on a hub, learners have copies of their own
        if self.stage in STAGES:
            return place / "notebooks" / f"{self.stage}.ipynb"
        return place / "exercises" / self.stage.removesuffix("_exercise") / "exercise.ipynb"

    # processes

    def _pollers(self, queue: str) -> dict[str, float]:
        async def poll(client: Client) -> dict[str, float]:
            seen: dict[str, float] = {}
            for kind in (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY):
                request = DescribeTaskQueueRequest(
                    namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
                )
                answer = await client.workflow_service.describe_task_queue(request)
                seen |= {
                    poller.identity: poller.last_access_time.ToMicroseconds() / 1e6
                    for poller in answer.pollers
                }
            return seen

        return self._temporal.ask(poll)

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
            worker = Worker(self._starter.keeper, record, start, self._pollers)
            seconds = self._starter.wait_until_polling(worker)
            if quietly:
                return worker
            print(f"Worker {name!r} polls {queue}: process {worker.pid}, after {seconds:.1f} s")
            print(f"  runs my_work/{self.stage}/{file}, {self._cells.author(file)}")
            self._say_bug_toggle()
            return worker

        worker = start()
        self._worker = worker if name == "main" else self._worker
        return worker

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
        file = self.folder / "activities.py"
        on = files.bug_is_on(file.read_text(encoding="utf-8")) if file.exists() else None
        if on is not None:
            line = files.BUG_LINE if on else files.GOOD_LINE
            print(
                f"  bug toggle {'ON' if on else 'off'}: {line}  ({file.name} {self._cells.author(file.name)})"
            )

    def process(self, file: str, *args: str) -> Process:
        """Start a script from the lesson's folder in the background: `lab.process("agent.py", "a
        question")`.
        """
        record = self._starter.launch(file, f"script-{time.time_ns() % 10**6}", "", args)
        print(f"Started {file}: process {record.pid}")
        return Process(self._starter.keeper, record, args)

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

    async def chaos(
        self, handle: WorkflowHandle[Any, Any], *, seconds: float = 60.0, seed: int | None = None
    ) -> chaos.Chaos:
        """Kill the lesson's worker at random moments for `seconds` while a run goes on, restarting it each
        time, then wait for the run to end. The last two attempts of each model call are spared. Returns what
        survived and leaves the worker running.
        """
        if self._worker is None:
            raise LabError('Chaos needs a worker to kill. Start one: worker = lab.worker("run_worker.py")')
        if not self._worker.alive:
            self._worker.restart(quietly=True)
        if changed := self._starter.changed_since(self._worker.pid):
            raise LabError(
                f"The worker runs older code than {', '.join(changed)} has now. A kill would bring the new "
                "code into this open "
                "run, whose history may not fit it.\n"
                "End the run: await handle.terminate(). Then worker.restart(), and run this "
                "cell again."
            )

        def in_flight() -> list[dict[str, Any]]:
            return list(self.gateway.bill(workflow=handle.id)["in_flight"])

        with leftovers.chaos_at_work(self.title):
            return await chaos.chaos(
                handle, self._worker, self.receipts, in_flight, self.deaths, seconds=seconds, seed=seed
            )

    def research_console(self, handle: WorkflowHandle[Any, Any] | None = None) -> Any:
        """Show buttons for a research run: the one of `handle`, or else the newest open one, or else the
        next one asked.
        """
        # importing ipywidgets takes a quarter of a second, and no other lesson needs it
        from workshop.lab import panels

        if self._console:
            self._console.close()
        newest = next(iter(self.open_runs(panels.QUEUE)), None)
        self._console = panels.ResearchConsole(
            self._temporal,
            lambda: self.pollers(panels.QUEUE),
            self.deaths,
            handle.id if handle else newest,
        )
        return self._console.box

    def stop_temporal(self) -> None:
        """Stop the Temporal server, if it is ours."""
        outage.stop()

    def start_temporal(self) -> None:
        """Start the Temporal server again, with the same database."""
        outage.start()

    def pollers(self, queue: str | None = None) -> list[str]:
        """Return who polls a task queue, as process@host. Leaves out dead workers, which the server keeps
        listing.
        """
        return present(self._pollers(queue or self._queue() or ""))

    def own_processes(self) -> set[str]:
        """Return this lesson's processes: its kernel, what that started, and pollers of its task queue, even
        in a terminal.
        """
        return super().own_processes() | set(self.pollers() if self._queue() else ())

    def toggle_bug(self, on: bool) -> None:
        """Switch the bug in `activities.py` on or off, as an edit by hand would, and show the diff."""
        difference = files.toggle_bug(self._cells, on)
        print(difference or f"No change: the bug was {'on' if on else 'off'} already.")
        print(
            "A running worker keeps the old code: restart it. Running the %%writefile cell again undoes this "
            "edit."
        )

    # exercises

    def check(self, name: str, **answers: Any) -> checks.Result:
        """Check whether a task of the exercise is done, and show what was seen: `lab.check("01.read")`. True
        if it is done.
        """
        return checks.run(self, name, answers)

    def rescue(self, file: str) -> None:
        """Take the solution's file when you are stuck, to be able to do the next checkpoint. Yours is
        kept.
        """
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
        sharing.share(self.stage)
        member = sharing.membership()
        return checks.panel(self.stage, member.name if member else "")

    def join_board(self, address: str, *, name: str) -> None:
        """Share your progress with your instructor from now on: first name, checks, tries, the kills on your
        crash certificate, and nothing else.
        """
        print(sharing.join(address, name, self.stage))

    def leave_board(self) -> None:
        """Leave the instructor's board."""
        print(sharing.leave(self.stage))
