"""The instructor's board: five learners and one who never joined, hostile names, and that nothing is sent
without a word of the learner's.
"""

from __future__ import annotations

import errno
import json
import re
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from injections import INJECTIONS
from starlette.testclient import TestClient
from strangers import STRANGERS

from workshop.board import page
from workshop.board.app import BODY_BYTES, create_app
from workshop.board.roster import MOST, MOST_A_MINUTE, Report, Roster
from workshop.checks import progress, sharing
from workshop.checks.findings import Finding, Result, checks_of
from workshop.commands import board
from workshop.config import settings
from workshop.errors import LabError

CODE, KEY, JOIN = "CLASSCODE2", "the-instructors-key", 'lab.join_board("…", name="your first name")'
STAGE = "03_durable_agent_exercise"
CHECKS = [check.name for check in checks_of("03")]


def report(name: str, *states: tuple[bool, int], kills: int = 0, id: str = "") -> dict[str, Any]:
    """Return what a learner sends who has tried the first checks of exercise 03."""
    tried = dict(zip(CHECKS, states, strict=False))
    checks = {check: {"passed": passed, "tries": tries} for check, (passed, tries) in tried.items()}
    return {
        "id": id or secrets.token_hex(16),
        "name": name,
        "exercise": "03",
        "checks": checks,
        "kills": kills,
    }


@pytest.fixture
def roster() -> Roster:
    return Roster(now=lambda: 1000.0)


@pytest.fixture
def client(roster: Roster) -> TestClient:
    return TestClient(create_app(roster, CODE, KEY, JOIN))


def shown(client: TestClient) -> str:
    answer = client.get(f"/{KEY}")
    assert answer.status_code == 200
    return answer.text


def rows(text: str, title: str) -> list[list[str]]:
    """Return the rows of the table under a heading."""
    part = text.partition(f"<h2>{title}</h2>")[2].partition("<h2>")[0]
    found = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", part)]
    return [row for row in found if row]


# --- the page


def test_who_is_where_what_most_are_stuck_on_and_the_certificates(client: TestClient) -> None:
    done, red, untried = (True, 1), (False, 4), (False, 0)
    for sent in (
        report("Ada Lovelace", done, red),
        report("Ben", done, red),
        report("Chen", red),
        report("Dora", *[done] * len(CHECKS), kills=2),
        report("Ada", done, done, untried),
    ):
        assert client.post(f"/{CODE}", json=sent).status_code == 204
    text = shown(client)
    who = {row[0]: row for row in rows(text, "Who is where")}
    assert [*who] == ["Chen", "Ada", "Ben", "Ada (2)", "Dora"], "who has got least far comes first"
    assert (
        who["Ada"][2] == f"1 of {len(CHECKS)}"
        and who["Ada"][3].startswith(CHECKS[1])
        and who["Ada"][4] == "4"
    )
    assert who["Dora"][3] == "all done"
    stuck = rows(text, "Where most are stuck")
    assert [(row[0], row[1].split()[0], row[2]) for row in stuck] == [
        ("2", CHECKS[1], "Ada, Ben"),
        ("1", CHECKS[0], "Chen"),
    ]
    assert rows(text, "Crash certificates") == [["Dora", "2 kills survived"]]
    assert "5 learners" in text and "Lovelace" not in text, "first names at most"


def test_an_empty_board_says_how_to_join(client: TestClient) -> None:
    text = shown(client)
    assert "Nobody has joined yet" in text and "lab.join_board(" in text


def test_what_a_learner_sends_again_replaces_what_was_there(client: TestClient, roster: Roster) -> None:
    same = "a" * 32
    client.post(f"/{CODE}", json=report("Ada", (False, 1), id=same))
    client.post(f"/{CODE}", json=report("Ada", (True, 2), id=same))
    assert len(roster.learners) == 1 and roster.learners[same].passed == 1
    assert client.request("DELETE", f"/{CODE}", json=report("Ada", id=same)).status_code == 204
    assert roster.learners == {}


