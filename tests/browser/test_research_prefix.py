"""The whole story of a research in a browser, the application below a path, as a JupyterHub serves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from bench_instance import Bench
from prefix_proxy import proxied
from research_servers import ResearchApp, research_app
from test_research_app import test_story as test_story  # with the application of this file

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]


KEPT, STRIPPED = ("/user/jörg m/proxy/absolute/8234", False), ("/user/ana/proxy/8234", True)


@pytest.fixture(
    scope="module", params=[KEPT, pytest.param(STRIPPED, marks=pytest.mark.slow)], ids=["kept", "stripped"]
)
def app(bench: Bench, request: pytest.FixtureRequest) -> Iterator[ResearchApp]:
    prefix, strips = request.param
    with research_app(bench, name="prefix") as running, proxied(running.url, prefix, strips) as url:
        yield replace(running, url=url)
