"""Lesson 03's agent without Temporal, for benchmarks/cost.py: one question per line in, the seconds of its
answer out.
"""

import asyncio
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "solutions" / "03_durable_agent"))

from activities import get_weather  # the lesson's own
from agents import Agent, Runner, function_tool

AGENT = Agent(
    name="Weather Agent",
    instructions="You answer questions about weather alerts in the United States. Be brief.",
    tools=[function_tool(get_weather)],
)


async def main() -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        began = time.perf_counter()
        await Runner.run(AGENT, line.strip())
        print(time.perf_counter() - began, flush=True)


asyncio.run(main())
