"""Doctor's single checks. Each finding that is bad says what to type."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from bench_instance import write_env

from workshop import doctor
from workshop.config import ROOT
from workshop.services.catalog import settings_of
from workshop.services.process import Record


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(doctor, "HOME", tmp_path)
    monkeypatch.setattr(doctor, "LAB_DIR", tmp_path / ".lab")
    monkeypatch.setattr(doctor, "settings", lambda: settings_of(tmp_path))
    write_env(tmp_path)
    return tmp_path


def bad(check: Iterator[doctor.Finding]) -> list[str]:
    found = [finding for finding in check if not finding.well]
    assert all(finding.next for finding in found), "each says what to type"
    return [finding.text for finding in found]


def change(home: Path, line: str) -> None:
    name = line.partition("=")[0]
    kept = [each for each in (home / ".env").read_text().splitlines() if each.partition("=")[0] != name]
    (home / ".env").write_text("\n".join([*kept, line]) + "\n")


def test_the_sample_is_well(home: Path) -> None:
    assert bad(doctor.env_file()) == []


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("OPENAI_API_KEY='sk-abc def'", "key: it holds a blank"),
        ("OPENAI_API_KEY=my-key-000000000", "keys begin with sk-; this one (16 characters)"),
        ("OPENAI_API_KEY=Practice", "written in small letters"),
        ("OPENAI_BASE_URL=https://api.openai.com/v1", "would pass by the gateway"),
        ("WEATHER_PORT=${GATEWAY_PORT}", "GATEWAY_PORT and WEATHER_PORT are both"),
        ("UPSTREAM_BASE_URL=http://127.0.0.1:${GATEWAY_PORT}/v1", "is the gateway itself"),
        ("GATEWAY_PORT=eighty", "GATEWAY_PORT is 'eighty'"),
    ],
)
def test_env(home: Path, line: str, finding: str) -> None:
    change(home, line)
    [text] = bad(doctor.env_file())
    assert finding in text
    assert "my-key" not in text


def test_a_key_in_the_right_form_is_well(home: Path) -> None:
    change(home, "OPENAI_API_KEY=sk-proj-0123456789abcdef")
    assert bad(doctor.env_file()) == []


def test_a_missing_env(home: Path) -> None:
    (home / ".env").unlink()
    assert len(bad(doctor.env_file())) == 1


@pytest.mark.parametrize(("exempt", "well"), [("", False), ("example.com", False), ("localhost,127.0.0.1", True), ("*", True)])
def test_proxies(monkeypatch: pytest.MonkeyPatch, exempt: str, well: bool) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", exempt)
    assert (bad(doctor.network()) == []) is well


def test_a_dead_service_leaves_a_record(home: Path) -> None:
    assert bad(doctor.records()) == []
    Record(999_999_999, 1.0, "gateway").write(home / ".lab" / "services" / "gateway.json")
    assert "gateway has died" in bad(doctor.records())[0]


def test_a_full_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=12_000_000))
    assert "12 MB free" in bad(doctor.disk())[0]


def test_a_clock_that_is_behind_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bad(doctor.clock()) == []
    oldest = min(path.stat().st_mtime for path in (ROOT / "workshop").glob("*.py"))
    monkeypatch.setattr(time, "time", lambda: oldest - 86_400)
    assert "before the files of the course" in bad(doctor.clock())[0]


def test_a_package_that_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("json", "no_such_package"))
    assert "no_such_package (ModuleNotFoundError" in bad(doctor.packages())[0]


def test_services_of_a_home_where_nothing_runs(home: Path) -> None:
    port = settings_of(home).gateway_port
    with socket.create_server(("127.0.0.1", port)):
        found = bad(doctor.services())
    assert [text.split(":")[0] for text in found] == ["Temporal server", "Model gateway", "Weather service"]
    assert "port taken" in found[1], "JupyterLab may be down: `up --no-lab` is enough for lessons in VS Code"


def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterator[doctor.Finding]:
        raise RuntimeError("no luck")
        yield

    monkeypatch.setattr(doctor, "CHECKS", (broken, doctor.clock))
    findings = list(doctor.examine())
    assert "no luck" in findings[0].text and not findings[0].well
    assert findings[1].well, "the others still run"
