"""What all tests share. Each test process (pytest-xdist has several) gets a home and a bench of its own.

The home is chosen here, before anything imports `workshop.config`, which reads it once.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BASE = os.environ.get("WORKSHOP_TEST_HOME") or os.environ.get("WORKSHOP_HOME") or tempfile.gettempdir()
Path(_BASE).mkdir(parents=True, exist_ok=True)
HOME = Path(tempfile.mkdtemp(prefix=f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-", dir=_BASE)).resolve()
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

os.environ["WORKSHOP_HOME"] = str(HOME)
for _name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "PYTHONDONTWRITEBYTECODE", "TEMPORAL_ADDRESS", "WORKSHOP_SERVICE"):
    os.environ.pop(_name, None)
sys.dont_write_bytecode = False
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"

from bench_instance import Bench, bench_instance  # noqa: E402  # after the home is chosen


@contextmanager
def _put_back() -> Iterator[None]:
    """Opening a Lab changes the folder and the environment of its process, as it should; the next test wants its own."""
    folder, environment = Path.cwd(), dict(os.environ)
    yield
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)


@pytest.fixture(scope="module", autouse=True)
def _as_before_this_module() -> Iterator[None]:
    with _put_back():
        yield


@pytest.fixture(autouse=True)
def _as_before_this_test() -> Iterator[None]:
    with _put_back():
        yield


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """A running bench at `workshop.config.HOME`, without JupyterLab, whose practice model answers at once.

    Its upstream is a port where nobody listens: no test ever leaves this machine, with or without a network.
    """
    with bench_instance(HOME, upstream_base_url="http://127.0.0.1:9/v1") as running:
        yield running
