"""The second view of a history: how many bytes each event takes."""

from __future__ import annotations

from workshop.history import Run
from workshop.svg import Picture


def draw_bytes(run: Run, *, width: int) -> Picture:
    raise NotImplementedError
