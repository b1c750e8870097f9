"""The command that runs the test suite, in an environment without this shell's keys and settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workshop.config import PRACTICE_KEY, ROOT, Settings
from workshop.environment import clean
from workshop.errors import LabError

DROPPED_PREFIXES = (
    "CODESPACE",
    "GITHUB_CODESPACES",
    "JUPYTERHUB_",
    "NOTICE_BOARD_",
    "PYTEST_",
    "WORKSHOP_LINK",
    "WORKSHOP_SERVICE",
)
"""Prefixes of what is dropped besides what never counts."""
FIXED = {"OPENAI_API_KEY": PRACTICE_KEY, "OPENAI_AGENTS_DISABLE_TRACING": "1", "PRACTICE_LATENCY_S": "0"}
WORKERS = "4"
"""Test processes at once. Lessons and exercises mostly wait, so four keep two cores busy."""
TIMEOUT_S = "300"
"""A single test that takes longer is stuck."""
LEFT_OUT = """Left out by --quick: tests that start the services, execute notebooks or open a browser, tests
of real commands and of types, and the slow ones. Before you push: python3 -m workshop test"""


@contextmanager
def clean_environment() -> Iterator[dict[str, str]]:
    """Yield the variables for a run of the suite, with a temporary home that is deleted afterwards."""
    ours = {name.upper() for name in Settings.model_fields}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() not in ours and not name.startswith(DROPPED_PREFIXES)
    }
    home = Path(tempfile.mkdtemp(prefix="workshop-test-")).resolve()
    (home / ".lab").mkdir()  # IPython makes its own folder in it, and only there
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath)])
    try:
        yield {**clean({**kept, "WORKSHOP_HOME": str(home), "PATH": path}), **FIXED}
    finally:
        shutil.rmtree(home, ignore_errors=True)


def pytest_command(arguments: Sequence[str], *, everything: bool = False, quick: bool = False) -> list[str]:
    """Return the pytest command line. `arguments` come last: a caller's `-n 0` or `-m` wins."""
    command = [sys.executable, "-m", "pytest", "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    command += [
        "-n",
        WORKERS,
        "--dist",
        "loadgroup",
        "--no-loadscope-reorder",
    ]  # tests/conftest.py sets the order
    command += ["--timeout", TIMEOUT_S]
    left_out = [*([] if everything else ["slow"]), *(["long"] if quick else [])]
    if left_out:
        command += ["-m", " and ".join(f"not {marker}" for marker in left_out)]
    command += arguments
    if not any(
        argument.startswith(str(ROOT)) or Path(argument.split("::")[0]).exists() for argument in arguments
    ):
        command.append(str(ROOT / "tests"))
    return command


def run(arguments: Sequence[str], *, everything: bool = False, quick: bool = False) -> int:
    """Run the test suite as a new learner would: no key, no settings of this shell, a home of its own."""
    if everything and quick:
        raise LabError("--all adds tests and --quick leaves some out. Give one of the two, or neither.")
    with clean_environment() as environment:
        command = pytest_command(arguments, everything=everything, quick=quick)
        code = subprocess.run(command, env=environment, check=False).returncode
    if quick:
        print(LEFT_OUT)
    return code
