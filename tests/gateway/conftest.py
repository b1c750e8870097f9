from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest
from gateway_servers import Endpoint, GatewayProcess
from upstream_gateway import KEY as PROVIDER_KEY


@pytest.fixture(scope="session")
def _scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(tmp_path_factory.mktemp("scripted"), script="scripted_gateway.py")
    yield gateway
    gateway.stop()


@pytest.fixture
def scripted(_scripted: GatewayProcess) -> Iterator[GatewayProcess]:
    """A gateway with a scripted model, its bill empty, no faults, latency 0."""
    _scripted.clear()
    yield _scripted
    _scripted.clear()
    if (_scripted.home / ".env").exists():
        _scripted.unset()


@pytest.fixture(scope="session")
def _practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(tmp_path_factory.mktemp("practice"))
    yield gateway
    gateway.stop()


@pytest.fixture
def practice(_practice: GatewayProcess) -> GatewayProcess:
    """The gateway as it is shipped, with the practice model, at latency 0."""
    _practice.clear()
    return _practice


@pytest.fixture(scope="session")
def _second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway that passes on to another gateway, which plays the real provider."""
    provider = GatewayProcess(tmp_path_factory.mktemp("provider"), script="upstream_gateway.py")
    gateway = GatewayProcess(
        tmp_path_factory.mktemp("second"), UPSTREAM_BASE_URL=provider.url, OPENAI_API_KEY=PROVIDER_KEY
    )
    yield gateway
    gateway.stop()
    provider.stop()


@pytest.fixture(params=["direct", "passed on"])
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Where the practice model answers: at the gateway itself, and through a gateway in front of it."""
    direct = request.param == "direct"
    gateway: GatewayProcess = request.getfixturevalue("_practice" if direct else "_second")
    gateway.clear()
    return Endpoint(gateway, gateway.url, "practice" if direct else PROVIDER_KEY)


@pytest.fixture(scope="session")
def _client(_scripted: GatewayProcess) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=_scripted.url, api_key="practice", max_retries=0, timeout=20) as client:
        yield client


@pytest.fixture
def client(scripted: GatewayProcess, _client: openai.OpenAI) -> openai.OpenAI:
    """The real `openai` client on the scripted gateway, without retries of its own."""
    return _client
