from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from bench_instance import free_ports

from workshop.services.faults import Faults
from workshop.services.serving import Protocol
from workshop.weather.app import create_app


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a weather service on a free port, in a thread of its own."""
    [port] = free_ports(1)
    app = create_app(tmp_path_factory.mktemp("lab") / "notices.sqlite", Faults())
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, http=Protocol, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(5)


@pytest.fixture
def client(base: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base, timeout=5, trust_env=False) as client:
        client.delete("/notices")
        client.delete("/bench/faults")
        yield client
