"""Clients that nobody here wrote, as they come from PyPI and npm, against the endpoint as it is shipped: a plain
answer, a stream, a tool call and its result, a form, an error.

They are installed into a temporary folder. What cannot be had is skipped, with what the installer said.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gateway_servers import HERE, GatewayProcess

pytestmark = pytest.mark.slow

CAPITAL = "The capital of Ohio is Columbus."
PACKAGES = {
    "litellm": ["litellm"],
    "langchain": ["langchain-openai"],
    "pydantic_ai": ["pydantic-ai-slim[openai]"],
    "instructor": ["instructor"],
}


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "PYTHON"))}
    return subprocess.run(
        list(map(str, command)), env=kept | environment, capture_output=True, text=True, timeout=300
    )


def answers(practice: GatewayProcess, *command: str | Path) -> dict[str, Any]:
    """Return what a client's program prints."""
    done = run(*command, OPENAI_BASE_URL=practice.url, OPENAI_API_KEY="practice")
    assert done.returncode == 0, done.stderr[-2_000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


@pytest.fixture(params=PACKAGES)
def python(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The Python of an environment with one client, and the client's name."""
    uv = Path(sys.executable).with_name("uv")
    run(uv, "venv", "--python", sys.executable, tmp_path / "venv").check_returncode()
    executable = tmp_path / "venv" / "bin" / "python"
    installed = run(uv, "pip", "install", "--python", executable, *PACKAGES[request.param])
    if installed.returncode:
        pytest.skip(f"{request.param} can't be had: {installed.stderr.strip()[-300:]}")
    return request.param, executable


def test_a_client_from_pypi(practice: GatewayProcess, python: tuple[str, Path]) -> None:
    name, executable = python
    said = answers(practice, executable, HERE / "clients" / f"{name}_client.py")
    assert {"name", "state"} == said["form"].keys()
    assert ("temperature" in said["error"] and "400" in said["error"]) or "BadRequestError" in said["error"]
    if name == "instructor":
        assert {mode: form for mode, form in said["forms"].items() if "error" in form} == {}
        return
    assert said["plain"] == said["stream"] == said["responses"] == CAPITAL
    assert said["call"] == {"city": "Oakland"} and "Sunny in Oakland" in said["told"]


def test_the_javascript_client(practice: GatewayProcess, tmp_path: Path) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node.js is not installed here")
    (tmp_path / "package.json").write_text('{"private": true}')
    installed = run("npm", "install", "--no-fund", "--no-audit", "--prefix", tmp_path, "openai")
    if installed.returncode:
        pytest.skip(f"openai can't be had from npm: {installed.stderr.strip()[-300:]}")
    program = shutil.copy(HERE / "clients" / "openai_client.mjs", tmp_path)
    said = answers(practice, "node", program)
    assert said["plain"] == said["stream"] == said["responses"] == said["events"] == CAPITAL
    assert said["call"] == {"city": "Oakland"}
    assert "Sunny in Oakland" in said["told"] and "Sunny in Oakland" in said["looped"]
    assert {"name", "state"} == said["form"].keys() and said["kept"] is True
    assert said["error"].startswith("400 Invalid 'temperature'")
