"""The commands up, down, status and reset, apart from reading the command line."""

from __future__ import annotations

import os
import shutil
import sys
import time
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from workshop import safe, shell
from workshop.config import ENV_SAMPLE, HOME, LAB_DIR, MY_WORK, ROOT, env_file, settings
from workshop.keeping import plain_env, rights
from workshop.processes import second_copy
from workshop.processes.locks import is_locked
from workshop.processes.record import Record
from workshop.processes.service import FILES_DELETED, NEVER_SHARED, Outcome, Status
from workshop.processes.supervisor import Supervisor
from workshop.services import databases, jupyter, temporal
from workshop.services.catalog import DATABASES, supervisor
from workshop.workspace import leftovers

console = Console(highlight=False, soft_wrap=True)

TERMINAL_BROWSERS = ("www-browser", "links", "elinks", "lynx", "w3m")
GONE = "What was in them is gone; with `up` it begins with new ones."
MARKS = ("progress.json", "certificate.json")
"""What a learner has earned, in `.lab/`: it goes with their modules."""
STATES = {
    "running": "green",
    "not ours": "cyan",
    "stopped": "dim",
    "died": "red",
    "unhealthy": "red",
    "port taken": "red",
}


def up(lab: bool = True, browser: bool = True, quiet: bool = False) -> int:
    """Start what is not running and say where everything is. Return the exit code."""
    began = time.monotonic()
    _env_file()
    rights.close(HOME)
    _warn_about_key()
    if (ROOT / ".git" / "workshop-update.json").exists():
        console.print("An update was interrupted. To finish it: python3 -m workshop update", style="yellow")
    ours = supervisor(HOME, lab)
    with ours.lock(
        waiting=lambda: console.print("Another `workshop` command is at work here; waiting for it …")
    ):
        _set_aside_damaged(ours)
        outcomes = ours.up(told=lambda outcome: None if quiet else _tell(outcome))
    failed = [outcome for outcome in outcomes if outcome.action == "failed"]
    for outcome in failed:
        console.print(f"\n{outcome.error}", markup=False, style="red")
    if any(outcome.detail == NEVER_SHARED for outcome in failed):
        console.print(f"\n{second_copy.lines(HOME)}", markup=False)
    if failed:
        console.print(
            f"\nNot ready: {', '.join(outcome.service.title for outcome in failed)}. What else was started "
            "runs on."
        )
        return 1
    if not quiet:
        _links(outcomes, time.monotonic() - began, lab)
    if lab and browser and _has_desktop():
        _open(jupyter.first_page(HOME, settings()))
    return 0


def _set_aside_damaged(ours: Supervisor) -> None:
    """Set aside the databases of services that would not start with them, and say so."""
    if gone := temporal.lost(ours.home):
        console.print(f"{gone}. Temporal begins a new one.", markup=False, style="yellow")
    for service in ours.services:
        path = ours.lab / DATABASES.get(service.name, service.name)
        used = ours.find(service) or (service.lock and is_locked(service.lock))
        if not used and not path.is_dir() and (why := databases.damage(path)):
            kept = databases.set_aside(path)
            console.print(
                f"{path} is damaged ({why}). It is kept as {kept.name}; {service.title} begins a new one.",
                markup=False,
                style="yellow",
            )


def _open(address: str) -> None:
    """Open a browser window, but never a text browser: it would take over the terminal."""
    with suppress(webbrowser.Error):
        browser = webbrowser.get()
        if getattr(browser, "name", "") not in TERMINAL_BROWSERS:
            browser.open(address)


def _env_file() -> None:
    """Make the learner's `.env` from the sample if there is none."""
    target = env_file(HOME)
    if not target.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        target.write_text(plain_env.plain(ENV_SAMPLE.read_bytes()), encoding="utf-8")
        console.print(f"Made {target} from .env.sample: practice model, no key needed")
    plain_env.make_plain(target)
    for number in plain_env.unread(target):
        console.print(
            f"{target}: line {number} can't be read, so it does not count. The form is NAME=value.",
            markup=False,
            style="yellow",
        )


