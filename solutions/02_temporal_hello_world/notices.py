"""An activity with a side effect: it posts a notice on a board that others read."""

import os

import httpx
from temporalio import activity


@activity.defn
async def post_notice(state: str, text: str) -> int:
    """Post a notice and return how many there are now."""
    board_url = os.environ.get("NOTICE_BOARD_URL", "http://127.0.0.1:8236")
    async with httpx.AsyncClient(base_url=board_url, timeout=30) as board:
        notice = {"state": state, "subscriber": "everybody", "text": text}
        (await board.post("/notices", json=notice)).raise_for_status()
        return len((await board.get("/notices")).json())
