"""The activity: the one place that talks to the outside world, so it alone can fail and be retried."""

import os

import httpx
from temporalio import activity
from temporalio.exceptions import ApplicationError


@activity.defn
async def get_alerts(state: str) -> list[str]:
    """Fetch the headlines of the alerts that are active in a US state, given by its two-letter code."""
    async with httpx.AsyncClient(headers={"User-Agent": "weather-workflow"}) as client:
        response = await client.get(alerts_url(state))
    if response.status_code == 400:  # no such state: asking again would not help
        raise ApplicationError(f"{state!r} is not a US state", type="UnknownState", non_retryable=True)
    response.raise_for_status()
    return [feature["properties"]["headline"] for feature in response.json()["features"]]


def alerts_url(state: str) -> str:
    base = os.environ.get("WEATHER_API_BASE", "https://api.weather.gov")
    return f"{base}/alerts/active/area/{state}"
