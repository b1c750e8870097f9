"""What all tests share. Each test process (pytest-xdist has several) gets its own home and services.

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

from workshop.workspace.control import Gateway  # noqa: E402

TOGETHER = {
    "gateway": "gateway",
    "research_api": "research_server",
    "test_abilities": "abilities",
    "test_checks": "checks",
    "test_interrupts": "interrupts",
    "test_research_console": "console",
    "test_site": "site",
    "test_waits": "waits",
    "test_weather": "weather",
    "test_worker_and_fault_panels": "panels",
    "test_workers": "workers",
}
"""Files and folders as xdist groups: their tests share gateways, a kernel, a keeper or a long computation, which
each process would otherwise start for itself.
"""
LONGEST_FIRST = (
    "types",
    "exercise-05",
    "exercise-07",
    "exercise-03",
    "browser",
    "gateway",
    "routing",
    "jupyterlab",
    "exercise-06",
    "lesson-03_durable_agent",
    "lesson-05_deep_research",
    "exercise-04",
    "doctor",
    "exercise-02",
    "research",
    "research_server",
    "exercise-01",
    "lesson-04_agent_routing",
    "lesson-06_change_it_safely",
    "lesson-07_in_front_of_users",
    "a running copy",
    "lesson-02_temporal_hello_world",
    "lesson-01_agent_hello_world",
    "lesson-00_start_here",
    "research crashes",
    "workers",
    "panels",
    "test_lab",
    "waits",
    "test_chaos",
    "test_environment",
    "test_neighbors",
    "test_commands",
    "checks",
    "research_fuzz",
    "site",
    "test_servers",
    "test_twice",
    "test_monday",
    "test_deploy",
    "interrupts",
)
"""xdist groups, and files of tests without a group, by the time they take. What is neither in a group nor
named here takes little.
"""
LONG = {
    "browser",
    "exercises",
    "lessons",
    "test_bill",
    "test_caller",
    "test_commands",
    "test_copies",
    "test_environment",
    "test_line_ends",
    "test_private",
    "test_research_temporal_away",
    "test_run",
    "test_site",
    "test_slow_requests",
    "test_suite",
    "test_types",
    "test_update",
}
"""Folders and files that `test --quick` leaves out, with every test that needs running services."""


def is_long(item: pytest.Item) -> bool:
    return bool(
        LONG & {item.path.stem, item.path.parent.name}
        or {"bench", "own_bench"} & set(getattr(item, "fixturenames", ()))
    )


def place(item: pytest.Item) -> int:
    """Return where in the order a test belongs: the longest groups first, single tests last."""
    group = item.get_closest_marker("xdist_group")
    name = str(group.args[0]) if group else item.path.stem
    if name in LONGEST_FIRST:
        return LONGEST_FIRST.index(name)
    return len(LONGEST_FIRST) + (0 if group else 1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark groups and what takes long. Put the longest groups first: one that began last would run on while
    the other processes have nothing left to do.
    """
    for item in items:
        name = TOGETHER.get(item.path.stem) or TOGETHER.get(item.path.parent.name)
        if name and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(name))
        if is_long(item):
            item.add_marker("long")
    items.sort(key=place)


@contextmanager
def _put_back() -> Iterator[None]:
    """Restore the folder and the environment, which opening a Lab changes on purpose."""
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
    """Start the services at `workshop.config.HOME`, without JupyterLab and with a practice model that answers
    at once.

    Their upstream is a port where nobody listens, so no test ever leaves this machine.
    """
    with bench_instance(HOME, upstream_base_url="http://127.0.0.1:9/v1") as running:
        yield running


@pytest.fixture
def gateway(bench: Bench) -> Iterator[Gateway]:
    """Yield the running gateway, without faults before the test and after it."""
    client = Gateway(bench.settings.gateway_url)
    client.clear_faults()
    yield client
    client.clear_faults()
