"""What LiteLLM gets from the endpoint, as JSON."""

import json
import os

import litellm
from pydantic import BaseModel

BASE = {"model": "openai/practice", "api_base": os.environ["OPENAI_BASE_URL"], "api_key": "practice"}
SAID = [{"role": "user", "content": "What is the capital of Ohio?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class City(BaseModel):
    name: str
    state: str


def main() -> None:
    plain = litellm.completion(**BASE, messages=SAID).choices[0].message.content
    parts = [c.choices[0].delta.content or "" for c in litellm.completion(**BASE, messages=SAID, stream=True)]
    asked = [{"role": "user", "content": "What is the weather in Oakland?"}]
    first = litellm.completion(**BASE, messages=asked, tools=[WEATHER]).choices[0].message
    call = first.tool_calls[0]
    result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny in Oakland"}
    told = litellm.completion(**BASE, messages=[*asked, first.model_dump(), result], tools=[WEATHER])
    where = [{"role": "user", "content": "Columbus is a city in the state of Ohio."}]
    form = litellm.completion(**BASE, messages=where, response_format=City).choices[0].message.content
    responses = litellm.responses(**BASE, input="What is the capital of Ohio?").output[-1].content[0].text
    try:
        litellm.completion(**BASE, messages=SAID, temperature=7)
        error = ""
    except litellm.BadRequestError as caught:
        error = str(caught)
    found = {"plain": plain, "stream": "".join(parts), "call": json.loads(call.function.arguments)}
    found |= {"told": told.choices[0].message.content, "form": json.loads(form), "error": error}
    print(json.dumps(found | {"responses": responses}))


main()
