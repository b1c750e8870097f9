"""Doctor's single checks. Each finding that is bad says what to type."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from bench_instance import Bench, bench_instance, write_env
from local_server import Handler, serving
from openai import AuthenticationError, OpenAI
from waiting import until

from workshop.commands import doctor, doctor_env, services, venv
from workshop.commands.diagnosis import UP, Diagnosis
from workshop.config import ROOT
from workshop.processes.locks import locked_for_child
from workshop.processes.record import Record
from workshop.services.catalog import settings_of, supervisor


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (doctor, doctor_env):
        monkeypatch.setattr(module, "HOME", tmp_path)
    monkeypatch.setattr(doctor, "LAB_DIR", tmp_path / ".lab")
    for module in (doctor, doctor_env):
        monkeypatch.setattr(module, "settings", lambda: settings_of(tmp_path))
    write_env(tmp_path)
    return tmp_path


def bad(check: Iterator[Diagnosis]) -> list[str]:
    found = [finding for finding in check if not finding.well]
    assert all(finding.next for finding in found), "each says what to type"
    return [finding.text for finding in found]


def change(home: Path, line: str) -> None:
    name = line.partition("=")[0]
    kept = [each for each in (home / ".env").read_text().splitlines() if each.partition("=")[0] != name]
    (home / ".env").write_text("\n".join([*kept, line]) + "\n")


def test_the_sample_is_well(home: Path) -> None:
    assert bad(doctor_env.env_file()) == []


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("OPENAI_API_KEY='sk-abc def'", "key: it holds a blank"),
        ("OPENAI_API_KEY=my-key-000000000", "keys begin with sk-; this one (16 characters)"),
        ("OPENAI_API_KEY=Practice", "written in small letters"),
        ("OPENAI_BASE_URL=https://api.openai.com/v1", "would pass by the gateway"),
        ("WEATHER_PORT=${GATEWAY_PORT}", "GATEWAY_PORT and WEATHER_PORT are both"),
        ("UPSTREAM_BASE_URL=http://127.0.0.1:${GATEWAY_PORT}/v1", "is the gateway itself"),
        ("GATEWAY_PORT=eighty", "GATEWAY_PORT = 'eighty' (line "),
        ("WEATHER_API_BASE=nonsense", "of .env): write a whole address"),
        ("UPSTREAM_BASE_URL=ftp://example.org", "write a whole address, such as https://"),
        ("TEMPORAL_ADDRESS=elsewhere", "programs in a terminal would look for Temporal there"),
        ("NOTICE_BOARD_URL=http://x", "would write notices there"),
        ('PRACTICE_LATENCY_S="1', "can't be read, so it does not count"),
        ("my-key is no setting", "can't be read, so it does not count"),
    ],
)
def test_env(home: Path, line: str, finding: str) -> None:
    change(home, line)
    found = bad(doctor_env.env_file())
    assert finding in found[0]
    assert "my-key" not in " ".join(found)


def test_a_key_in_the_right_form_is_well(home: Path) -> None:
    change(home, "OPENAI_API_KEY=sk-proj-0123456789abcdef")
    assert bad(doctor_env.env_file()) == []


def test_an_env_that_is_a_folder_and_a_setting_of_the_shell(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [each for each in (home / ".env").read_text().splitlines() if "GATEWAY_PORT" not in each]
    (home / ".env").write_text("\n".join(kept) + "\n")
    monkeypatch.setenv("GATEWAY_PORT", "99999")
    (found,) = [each for each in doctor_env.env_file() if not each.well]
    assert "GATEWAY_PORT = '99999'" in found.text and "line" not in found.text
    assert "or in your shell" in found.next
    (home / ".env").unlink()
    (home / ".env").mkdir()
    (found, *_) = [each for each in doctor_env.env_file() if not each.well]
    assert "is a folder, and has to be a file" in found.text and "mv" in found.next


def test_a_missing_env(home: Path) -> None:
    (home / ".env").unlink()
    assert len(bad(doctor_env.env_file())) == 1


def test_a_dead_service_is_named_with_its_log(home: Path) -> None:
    Record(999_999_999, 1.0, "gateway").write(home / ".lab" / "services" / "gateway.json")
    [text] = [text for text in bad(doctor.services()) if "died" in text]
    assert text.startswith("Model gateway: died") and str(home / ".lab" / "logs" / "gateway.log") in text


def test_a_full_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "workshop.commands.doctor.shutil.disk_usage", lambda path: SimpleNamespace(free=12_000_000)
    )
    assert "12 MB free" in bad(doctor.disk())[0]


def test_a_clock_that_is_behind_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bad(doctor.clock()) == []
    oldest = min(path.stat().st_mtime for path in (ROOT / "workshop").glob("*.py"))
    monkeypatch.setattr(time, "time", lambda: oldest - 86_400)
    assert "a file here was written at" in bad(doctor.clock())[0]


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
    def broken() -> Iterator[Diagnosis]:
        raise RuntimeError("no luck")
        yield

    monkeypatch.setattr(doctor, "CHECKS", (broken, doctor.clock))
    findings = list(doctor.examine())
    assert "no luck" in findings[0].text and not findings[0].well
    assert findings[1].well, "the others still run"


# Ways to break the set-up for real. Each is named, says what to type, and is gone once that is done.


def test_a_taken_port_is_moved_as_the_finding_says(home: Path) -> None:
    with socket.create_server(("127.0.0.1", settings_of(home).gateway_port)):
        [finding] = [each for each in doctor.services() if "port taken" in each.text]
        assert "is held by" in finding.next
        found = re.search(r"set (GATEWAY_PORT=\d+)", finding.next)
        assert found
        change(home, found[1])
        assert not [text for text in bad(doctor.services()) if "port taken" in text]


def test_a_half_made_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(venv, "FOLDER", tmp_path)
    monkeypatch.setattr(venv, "STAMP", tmp_path / "workshop.json")
    [finding] = [each for each in doctor.environment() if not each.well]
    assert ".venv: missing or half-made" in finding.text and finding.next == UP


@pytest.mark.parametrize("line", ["OPENAI_API_KEY=", "# no key at all"])
def test_no_key_means_the_practice_model(home: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    kept = [
        each for each in (home / ".env").read_text().splitlines() if not each.startswith("OPENAI_API_KEY")
    ]
    (home / ".env").write_text("\n".join([*kept, line]) + "\n")
    found = [finding.text for finding in doctor_env.env_file()]
    assert "key: none, so the practice model answers" in found
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-a-shell-profile-0000")
    found = [finding.text for finding in doctor_env.env_file()]
    assert "key: none, so the practice model answers" in found
    assert "key: the shell exports another OPENAI_API_KEY; .env decides" in found
    assert settings_of(home).openai_api_key == "practice"


def test_a_key_that_the_provider_refuses_and_a_killed_gateway(home: Path) -> None:
    with refusing_upstream() as upstream, bench_instance(home, upstream_base_url=upstream) as bench:
        change(home, "OPENAI_API_KEY=sk-proj-0123456789abcdef")
        assert bad(doctor_env.env_file()) == []
        client = OpenAI(
            base_url=bench.settings.model_base_url, api_key="sk-proj-0123456789abcdef", max_retries=0
        )
        with pytest.raises(AuthenticationError):
            client.responses.create(model="any", input="Hello")
        [text] = bad(doctor_env.env_file())
        assert f"{upstream} refused it at" in text and "0123456789" not in text
        change(home, "OPENAI_API_KEY=practice")
        assert bad(doctor_env.env_file()) == []

        record = Record.read(home / ".lab" / "services" / "gateway.json")
        assert record
        os.kill(record.pid, signal.SIGKILL)
        until(lambda: record.process() is None)
        assert any(text.startswith("Model gateway: died") for text in bad(doctor.services()))
        with bench.supervisor.lock():
            bench.supervisor.up()
        assert bad(doctor.services()) == []


def test_two_clones_on_the_same_ports(home: Path, bench: Bench) -> None:
    write_env(home, gateway_port=bench.settings.gateway_port)
    [finding] = [each for each in doctor.services() if "port taken" in each.text]
    assert f"the gateway of another copy of the course ({bench.home})" in finding.next


def test_a_database_in_the_hands_of_another_server(home: Path) -> None:
    lock = home / ".lab" / "temporal.db.lock"
    [held] = locked_for_child(lock)
    [finding] = [each for each in doctor.temporal_server() if not each.well]
    assert "held by a server that is not ours" in finding.text and f"fuser {lock}" in finding.next
    os.close(held)
    assert bad(doctor.temporal_server()) == []


def test_a_clock_that_went_back_behind_our_own_database(home: Path) -> None:
    database = home / ".lab" / "temporal.db"
    database.parent.mkdir()
    database.touch()
    assert bad(doctor.clock()) == []
    os.utime(database, (time.time() + 86_400,) * 2)
    assert "a file here was written at" in bad(doctor.clock())[0]


def test_a_folder_that_takes_no_files(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("my_work/03_own", "my_work/04"):
        (home / folder).mkdir(parents=True)
    with monkeypatch.context() as patched:
        patched.setattr(doctor, "_unwritable", lambda folder: OSError() if folder.name == "03_own" else None)
        [text] = bad(doctor.disk())
        assert str(home / "my_work" / "03_own") in text
    blocked = home / "blocked"
    blocked.mkdir(mode=0o555)
    if os.geteuid() == 0:  # root may write everywhere but where the system has no room for files
        blocked = Path("/proc/self")
    for module in (doctor, doctor_env):
        monkeypatch.setattr(module, "HOME", blocked)
    [finding] = [each for each in doctor.disk() if each.text.startswith("folders")]
    assert not finding.well and f"{blocked} can't be written" in finding.text
    assert finding.next.startswith("mkdir ~/course && cp -R " if os.geteuid() == 0 else "chmod -R u+w ")


def test_the_words_for_a_folder_that_belongs_to_somebody_else(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        doctor, "_unwritable", lambda folder: PermissionError(errno.EACCES, "Permission denied")
    )
    assert {finding.next for finding in doctor.disk() if not finding.well} == {f"chmod -R u+w {home}"}
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    assert {finding.next for finding in doctor.disk() if not finding.well} == {f"sudo chown -R $USER {home}"}


def test_no_chromium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    [finding] = doctor.browser()
    assert not finding.well and "chromium" in finding.next, "the test tools are installed here"
    (tmp_path / "chromium").write_text("#!/bin/sh\n")
    (tmp_path / "chromium").chmod(0o755)
    assert bad(doctor.browser()) == []
    (tmp_path / "chromium").unlink()
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert bad(doctor.browser()) == [], "a learner needs none"


@contextmanager
def refusing_upstream() -> Iterator[str]:
    """Start a provider that answers 401 to everything; yield its base URL."""

    class Refusing(Handler):
        def do_POST(self) -> None:
            self.body()
            self.answer(
                401, b'{"error": {"message": "Incorrect API key provided.", "type": "invalid_request_error"}}'
            )

    with serving(Refusing) as url:
        yield f"{url}/v1"


def test_damaged_files_are_named_kept_and_begun_again(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lab = home / ".lab"
    lab.mkdir(exist_ok=True)
    for name in ("bill.sqlite", "notices.sqlite", "temporal.db"):
        (lab / name).write_bytes(bytes((n * 7919) % 251 for n in range(24_000)))
    assert sum("is damaged (file is not a database)" in text for text in bad(doctor.kept_files())) == 3
    services._set_aside_damaged(supervisor(home, lab=False))
    said = capsys.readouterr().out
    assert said.count("is damaged") == 3 and len(list(lab.glob("*.damaged-*"))) == 3
    assert bad(doctor.kept_files()) == []
    noted = [finding for finding in doctor.kept_files() if "set aside" in finding.text]
    assert len(noted) == 3 and all(finding.next.startswith("rm ") for finding in noted)


def test_a_database_that_is_gone_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, database = home / ".lab" / "logs" / "temporal.log", home / ".lab" / "temporal.db"
    log.parent.mkdir(parents=True)
    log.write_text("--- temporal server start-dev\nError: no room\n")
    ours = supervisor(home, lab=False)
    assert bad(doctor.kept_files()) == [], "it has never had one"
    log.write_text("--- temporal server start-dev\nTemporal Persistence: temporal.db\n")
    [text] = bad(doctor.kept_files())
    assert f"{database} is gone, and with it the workflows" in text
    services._set_aside_damaged(ours)
    assert f"{database} is gone" in capsys.readouterr().out

    Path(f"{database}-wal").write_bytes(b"what was written last")
    [text] = bad(doctor.kept_files())
    assert "is damaged (only temporal.db-wal is left of it)" in text
    services._set_aside_damaged(ours)
    [kept] = database.parent.glob("temporal.db.damaged-*-wal")
    assert kept.read_bytes() == b"what was written last" and f"kept as {kept.name}" in capsys.readouterr().out


def test_what_can_be_pasted_is_a_line_of_its_own(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Diagnosis(
        False, "fault: rate_limit", "curl -X DELETE http://…   (or in a notebook: lab.clear_faults())"
    )
    monkeypatch.setattr(doctor, "CHECKS", (lambda: iter([found]),))
    assert doctor.main() == 1
    said = capsys.readouterr().out
    assert "\n     -> curl -X DELETE http://…\n        (or in a notebook: lab.clear_faults())\n" in said


def test_rows_that_wait_and_settings_that_are_not_in_force(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = {
        "home": str(home),
        "unwritten": 2,
        "refusal": "database is locked",
        "settings": "PRICE: no number",
    }
    monkeypatch.setattr(doctor, "get_json", lambda port, path: health)
    rows, env = bad(doctor.kept_files())
    assert rows.startswith("bill: 2 rows can't be written now (database is locked)")
    assert "goes by the settings before the last edit (PRICE: no number)" in env
