"""A checkout and a `.env` as Windows leaves them: its own line ends, a byte order mark, UTF-16."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bench_instance import free_ports
from dotenv import dotenv_values

from workshop.builder import notebooks
from workshop.commands import doctor, doctor_env, services
from workshop.config import ENV_SAMPLE, ROOT
from workshop.errors import LabError, UnreadableSettings
from workshop.keeping.plain_env import is_plain, make_plain
from workshop.services.catalog import settings_of

TEXT = (
    'WEATHER_PORT=21236\n# Schlüssel\nOPENAI_API_KEY=sk-abc\nexport GATEWAY_PORT=21235\nPLACE="New '
    'York" # two words\n'
)
VALUES = {"WEATHER_PORT": "21236", "OPENAI_API_KEY": "sk-abc", "GATEWAY_PORT": "21235", "PLACE": "New York"}
WINDOWS = TEXT.replace("\n", "\r\n")
FORMS = {
    "line ends of Windows": WINDOWS.encode(),
    "line ends of an old Mac": TEXT.replace("\n", "\r").encode(),
    "some of both": TEXT.replace("\n", "\r\n", 2).encode(),
    "a mark": TEXT.encode("utf-8-sig"),
    "a mark and line ends": WINDOWS.encode("utf-8-sig"),
    "UTF-16": WINDOWS.encode("utf-16"),
    "UTF-16, the other way round": b"\xfe\xff" + WINDOWS.encode("utf-16-be"),
    "the code page of Windows": WINDOWS.encode("cp1252"),
    "a line that PowerShell appended": TEXT.partition("PLACE")[0].encode()
    + 'PLACE="New York"\r\n'.encode("utf-16-le"),
}


def sourced(home: Path) -> dict[str, str]:
    """Return what a terminal has after the line that the documents print."""
    line = f"set -a; . ./.env; set +a; printenv {' '.join(VALUES)}"
    told = subprocess.run(
        ["bash", "-c", line], cwd=home, env={"PATH": os.environ["PATH"]}, capture_output=True, check=False
    )
    return dict(zip(VALUES, told.stdout.decode().split("\n"), strict=False))


@pytest.mark.parametrize("form", FORMS)
def test_a_file_of_any_editor_gives_every_reader_the_same_values(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / ".env"
    file.write_bytes(FORMS[form])
    file.chmod(0o600)
    assert not is_plain(file)
    make_plain(file)
    assert is_plain(file) and file.stat().st_mode & 0o777 == 0o600
    assert dotenv_values(file) == VALUES
    assert sourced(tmp_path) == VALUES
    settings = settings_of(tmp_path)
    assert (settings.weather_port, settings.gateway_port, settings.openai_api_key) == (21236, 21235, "sk-abc")
    [kept] = (tmp_path / "my_work/kept").glob("*/env")
    assert kept.read_bytes() == FORMS[form] and kept.stat().st_mode & 0o777 == 0o600
    assert str(kept) in capsys.readouterr().out


def test_a_file_that_is_plain_stays_untouched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ".env"
    file.write_text(TEXT)
    before = file.stat().st_mtime_ns
    make_plain(file)
    make_plain(tmp_path / "none")
    assert (
        file.stat().st_mtime_ns == before
        and not (tmp_path / "my_work").exists()
        and capsys.readouterr().out == ""
    )


def test_a_file_that_cannot_be_rewritten_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(WINDOWS.encode())
    (tmp_path / "my_work").write_text("a file where a folder belongs")
    with pytest.raises(LabError, match="can't be rewritten"):
        make_plain(tmp_path / ".env")


def test_doctor_names_such_a_file_and_the_command_that_it_names_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (services, doctor, doctor_env):
        monkeypatch.setattr(module, "HOME", tmp_path)
        monkeypatch.setattr(module, "LAB_DIR", tmp_path / ".lab", raising=False)
        monkeypatch.setattr(module, "settings", lambda: settings_of(tmp_path))
    port = f"TEMPORAL_PORT={free_ports(1)[0]}\n"
    for form in ("utf-8-sig", "utf-16"):
        (tmp_path / ".env").write_bytes((port + ENV_SAMPLE.read_text()).replace("\n", "\r\n").encode(form))
        [found] = [finding for finding in doctor_env.env_file() if not finding.well]
        assert found.text.startswith(".env: ") and found.next == "python3 -m workshop up"
        services._env_file()  # what `up` does first
        assert [finding for finding in doctor_env.env_file() if not finding.well] == []


def test_without_that_command_the_message_names_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(WINDOWS.encode("utf-16"))
    with pytest.raises(UnreadableSettings, match="python3 -m workshop up"):
        settings_of(tmp_path)


def test_every_file_of_a_checkout_has_the_line_ends_of_unix(tmp_path: Path) -> None:
    git = ["git", "-c", "core.autocrlf=true", "-c", "core.eol=crlf"]
    subprocess.run(
        [*git, "clone", "--quiet", "--no-local", "--depth", "1", ROOT.as_uri(), tmp_path / "clone"],
        check=True,
    )
    listed = subprocess.run(
        [*git, "ls-files", "--eol"], cwd=tmp_path / "clone", capture_output=True, text=True, check=True
    )
    ends = {line.split()[1] for line in listed.stdout.splitlines()}
    assert "w/lf" in ends and ends <= {"w/lf", "w/none", "w/-text"}


def test_a_checkout_made_before_that_was_so_still_builds_and_starts(tmp_path: Path) -> None:
    """Its files have the line ends of Windows until they change; only shell scripts can't be read like
    that.
    """
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "--quiet", "--no-local", "--depth", "1", ROOT.as_uri(), clone], check=True
    )
    for path in clone.rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    code = (
        f"import sys; sys.path.insert(0, {str(clone)!r}); from workshop.builder.notebooks import main; "
        f"sys.exit(main(check=True))"
    )
    told = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert told.returncode == 0 and told.stdout.endswith(" 0 differ\n"), told.stdout + told.stderr


def test_the_script_of_an_older_clone_is_put_right_as_the_page_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    [command] = re.findall(r"pipefail: invalid option name\*.*`(sed [^`]+)`", page)
    shutil.copytree(ROOT / ".devcontainer", tmp_path / ".devcontainer")
    script = tmp_path / ".devcontainer" / "steps.sh"
    script.write_bytes(script.read_bytes().replace(b"\n", b"\r\n"))

    def show() -> subprocess.CompletedProcess[str]:
        return subprocess.run(["bash", script, "show"], capture_output=True, text=True, check=False)

    # the carriage return sends the rest over the beginning
    assert "set: pipefail\n: invalid option name" in show().stderr
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)
    assert show().returncode == 0 and show().stderr == ""


def test_a_difference_in_more_than_line_ends_is_still_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\r\ntwo\r\n")
    assert notebooks._bytes(tmp_path / "a") == b"one\ntwo\n"
    (tmp_path / "a").write_bytes(b"one\\r\n")
    assert notebooks._bytes(tmp_path / "a") == b"one\\r\n"