def _warn_about_key() -> None:
    """Warn if the shell exports another key than the one that counts."""
    exported = os.environ.get("OPENAI_API_KEY")
    if exported and exported != settings().openai_api_key:
        which = "the practice model" if settings().is_practice else "another key"
        console.print(
            f"Your shell exports OPENAI_API_KEY; .env says {which}, and .env decides.", style="yellow"
        )


def _tell(outcome: Outcome) -> None:
    words = {"ran already": "runs already", "not ours": outcome.detail, "failed": "failed"}
    text = words.get(outcome.action, f"{outcome.action} in {outcome.seconds:.1f} s")
    if outcome.action == "started again" and outcome.detail:
        text += f" ({outcome.detail})"
    console.print(f"  {outcome.service.title:<16} {text}")
    if outcome.detail == FILES_DELETED:
        console.print(f"{'':<19}{GONE}")


def _links(outcomes: Sequence[Outcome], seconds: float, lab: bool) -> None:
    """Print the end of `up`: where to look, and one line that says it is done."""
    now = settings()
    console.print()
    console.print(f"  Temporal Web UI  {now.link(now.temporal_ui_port)}")
    console.print(f"  Model gateway    {now.model_base_url}  ({_note(outcomes, 'gateway')})")
    console.print(f"  Weather service  {now.weather_service_url}  ({_note(outcomes, 'weather')})")
    if lab:
        console.print(f"  JupyterLab       {jupyter.first_page(HOME, now)}", markup=False)
        _warn_about_stale_environment()
    where = "open JupyterLab at the link above" if lab else "open notebooks/00_start_here.ipynb"
    console.print(f"Ready in {seconds:.1f} s: {where}.", style="bold green")


def _note(outcomes: Sequence[Outcome], name: str) -> str:
    return next((outcome.service.note for outcome in outcomes if outcome.service.name == name), "")


def _warn_about_stale_environment() -> None:
    """Warn if `.env` has changed since JupyterLab started: its terminals keep the old values."""
    record = Record.read(LAB_DIR / "services" / "jupyter.json")
    if record and (HOME / ".env").stat().st_mtime > record.started:
        console.print(
            ".env has been edited since JupyterLab was started: its terminals still have the old values. "
            "For the new ones: python3 -m workshop down, then up.",
            style="yellow",
        )


def _has_desktop() -> bool:
    """Return whether a browser window would open in front of the person who typed the command."""
    away = (
        "CI",
        "CODESPACES",
        "CODESPACE_NAME",
        "SSH_CONNECTION",
        "REMOTE_CONTAINERS",
        "PYTEST_CURRENT_TEST",
    )
    if any(os.environ.get(name) for name in away) or not sys.stdout.isatty():
        return False
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def down(kept: str = " Your workflows are kept.") -> int:
    """Stop all of this home: workers, then services. Return the exit code. `kept`: the last line."""
    ours = supervisor(HOME)
    with ours.lock(waiting=_say_that_it_waits):
        return _stop(ours, kept)


def _say_that_it_waits() -> None:
    console.print("Another `workshop` command is at work here; waiting for it …")


def _stop(ours: Supervisor, kept: str) -> int:
    """Stop all, under the lock. Return the exit code."""
    without_files = ours.without_files()
    stopped = ours.down()
    left = [status for status in ours.status() if status.state in ("running", "unhealthy")]
    if stopped:
        if "temporal" in without_files:
            kept = (
                " Their files in .lab/ had been deleted while they ran, so workflows and bill are gone. `up` "
                "begins new ones."
            )
        names = ", ".join(record.title for record in stopped)
        console.print(f"Stopped in {HOME}: {names}.{kept}", markup=False)
    else:
        console.print(f"Nothing of this folder was running: {HOME}", markup=False)
    for status in left:
        console.print(
            f"{status.service.title} (process {status.pid}) could not be stopped. Type: kill -9 {status.pid}",
            style="red",
        )
    return 1 if left else 0


