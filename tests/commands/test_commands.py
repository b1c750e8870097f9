"""The commands as a person types them, against the real services: `python -m workshop …` in a home of its
own.
"""

from __future__ import annotations

import dataclasses
import errno
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from bench_instance import environment, write_env
from dotenv import dotenv_values
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError
from websockets.sync.client import connect

from workshop import cli
from workshop.commands import services
from workshop.config import ROOT
from workshop.errors import LabError
from workshop.processes import process as processes
from workshop.processes.health import get_json
from workshop.processes.locks import is_locked
from workshop.processes.record import Record, alive, marked
from workshop.processes.service import NeverShared, Service
from workshop.processes.supervisor import Supervisor
from workshop.services import temporal
from workshop.services.catalog import settings_of

in_one_process = pytest.mark.xdist_group("a running copy")
"""Tests that share the copy of the course that `running` has started."""
SERVICES = ("temporal", "gateway", "weather")


class Home:
    """A learner's folder, and the commands typed in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.values = write_env(path)
        self._environment = {**environment(path), "CI": "1"}

    def environment(self, **extra: str) -> dict[str, str]:
        return {**self._environment, **extra}

    def type(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a command, with both output streams in `stdout`."""
        return subprocess.run(
            [sys.executable, "-m", "workshop", *words],
            cwd=ROOT,
            env=self.environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    def up(self, *words: str, **extra: str) -> str:
        told = self.type("up", "--no-lab", *words, **extra)
        assert told.returncode == 0, told.stdout
        return told.stdout

    def edit(self, **values: object) -> None:
        """Change lines of `.env`."""
        text = (self.path / ".env").read_text()
        for name, value in values.items():
            text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
        (self.path / ".env").write_text(text)

    def pids(self) -> dict[str, int]:
        records = {name: Record.read(self.path / ".lab" / "services" / f"{name}.json") for name in SERVICES}
        return {name: record.pid for name, record in records.items() if record and record.process()}

    def left(self) -> list[str]:
        """Return the processes that carry the mark of this home."""
        names = (*SERVICES, "jupyter")
        found = [marked(f"{name}@{self.path}") for name in names]
        return [processes.describe(process) for process in found if process]

    @property
    def address(self) -> str:
        return settings_of(self.path).temporal_address


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Home]:
    """Make a home in which nothing has happened yet."""
    home = Home(tmp_path)
    yield home
    if home.left():
        home.type("down")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Make a home with running services; tests leave them running."""
    home = Home(tmp_path_factory.mktemp("home"))
    home.up()
    yield home
    home.type("down")


def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(
        "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


@in_one_process
def test_a_second_up_finds_what_runs(running: Home) -> None:
    before = running.pids()
    began = time.monotonic()
    told = running.up()
    assert time.monotonic() - began < 8
    assert told.count("runs already") == 3
    assert running.pids() == before and set(before) == set(SERVICES)
    assert f"http://localhost:{running.values['TEMPORAL_UI_PORT']}" in told
    assert told.strip().splitlines()[-1].startswith("Ready in ")


@in_one_process
def test_links_follow_the_codespace(running: Home) -> None:
    told = running.up(CODESPACE_NAME="blue-fish", GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN="app.example.dev")
    assert f"https://blue-fish-{running.values['TEMPORAL_UI_PORT']}.app.example.dev" in told


@in_one_process
def test_a_key_of_the_shell_is_mentioned_and_does_not_count(running: Home) -> None:
    told = running.up(OPENAI_API_KEY="sk-from-a-shell-profile")
    assert ".env says the practice model, and .env decides" in told
    assert "sk-from" not in told


@in_one_process
def test_status_shows_a_line_for_each_service(running: Home) -> None:
    told = running.type("status")
    assert told.returncode == 0
    for name, pid in running.pids().items():
        assert re.search(rf"running\s+{pid}\s+\d+\s+\d+ MB", told.stdout), (name, told.stdout)
    assert re.search(r"JupyterLab\s+stopped", told.stdout)


@in_one_process
def test_doctor_finds_nothing_in_a_healthy_home(running: Home) -> None:
    """This holds even with a record of an ended worker, which a waking Codespace always has."""
    ended = running.path / ".lab" / "workers" / "hello-world-queue-main.json"
    Record(999_999_999, 1.0, "main", queue="hello-world-queue").write(ended)
    told = running.type("doctor")
    assert told.returncode == 0, told.stdout
    assert "BAD" not in told.stdout and told.stdout.endswith("All is well.\n")


@in_one_process
def test_up_tidies_the_records_of_what_has_ended(running: Home) -> None:
    """This includes the record of a JupyterLab that ended with the machine and that nobody wants now."""
    for kind, name in (("workers", "hello-world-queue-main"), ("services", "jupyter")):
        Record(999_999_999, 1.0, name).write(running.path / ".lab" / kind / f"{name}.json")
    assert "JupyterLab: died" in running.type("doctor").stdout
    running.up()
    assert [path.stem for path in sorted(running.path.glob(".lab/*/*.json"))] == [
        "gateway",
        "temporal",
        "weather",
    ]


@in_one_process
def test_status_and_doctor_name_what_is_left_on(running: Home) -> None:
    address = f"http://127.0.0.1:{running.values['WEATHER_PORT']}/bench/faults"
    httpx.post(address, json={"kind": "slow"}, trust_env=False)
    told = running.type("status")
    assert told.returncode == 0
    assert "fault: weather service: slow" in told.stdout and "lab.clear_faults()" in told.stdout
    found = running.type("doctor")
    assert found.returncode == 1 and f"-> curl -X DELETE {address}" in found.stdout
    httpx.delete(address, trust_env=False)
    assert "fault" not in running.type("status").stdout


@in_one_process
async def test_another_copy_of_the_course(running: Home, fresh: Home) -> None:
    """On the same ports it is told whose they are; with the lines it is given, it runs beside the first."""
    own = {name: value for name, value in fresh.values.items() if name.endswith("_PORT")}
    fresh.edit(**{name: running.values[name] for name in own})
    told = fresh.type("up", "--no-lab")
    assert told.returncode == 1
    for name in SERVICES:
        assert f"the {name} of another copy of the course ({running.path})" in told.stdout
    assert fresh.pids() == {} and "Nothing of this folder was running" in fresh.type("down").stdout
    assert set(running.pids()) == set(SERVICES), "the other copy is left alone"

    lines = re.findall(r"^    (\w+=\S+)$", told.stdout, re.MULTILINE)
    moved = {line.partition("=")[0] for line in lines}
    assert moved == {*own, "TEMPORAL_ADDRESS"}, "one edit moves everything"
    rest = [
        line for line in (fresh.path / ".env").read_text().splitlines() if line.partition("=")[0] not in moved
    ]
    (fresh.path / ".env").write_text("\n".join([*lines, *rest]) + "\n")
    fresh.up()
    assert not set(fresh.pids().values()) & set(running.pids().values())
    values = dotenv_values(fresh.path / ".env")
    assert values["TEMPORAL_ADDRESS"] == fresh.address != running.address, "for programs in a terminal"
    clients = [await Client.connect(home.address) for home in (running, fresh)]
    for n, client in enumerate(clients):
        await client.start_workflow("AnyWorkflow", id=f"of-copy-{n}", task_queue="same-queue")
        assert (await client.get_workflow_handle(f"of-copy-{n}").describe()).id == f"of-copy-{n}"
        with pytest.raises(RPCError, match="not found"):
            await client.get_workflow_handle(f"of-copy-{1 - n}").describe()
    assert fresh.type("down").returncode == 0
    assert set(running.pids()) == set(SERVICES)


def foreign_server(home: Home, *options: str) -> subprocess.Popen[bytes]:
    """Start a Temporal server by hand on the ports of a home and wait until it is ready."""
    port, ui = home.values["TEMPORAL_PORT"], home.values["TEMPORAL_UI_PORT"]
    command = [
        str(part)
        for part in (temporal.binary(), "server", "start-dev", "--port", port, "--ui-port", ui, *options)
    ]
    command += ["--log-level", "error"]
    server = subprocess.Popen(command, cwd=home.path)
    deadline = time.monotonic() + 20
    while not get_json(int(ui), "/api/v1/namespaces/default"):
        assert time.monotonic() < deadline and server.poll() is None
        time.sleep(0.05)
    return server


async def begin(home: Home, workflow_id: str) -> None:
    client = await Client.connect(home.address)
    await client.start_workflow("AnyWorkflow", id=workflow_id, task_queue="nobody-there")


def known(home: Home) -> list[str]:
    """Return the runs that the server on this home's port knows, as the Web UI lists them."""
    found = get_json(int(home.values["TEMPORAL_UI_PORT"]), "/api/v1/namespaces/default/workflows")
    return [each["execution"]["workflowId"] for each in found.get("executions", [])]


