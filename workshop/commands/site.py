"""`python3 -m workshop site`: executes every lesson, and makes a static site of what came out."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workshop import shell
from workshop.commands import lessons
from workshop.config import ROOT
from workshop.errors import LabError
from workshop.keeping.repository import Repository
from workshop.keeping.rights import publish
from workshop.site import pages

FOLDER = ROOT / "site"
CONFIGURATION = Path(pages.__file__).parent
SEARCH = "searchindex.js"
"""The mark of a folder that Sphinx has made: only such a one is written over."""


def main(folder: Path) -> int:
    """Make the site. Return the exit code: 1 if a lesson failed, and then nothing is made."""
    ours = folder.is_dir() and (not any(folder.iterdir()) or (folder / SEARCH).exists())
    if folder.exists() and not ours:
        raise LabError(
            f"{folder} holds something that this command didn't make.\n"
            "Name another folder: python3 -m workshop site FOLDER"
        )
    paths = lessons.find([])
    lessons.require_no_notebook_at_work(paths)
    executed = {}
    for path in paths:
        result = lessons.execute(path)
        print(result, flush=True)
        if not result.ok:
            print("No site was made: every lesson on it has run without a fault.", file=sys.stderr)
            return 1
        executed[path.stem] = result.notebook
    return make(folder, executed)


def make(folder: Path, executed: dict[str, object]) -> int:
    """Make the site of executed lessons, and say how large it is."""
    began = time.monotonic()
    clone = Repository.at(ROOT)
    address = pages.repository(clone.ask("remote", "get-url", "origin") if clone else "")
    with tempfile.TemporaryDirectory(prefix="workshop-site-") as draft:
        pages.write(Path(draft), executed, address)
        command = [
            sys.executable,
            "-m",
            "sphinx",
            "--quiet",
            "--fail-on-warning",
            "--keep-going",
            "--fresh-env",
        ]
        command += ["-d", f"{draft}/.doctrees", "-c", str(CONFIGURATION), draft, str(folder)]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        raise LabError(f"Sphinx did not make the site:\n{told.stderr.strip()}")
    pages.finish(folder)
    publish(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB, made in {time.monotonic() - began:.0f} s")
    print(f"Look at it: {shell.line('python3', '-m', 'http.server', '--bind', '127.0.0.1', '-d', folder)}")
    return 0
