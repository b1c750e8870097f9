"""The supervisor, with small services of its own: starts, finds, stops what is ours, and never touches what
is not.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from bench_instance import free_ports

from workshop.errors import LabError
from workshop.processes import process as processes
from workshop.processes import supervisor as module
from workshop.processes.health import bench_health, get_json
from workshop.processes.launch import last_words
from workshop.processes.locks import is_locked, locked_for_child
from workshop.processes.record import MARK, Record, alive
from workshop.processes.service import FILES_DELETED, Port, Service, newest
from workshop.processes.supervisor import Supervisor

FAKE = Path(__file__).parent / "fake_service.py"


def fake(
    home: Path, port: int, *flags: str, name: str = "fake", lock: Path | None = None, owner: str = ""
) -> Service:
    return Service(
        name=name,
        title=f"The {name} service",
        ports=(Port(port, "FAKE_PORT"),),
        command=lambda: [sys.executable, str(FAKE), str(port), owner or str(home), *flags],
        health=lambda: bench_health(port, home),
        lock=lock,
    )


class Yard:
    """A maker of supervisors that lets nothing outlive the test."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_ports(1)[0]
        self._made: list[Supervisor] = []

    def supervisor(self, *services: Service) -> Supervisor:
        self._made.append(Supervisor(self.home, services))
        return self._made[-1]

    def one(self, *flags: str) -> tuple[Supervisor, Service]:
        service = fake(self.home, self.port, *flags)
        return self.supervisor(service), service

    def close(self) -> None:
        for supervisor in self._made:
            supervisor.down()


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    yard = Yard(tmp_path)
    yield yard
    yard.close()