def only_temporal(home: Home) -> tuple[Supervisor, Service]:
    service = temporal.service(home.path, settings_of(home.path))
    return Supervisor(home.path, [service]), service


async def test_a_temporal_server_that_is_not_ours_is_named_and_our_runs_come_back(fresh: Home) -> None:
    supervisor, service = only_temporal(fresh)
    supervisor.ensure(service)
    await begin(fresh, "mine")
    supervisor.down()
    foreign = foreign_server(fresh)
    try:
        told, shown = fresh.type("up", "--no-lab"), fresh.type("status")
        assert told.returncode == shown.returncode == 1
        for said in (told.stdout, shown.stdout):
            assert (
                f"another Temporal server holds port {fresh.values['TEMPORAL_PORT']}: temporal (process "
                f"{foreign.pid}" in said
            )
            assert f"your 1 run, which are kept in {temporal.database(fresh.path)}" in said.replace("\n", " ")
            assert "It keeps its own runs in memory" in said
        assert "TEMPORAL_PORT=" in told.stdout and "Ready" not in told.stdout
        assert f"`kill {foreign.pid}`" in told.stdout
    finally:
        foreign.terminate()  # as the message says
        foreign.wait()
    assert supervisor.ensure(service).action == "started" and "mine" in known(fresh)