def status() -> int:
    """Print one line per service. Return 0 if everything that lessons need is running."""
    lines = supervisor(HOME).status()
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("service", "state", "pid", "port", "memory", "since"):
        table.add_column(
            heading, justify="right" if heading in ("pid", "port", "memory") else "left", no_wrap=True
        )
    for line in lines:
        table.add_row(*_row(line))
    console.print(table)
    for line in lines:
        if line.detail:
            gone = f". {GONE}" if line.detail == FILES_DELETED else ""
            said = line.detail.removeprefix(f"{line.service.title}: ")
            console.print(f"\n{line.service.title}: {said}{gone}", markup=False)
    for left in leftovers.everything(settings()):
        console.print(safe.plain(f"{left.kind}: {left.text}\n  {left.to_end}: {left.end}"), markup=False)
    needed = [line for line in lines if line.service.name != "jupyter"]
    if all(line.state in ("running", "not ours") for line in needed):
        return 0
    console.print("\nStart what is missing with: python3 -m workshop up")
    return 1


def _row(line: Status) -> tuple[str, ...]:
    since = time.strftime("%a %H:%M", time.localtime(line.since)) if line.since else ""
    return (
        line.service.title,
        f"[{STATES.get(line.state, 'default')}]{line.state}[/]",
        str(line.pid or ""),
        str(line.service.port),
        f"{line.memory / 1e6:.0f} MB" if line.memory else "",
        since,
    )


def reset(yes: bool = False) -> int:
    """Stop everything, forget workflows, bill and logs, and set the learner's modules and marks aside."""
    ours = supervisor(HOME)
    ours.require_outside()
    if not LAB_DIR.exists() and not MY_WORK.exists():
        console.print("There was nothing to reset.")
        return 0
    kept = _free(HOME / time.strftime("my_work-%Y%m%d-%H%M%S"))
    console.print(
        f"In {HOME}, this stops all services and deletes .lab/ (workflows, bill, logs).", markup=False
    )
    if MY_WORK.exists() or _marks(LAB_DIR):
        console.print(
            f"Your modules in my_work/ and your marks in exercises are kept, as {kept.name}/. Your .env "
            "stays as it is."
        )
    if not yes and (not sys.stdin.isatty() or input("Go on? [y/N] ").strip().lower() not in ("y", "yes")):
        console.print("Nothing was changed. Without the question: python3 -m workshop reset --yes")
        return 1
    with ours.lock(waiting=_say_that_it_waits):  # to the end: nothing may start on files that go
        if code := _stop(ours, kept=""):
            return code
        if (earlier := LAB_DIR / "backups").exists():  # where copies of a learner's files used to be kept
            (MY_WORK / "kept").mkdir(parents=True, exist_ok=True)
            earlier.rename(_free(MY_WORK / "kept" / time.strftime("earlier-%Y%m%d-%H%M%S")))
        if MY_WORK.exists():
            MY_WORK.rename(kept)
        for path in _marks(LAB_DIR):
            kept.mkdir(exist_ok=True)
            path.rename(kept / path.name)
        _empty(LAB_DIR)
    console.print(f"Reset: {HOME}. Start again with: python3 -m workshop up", markup=False)
    if marks := _marks(kept):
        console.print(f"To have your marks back: {shell.line('cp', *marks, LAB_DIR)}", markup=False)
    return 0


def _marks(folder: Path) -> list[Path]:
    return [folder / name for name in MARKS if (folder / name).is_file()]


def _free(path: Path) -> Path:
    """Return a path that nothing has yet, with a number behind it if need be."""
    numbered = (path.with_name(f"{path.name}-{number}") for number in count(2))
    return next(name for name in chain([path], numbered) if not name.exists())


def _empty(folder: Path) -> None:
    """Delete what is in `.lab`, except lock files (others may wait on them) and a `.venv` set aside."""
    for path in folder.iterdir():
        if path.suffix == ".lock" or path.name.startswith("venv-"):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
