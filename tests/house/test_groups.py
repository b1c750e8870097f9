"""Tests of one xdist group run in one process, so that what they share is set up once."""

import os

import pytest


@pytest.mark.xdist_group("groups")
def test_a_group_has_an_effect(request: pytest.FixtureRequest) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:  # `workshop test` always asks for groups
        assert request.node.nodeid.endswith("@groups")