def test_a_temporal_server_that_takes_our_port_while_ours_starts_is_not_adopted(fresh: Home) -> None:
    """As when several learners of one machine start at the same moment, with the same ports."""
    supervisor, service = only_temporal(fresh)
    foreign = []

    def late() -> list[str]:
        """Return our command after the port was found free, and then taken."""
        foreign.append(foreign_server(fresh))
        return [*service.command()]

    try:
        with pytest.raises(NeverShared, match=r"(?s)another Temporal server holds port .*`kill \d+`"):
            supervisor.ensure(dataclasses.replace(service, command=late))
        assert supervisor.look(service).state == "port taken"
        assert supervisor.down() == [] and foreign[0].poll() is None
    finally:
        foreign[0].terminate()
        foreign[0].wait()
    assert supervisor.ensure(service).action.startswith("started")


def test_a_server_that_somebody_started_on_our_own_database_is_ours(fresh: Home) -> None:
    supervisor, service = only_temporal(fresh)
    supervisor.ensure(service)
    supervisor.down()
    by_hand = foreign_server(fresh, "--db-filename", str(temporal.database(fresh.path)))
    try:
        assert (supervisor.ensure(service).action, supervisor.look(service).state) == ("not ours", "not ours")
        assert supervisor.down() == [] and by_hand.poll() is None
        table, said = fresh.type("status").stdout.split("\n\n")[:2]
        assert all(len(line) < 80 for line in table.splitlines()) and "started outside this tool" in said
    finally:
        by_hand.terminate()
        by_hand.wait()


async def test_files_that_are_deleted_under_running_services(fresh: Home) -> None:
    """After `rm -rf .lab` under running services, every command says so, and the next `up` starts with a new
    database.
    """
    fresh.up()
    await begin(fresh, "lost")
    shutil.rmtree(fresh.path / ".lab")
    shown = fresh.type("status")
    assert shown.returncode == 1 and shown.stdout.count("its files in .lab/ were deleted while it ran") == 3
    told = fresh.up()
    assert (
        told.count("started again") == 3 and told.count("its files in .lab/ were deleted while it ran") == 3
    )
    assert "What was in them is gone" in told
    assert temporal.database(fresh.path).exists() and known(fresh) == []
    shutil.rmtree(fresh.path / ".lab")
    told = fresh.type("down").stdout
    assert "workflows and bill are gone" in told and "are kept" not in told
    assert fresh.left() == []