def start_fake(port: int, home: str) -> subprocess.Popen[bytes]:
    """Start a process that is not ours."""
    child = subprocess.Popen([sys.executable, str(FAKE), str(port), home])
    deadline = time.monotonic() + 5
    while not processes.is_port_held(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    return child


def test_starts_finds_and_stops(yard: Yard) -> None:
    supervisor, service = yard.one()
    assert supervisor.ensure(service).action == "started"
    record = Record.read(supervisor.record_path("fake"))
    assert record is not None and record.port == yard.port
    assert os.getsid(record.pid) == record.pid != os.getsid(0), (
        "a session of its own, so that Ctrl+C does not reach it"
    )

    assert yard.supervisor(service).ensure(service).action == "ran already", "another command finds it"
    [line] = supervisor.status()
    assert (line.state, line.pid) == ("running", record.pid)
    assert line.memory > 1_000_000

    assert [stopped.pid for stopped in supervisor.down()] == [record.pid]
    assert not processes.is_port_held(yard.port)
    assert not supervisor.record_path("fake").exists()
    assert supervisor.status()[0].state == "stopped"


def test_one_that_died_is_started_again(yard: Yard) -> None:
    supervisor, service = yard.one()
    supervisor.ensure(service)
    first = supervisor.status()[0].pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    outcome = supervisor.ensure(service)
    assert (outcome.action, outcome.detail) == ("started again", "it had died")
    assert supervisor.status()[0].pid != first


def test_a_port_held_by_a_stranger_is_named_with_holder_and_variable(yard: Yard) -> None:
    supervisor, service = yard.one()
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", yard.port))
        stranger.listen()
        with pytest.raises(LabError) as told:
            supervisor.ensure(service)
        assert supervisor.status()[0].state == "port taken"
    for part in (str(yard.port), f"process {os.getpid()}", "FAKE_PORT=", str(yard.home / ".env")):
        assert part in str(told.value)
    assert not supervisor.record_path("fake").exists()


def test_a_port_held_on_all_addresses_counts_too(yard: Yard) -> None:
    supervisor, service = yard.one()
    with socket.socket() as stranger:
        stranger.bind(("0.0.0.0", yard.port))
        stranger.listen()
        with pytest.raises(LabError, match=str(yard.port)):
            supervisor.ensure(service)


def test_the_service_of_another_home_is_named_and_left_alone(yard: Yard) -> None:
    supervisor, service = yard.one()
    stranger = start_fake(yard.port, "/somewhere/else")
    try:
        with pytest.raises(LabError, match=r"another copy of the course \(/somewhere/else\)"):
            supervisor.ensure(service)
        assert supervisor.down() == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_process_id_that_was_used_again_is_left_alone(yard: Yard) -> None:
    supervisor, service = yard.one()
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        Record(bystander.pid, time.time() - 3600, "fake", yard.port).write(supervisor.record_path("fake"))
        (yard.home / ".lab" / "workers").mkdir(parents=True)
        stale = {"pid": bystander.pid, "create_time": time.time() - 3600, "name": "w"}
        (yard.home / ".lab" / "workers" / "w.json").write_text(json.dumps(stale))
        assert supervisor.find(service) is None
        assert supervisor.down() == []
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_one_without_a_record_is_recognised_by_its_mark(yard: Yard) -> None:
    supervisor, service = yard.one()
    supervisor.ensure(service)
    pid = supervisor.status()[0].pid
    supervisor.record_path("fake").unlink()  # somebody deleted .lab
    assert supervisor.ensure(service).action == "ran already"
    assert supervisor.status()[0].pid == pid
    supervisor.record_path("fake").unlink()
    assert [record.pid for record in supervisor.down()] == [pid]


def test_one_without_a_record_is_found_on_another_port_too(yard: Yard) -> None:
    supervisor, service = yard.one()
    supervisor.ensure(service)
    pid = supervisor.status()[0].pid
    supervisor.record_path("fake").unlink()
    moved = fake(yard.home, free_ports(1)[0])
    assert yard.supervisor(moved).ensure(moved).action == "started again"
    assert pid is not None and alive(pid) is None


def test_a_clock_that_was_set_does_not_lose_a_service(yard: Yard) -> None:
    supervisor, service = yard.one()
    supervisor.ensure(service)
    path = supervisor.record_path("fake")
    record = Record.read(path)
    assert record is not None
    path.write_text(json.dumps({**json.loads(path.read_text()), "create_time": record.create_time - 7200}))
    assert supervisor.ensure(service).action == "ran already"


def test_one_that_was_paused_goes_on_with_the_next_up(yard: Yard) -> None:
    supervisor, service = yard.one()
    supervisor.ensure(service)
    [line] = supervisor.status()
    process = psutil.Process(line.pid)
    process.suspend()
    assert supervisor.status()[0].detail == "it is paused (SIGSTOP)"
    assert supervisor.ensure(service).action == "ran already"
    assert supervisor.status()[0].state == "running" and process.is_running()


def test_a_damaged_record_is_no_record(yard: Yard) -> None:
    supervisor, service = yard.one()
    path = supervisor.record_path("fake")
    path.parent.mkdir(parents=True)
    path.write_text('{"pid": 12')
    assert supervisor.ensure(service).action == "started again"


def test_deaf_ones_and_their_children_are_gone_after_down(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "STOP_TIMEOUT_S", 0.5)
    supervisor, service = yard.one("--deaf", "--child")
    supervisor.ensure(service)
    pid = supervisor.status()[0].pid
    assert pid is not None
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    assert len(family) == 2
    supervisor.down()
    assert [process for process in family if alive(process.pid)] == []


def test_workers_of_notebooks_end_with_down(yard: Yard) -> None:
    supervisor, _ = yard.one()
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    folder = yard.home / ".lab" / "workers"
    Record.of(psutil.Process(worker.pid), "worker").write(folder / "queue.worker.json")
    assert [stopped.pid for stopped in supervisor.down()] == [worker.pid]
    assert list(folder.iterdir()) == []
    assert alive(worker.pid) is None


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({}, "main"),
        ({"folder": "/x/02_lesson", "queue": "q", "file": "worker.py"}, "worker main of 02_lesson"),
        ({"folder": "/x/05_lesson", "file": "run_server.py"}, "run_server.py of 05_lesson"),
    ],
)
def test_what_is_stopped_has_a_name_that_tells_it_from_others(fields: dict[str, str], title: str) -> None:
    assert Record(1, 1.0, "main", **fields).title == title  # type: ignore[arg-type]  # the values are strings


INSIDE = """
import psutil, sys
from pathlib import Path
from workshop.errors import LabError
from workshop.processes.health import Health
from workshop.processes.record import Record
from workshop.processes.service import Port, Service
from workshop.processes.supervisor import Supervisor

service = Service("lab", "JupyterLab", (Port(2, "LAB_PORT"),), lambda: [], lambda: Health(True, True))
ours = Supervisor(Path(sys.argv[1]), [service])
Record.of(psutil.Process().parent(), "lab").write(ours.record_path("lab"))
for stop in (ours.down, lambda: ours.ensure(service)):
    try:
        stop()
    except LabError as error:
        print(error)
"""


