"""What a notebook shows: panels, pictures, reports, and how a prediction came out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from temporalio.client import WorkflowHandle

from workshop import history, timeline
from workshop.lab.programs import Programs
from workshop.processes.workers import Process, Worker
from workshop.show import Report
from workshop.workspace import waits

if TYPE_CHECKING:
    from workshop.lab import panels


class Shows(Programs):
    """The methods of `Lab` that show something."""

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self._console: panels.ResearchConsole | None = None
        self._panels: list[panels.Panel] = []

    def worker_panel(self, worker: Worker | None = None) -> Any:
        """Show state, log and buttons of a worker: this one, or else the lesson's main worker."""
        # importing ipywidgets takes a quarter of a second, and few lessons need it
        from workshop.lab import panels

        self._panels.append(panels.WorkerPanel(lambda: worker or self._worker, self.deaths))
        return self._panels[-1].box

    def fault_panel(self) -> Any:
        """Show buttons for faults of the model and the weather service, and how long each still lasts."""
        from workshop.lab import panels

        live_weather = self.settings.weather_url != self.settings.weather_service_url
        self._panels.append(panels.FaultPanel(self.gateway, self.weather, live_weather))
        return self._panels[-1].box

    def research_console(self, handle: WorkflowHandle[Any, Any] | None = None) -> Any:
        """Show buttons for a research run: of `handle`, or else the newest open one, or the next asked."""
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

    async def picture(self, handle: WorkflowHandle[Any, Any]) -> timeline.Picture:
        """Draw the event history as it is now."""
        return timeline.draw(await history.read(handle), deaths=self.deaths())

    async def watch(
        self,
        handle: WorkflowHandle[Any, Any],
        until: Callable[[history.Run], object] | None = None,
        timeout: float = 60.0,  # noqa: ASYNC109 (it ends the watching; the run goes on)
    ) -> history.Run:
        """Keep a drawing current until the run closes, `until(run)` is true, or `timeout` seconds pass. If a
        step fails, name the faults that were set elsewhere.
        """
        looked = False

        def look(run: history.Run) -> object:
            nonlocal looked
            if not looked and any(step.last_failure for step in run.steps):
                looked = True
                if broken := self.faults_of_others():
                    print(f"{waits.FIRST}\n{broken}" if run.is_open else broken)
            return until is not None and until(run)

        run = await timeline.watch(handle, until=look, timeout=timeout, deaths=self.deaths())
        if not run.is_open:
            look(run)
        return run

    def compare(
        self,
        prediction: object,
        seen: object,
        source: str = "the history",
        *,
        killed: history.Run | Process | bool | None = None,
    ) -> None:
        """Compare what a learner predicted with what was seen. `killed`: the run or process that a kill
        should have hit first, in the middle of a step; or whether it hit, where no step was under way.

        A kill that came too late shows nothing. Then there is no verdict: the learner is told so, and which
        cells to run again.
        """
        if killed is not None and _escaped(killed):
            where = self._advice.place_of_kill()
            print(
                f"The kill missed: it came too late, or not at all, so this shows nothing. {where}".rstrip()
            )
        elif prediction is None:
            print(f"No prediction. {source.capitalize()} says {seen}.")
        else:
            verdict = "Right" if str(prediction) == str(seen) else "Not quite"
            print(f"{verdict}: you said {prediction}, {source} says {seen}.")

    def report(self, markdown: str) -> Report:
        """Render a report, without anything in it that would run or load something."""
        return Report(markdown)


def _escaped(killed: history.Run | Process | bool) -> bool:
    """Return whether no kill has interrupted it."""
    if isinstance(killed, bool):
        return not killed
    if isinstance(killed, Process):
        return (killed.exit_code() or 0) >= 0
    return not killed.changed_hands