async def test_no_workflow_is_lost_and_nothing_is_left_running(fresh: Home) -> None:
    """A SIGKILL of the server and `down` with `up` lose no workflow; `down` leaves no process and no port."""
    fresh.up()
    client = await Client.connect(fresh.address)
    await client.start_workflow("AnyWorkflow", id="kept", task_queue="nobody-there")

    os.kill(fresh.pids()["temporal"], signal.SIGKILL)
    told = fresh.up()
    assert "(it had died)" in told
    assert told.count("runs already") == 2

    client = await Client.connect(fresh.address)
    assert (await client.get_workflow_handle("kept").describe()).status == WorkflowExecutionStatus.RUNNING

    family = [psutil.Process(pid) for pid in fresh.pids().values()]
    assert len(family) == 3
    assert "Your workflows are kept" in fresh.type("down").stdout
    assert [process for process in family if alive(process.pid)] == [] == fresh.left()
    ports = [int(value) for name, value in fresh.values.items() if name.endswith("_PORT")]
    assert [port for port in ports if processes.is_port_held(port)] == []
    assert "Nothing of this folder was running" in fresh.type("down").stdout

    fresh.up()
    client = await Client.connect(fresh.address)
    assert (await client.get_workflow_handle("kept").describe()).status == WorkflowExecutionStatus.RUNNING


@pytest.mark.parametrize("kind", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)])
def test_an_up_that_was_ended_half_way_is_mended_by_the_next(fresh: Home, kind: signal.Signals) -> None:
    command = [sys.executable, "-m", "workshop", "up", "--no-lab"]
    first = subprocess.Popen(
        command,
        cwd=ROOT,
        env=fresh.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 20
    while not fresh.pids() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(first.pid, kind)  # as Ctrl+C in a terminal: to the whole group
    _, said = first.communicate(timeout=60)
    assert first.returncode == (130 if kind == signal.SIGINT else -kind)
    assert kind == signal.SIGKILL or b"Interrupted" in said
    begun = fresh.pids()
    assert begun, "what was started runs on"
    fresh.up()
    assert set(fresh.pids()) == set(SERVICES) and begun.items() <= fresh.pids().items()


@in_one_process
def test_a_second_server_never_opens_the_same_database(running: Home, tmp_path: Path) -> None:
    """A server would start on a database in use without any error; it must be refused even when all records
    are gone.
    """
    settings = settings_of(running.path)
    first = temporal.service(running.path, settings)
    assert first.lock is not None and is_locked(first.lock)
    write_env(tmp_path)
    elsewhere = settings_of(tmp_path)
    # other ports, the same database
    second = dataclasses.replace(temporal.service(tmp_path, elsewhere), lock=first.lock)
    with pytest.raises(LabError, match="Two servers on one database") as told:
        Supervisor(tmp_path, [second]).ensure(second)
    assert "type `python3 -m workshop up` again" in str(told.value)
    assert not processes.is_port_held(elsewhere.temporal_port)


def test_a_port_held_by_a_stranger_is_a_clear_error(fresh: Home) -> None:
    port = int(fresh.values["TEMPORAL_UI_PORT"])
    with socket.create_server(("127.0.0.1", port)):
        told = fresh.type("up", "--no-lab")
    assert told.returncode == 1
    assert f"port {port} is held by" in told.stdout and f"process {os.getpid()}" in told.stdout
    assert "TEMPORAL_UI_PORT=" in told.stdout
    assert "Traceback" not in told.stdout
    assert "temporal" not in fresh.pids()


def test_an_invalid_setting_is_named(fresh: Home) -> None:
    fresh.edit(GATEWAY_PORT="eighty")
    told = fresh.type("up", "--no-lab")
    assert told.returncode == 1
    assert "Invalid setting:\n    GATEWAY_PORT = 'eighty'" in told.stdout
    assert f"Fix it in {fresh.path / '.env'}" in told.stdout
    assert "Traceback" not in told.stdout


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("GATEWAY_PORT=70000", "less than or equal to 65535"),
        ("JUPYTER_PORT=0", "greater than or equal to 1"),
        ("WORKSHOP_LINK=http://[::1", "write a whole address, such as https://example.org/absproxy/{port}"),
        ("WORKSHOP_LINK=localhost", "write a whole address"),
        ("WORKSHOP_LINK=https://example.org/", "write a whole address"),
    ],
)
def test_a_setting_that_can_not_be_is_named_with_its_line(tmp_path: Path, line: str, why: str) -> None:
    (tmp_path / ".env").write_text(f"# mine\n{line}\n")
    with pytest.raises(LabError) as told:
        settings_of(tmp_path)
    name, _, value = line.partition("=")
    assert f"{name} = '{value}' (line 2 of .env): " in str(told.value) and why in str(told.value)


