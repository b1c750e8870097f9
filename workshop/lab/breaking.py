"""What breaks things on purpose: faults of the services, kills at random, a Temporal server that stops."""

from __future__ import annotations

import math
from typing import Any

from temporalio.client import WorkflowHandle

from workshop.errors import LabError
from workshop.lab import chaos
from workshop.lab.bills import Bills, Caller
from workshop.lab.lesson import OFF
from workshop.processes.pollers import identity
from workshop.processes.workers import Process
from workshop.workspace import files, leftovers, outage

BUG_OFF = "To turn it off: lab.toggle_bug(on=False), then worker.restart()"


class Breaking(Bills):
    """The methods of `Lab` that break things, and say what is broken."""

    def fault(self, kind: str, *, on: str = "model", of: Caller | str = "", **details: Any) -> None:
        """Break the model's endpoint (or, with on="weather", the weather service).

        Kinds: rate_limit, bad_request, unauthorized, server_error, unavailable, slow, hang, trickle,
        disconnect, truncate, malformed. Details: times, seconds, match, delay_s, retry_after_s, characters.
        docs/faults.md says what each does.

        `of`: only for the model calls of this run (its handle, or its workflow id before it is started) or
        process. Calls by others then don't count toward its `times`.
        """
        client = self._breakable.get(on)
        if client is None:
            choice = " or ".join(f'on="{name}"' for name in self._breakable)
            raise LabError(f"There is no {on!r} to break. Choose {choice}.")
        caller = (
            identity(of.pid) if isinstance(of, Process) else of.id if isinstance(of, WorkflowHandle) else of
        )
        only = {"of": caller} if caller else {}
        client.fault(kind, **details, **only)
        print(f"Fault on for the {client.name}: {kind} {details or ''}".rstrip() + f". {OFF}")

    def _broken(self, queue: str = "", before: float = math.inf) -> str:
        """Return a sentence on each thing that may keep a run from going on; empty if nothing is known.

        `queue`: the run's task queue. Older code of a worker of another queue is nothing to it.
        `before`: leave out faults set since this moment, in epoch seconds.
        """
        found = [self.faults_on(before)]
        if files.bug_is_on(self.folder):
            found.insert(0, f"The bug in {files.TOGGLED} is on. {BUG_OFF}")
        elif (
            self._worker
            and self._worker.alive
            and queue in ("", self._worker.record.queue)
            and (changed := ", ".join(self._starter.changed_since(self._worker.pid)))
        ):
            found.insert(
                0, f"The worker runs older code than {changed} has now. To load it: worker.restart()"
            )
        return "\n".join(sentence for sentence in found if sentence)

    def clear_faults(self) -> None:
        """Switch off every fault of the model's endpoint and of the weather service."""
        self.gateway.clear_faults()
        self.weather.clear_faults()
        print("No faults.")

    def toggle_bug(self, on: bool) -> None:
        """Switch the bug in `activities.py` on or off, as an edit by hand would, and show the diff."""
        difference = files.toggle_bug(self._cells, on)
        print(difference or f"No change: the bug was {'on' if on else 'off'} already.")
        print(
            "A running worker keeps the old code: restart it. Running the %%writefile cell again undoes this "
            "edit."
        )

    def stop_temporal(self) -> None:
        """Stop the Temporal server, if it is ours."""
        outage.stop()

    def start_temporal(self) -> None:
        """Start the Temporal server again, with the same database."""
        outage.start()

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
                "code into this open run, whose history may not fit it.\n"
                "End the run: await handle.terminate(). Then worker.restart(), and run this cell again."
            )

        def in_flight() -> list[dict[str, Any]]:
            return list(self.gateway.bill(workflow=handle.id)["in_flight"])

        with leftovers.chaos_at_work(self.title):
            return await chaos.chaos(
                handle, self._worker, self.receipts, in_flight, self.deaths, seconds=seconds, seed=seed
            )
