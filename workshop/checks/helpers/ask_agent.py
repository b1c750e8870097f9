"""A script for the checks of exercise 01, run in the learner's folder. It asks `notifier.agent` once and
prints what it did.

The last line it prints is JSON: tools, calls, outputs, answer.

python ask_agent.py "a request"
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from typing import Any

from agents import FunctionTool, Runner, ToolCallItem, ToolCallOutputItem


async def ask(agent: Any, request: str) -> dict[str, Any]:
    """Return the tools as told to the model, the calls that it asked for, what they gave, and the answer."""
    tools = [tool for tool in agent.tools if isinstance(tool, FunctionTool)]
    result = await Runner.run(agent, request)
    calls = [item.raw_item for item in result.new_items if isinstance(item, ToolCallItem)]
    return {
        "tools": [
            {"name": t.name, "description": t.description, "parameters": t.params_json_schema} for t in tools
        ],
        "calls": [{"name": getattr(c, "name", ""), "arguments": getattr(c, "arguments", "")} for c in calls],
        "outputs": [str(item.output) for item in result.new_items if isinstance(item, ToolCallOutputItem)],
        "answer": str(result.final_output),
    }


if __name__ == "__main__":
    learners = importlib.import_module("notifier")
    print(json.dumps(asyncio.run(ask(learners.agent, sys.argv[1]))))