def test_a_file_where_a_folder_belongs_is_named_and_so_is_the_reverse(fresh: Home) -> None:
    lab, env = fresh.path / ".lab", fresh.path / ".env"
    lab.write_text("")
    for words in (["up", "--no-lab"], ["status"], ["down"], ["reset", "--yes"]):
        told = fresh.type(*words)
        assert told.returncode == 1 and f"{lab} is a file" in told.stdout and f"mv {lab} " in told.stdout
    lab.unlink()
    env.unlink()
    env.mkdir()
    for words in (["up", "--no-lab"], ["status"], ["down"]):
        told = fresh.type(*words)
        assert told.returncode == 1 and f"{env} is a folder" in told.stdout and f"mv {env} " in told.stdout
    env.rmdir()


def test_a_full_disk_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(**_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "/course/.lab/services/temporal.json")

    monkeypatch.setattr(services, "up", full)
    monkeypatch.setattr(sys, "argv", ["workshop", "up"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 1 and "python3 -m workshop doctor" in said
    assert "No space left on device, /course/.lab/services/temporal.json.\n" in said


def test_status_makes_nothing(fresh: Home) -> None:
    nowhere = fresh.path / "nowhere"
    assert fresh.type("status", WORKSHOP_HOME=str(nowhere)).returncode == 1 and not nowhere.exists()


def test_a_reset_finds_a_free_name_for_what_it_keeps(fresh: Home) -> None:
    (fresh.path / "my_work").mkdir()
    (fresh.path / "my_work" / "mine.py").touch()
    for second in range(120):
        (fresh.path / time.strftime("my_work-%Y%m%d-%H%M%S", time.localtime(time.time() + second))).mkdir()
    told = fresh.type("reset", "--yes")
    assert told.returncode == 0 and f"Reset: {fresh.path}" in told.stdout
    [kept] = fresh.path.glob("my_work-*/mine.py")
    assert kept.parent.name.endswith("-2") and kept.parent.name in told.stdout


def test_the_first_up_makes_env_and_reset_keeps_what_the_learner_wrote(fresh: Home) -> None:
    (fresh.path / ".env").unlink()
    ports = {name: value for name, value in fresh.values.items() if name.endswith("_PORT")}
    assert "from .env.sample" in fresh.up(**ports)
    env = fresh.path / ".env"
    assert env.read_text() == (ROOT / ".env.sample").read_text()
    assert env.stat().st_mode & 0o077 == 0, "a key may come to stand in it"
    work = fresh.path / "my_work" / "03_durable_agent"
    work.mkdir(parents=True)
    (work / "workflow.py").write_text("# mine")
    (fresh.path / ".lab" / "backups").mkdir()
    (fresh.path / ".lab" / "backups" / "old.py").write_text("# mine, of an earlier version of the course")

    marks = {"progress.json": "{}", "certificate.json": '{"kills": 2}'}
    for name, text in marks.items():
        (fresh.path / ".lab" / name).write_text(text)

    asked = fresh.type("reset", **ports)
    assert asked.returncode == 1 and "Nothing was changed" in asked.stdout
    assert "your marks in exercises are kept" in asked.stdout
    assert set(fresh.pids()) == set(SERVICES)

    done = fresh.type("reset", "--yes", **ports)
    assert done.returncode == 0 and "Stopped" in done.stdout and "workflows are kept" not in done.stdout
    assert fresh.left() == []
    assert not (fresh.path / ".lab" / "temporal.db").exists()
    [kept] = fresh.path.glob("my_work-*")
    assert (kept / "03_durable_agent" / "workflow.py").read_text() == "# mine"
    assert [path.read_text() for path in kept.glob("kept/earlier-*/old.py")] == [
        "# mine, of an earlier version of the course"
    ]
    [back] = re.findall("To have your marks back: (.*)", done.stdout)
    subprocess.run(back, shell=True, check=True)
    for name, text in marks.items():
        assert (kept / name).read_text() == (fresh.path / ".lab" / name).read_text() == text
    assert env.exists()


def test_usage_errors_end_with_two(fresh: Home) -> None:
    assert fresh.type("upp").returncode == 2
    assert fresh.type("up", "--no-labb").returncode == 2


def test_jupyterlab_as_a_learner_meets_it(fresh: Home) -> None:
    """In a Codespace: opened through the forwarded name, nothing but a learner's folders, a token, the right
    environment.
    """
    name = f"blue-fish-{fresh.values['JUPYTER_PORT']}.app.example.dev"
    codespace = {"CODESPACE_NAME": "blue-fish", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.example.dev"}
    told = fresh.type("up", OPENAI_API_KEY="sk-from-the-shell", **codespace)
    assert told.returncode == 0, told.stdout
    link = re.search(rf"https://{name}/lab/tree/notebooks/00_start_here\.ipynb\?token=(\w+)", told.stdout)
    assert link, told.stdout
    port, key = int(fresh.values["JUPYTER_PORT"]), {"Authorization": f"token {link[1]}"}

    assert get(port, "/api/contents")[0] == 403, "not without the token"
    listed = {entry["name"] for entry in json.loads(get(port, "/api/contents", **key)[1])["content"]}
    assert {"notebooks", "solutions"} <= listed
    assert not listed & {
        "course",
        "workshop",
        "benchmarks",
        "tests",
        "docs",
        "pyproject.toml",
        "requirements.lock",
        ".lab",
    }

    assert get(port, "/api/contents", Host=name, Origin=f"https://{name}", **key)[0] == 200
    assert get(port, "/api/contents", Host="evil.example", **key)[0] == 403
    page = get(port, "/lab", **key)[1]
    assert '"exposeAppInBrowser": true' in page
    notification = get(port, "/lab/api/settings/@jupyterlab/apputils-extension:notification", **key)[1]
    assert json.loads(notification)["schema"]["properties"]["fetchNews"]["default"] == "false"

    process = marked(f"jupyter@{fresh.path}")
    assert process is not None
    inherited = process.environ()
    assert inherited["PATH"].split(os.pathsep)[0] == str(Path(sys.prefix) / "bin")
    assert inherited["OPENAI_API_KEY"] == "practice"
    assert inherited["OPENAI_BASE_URL"] == f"http://127.0.0.1:{fresh.values['GATEWAY_PORT']}/v1"
    assert inherited["TEMPORAL_ADDRESS"] == fresh.address
    assert link[1] not in " ".join(process.cmdline()), "other users see command lines"

    made = httpx.post(f"http://127.0.0.1:{port}/api/terminals", headers=key, timeout=60).json()["name"]
    with connect(f"ws://127.0.0.1:{port}/terminals/websocket/{made}", additional_headers=key) as terminal:
        terminal.send(json.dumps(["stdin", "python -c 'import sys, temporalio; print([sys.prefix])'\r"]))
        shown = ""
        while f"['{sys.prefix}']" not in shown:
            shown += str(json.loads(terminal.recv(timeout=60))[-1])

    fresh.type("down")
    assert fresh.left() == []
