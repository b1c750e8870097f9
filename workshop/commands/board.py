"""`python3 -m workshop board`: how far the class is, of those who have joined."""

from __future__ import annotations

import os
import re
import secrets

from workshop.board.app import create_app
from workshop.board.roster import Roster
from workshop.config import settings
from workshop.errors import LabError
from workshop.services.serving import serve

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Those that nobody mistakes for another on a projector."""


def main(code: str = "") -> int:
    """Serve the board until Ctrl+C. `code`: the class code; a new one if empty. Return the exit code."""
    if code and not re.fullmatch(r"[A-Za-z0-9-]{6,40}", code):
        raise LabError("A class code has 6 to 40 letters and digits.\nType: python3 -m workshop board")
    now = settings()
    code = code or "".join(secrets.choice(LETTERS) for _ in range(10))
    key = secrets.token_urlsafe(16)
    base = _hub_service() or now.link(now.board_port)
    # below an instructor's own path on a hub, only the instructor may go
    theirs = f"http://127.0.0.1:{now.board_port}" if "/user/" in now.below(now.board_port) else base
    join = f'lab.join_board("{theirs}/{code}", name="your first name")'
    said = (
        f"For you alone, the board:\n    {base}/{key}\n"
        f"For the class, to type in a notebook:\n    {join}\n"
        "Nothing is written to a disk: Ctrl+C forgets everybody."
    )
    return serve(create_app(Roster(), code, key, join), now.board_port, "board", "BOARD_PORT", said)


def _hub_service() -> str:
    """Return the board's address as a service of a JupyterHub; empty elsewhere."""
    if "JUPYTERHUB_SERVICE_NAME" not in os.environ:
        return ""
    path = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "")
    return (os.environ.get("JUPYTERHUB_PUBLIC_URL") or f"https://YOUR-HUB{path}").rstrip("/")
