"""Replays of saved histories with a lesson's workflow code, as it is or with an edit tried on it."""

from __future__ import annotations

import importlib
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from temporalio.client import WorkflowHistory
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

from workshop.errors import LabError
from workshop.show import Table, Tabular

if TYPE_CHECKING:
    from temporalio.worker import Replayer

Edit = Sequence[tuple[str, str]]
"""Pairs of old and new text."""
_REASON = re.compile(r'TMPRL1100\] (?:Nondeterminism error: )?(.*?)(?:", source:|$)', re.DOTALL)
_quiet: list[Runtime] = []


@dataclass(frozen=True, repr=False)
class Replays(Tabular):
    """The outcome of replaying each history: its name, and why the code does not fit it, empty if it does."""

    results: tuple[tuple[str, str], ...]

    @property
    def safe(self) -> bool:
        """Whether there is a history, and the code fits all of them."""
        return bool(self.results) and not any(reason for _, reason in self.results)

    @property
    def red(self) -> tuple[str, ...]:
        """The names of the histories that the code does not fit."""
        return tuple(name for name, reason in self.results if reason)

    def _table(self) -> Table:
        rows = [(name, "RED" if reason else "green", reason) for name, reason in self.results]
        return Table(("history", "replay", "why"), rows)


async def replay(file: Path, histories: Path, edits: Edit = ()) -> Replays:
    """Replay every history of a folder with the workflows of a module, edited or not. The file stays as it
    is.

    Raises LabError if there is no history, or no such text to edit.
    """
    saved, text = _saved(histories), _edited(file, edits)
    results = []
    with _in_place_of(file, text) as module:
        replayer = quiet_replayer(module)
        for history in saved:
            result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
            results.append((history.workflow_id, reason(result.replay_failure)))
    return Replays(tuple(results))


def _saved(folder: Path) -> list[WorkflowHistory]:
    files = sorted(folder.glob("*.json"))
    if not files:
        raise LabError(
            f"There is no history in {folder.name}/. Run the cell that saves some, then this one again."
        )
    return [WorkflowHistory.from_json(file.stem, file.read_text(encoding="utf-8")) for file in files]


def _edited(file: Path, edits: Edit) -> str:
    text = file.read_text(encoding="utf-8")
    for old, new in edits:
        if old not in text:
            raise LabError(
                f"{file.name} has no such text to replace: {old.strip()!r}.\n"
                f"Run the cell that writes {file.name} again."
            )
        text = text.replace(old, new)
    return text


def quiet_replayer(module: Any) -> Replayer:
    """Return a replayer of all workflows of a module, with the agents' plugin, that logs no warnings."""
    # importing the plugin takes 2 s, and few lessons need it
    from agents import AgentsException
    from temporalio.openai_agents import OpenAIAgentsPlugin
    from temporalio.worker import Replayer

    if not _quiet:
        errors = TelemetryFilter(core_level="ERROR", other_level="ERROR")
        _quiet.append(Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=errors))))
    return Replayer(
        workflows=[thing for thing in vars(module).values() if _is_workflow(thing, module)],
        plugins=[OpenAIAgentsPlugin()],
        workflow_failure_exception_types=[AgentsException],
        runtime=_quiet[0],
    )


def _is_workflow(thing: object, module: Any) -> bool:
    own = isinstance(thing, type) and thing.__module__ == module.__name__
    return own and hasattr(thing, "__temporal_workflow_definition")


def reason(failure: BaseException | None) -> str:
    """Return why a replay failed, in the core's own words; empty if it did not."""
    if failure is None:
        return ""
    found = _REASON.search(str(failure))
    return " ".join((found[1] if found else str(failure)).split())


@contextmanager
def _in_place_of(file: Path, text: str) -> Iterator[Any]:
    """Import this text under the name of a module. The sandbox imports it by that name, too."""
    known = sys.modules.pop(file.stem, None)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, file.name).write_text(text, encoding="utf-8")
        sys.path[:0] = [folder, str(file.parent)]
        importlib.invalidate_caches()
        try:
            yield importlib.import_module(file.stem)
        finally:
            del sys.path[:2]
            sys.modules.pop(file.stem, None)
            if known:
                sys.modules[file.stem] = known
