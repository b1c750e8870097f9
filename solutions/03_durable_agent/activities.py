"""The agent's tool as an activity: what it fetches is recorded, and a failure is retried."""

import json
import os
from typing import Any

import httpx
from temporalio import activity


@activity.defn
async def get_weather(state: str) -> str:
    """Get the weather alerts that are active in a US state.

    Args:
        state: Two-letter code of the state, such as CA.
    """
    data = await make_api_call(state)
    # data = await make_api_call_bug(state)
    if "features" not in data:  # there is no such state: that is an answer, and the model can use it
        return json.dumps({"state": state, "error": f"{data['title']}: there is no state {state!r}"})
    wanted = ("event", "headline", "severity", "areaDesc")
    alerts = [{name: feature["properties"][name] for name in wanted} for feature in data["features"]]
    return json.dumps({"state": state, "alerts": alerts})


async def make_api_call(state: str) -> dict[str, Any]:
    """Ask the weather service. Raises httpx.HTTPError when the service or the network is broken."""
    async with httpx.AsyncClient(headers={"User-Agent": "weather-agent"}) as client:
        response = await client.get(alerts_url(state))
    if response.status_code != 400:
        response.raise_for_status()
    data: dict[str, Any] = response.json()
    return data


async def make_api_call_bug(state: str) -> dict[str, Any]:
    """Do the same with a bug in it, for the lesson: it fails each time."""
    raise RuntimeError(f"the bug: no alerts for {state} while this line is active")


def alerts_url(state: str) -> str:
    base = os.environ.get("WEATHER_API_BASE", "https://api.weather.gov")
    return f"{base}/alerts/active/area/{state}"
