"""Progress sent to the instructor's board: by those who have joined it, and only what `report` returns."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import threading
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

import httpx

from workshop import safe
from workshop.checks import progress
from workshop.config import LAB_DIR
from workshop.errors import LabError
from workshop.words import shorten

FILE = LAB_DIR / "board.json"
KILLS = LAB_DIR / "certificate.json"
NAME_LENGTH = 24
BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Fillers, an empty pattern of Braille and selectors of variants: letters and marks that show nothing."""
WITHIN_S = 5.0
"""How long the board may take to answer, in seconds."""
AWAY = (httpx.HTTPError, httpx.InvalidURL)
_one_at_a_time = threading.Lock()
"""What is sent last is the newest, and nothing follows a goodbye."""
JOIN = 'lab.join_board("the address that your instructor shows", name="your first name")'


@dataclass(frozen=True)
class Membership:
    """Where a learner's progress goes, and under which name. `id` tells two of one name apart."""

    address: str
    name: str
    id: str


def membership() -> Membership | None:
    """Return what a learner has joined; None for one who never did, or who left."""
    try:
        return Membership(**json.loads(FILE.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def join(address: str, name: str, stage: str) -> str:
    """Join a board, send the progress there once, and return what to tell the learner. Raises LabError if the
    board can't be reached: then nothing is kept, and nothing will be sent.
    """
    address, first = address.strip(), first_name(name)
    if not re.match(r"https?://[^\s/]+/\S+$", address):
        raise LabError(f"{address!r} is not the address of a board.\nType: {JOIN}")
    if not first:
        raise LabError(f"The board shows first names, and this one is empty.\nType: {JOIN}")
    known = membership()
    member = Membership(address, first, known.id if known else secrets.token_hex(16))
    try:
        answer = _send("POST", member, report(member, stage))
    except AWAY as error:
        raise LabError(
            f"No board answers at {address} ({type(error).__name__}).\nNothing was sent. {JOIN}"
        ) from error
    if answer.status_code != 204:
        raise LabError(
            f"The board at {address} says: {answer.text.strip()[:200]}\nYou have not joined. Type: {JOIN}"
        )
    progress.write(FILE, asdict(member))
    return (
        f"You are on the class's board as {first}. After each check it gets: which checks of this exercise "
        "passed, how often you tried, and the kills on your crash certificate. Nothing else.\n"
        "To leave: lab.leave_board()"
    )


def first_name(name: str) -> str:
    """Return the first word of a name, and not much of it; empty if nothing of it can be seen."""
    word = next(iter(_visible(name).split()), "")
    shown = shorten(safe.plain(word), NAME_LENGTH)
    return shown if any(unicodedata.category(each)[0] != "M" for each in shown) else ""


def _visible(text: str) -> str:
    """Return text without what nobody sees, or what turns the text beside it (Unicode's categories C)."""
    kept = (each for each in text if each.isspace() or unicodedata.category(each)[0] != "C")
    return BLANK.sub("", unicodedata.normalize("NFC", "".join(kept)))


def leave(stage: str) -> str:
    """Leave the board, which forgets the learner, and return what to tell them."""
    member = membership()
    if member is None:
        return "You are on no board: nothing is sent from here."
    FILE.unlink(missing_ok=True)
    try:
        with _one_at_a_time:
            _send("DELETE", member, report(member, stage))
    except AWAY:
        return "You have left: nothing more is sent. The board didn't answer; when it ends, it forgets all."
    return "You have left: the board has forgotten you, and nothing more is sent."


def share(stage: str) -> threading.Thread | None:
    """Send the progress to the board, in the background. Do nothing for a learner who has joined none."""
    member = membership()
    if member is None:
        if FILE.exists():  # once, so that the next checks are not disturbed
            FILE.unlink(missing_ok=True)
            print(
                f"Your place on the class's board could not be read: nothing is sent.\nTo join again: {JOIN}"
            )
        return None

    def send() -> None:
        # a board that is away must not disturb a lesson; the next check sends the whole again
        with _one_at_a_time, contextlib.suppress(*AWAY):
            if membership() == member:  # they may have left meanwhile
                _send("POST", member, report(member, stage))

    thread = threading.Thread(target=send, name="board", daemon=True)
    thread.start()
    return thread


def report(member: Membership, stage: str) -> dict[str, Any]:
    """Return all that is sent."""
    results = progress.recorded_results()
    checks = [check.name for check in progress.panel(stage).checks if check.name in results]
    return {
        "id": member.id,
        "name": member.name,
        "exercise": stage[:2],
        "checks": {
            name: {"passed": bool(results[name]["passed"]), "tries": int(results[name].get("tries", 0))}
            for name in checks
        },
        "kills": _kills(),
    }


def keep_kills(kills: int) -> None:
    """Keep how many kills a crash certificate names."""
    progress.write(KILLS, {"kills": kills})


def _kills() -> int:
    try:
        return int(json.loads(KILLS.read_text(encoding="utf-8"))["kills"])
    except (OSError, ValueError, TypeError, KeyError):
        return 0


def _send(method: str, member: Membership, sent: dict[str, Any]) -> httpx.Response:
    return httpx.request(method, member.address, json=sent, timeout=WITHIN_S)
