"""What counts in a shell's environment: the list itself, and real processes of every kind that report what
reached them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
from bench_instance import write_env
from nbformat.v4 import new_code_cell, new_notebook
from openai import AsyncOpenAI

from workshop import environment
from workshop.commands import install, lessons, venv
from workshop.config import ROOT
from workshop.processes.health import Health
from workshop.processes.service import Port, Service
from workshop.processes.supervisor import Supervisor

BASE = getattr(sys, "_base_executable", sys.executable)
FOREIGN = (
    "pydantic",
    "agents",
    "typing_extensions",
    "zmq",
    "tornado",
    "IPython",
    "openai",
    "jupyterlab",
    "temporalio",
    "httpx",
)
SHADOWS = ("pathlib", "typing", "enum", "subprocess", "shutil", "json")
"""Modules of Python's own that old packages bring copies of."""
SAYS = """
import json, os, sys
names = ("PYTHON", "JUPYTER", "IPYTHON", "UV_", "PIP_", "TEMPORAL_", "OPENAI_", "XDG_", "SSL", "CONDA",
         "VIRTUAL_ENV", "TMPDIR")
print("SAYS " + json.dumps({
    "path": sys.path,
    "flags": [sys.flags.optimize, sys.flags.inspect, sys.flags.dont_write_bytecode, sys.flags.dev_mode],
    "warnings": sys.warnoptions, "utf8": sys.flags.utf8_mode, "cache": sys.pycache_prefix,
    "module": sys.modules.get("foreign"),
    "environment": {name: value for name, value in os.environ.items()
                    if name.startswith(names) or "proxy" in name.lower()},
}), flush=True)
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return everything that a shell may export for some other project or by mistake."""
    foreign = tmp_path_factory.mktemp("foreign")
    for name in (*FOREIGN, *SHADOWS):
        (foreign / f"{name}.py").write_text(f"raise RuntimeError('the {name} of another project')\n")
    for name in (
        "start.py",
        "jupyter_server_config.py",
        "ipython_kernel_config.py",
        "profile_default/startup/00.py",
    ):
        (foreign / name).parent.mkdir(parents=True, exist_ok=True)
        (foreign / name).write_text("raise RuntimeError('the set-up of another project')\n")
    kernel = foreign / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": ["/bin/false"], "display_name": "foreign", "language": "python"}))
    (foreign / "certificates.pem").write_text("nonsense")
    here, nowhere = str(foreign), "/dev/null/nowhere"
    return {
        **dict.fromkeys(
            ("PYTHONPATH", "PYTHONUSERBASE", "IPYTHONDIR", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH"), here
        ),
        **dict.fromkeys(
            ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_DIR", "PIP_TARGET", "UV_TARGET"), here
        ),
        **dict.fromkeys(
            ("PYTHONPYCACHEPREFIX", "JUPYTER_RUNTIME_DIR", "UV_CACHE_DIR", "PIP_PREFIX", "VIRTUAL_ENV"),
            nowhere,
        ),
        **dict.fromkeys(
            ("CONDA_PREFIX", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR", "HOME", "SSL_CERT_DIR"), nowhere
        ),
        **dict.fromkeys(
            ("SSLKEYLOGFILE", "TEMPORAL_CONFIG_FILE", "PIP_CONSTRAINT", "UV_PROJECT_ENVIRONMENT", "PIP_CERT"),
            nowhere,
        ),
        **dict.fromkeys(
            ("PYTHONINSPECT", "PYTHONDONTWRITEBYTECODE", "PYTHONDEVMODE", "PYTHON_DOTENV_DISABLED"), "1"
        ),
        **dict.fromkeys(
            (
                "UV_SYSTEM_PYTHON",
                "UV_NO_BINARY",
                "UV_NO_BUILD",
                "PIP_USER",
                "PIP_REQUIRE_HASHES",
                "TEMPORAL_TLS",
            ),
            "1",
        ),
        **dict.fromkeys(
            ("JUPYTER_NO_CONFIG", "JUPYTER_PLATFORM_DIRS", "PIP_BREAK_SYSTEM_PACKAGES", "NO_COLOR"), "1"
        ),
        **{"PYTHONSTARTUP": f"{here}/start.py", "PYTHONEXECUTABLE": "/bin/false", "PYTHONWARNINGS": "error"},
        **{"PYTHONOPTIMIZE": "2", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "PYTHONCOERCECLOCALE": "0"},
        **{
            "PYTHONBREAKPOINT": "no.such",
            "JUPYTER_PREFER_ENV_PATH": "0",
            "JUPYTER_TOKEN": "of-another-server",
        },
        **{
            "UV_PYTHON": "2.7",
            "UV_EXCLUDE_NEWER": "2001-01-01",
            "UV_REQUIRE_HASHES": "1",
            "TEMPORAL_PROFILE": "elsewhere",
        },
        **{
            "TEMPORAL_ADDRESS": "cloud.invalid:7233",
            "TEMPORAL_NAMESPACE": "another",
            "TEMPORAL_API_KEY": "key",
        },
        **{
            "OPENAI_BASE_URL": "http://cloud.invalid/v1",
            "OPENAI_ORG_ID": "org",
            "OPENAI_PROJECT_ID": "project",
        },
        **{
            "OPENAI_DEFAULT_MODEL": "another",
            "OPENAI_LOG": "debug",
            "XDG_CONFIG_HOME": "relative",
            "COLUMNS": "7",
        },
        **{
            "LC_ALL": "nonsense",
            "LANG": "tr_TR",
            "TERM": "dumb",
            "BROWSER": "/bin/false",
            "PAGER": "/bin/false",
        },
        **{"SSL_CERT_FILE": f"{here}/certificates.pem", "SHELL": "/bin/false", "WEB_CONCURRENCY": "4"},
        **{"HTTP_PROXY": "http://proxy.invalid:3128", "HTTPS_PROXY": "nonsense://proxy", "ALL_PROXY": ":::"},
    }


def shell(hostile: dict[str, str], home: Path, **more: str) -> dict[str, str]:
    """Return the environment of a shell that exports all that."""
    return {"PATH": os.environ["PATH"], "WORKSHOP_HOME": str(home), "CI": "1", **hostile, **more}


def said(text: str) -> dict[str, Any]:
    """Return what a process printed about itself."""
    [line] = [line for line in text.splitlines() if line.startswith("SAYS ")]
    found: dict[str, Any] = json.loads(line.removeprefix("SAYS "))
    return found


def is_ours(process: dict[str, Any], hostile: dict[str, str], home: Path) -> None:
    """Assert that only what may reach a process has reached it."""
    assert hostile["PYTHONPATH"] not in process["path"]
    assert process["flags"] == [0, 0, 0, False] and process["warnings"] == [] and process["cache"] is None
    assert process["utf8"] == 1
    variables: dict[str, str] = process["environment"]
    wrong = {name: value for name, value in variables.items() if hostile.get(name) == value}
    wrong.pop("HTTP_PROXY", None)  # the way out of a company's network, and no hindrance on this machine:
    assert wrong == {}
    assert {"127.0.0.1", "localhost", "::1"} <= set(variables["NO_PROXY"].split(",")) and variables[
        "no_proxy"
    ]
    inside = [
        value
        for name, value in variables.items()
        if name.startswith(("JUPYTER_", "IPYTHON")) and "/" in value
    ]
    assert inside and all(value.startswith((str(home / ".lab"), "/tmp")) for value in inside)


@pytest.mark.parametrize(
    "name", ["PYTHONSAFEPATH", "PYTHON_OF_THE_FUTURE", "JUPYTERLAB_X", "UV_LINK_MODE", "PIP_ROOT", "GIT_DIR"]
)
def test_what_redirects_is_left_out(name: str) -> None:
    assert name not in environment.clean({name: "x"})


@pytest.mark.parametrize(
    "name",
    [
        *(
            "UV_DEFAULT_INDEX",
            "UV_INDEX",
            "UV_INDEX_MIRROR_PASSWORD",
            "UV_EXTRA_INDEX_URL",
            "UV_FIND_LINKS",
            "UV_OFFLINE",
        ),
        *(
            "PIP_INDEX_URL",
            "PIP_FIND_LINKS",
            "PIP_NO_INDEX",
            "PIP_TRUSTED_HOST",
            "UV_HTTP_TIMEOUT",
            "UV_NATIVE_TLS",
        ),
        *(
            "OPENAI_API_KEY",
            "TEMPORAL_PORT",
            "GATEWAY_PORT",
            "JUPYTER_PORT",
            "WORKSHOP_LINK",
            "CODESPACE_NAME",
            "JUPYTERHUB_SERVICE_PREFIX",
            "PATH",
            "HOME",
        ),
    ],
)
def test_the_way_to_packages_and_our_own_settings_are_kept(name: str) -> None:
    assert environment.clean({name: "x"})[name] == "x"


@pytest.mark.parametrize(
    ("proxy", "counts"),
    [
        *(("http://proxy.corp:3128", True), ("proxy.corp:3128", True), ("https://a:b@proxy.corp", True)),
        *(
            ("socks5://127.0.0.1:1080", True),
            ("nonsense://proxy", False),
            (":::", False),
            ("http://", False),
            ("http://x:y", 0),
        ),
    ],
)
def test_a_proxy_counts_if_clients_can_read_it(proxy: str, counts: bool) -> None:
    for name in ("HTTPS_PROXY", "all_proxy"):
        assert (name in environment.clean({name: proxy})) == counts


def test_clients_can_be_made_where_the_way_out_is_a_socks_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.clean({"ALL_PROXY": "socks5://127.0.0.1:1080"}).items():
        monkeypatch.setenv(name, value)
    AsyncOpenAI(api_key="none")
    httpx.Client().close()


def test_loopback_never_goes_through_a_proxy() -> None:
    kept = environment.clean({"HTTP_PROXY": "http://proxy.corp:3128", "no_proxy": "corp,localhost"})
    assert kept["NO_PROXY"] == kept["no_proxy"] == "corp,localhost,127.0.0.1,::1"


def test_files_and_folders_count_if_they_are_any_good(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.pem", tmp_path / "bad.pem"
    good.write_text("-----BEGIN CERTIFICATE-----\n")
    bad.write_text("nonsense")
    assert "SSL_CERT_FILE" in environment.clean({"SSL_CERT_FILE": str(good)})
    for nonsense in (bad, tmp_path / "none.pem", "", "relative.pem"):
        assert "SSL_CERT_FILE" not in environment.clean({"SSL_CERT_FILE": str(nonsense)})
    assert "XDG_CACHE_HOME" in environment.clean({"XDG_CACHE_HOME": str(tmp_path / "to be made")})
    for nonsense in ("relative", str(good / "below a file")):
        assert "XDG_CACHE_HOME" not in environment.clean({"XDG_CACHE_HOME": nonsense})
        assert "TMPDIR" not in environment.clean({"TMPDIR": nonsense})
    assert environment.clean({"HOME": "/dev/null", "WORKSHOP_HOME": str(tmp_path)})["UV_CACHE_DIR"] == str(
        tmp_path / ".lab" / "cache"
    )


def test_cleaning_twice_changes_nothing(hostile: dict[str, str]) -> None:
    once = environment.clean(hostile)
    assert environment.clean(once) == once


def test_an_installer_step_sees_nothing_of_it(
    hostile: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venv, "LOG", tmp_path / "install.log")
    for name, value in shell(hostile, tmp_path).items():
        monkeypatch.setenv(name, value)
    install._run("A step", [sys.executable, "-c", SAYS])
    is_ours(said(venv.LOG.read_text(encoding="utf-8")), hostile, tmp_path)


def test_a_service_sees_nothing_of_it(
    hostile: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in shell(hostile, tmp_path).items():
        monkeypatch.setenv(name, value)
    probe = Service(
        "probe",
        "Probe",
        (Port(0, "PROBE_PORT"),),
        lambda: [sys.executable, "-c", SAYS],
        lambda: Health(True, True),
    )
    supervisor = Supervisor(tmp_path, [probe])
    supervisor._start(probe)
    assert supervisor._children["probe"].wait(20) == 0
    is_ours(said(supervisor.log_path("probe").read_text(encoding="utf-8")), hostile, tmp_path)


WORKER = """
from workshop import environment
environment.isolate()  # as opening a Lab does
from pathlib import Path
from workshop.processes.keeper_client import KeeperClient
import os, sys, time
folder = Path(sys.argv[1])
log = folder / "worker.log"
log.touch()
KeeperClient().ask({"op": "start", "file": str(folder / "probe.py"), "args": [], "folder": str(folder),
                    "env": dict(os.environ), "log": str(log)})
while "SAYS" not in log.read_text():
    time.sleep(0.02)
print(log.read_text())
"""


def test_a_worker_of_a_kernel_that_vs_code_started_sees_nothing_of_it(
    hostile: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "probe.py").write_text(SAYS)
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    vs_code = {
        name: value
        for name, value in hostile.items()
        if name not in ("PYTHONINSPECT", "PYTHONWARNINGS", "PYTHONEXECUTABLE")
    }
    told = subprocess.run(
        command, env=shell(vs_code, tmp_path), capture_output=True, text=True, timeout=60, check=False
    )
    assert "SAYS" in told.stdout, told.stderr
    worker = said(told.stdout)
    worker["flags"][2] = 0  # it writes no bytecode, on purpose: see the keeper
    is_ours(worker, hostile, tmp_path)


def test_a_kernel_sees_nothing_of_it(hostile: dict[str, str], tmp_path: Path) -> None:
    notebook = new_notebook(cells=[new_code_cell(SAYS, id="says")])
    nbformat.write(notebook, tmp_path / "says.ipynb")
    result = lessons.execute(tmp_path / "says.ipynb", cwd=tmp_path, env=shell(hostile, tmp_path))
    assert result.ok, str(result)
    is_ours(said(result.notebook.cells[0].outputs[0].text), hostile, tmp_path)


def test_a_python_of_ours_that_others_start_sees_no_foreign_modules(
    hostile: dict[str, str], tmp_path: Path
) -> None:
    """A kernel of VS Code: its shell's variables reach it, and only `.venv` itself can keep other projects'
    folders out.
    """
    others = {name: hostile[name] for name in ("PYTHONPATH", "PYTHONSTARTUP")}
    command = [
        sys.executable,
        "-c",
        "import zmq, tornado, pydantic, agents, typing; import os; print('PYTHONSTARTUP' in os.environ)",
    ]
    told = subprocess.run(
        command, env=shell(others, tmp_path), capture_output=True, text=True, timeout=60, check=False
    )
    assert told.stdout == "False\n", told.stderr
    own = os.pathsep.join(path for path in sys.path if path)  # what Python needs itself may be in there, too
    ended = subprocess.run(
        [sys.executable, "-c", "import zmq, json"], env={"PYTHONPATH": own}, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr.decode()


@pytest.fixture
def odd_home(tmp_path: Path) -> Path:
    """Make a folder whose name means something to shells, addresses and databases."""
    return tmp_path / "Kurs \u2013 Übung #1 (neu) 50 %20? $HOME 'x'; `y`"


@pytest.fixture
def command(hostile: dict[str, str], odd_home: Path) -> Iterator[Any]:
    """Run a command of the course as a bare Python does, in a shell that exports all that."""

    def start(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        line = [BASE, "-m", "workshop", *words]
        env = shell(hostile, odd_home, **more)
        return subprocess.run(
            line, env=env, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False
        )

    write_env(odd_home)
    yield start
    start("down")


def test_the_course_runs_in_a_shell_that_exports_everything_at_once(command: Any, odd_home: Path) -> None:
    up = command("up", "--no-browser")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "Ready in" in up.stdout and up.stderr == ""
    assert (odd_home / ".lab" / "temporal.db").exists(), (
        "a database beside its folder would be shared by others"
    )
    doctor = command("doctor")
    assert "All is well." in doctor.stdout, doctor.stdout + doctor.stderr
    assert "PYTHONPATH, " in doctor.stdout and "are ignored here" in doctor.stdout
    lesson = command("run", "00")
    assert " ok " in lesson.stdout, lesson.stdout + lesson.stderr


@pytest.mark.parametrize("name", ["PYTHONWARNINGS", "PYTHONEXECUTABLE", "PYTHONPATH", "PYTHONINSPECT"])
def test_one_variable_alone_does_not_stop_a_command(
    name: str, hostile: dict[str, str], tmp_path: Path
) -> None:
    environment = {"PATH": os.environ["PATH"], "WORKSHOP_HOME": str(tmp_path), name: hostile[name]}
    line = [BASE, "-m", "workshop"]
    told = subprocess.run(
        line, env=environment, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert "Usage: python3 -m workshop" in told.stderr and "Traceback" not in told.stderr


def test_what_stops_python_before_the_course_begins_is_cured_as_the_page_says(tmp_path: Path) -> None:
    """PYTHONSAFEPATH hides the folder one is in from `-m`, and a wrong PYTHONHOME keeps every Python from
    starting.
    """
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    for name, value in (("PYTHONSAFEPATH", "1"), ("PYTHONHOME", "/nowhere"), ("PYTHONPLATLIBDIR", "nowhere")):
        env = {"PATH": os.environ["PATH"], "WORKSHOP_HOME": str(tmp_path), name: value, "PYTHON": BASE}
        alone = subprocess.run(
            [BASE, "-m", "workshop"], env=env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert alone.returncode != 0
        assert "unset PYTHONHOME PYTHONPLATLIBDIR PYTHONSAFEPATH" in page
        cured = 'unset PYTHONHOME PYTHONPLATLIBDIR PYTHONSAFEPATH; "$PYTHON" -m workshop'
        told = subprocess.run(
            ["sh", "-c", cured], env=env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert "Usage: python3 -m workshop" in told.stderr, told.stderr
