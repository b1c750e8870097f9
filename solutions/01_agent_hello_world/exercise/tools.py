"""What the agent can do: read weather alerts, and post notices on a board that others read."""

import json
import os

import httpx
from agents import function_tool
from dotenv import load_dotenv

load_dotenv(override=True)
WEATHER_URL = os.environ.get("WEATHER_API_BASE", "https://api.weather.gov")
BOARD_URL = os.environ.get("NOTICE_BOARD_URL", "http://127.0.0.1:8236")


### BEGIN SOLUTION from "read_alerts.py": give the argument a type, write the docstring, and fetch the alerts as in lesson 01
@function_tool
async def read_alerts(state: str) -> str:
    """Read the weather alerts that are active in a US state.

    Args:
        state: Two-letter code of the state, such as TX.
    """
    async with httpx.AsyncClient(headers={"User-Agent": "storm-notifier"}) as client:
        response = await client.get(f"{WEATHER_URL}/alerts/active/area/{state}")
    response.raise_for_status()
    wanted = ("event", "severity", "areaDesc")
    alerts = [{name: feature["properties"][name] for name in wanted} for feature in response.json()["features"]]
    return json.dumps({"state": state, "alerts": alerts})


### END SOLUTION


### BEGIN SOLUTION from "post_notice.py": types, a docstring, and a POST of state, subscriber and text to /notices on the board
@function_tool
async def post_notice(state: str, subscriber: str, text: str) -> str:
    """Post a notice for a subscriber on the notice board.

    Args:
        state: Two-letter code of the state whose alerts it is about.
        subscriber: The name of the person to notify.
        text: What that person should know: which alerts are active.
    """
    notice = {"state": state, "subscriber": subscriber, "text": text}
    async with httpx.AsyncClient() as client:
        response = await client.post(f"{BOARD_URL}/notices", json=notice)
    response.raise_for_status()
    return f"posted for {subscriber}"


### END SOLUTION