@pytest.mark.parametrize("stranger", [*STRANGERS, *INJECTIONS])
def test_a_hostile_name_is_text(stranger: str, client: TestClient) -> None:
    sent = report(stranger[:200], (False, 1))
    sent["checks"][stranger[:200]] = {"passed": True, "tries": 1}
    answer = client.post(f"/{CODE}", json=sent)
    assert answer.status_code == 204
    text = shown(client)
    body = text.partition("</style></head>")[2]
    assert set(re.findall(r"<(\w+)", body)) <= {
        "body",
        "h1",
        "h2",
        "p",
        "code",
        "div",
        "table",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert not re.search(r"<[^>]*\s(?:on\w+|src|href)=", body) and "\x1b" not in body


def test_a_browser_may_do_nothing_for_the_page(client: TestClient) -> None:
    headers = client.get(f"/{KEY}").headers
    assert (
        "default-src 'none'" in headers["content-security-policy"] and headers["cache-control"] == "no-store"
    )
    assert "<script" not in shown(client) and page.REFRESH_S <= 10


# --- who may do what


@pytest.mark.parametrize("path", ["", "nothing", CODE, f"{KEY}x", f"{KEY}/", KEY.upper(), "\u00e9"])
def test_only_the_key_shows_the_board(client: TestClient, path: str) -> None:
    answer = client.get(f"/{path}")
    assert answer.status_code == 404 and "learner" not in answer.text


@pytest.mark.parametrize("path", ["", KEY, CODE.lower(), f"{CODE}x", "progress"])
def test_only_the_class_code_takes_a_report(client: TestClient, roster: Roster, path: str) -> None:
    assert client.post(f"/{path}", json=report("Ada")).status_code == 404
    assert roster.learners == {}


def test_a_board_works_below_any_path(client: TestClient) -> None:
    for below in ("/services/board", "/user/ada/proxy/absolute/8238"):
        assert client.post(f"{below}/{CODE}", json=report("Ada")).status_code == 204
        assert client.get(f"{below}/{KEY}").status_code == 200


WRONG: dict[str, Any] = {
    "no report": {},
    "more than a report": {**report("Ada"), "email": "ada@example.org"},
    "answers": {**report("Ada"), "checks": {CHECKS[0]: {"passed": True, "tries": 1, "seen": "my code"}}},
    "an id that was not made here": {**report("Ada"), "id": "../../etc"},
    "tries without end": report("Ada", (False, 10**9)),
    "an exercise that is a path": {**report("Ada"), "exercise": "..03"},
    "an exercise that does not exist": {**report("Ada"), "exercise": "99"},
    "an exercise in other digits": {**report("Ada"), "exercise": "\u0660\u0663"},
}


@pytest.mark.parametrize("what", WRONG)
def test_anything_else_is_refused(client: TestClient, roster: Roster, what: str) -> None:
    assert client.post(f"/{CODE}", json=WRONG[what]).status_code == 422
    assert roster.learners == {}


def test_a_lesson_without_an_exercise_is_shown_as_nothing(client: TestClient) -> None:
    assert client.post(f"/{CODE}", json={**report("Ada"), "exercise": "00"}).status_code == 204
    assert rows(shown(client), "Who is where")[0][2:4] == ["0 of 0", "no exercise"]


def test_a_flood_is_bounded(client: TestClient, roster: Roster) -> None:
    assert client.post(f"/{CODE}", content=b" " * (BODY_BYTES + 1)).status_code == 422
    assert "found no place" not in shown(client)
    answers = [client.post(f"/{CODE}", json=report(f"n{number}", (False, 1))) for number in range(500)]
    assert [answer.status_code for answer in answers] == [204] * MOST_A_MINUTE + [429] * (500 - MOST_A_MINUTE)
    assert "Try again in a minute" in answers[-1].text
    text = shown(client)
    assert "440 reports found no place here" in text and "another code" in text
    assert rows(text, "Where most are stuck")[0][2].endswith(f"n{page.MOST_NAMES - 1} and 48 more")
    known = next(iter(roster.learners))
    assert client.post(f"/{CODE}", json=report("n0", id=known)).status_code == 204, "who is on it goes on"
    for minute in range(10):
        roster.now = lambda minute=minute: 1060.0 + 60 * minute  # type: ignore[misc]
        for number in range(MOST_A_MINUTE):
            roster.hear(Report.model_validate(report(f"later{minute}-{number}")))
    assert len(roster.learners) == MOST
    assert client.post(f"/{CODE}", json=report("one more")).text == "The board is full.\n"


def test_a_name_is_taken_a_few_times(client: TestClient, roster: Roster) -> None:
    names = ["Ada", "Ada Lovelace", "A\u200bda", "\u202eAda", "Ada\ufe0f", "Ada"]
    answers = [client.post(f"/{CODE}", json=report(name)) for name in names]
    assert [answer.status_code for answer in answers] == [204] * 5 + [429]
    assert answers[-1].text == "5 learners are on the board as Ada. Join under another name.\n"
    assert [*roster.names().values()] == ["Ada", "Ada (2)", "Ada (3)", "Ada (4)", "Ada (5)"]


INVISIBLE = ["", " ", "\u200b", "\u202e\u2066", "\u3164", "\u2800", "\u115f\u1160", "\u0301", "\U000e0041"]


@pytest.mark.parametrize("name", INVISIBLE)
def test_a_name_that_nobody_can_see_is_refused(client: TestClient, roster: Roster, name: str) -> None:
    assert sharing.first_name(name) == ""
    assert client.post(f"/{CODE}", json=report(name)).status_code == 422 and roster.learners == {}


@pytest.mark.parametrize("name", ["José", "Zoë", "岁寒", "علی", "नीरज", "D'Arcy", "Anne-Marie", "🦊"])
def test_a_name_of_any_script_is_shown_as_it_is(name: str) -> None:
    assert sharing.first_name(name) == name


# --- the learner's side


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's own `.lab`."""
    _as_learner(tmp_path, monkeypatch)
    return tmp_path


def _as_learner(lab_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab_dir.mkdir(exist_ok=True)
    monkeypatch.setattr(sharing, "WITHIN_S", 60.0)  # a busy machine is no board that is away
    for module, name, file in (
        (progress, "FILE", "progress.json"),
        (progress, "LAB_DIR", ""),
        (sharing, "FILE", "board.json"),
        (sharing, "KILLS", "certificate.json"),
    ):
        monkeypatch.setattr(module, name, lab_dir / file)


@pytest.fixture
def address(roster: Roster) -> Iterator[str]:
    """A board that listens."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # whoever calls before the server is up waits for it
    config = uvicorn.Config(create_app(roster, CODE, KEY, JOIN), log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/{CODE}"
    server.should_exit = True
    thread.join(60)
    listener.close()


def tried(name: str, passed: bool) -> None:
    progress.record(Result(name, "title", (Finding(passed, "what was expected", "my own code and words"),)))


def test_who_never_joined_sends_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def used(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", used)
    monkeypatch.setattr(socket, "getaddrinfo", used)
    tried(CHECKS[0], True)
    sharing.keep_kills(2)
    assert sharing.share(STAGE) is None
    assert sharing.leave(STAGE).startswith("You are on no board")
    assert not (home / "board.json").exists()


@pytest.mark.parametrize("torn", ["", '{"address": "http://127', '{"address": "http://localhost/a"}', "[]"])
def test_who_can_not_be_read_is_told_once(home: Path, torn: str, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "board.json").write_text(torn, encoding="utf-8")
    assert sharing.share(STAGE) is None
    said = capsys.readouterr().out
    assert "nothing is sent" in said and sharing.JOIN in said
    assert sharing.share(STAGE) is None and capsys.readouterr().out == ""


def test_five_learners_and_one_who_never_joined(
    address: str, roster: Roster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(("Ada", "Ben", "Chen", "Dora", "Emil", "Never Joined")):
        _as_learner(tmp_path / name, monkeypatch)
        if name != "Never Joined":
            said = sharing.join(address, f"{name} Surname", STAGE)
            assert f"as {name}." in said and "Surname" not in said and "lab.leave_board()" in said
        for check in CHECKS[: number + 1]:
            tried(check, check != CHECKS[number])
        if thread := sharing.share(STAGE):
            thread.join(60)
    assert sorted(roster.names().values()) == ["Ada", "Ben", "Chen", "Dora", "Emil"]
    text = page.html(roster, JOIN)
    assert "Never" not in text and "Surname" not in text
    assert [row[0] for row in rows(text, "Who is where")] == ["Ada", "Ben", "Chen", "Dora", "Emil"]


def test_all_that_is_sent(home: Path, address: str, roster: Roster) -> None:
    tried(CHECKS[0], False)
    tried(CHECKS[0], True)
    sharing.keep_kills(3)
    sharing.join(address, "Ada Lovelace", STAGE)
    [learner] = roster.learners.values()
    sent = learner.report.model_dump()
    assert re.fullmatch("[0-9a-f]{32}", sent.pop("id"))
    assert sent == {
        "name": "Ada",
        "exercise": "03",
        "checks": {CHECKS[0]: {"passed": True, "tries": 2}},
        "kills": 3,
    }
    assert (home / "board.json").exists()


def test_the_progress_panel_says_who_sees_it() -> None:
    assert "board" not in repr(progress.panel(STAGE))
    assert "The class's board shows this as Ada. To leave it: lab.leave_board()" in repr(
        progress.panel(STAGE, "Ada")
    )


@pytest.mark.parametrize(
    "name", ["x" * 300, "\ud800Ada", "<script>pwned()</script>", "\x1b[31mAda", "Ada\nLovelace"]
)
def test_any_name_can_join(name: str, home: Path, address: str, roster: Roster) -> None:
    sharing.join(address, name, STAGE)
    [shown_as] = roster.names().values()
    assert shown_as == sharing.first_name(name) and 0 < len(shown_as) <= sharing.NAME_LENGTH


def test_who_leaves_is_forgotten(home: Path, address: str, roster: Roster) -> None:
    sharing.join(address, "Ada", STAGE)
    assert len(roster.learners) == 1
    assert "has forgotten you" in sharing.leave(STAGE)
    assert roster.learners == {} and sharing.share(STAGE) is None


def test_nothing_follows_a_goodbye(home: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sharing.join(address, "Ada", STAGE)
    sent: list[str] = []
    hold = threading.Event()

    def slow(method: str, *_: Any) -> None:
        hold.wait(60)
        sent.append(method)

    monkeypatch.setattr(sharing, "_send", slow)
    threads = [sharing.share(STAGE) for _ in range(3)]
    leaving = threading.Thread(target=sharing.leave, args=(STAGE,))
    leaving.start()
    while (home / "board.json").exists():
        time.sleep(0.01)
    hold.set()
    leaving.join(60)
    for thread in filter(None, threads):
        thread.join(60)
    assert sent in (["POST", "DELETE"], ["DELETE"]), "what had begun ends first; the others are not sent"


def test_joining_twice_is_one_learner(home: Path, address: str, roster: Roster) -> None:
    sharing.join(address, "Ada", STAGE)
    sharing.join(address, "Augusta", STAGE)
    assert [*roster.names().values()] == ["Augusta"]


@pytest.mark.parametrize(
    "wrong", ["http://127.0.0.1:9/x", "{board}x", "file:///etc/passwd", "not an address", "http://[x"]
)
def test_a_wrong_address_is_said_and_nothing_is_kept(wrong: str, home: Path, address: str) -> None:
    with pytest.raises(LabError, match=r"lab\.join_board\("):
        sharing.join(wrong.replace("{board}", address), "Ada", STAGE)
    assert not (home / "board.json").exists() and sharing.share(STAGE) is None


def test_a_board_that_is_away_disturbs_nobody(
    home: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sharing.join(address, "Ada", STAGE)
    kept = json.loads((home / "board.json").read_text())
    (home / "board.json").write_text(json.dumps({**kept, "address": "http://127.0.0.1:9/x"}))
    began = time.monotonic()
    thread = sharing.share(STAGE)
    assert thread is not None and time.monotonic() - began < 1
    thread.join(60)
    assert not thread.is_alive()
    assert "board didn't answer" in sharing.leave(STAGE)


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"address": 1}', "\x00"])
def test_a_damaged_membership_is_none(home: Path, damaged: str) -> None:
    (home / "board.json").write_text(damaged)
    assert sharing.share(STAGE) is None


def test_what_is_kept_is_written_whole_or_not_at_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(path: Path, text: str, **_: str) -> None:
        path.write_bytes(text.encode()[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    sharing.keep_kills(2)
    monkeypatch.setattr(Path, "write_text", torn)
    with pytest.raises(OSError, match="No space"):
        sharing.keep_kills(3)
    assert sharing._kills() == 2


# --- the command


def caught(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, int]]:
    """Serve nothing, and return what would have been served: each application with its port."""
    served: list[tuple[Any, int]] = []

    def serve(app: Any, port: int, _name: str, _variable: str, said: str) -> int:
        served.append((app, port))
        print(said)
        return 0

    monkeypatch.setattr(board, "serve", serve)
    return served


def test_the_command_prints_an_address_for_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served = caught(monkeypatch)
    assert board.main() == 0
    said = capsys.readouterr().out
    [(app, port)] = served
    looks, joins = re.findall(rf"http://localhost:{port}/([\w-]+)", said)
    assert looks != joins and len(looks) >= 20 and len(joins) == 10
    client = TestClient(app)
    assert client.get(f"/{looks}").status_code == 200 and client.get(f"/{joins}").status_code == 404
    assert client.post(f"/{joins}", json=report("Ada")).status_code == 204


def test_a_board_that_comes_back_takes_the_same_class(monkeypatch: pytest.MonkeyPatch) -> None:
    served = caught(monkeypatch)
    board.main("MONDAY-9")
    assert TestClient(served[0][0]).post("/MONDAY-9", json=report("Ada")).status_code == 204
    for bad in ("short", "with/slash", "with space"):
        with pytest.raises(LabError, match="python3 -m workshop board"):
            board.main(bad)


def test_a_board_without_a_port_prints_no_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        monkeypatch.setattr(board, "settings", lambda: settings().model_copy(update={"board_port": port}))
        assert board.main() == 1
    said = capsys.readouterr()
    assert said.out == "" and f"cannot listen on port {port}" in said.err and "BOARD_PORT" in said.err


def test_in_an_instructors_server_on_a_hub_the_class_reports_past_the_instructors_path(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = caught(monkeypatch)
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", "https://hub.example/user/ada/")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    board.main()
    said = capsys.readouterr().out
    assert f"https://hub.example/user/ada/proxy/absolute/{port[0][1]}/" in said
    assert f'lab.join_board("http://127.0.0.1:{port[0][1]}/' in said


def test_as_a_service_of_a_hub_it_names_the_hubs_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    caught(monkeypatch)
    monkeypatch.setenv("JUPYTERHUB_SERVICE_NAME", "board")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/services/board/")
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", "https://hub.example/services/board/")
    board.main()
    assert 'lab.join_board("https://hub.example/services/board/' in capsys.readouterr().out
    monkeypatch.delenv("JUPYTERHUB_PUBLIC_URL")  # a hub that was not told its own address
    board.main()
    assert 'lab.join_board("https://YOUR-HUB/services/board/' in capsys.readouterr().out


def test_nothing_is_written_to_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: TestClient
) -> None:
    monkeypatch.setattr(Path, "write_text", lambda *_, **__: pytest.fail("written"))
    assert client.post(f"/{CODE}", json=report("Ada", (True, 1))).status_code == 204
    assert "Ada" in shown(client)
