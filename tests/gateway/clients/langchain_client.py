"""What langchain-openai gets from the endpoint, as JSON."""

import json

import openai
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel


class City(BaseModel):
    name: str
    state: str


@tool
def get_weather(city: str) -> str:
    """Get the weather in a city."""
    return f"Sunny in {city}"


def ask(responses: bool) -> dict[str, object]:
    model = ChatOpenAI(model="practice", use_responses_api=responses, max_retries=0)
    question = "What is the capital of Ohio?"
    plain = model.invoke(question).text
    parts = [chunk.text for chunk in model.stream(question)]
    armed = model.bind_tools([get_weather])
    said = [HumanMessage("What is the weather in Oakland?")]
    first = armed.invoke(said)
    call = first.tool_calls[0]
    result = ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])
    told = armed.invoke([*said, first, result]).text
    form = model.with_structured_output(City).invoke("Columbus is a city in the state of Ohio.")
    try:
        ChatOpenAI(model="practice", temperature=7, max_retries=0).invoke(question)
        error = ""
    except openai.BadRequestError as caught:
        error = str(caught)
    found = {"plain": plain, "stream": "".join(parts), "call": call["args"], "told": told}
    return found | {"form": form.model_dump(), "error": error}


def main() -> None:
    print(json.dumps(ask(False) | {"responses": ask(True)["plain"]}))


main()
