"""The notifier's two tools, as activities: one reads alerts, the other leaves a notice that others see."""

import json
import os
from uuid import NAMESPACE_URL, uuid5

import httpx
from temporalio import activity


@activity.defn
async def get_weather(state: str) -> str:
    """Get the weather alerts that are active in a US state.

    Args:
        state: Two-letter code of the state, such as CA.
    """
    base = os.environ.get("WEATHER_API_BASE", "https://api.weather.gov")
    async with httpx.AsyncClient(headers={"User-Agent": "storm-notifier"}) as client:
        response = await client.get(f"{base}/alerts/active/area/{state}")
    if response.status_code == 400:  # no such state: an answer that the model can use
        return response.text
    response.raise_for_status()
    wanted = ("event", "headline", "severity", "areaDesc")
    alerts = [{name: feature["properties"][name] for name in wanted} for feature in response.json()["features"]]
    return json.dumps({"state": state, "alerts": alerts})


@activity.defn
async def post_notice(state: str, subscriber: str, text: str) -> str:
    """Post a notice about a state's weather for one subscriber.

    Args:
        state: Two-letter code of the state, such as CA.
        subscriber: Name of the person whom the notice is for.
        text: What the notice says.
    """
    notice = {"state": state, "subscriber": subscriber, "text": text}
    ### BEGIN SOLUTION from "headers.py": give every attempt of this notice the same Idempotency-Key
    # The same in every attempt and when the model asks again; another one in another run. Not activity_id: a second
    # tool call has a new one. uuid5 makes ASCII of it, as a header has to be.
    purpose = f"{activity.info().workflow_id}/{state}/{subscriber}"
    headers = {"Idempotency-Key": str(uuid5(NAMESPACE_URL, purpose))}
    ### END SOLUTION
    base = os.environ.get("NOTICE_BOARD_URL", "http://127.0.0.1:8236")
    async with httpx.AsyncClient(headers=headers, timeout=8) as board:
        response = await board.post(f"{base}/notices", json=notice)
    if response.status_code != 422:  # 422 is an answer too: the board can't take this notice, and says why
        response.raise_for_status()
    return response.text
