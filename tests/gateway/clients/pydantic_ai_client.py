"""What Pydantic AI gets from the endpoint, as JSON."""

import asyncio
import json

from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel


class City(BaseModel):
    name: str
    state: str


async def main() -> None:
    model = OpenAIChatModel("practice")
    agent = Agent(model)
    question = "What is the capital of Ohio?"
    plain = (await agent.run(question)).output
    async with agent.run_stream(question) as stream:
        parts = [part async for part in stream.stream_text(delta=True)]
    calls: list[str] = []
    armed = Agent(model)

    @armed.tool_plain
    def get_weather(city: str) -> str:
        """Get the weather in a city."""
        calls.append(city)
        return f"Sunny in {city}"

    told = (await armed.run("What is the weather in Oakland?")).output
    form = (await Agent(model, output_type=City).run("Columbus is a city in the state of Ohio.")).output
    responses = (await Agent(OpenAIResponsesModel("practice")).run(question)).output
    try:
        await agent.run(question, model_settings={"temperature": 7})
        error = ""
    except ModelHTTPError as caught:
        error = str(caught)
    found = {"plain": plain, "stream": "".join(parts), "call": {"city": calls[0]}, "told": told}
    print(json.dumps(found | {"form": form.model_dump(), "error": error, "responses": responses}))


asyncio.run(main())
