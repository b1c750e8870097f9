"""A plain agent with one tool. All that it knows lives in this process, and ends with it.

python agent.py "Are there weather alerts in California?"
"""

import asyncio
import json
import os
import sys

import httpx
from agents import Agent, Runner, function_tool
from dotenv import load_dotenv

load_dotenv(override=True)


def alerts_url(state: str) -> str:
    base = os.environ.get("WEATHER_API_BASE", "https://api.weather.gov")
    return f"{base}/alerts/active/area/{state}"


@function_tool
async def get_weather(state: str) -> str:
    """Get the weather alerts that are active in a US state.

    Args:
        state: Two-letter code of the state, such as CA.
    """
    async with httpx.AsyncClient(headers={"User-Agent": "weather-agent"}) as client:
        response = await client.get(alerts_url(state))
    response.raise_for_status()
    wanted = ("event", "headline", "severity", "areaDesc")
    features = response.json()["features"]
    alerts = [{name: feature["properties"][name] for name in wanted} for feature in features]
    return json.dumps({"state": state, "alerts": alerts})


agent = Agent(
    name="Weather Agent",
    instructions="You answer questions about weather alerts in the United States. Be brief.",
    tools=[get_weather],
)


async def main(question: str) -> None:
    result = await Runner.run(agent, question)
    print(result.final_output)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
