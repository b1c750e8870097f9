"""The tools of the chat as activities: alerts, a day's bulletin of 27 kB, and an archive of 2.6 MB."""

import json
import os

import httpx
from temporalio import activity


@activity.defn
async def get_weather(state: str) -> str:
    """Get the weather alerts that are active in a US state.

    Args:
        state: Two-letter code of the state, such as CA.
    """
    base = os.environ.get("WEATHER_API_BASE", "https://api.weather.gov")
    async with httpx.AsyncClient(headers={"User-Agent": "weather-chat"}) as client:
        response = await client.get(f"{base}/alerts/active/area/{state}")
    if response.status_code == 400:  # no such state: the model can use this answer
        return response.text
    response.raise_for_status()
    wanted = ("event", "headline", "severity", "areaDesc")
    alerts = [{name: feature["properties"][name] for name in wanted} for feature in response.json()["features"]]
    return json.dumps({"state": state, "alerts": alerts})


@activity.defn
async def read_bulletin(state: str) -> str:
    """Read today's weather bulletin of a US state, in full.

    Args:
        state: Two-letter code of the state, such as CA.
    """
    return bulletin(state, 400)


@activity.defn
async def read_archive(state: str) -> str:
    """Read the weather archive of a US state, in full.

    Args:
        state: Two-letter code of the state, such as CA.
    """
    return bulletin(state, 38_500)


def bulletin(state: str, lines: int) -> str:
    """A summary, followed by what the stations measured, 68 characters a line."""
    measured = [f"{state} station {line % 97:02} reading {line:05}: 21.4 C, wind 12 km/h, pressure 1013" for line in range(lines)]
    return json.dumps({"state": state, "summary": "Warm and calm, light wind from the south.", "measured": "\n".join(measured)})
