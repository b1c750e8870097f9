"""The gateway of the running bench, without faults before a test and after it.

In a test file: `gateway = pytest.fixture(clean_gateway)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench_instance import Bench

from workshop.workspace.control import Gateway


def clean_gateway(bench: Bench) -> Iterator[Gateway]:
    client = Gateway(bench.settings.gateway_url)
    client.clear_faults()
    yield client
    client.clear_faults()
