"""What instructor gets from the endpoint, as JSON: its forms in each of its modes."""

import json

import instructor
import openai
from instructor import Mode
from pydantic import BaseModel

MODES = (Mode.TOOLS, Mode.TOOLS_STRICT, Mode.JSON, Mode.JSON_SCHEMA)


class City(BaseModel):
    name: str
    state: str


def main() -> None:
    said = [{"role": "user", "content": "Columbus is a city in the state of Ohio."}]
    forms = {}
    for mode in MODES:
        client = instructor.from_openai(openai.OpenAI(max_retries=0), mode=mode)
        try:
            made = client.chat.completions.create(
                model="practice", response_model=City, messages=said, max_retries=2
            )
            forms[mode.name] = made.model_dump()
        except Exception as error:
            forms[mode.name] = {"error": f"{type(error).__name__}: {error}"[:300]}
    client = instructor.from_openai(openai.OpenAI(max_retries=0))
    parts = list(client.chat.completions.create_partial(model="practice", response_model=City, messages=said))
    try:
        client.chat.completions.create(model="practice", response_model=City, messages=said, temperature=7)
        error = ""
    except Exception as caught:
        error = str(caught)
    print(json.dumps({"forms": forms, "form": parts[-1].model_dump(), "error": error}))


main()
