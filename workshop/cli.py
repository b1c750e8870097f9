"""The command line, `python3 -m workshop …`. Exit codes: 0 all well, 1 something is wrong, 2 wrong usage."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from workshop.errors import LabError

INTERRUPTED = 130
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS)
"""A full disk and a folder that can't be written: no fault of ours, and the doctor knows more."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="A course on durable AI agents: its services, its lessons and its tests.",
)


@app.command()
def up(
    no_lab: Annotated[bool, typer.Option("--no-lab", help="Only the services, without JupyterLab.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Start what is not running, and wait until all is healthy."""
    from workshop.commands import services

    _exit(services.up(lab=not no_lab, browser=not no_browser))


@app.command()
def down() -> None:
    """Stop the services and workers of this folder, and nothing else. No workflow is lost."""
    from workshop.commands import services

    _exit(services.down())


@app.command()
def status() -> None:
    """Show each service: state, process, port, memory."""
    from workshop.commands import services

    _exit(services.status())


@app.command()
def doctor() -> None:
    """Look for what could be wrong; each finding names the command that fixes it."""
    from workshop.commands import doctor as examination

    _exit(examination.main())


@app.command()
def run(
    stages: Annotated[
        list[str] | None, typer.Argument(metavar="[STAGE]...", help="Stems, or just 00, 01 …")
    ] = None,
    core: Annotated[bool, typer.Option("--core", help="Only the core of each lesson.")] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Also write what was executed, outputs included, to .lab.")
    ] = False,
) -> None:
    """Execute lessons headless: one line per notebook, with its name, seconds, and ok or the failing cell."""
    from workshop.commands import lessons as runner
    from workshop.commands import services

    code = services.up(lab=False, browser=False, quiet=True)
    _exit(code or runner.main(stages or [], core=core, report=report))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the slow ones: full crash matrices, load.")
    ] = False,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="In one to two minutes: without services, notebooks, browsers, real commands and types.",
        ),
    ] = False,
) -> None:
    """Run the test suite; further arguments go to pytest."""
    from workshop.commands import tests

    _exit(tests.run(context.args, everything=everything, quick=quick))


@app.command()
def build(
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Change nothing; fail if a file is out of date. Your own work in it is fine."
        ),
    ] = False,
) -> None:
    """Make notebooks and exercises from course/ and solutions/. Your work in them is copied first."""
    from workshop.builder import notebooks as builder

    _exit(builder.main(check=check))


@app.command()
def update() -> None:
    """Get the newest version of the course. What you wrote stays, in place or copied to my_work/kept/."""
    from workshop.commands import update as updater

    _exit(updater.main())


@app.command()
def site(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="Where to make it; site/ if none is named.")
    ] = None,
) -> None:
    """Execute every lesson and make a static site of them: a page to look at before cloning the course."""
    from workshop.commands import services
    from workshop.commands import site as maker

    code = services.up(lab=False, browser=False, quiet=True)
    _exit(code or maker.main(folder or maker.FOLDER))


@app.command()
def pack(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="A folder to make; pack/ if none is named.")
    ] = None,
) -> None:
    """Put the course and its packages, for Linux and macOS, into a folder: `up` needs no network there."""
    from workshop.commands import pack as packing

    _exit(packing.main(folder or packing.FOLDER))


@app.command()
def board(
    code: Annotated[
        str, typer.Option("--code", help="The class code of an earlier board; a new one if empty.")
    ] = "",
) -> None:
    """Show how far the class is: those learners who have joined. Runs until Ctrl+C, and keeps nothing."""
    from workshop.commands import board as classroom

    _exit(classroom.main(code))


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop everything and forget workflows, bill and logs. What you wrote is put aside, not deleted."""
    from workshop.commands import services

    _exit(services.reset(yes))


def _exit(code: int | None) -> NoReturn:
    raise typer.Exit(code or 0)


def main() -> None:
    """Run the command line. Print a LabError's message; end with the usual exit code on Ctrl+C."""
    try:
        app(prog_name="python3 -m workshop")
    except LabError as error:
        print(f"\n{error}", file=sys.stderr)
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # what typer makes of Ctrl+C
            print(
                "\nInterrupted. Services that were started run on; `python3 -m workshop up` finds them.",
                file=sys.stderr,
            )
        raise
    except BrokenPipeError:  # `… | head` is no error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.errno not in DISK:
            raise
        where = f", {error.filename}" if error.filename else ""
        print(f"\n{error.strerror}{where}.\nTo see what to type: python3 -m workshop doctor", file=sys.stderr)
        sys.exit(1)