def test_what_a_command_runs_in_is_not_stopped_by_it(tmp_path: Path) -> None:
    """A command in a terminal of JupyterLab would end with it, half done; one that moves its port, too."""
    start = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    told = subprocess.run(
        [sys.executable, "-c", start, INSIDE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert told.stdout.count("This terminal belongs to JupyterLab") == 2, told
    assert (
        told.stdout.count("Nothing was stopped") == told.stdout.count("in a terminal outside JupyterLab") == 2
    )


def test_a_taken_port_is_moved_where_the_setting_counts(yard: Yard) -> None:
    """A lower line of `.env` wins over one that is put above it."""
    supervisor, service = yard.one()
    env = yard.home / ".env"
    env.write_text(f"# ours\n\nFAKE_PORT=1\nOTHER=2\n  export fake_port = {yard.port}\n#FAKE_PORT=3\n")
    with socket.create_server(("127.0.0.1", yard.port)):
        with pytest.raises(LabError, match=rf"in {env}, in line 5, set FAKE_PORT=\d+\."):
            supervisor.ensure(service)
        env.write_text("#FAKE_PORT=3\n")
        with pytest.raises(LabError, match=rf"in {env}, at the top, set FAKE_PORT=\d+\."):
            supervisor.ensure(service)


def test_a_record_of_an_older_course_counts_if_its_process_is_of_this_home(
    yard: Yard, tmp_path: Path
) -> None:
    supervisor, service = yard.one()
    supervisor.ensure(service)
    path = supervisor.record_path("fake")
    older = {name: value for name, value in json.loads(path.read_text()).items() if name != "home"}
    path.write_text(json.dumps(older))
    assert supervisor.status()[0].state == "running"
    copy = Supervisor(tmp_path / "copy", [fake(tmp_path / "copy", free_ports(1)[0])])
    copy.record_path("fake").parent.mkdir(parents=True)
    copy.record_path("fake").write_text(path.read_text())
    assert copy.status()[0].state == "stopped" and copy.down() == []
    assert supervisor.status()[0].state == "running"


def test_a_moved_port_is_followed(yard: Yard) -> None:
    supervisor, service = yard.one()
    supervisor.ensure(service)
    first = supervisor.status()[0].pid
    moved = fake(yard.home, free_ports(1)[0])
    outcome = yard.supervisor(moved).ensure(moved)
    assert outcome.action == "started again" and str(moved.port) in outcome.detail
    assert first is not None and alive(first) is None


def test_newer_code_means_a_new_process(yard: Yard, tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("")
    supervisor, plain = yard.one()
    service = Service(plain.name, plain.title, plain.ports, plain.command, plain.health, source=(code,))
    supervisor.ensure(service)
    assert supervisor.ensure(service).action == "ran already"
    os.utime(code, (time.time() + 5, time.time() + 5))
    outcome = supervisor.ensure(service)
    assert (outcome.action, outcome.detail) == ("started again", "its code is newer than the process")


def test_a_table_or_an_article_counts_as_code_and_what_python_made_of_it_does_not(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "__pycache__").mkdir()
    for n, name in enumerate(("code.py", "data/table.toml", "data/article.md")):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (1_000 + n, 1_000 + n))
        assert newest((tmp_path,)) == 1_000 + n
    (tmp_path / "__pycache__" / "code.cpython-311.pyc").write_text("")
    assert newest((tmp_path,)) == 1_002


def test_one_that_hangs_is_started_again(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_TIMEOUT_S", 0.4)
    supervisor, silent = yard.one("--silent")
    with pytest.raises(LabError, match=r"was not ready after"):
        supervisor.ensure(silent)
    assert supervisor.status()[0].state == "unhealthy"
    monkeypatch.setattr(module, "START_TIMEOUT_S", 10.0)
    monkeypatch.setattr(module, "UNHEALTHY_PATIENCE_S", 0.2)
    record = supervisor.find(silent)
    assert record is not None
    Record(**{**record.__dict__, "started": time.time() - 100}).write(supervisor.record_path("fake"))
    service = fake(yard.home, yard.port)
    outcome = yard.supervisor(service).ensure(service)
    assert (outcome.action, outcome.detail) == ("started again", "it did not answer its health check")


def test_one_that_dies_at_once_tells_its_last_words(yard: Yard) -> None:
    supervisor, service = yard.one("--dies")
    with pytest.raises(LabError, match="no coffee in the machine"):
        supervisor.ensure(service)


def test_a_long_line_of_a_log_is_cut(tmp_path: Path) -> None:
    log = tmp_path / "temporal.log"
    log.write_text("--- now temporal\n  Error: " + "x" * 5000 + "\n  the end\n")
    error, end = last_words(log).splitlines()
    assert error.startswith("      Error: xxx") and len(error) < 320 and end == "      the end"


def test_a_log_that_can_not_be_written_says_what_to_type(yard: Yard) -> None:
    supervisor, service = yard.one()
    supervisor.log_path(service.name).mkdir(parents=True)
    with pytest.raises(LabError, match=r"could not be started: .*\nTo see why: python3 -m workshop doctor"):
        supervisor.ensure(service)


def test_a_failure_does_not_keep_the_others_down(yard: Yard) -> None:
    good, bad = fake(yard.home, yard.port), fake(yard.home, free_ports(1)[0], "--dies", name="bad")
    outcomes = yard.supervisor(bad, good).up()
    assert [outcome.action for outcome in outcomes] == ["failed", "started"]
    assert "no coffee" in outcomes[0].error


def test_the_lock_lives_exactly_as_long_as_the_process(yard: Yard) -> None:
    database = yard.home / "some.db.lock"
    first = fake(yard.home, yard.port, lock=database)
    supervisor = yard.supervisor(first)
    supervisor.ensure(first)
    assert is_locked(database)

    second = fake(yard.home, free_ports(1)[0], name="second", lock=database)
    with pytest.raises(LabError, match="Two servers on one database"):
        yard.supervisor(second).ensure(second)

    pid = supervisor.status()[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    psutil.Process(pid).wait(5)
    assert not is_locked(database), "even a SIGKILL frees it"
    assert yard.supervisor(second).ensure(second).action == "started"


def test_files_deleted_under_a_service_mean_a_new_one(yard: Yard) -> None:
    """By its lock, which it holds on a file that nobody can open any more; and by the file that it keeps its
    things in.
    """
    kept = yard.home / "kept.db"
    plain = fake(yard.home, yard.port, lock=yard.home / "some.db.lock")
    service = Service(
        plain.name, plain.title, plain.ports, plain.command, plain.health, lock=plain.lock, keeps=kept
    )
    supervisor = yard.supervisor(service)
    for doomed in (plain.lock, kept):
        kept.touch()
        assert supervisor.ensure(service).action in ("started", "ran already")
        assert supervisor.without_files() == [] and supervisor.status()[0].state == "running"
        assert doomed is not None
        doomed.unlink()
        assert supervisor.without_files() == ["fake"] and supervisor.status()[0].detail == FILES_DELETED
        outcome = supervisor.ensure(service)
        assert (outcome.action, outcome.detail) == ("started again", FILES_DELETED)


def test_looking_at_a_lock_keeps_nobody_from_taking_it(tmp_path: Path) -> None:
    path = tmp_path / "some.lock"
    path.touch()
    with ThreadPoolExecutor(4) as pool:
        looking = [pool.submit(lambda: [is_locked(path) for _ in range(400)]) for _ in range(4)]
        for _ in range(100):
            os.close(locked_for_child(path)[0])
    assert all(future.exception() is None for future in looking)


def test_two_at_once_start_one_process(yard: Yard) -> None:
    supervisors = [yard.one()[0] for _ in range(4)]
    waited: list[int] = []

    def up(supervisor: Supervisor) -> str:
        with supervisor.lock(waiting=lambda: waited.append(1)):
            return supervisor.up()[0].action

    with ThreadPoolExecutor(4) as pool:
        actions = sorted(pool.map(up, supervisors))
    assert actions == ["ran already", "ran already", "ran already", "started"]
    assert waited, "whoever has to wait is told so"


def test_services_of_a_background_command_hear_sigint(yard: Yard) -> None:
    """`python3 -m workshop up &` in a script starts with Ctrl+C ignored, and so would every kernel and worker
    after it.
    """
    supervisor, _ = yard.one()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        supervisor.up()
    finally:
        signal.signal(signal.SIGINT, before)
    assert get_json(yard.port, "/bench/health")["deaf_to_sigint"] is False


def test_children_of_a_service_are_not_taken_for_it(yard: Yard) -> None:
    """A program started in a JupyterLab terminal inherits JupyterLab's mark, and may hold another service's
    port.
    """
    supervisor, service = yard.one()
    environment = {**os.environ, MARK: f"jupyter@{yard.home}"}
    program = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(yard.port), "--bind", "127.0.0.1"], env=environment
    )
    try:
        while not processes.is_port_held(yard.port):
            time.sleep(0.02)
        with pytest.raises(LabError, match=f"process {program.pid}"):
            supervisor.ensure(service)
        assert supervisor.down() == []
        assert program.poll() is None
    finally:
        program.kill()
        program.wait()
