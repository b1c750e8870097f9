"""The two activities of the storm notifier: one reads, one has a side effect. Each may fail in its own ways."""

import os

import httpx
from temporalio import activity
from temporalio.exceptions import ApplicationError


### BEGIN SOLUTION from "read_alerts.py": tasks 2 and 4 are about this activity
@activity.defn
async def read_alerts(state: str) -> list[str]:
    """Fetch the headlines of the weather alerts that are active in a US state, given by its two-letter code."""
    async with httpx.AsyncClient(headers={"User-Agent": "storm-notifier"}) as client:
        response = await client.get(alerts_url(state))
    if response.status_code == 400:  # no such state: asking again would not help
        raise ApplicationError(f"{state!r} is not a US state", type="UnknownState", non_retryable=True)
    response.raise_for_status()
    return [feature["properties"]["headline"] for feature in response.json()["features"]]
    ### END SOLUTION


@activity.defn
async def post_notice(state: str, subscriber: str, text: str) -> str:
    """Post one notice, and say in words whether that worked."""
    notice = {"state": state, "subscriber": subscriber, "text": text}
    ### BEGIN SOLUTION: task 1: POST to /notices, raise on an error status, return who got the notice
    async with httpx.AsyncClient(base_url=board_url()) as board:
        response = await board.post("/notices", json=notice)
    if response.status_code == 422:  # the board has read the notice and says no, and it will say so each time
        return f"not posted for {subscriber}: {response.json()['detail']}"
    response.raise_for_status()
    return f"posted for {subscriber}"
    ### END SOLUTION


def alerts_url(state: str) -> str:
    base = os.environ.get("WEATHER_API_BASE", "https://api.weather.gov")
    return f"{base}/alerts/active/area/{state}"


def board_url() -> str:
    return os.environ.get("NOTICE_BOARD_URL", "http://127.0.0.1:8236")
