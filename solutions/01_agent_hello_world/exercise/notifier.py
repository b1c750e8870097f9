"""The storm notifier: reads weather alerts, and tells subscribers about them on the notice board.

python notifier.py "Tell Ana about the storms in Texas."
"""

import asyncio
import sys

from agents import Agent, Runner
from tools import post_notice, read_alerts

### BEGIN SOLUTION from "agent.py": write instructions (when to read, when to post) and list the tools
agent = Agent(
    name="Storm Notifier",
    instructions="You watch storms. Read the alerts first. Post a notice only if you are asked to tell somebody.",
    tools=[read_alerts, post_notice],
)
### END SOLUTION


async def main(request: str) -> None:
    result = await Runner.run(agent, request)
    print(result.final_output)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
