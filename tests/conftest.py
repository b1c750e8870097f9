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
for _name in (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "PYTHONDONTWRITEBYTECODE",
    "TEMPORAL_ADDRESS",
    "WORKSHOP_SERVICE",
):
    os.environ.pop(_name, None)
sys.dont_write_bytecode = False
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"

from bench_instance import Bench, bench_instance  # noqa: E402  # after the home is chosen

TOGETHER = {
    "gateway": "gateway",
    "test_checks": "checks",
    "test_research_console": "console",
    "test_worker_and_fault_panels": "panels",
    "test_weather": "weather",
    "test_workers": "workers",
}
"""Files and folders as xdist groups: their tests share gateways or a keeper, which each process would start
for itself.
"""
LONGEST_FIRST = (
    *(
        "browser",
        "jupyterlab",
        "exercise-03",
        "exercise-05",
        "exercise-01",
        "routing",
        "exercise-02",
        "exercise-04",
        "exercise-06",
        "gateway",
    ),
    *(
        "whole-05_deep_research",
        "whole-06_change_it_safely",
        "research",
        "whole-03_durable_agent",
        "whole-04_agent_routing",
        "whole-02_temporal_hello_world",
    ),
    *(
        "research_server",
        "research crashes",
        "core-05_deep_research",
        "core-06_change_it_safely",
        "a running copy",
        "workers",
        "core-03_durable_agent",
    ),
    *("core-04_agent_routing", "checks", "research_fuzz", "panels", "test_commands", "test_chaos"),
)
"""xdist groups, and files of single tests, by the time they take. What is in no group and not named here
takes little.
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest groups first: one that began last would run on while the other processes have nothing
    left to do.
    """

    def place(item: pytest.Item) -> int:
        group = item.get_closest_marker("xdist_group")
        name = str(group.args[0]) if group else item.path.stem
        if name in LONGEST_FIRST:
            return LONGEST_FIRST.index(name)
        return len(LONGEST_FIRST) + (0 if group else 1)

    for item in items:
        name = TOGETHER.get(item.path.stem) or TOGETHER.get(item.path.parent.name)
        if name and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(name))
    items.sort(key=place)


@contextmanager
def _put_back() -> Iterator[None]:
    """Opening a Lab changes the folder and the environment of its process, as it should; the next test wants
    its own.
    """
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
