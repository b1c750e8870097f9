"""The real Agents SDK against the practice model: over both APIs, streamed and not, directly and through a
second gateway.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    Model,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    OutputGuardrailTripwireTriggered,
    RunConfig,
    Runner,
    RunResult,
    RunResultStreaming,
    SQLiteSession,
    TResponseInputItem,
    WebSearchTool,
    function_tool,
    handoff,
    input_guardrail,
    output_guardrail,
)
from agents.exceptions import MaxTurnsExceeded
from agents.items import HandoffOutputItem, ToolCallItem
from gateway_servers import Endpoint
from pydantic import BaseModel

QUIET = RunConfig(tracing_disabled=True)
Result = RunResult | RunResultStreaming


@pytest.fixture
async def provider(endpoint: Endpoint) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=endpoint.url, api_key=endpoint.key, max_retries=0, timeout=30
    ) as client:
        yield client


@pytest.fixture(params=["responses", "chat"])
def model(request: pytest.FixtureRequest, provider: openai.AsyncOpenAI) -> Model:
    if request.param == "responses":
        return OpenAIResponsesModel("practice", provider)
    return OpenAIChatCompletionsModel("practice", provider)


@pytest.fixture
def responses_model(provider: openai.AsyncOpenAI) -> Model:
    """For what Chat Completions does not have."""
    return OpenAIResponsesModel("practice", provider)


@pytest.fixture(params=["whole", "streamed"])
def streamed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "streamed")


async def run(agent: Agent[Any], text: str | list[TResponseInputItem], streamed: bool, **more: Any) -> Result:
    if not streamed:
        return await Runner.run(agent, text, run_config=QUIET, **more)
    result = Runner.run_streamed(agent, text, run_config=QUIET, **more)
    async for _ in result.stream_events():
        pass
    return result


class Alerts:
    """A weather tool that remembers for which states it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

        @function_tool
        def get_weather_alerts(state: str) -> str:
            """Get the weather alerts for a US state.

            Args:
                state: Two-letter code of a US state, such as CA.
            """
            self.asked.append(state)
            return json.dumps(
                {"state": state, "alerts": [{"event": "Flood Watch", "headline": f"Flood Watch in {state}"}]}
            )

        self.tool = get_weather_alerts


async def test_text(model: Model, streamed: bool) -> None:
    # over Chat Completions the SDK asks for a stream's usage only so
    settings = ModelSettings(include_usage=True)
    agent = Agent("Helper", instructions="You are a helpful assistant.", model=model, model_settings=settings)
    result = await run(agent, "Hello!", streamed)
    assert isinstance(result.final_output, str) and result.final_output.strip()
    assert result.context_wrapper.usage.requests == 1 and result.context_wrapper.usage.total_tokens > 0


async def test_tool(model: Model, streamed: bool) -> None:
    alerts = Alerts()
    agent = Agent(
        "Weather", instructions="You answer questions about the weather.", tools=[alerts.tool], model=model
    )
    result = await run(agent, "Are there any weather alerts in California?", streamed)
    assert alerts.asked == ["CA"]
    assert "Flood Watch" in result.final_output
    assert result.context_wrapper.usage.requests == 2


async def test_parallel_tools(model: Model, streamed: bool) -> None:
    alerts = Alerts()
    agent = Agent(
        "Weather", instructions="You answer questions about the weather.", tools=[alerts.tool], model=model
    )
    result = await run(agent, "Compare the weather alerts in California, Texas and New York.", streamed)
    assert sorted(alerts.asked) == ["CA", "NY", "TX"]
    calls = [item.raw_item for item in result.new_items if isinstance(item, ToolCallItem)]
    assert len({getattr(call, "call_id", None) for call in calls}) == 3
    assert result.context_wrapper.usage.requests == 2, "all three in one turn"


async def test_handoff(model: Model, streamed: bool) -> None:
    french = Agent(
        "French Agent", instructions="You only speak French", handoff_description="Speaks French", model=model
    )
    spanish = Agent(
        "Spanish Agent",
        instructions="You only speak Spanish",
        handoff_description="Speaks Spanish",
        model=model,
    )
    triage = Agent(
        "Triage Agent",
        instructions="Hand off to the appropriate agent based on the language of the request.",
        handoffs=[french, handoff(spanish)],
        model=model,
    )
    result = await run(triage, "Bonjour, comment allez-vous aujourd'hui ?", streamed)
    assert result.last_agent is french
    assert len([item for item in result.new_items if isinstance(item, HandoffOutputItem)]) == 1
    assert result.final_output.strip()


class Plan(BaseModel):
    topic: str
    searches: list[str]
    urgent: bool
    budget: float | None


async def test_structured_output(model: Model, streamed: bool) -> None:
    agent = Agent("Planner", instructions="Plan the research.", output_type=Plan, model=model)
    result = await run(agent, "How do durable workflows survive a crash?", streamed)
    assert isinstance(result.final_output, Plan)


async def test_structured_output_after_a_tool(model: Model, streamed: bool) -> None:
    class Report(BaseModel):
        summary: str
        alerts: list[str]

    alerts = Alerts()
    agent = Agent(
        "Weather", instructions="Report on the weather.", tools=[alerts.tool], output_type=Report, model=model
    )
    result = await run(agent, "Any weather alerts in Ohio?", streamed)
    assert alerts.asked == ["OH"] and isinstance(result.final_output, Report)


async def test_web_search(responses_model: Model, streamed: bool) -> None:
    agent = Agent(
        "Researcher",
        instructions="Search the web and summarize.",
        tools=[WebSearchTool()],
        model=responses_model,
    )
    result = await run(agent, "What is durable execution in Temporal?", streamed)
    output = result.raw_responses[0].output
    assert [item.type for item in output] == ["web_search_call", "message"]
    message = output[1]
    assert message.type == "message" and message.content[0].type == "output_text"
    text = message.content[0]
    assert text.annotations
    for note in text.annotations:
        assert note.type == "url_citation" and note.url.startswith("http") and note.title
        assert 0 <= note.start_index < note.end_index <= len(text.text)


async def test_input_guardrail(model: Model, streamed: bool) -> None:
    class Verdict(BaseModel):
        is_about_homework: bool
        reasoning: str

    judge = Agent(
        "Judge", instructions="Say whether the user asks about homework.", output_type=Verdict, model=model
    )

    @input_guardrail
    async def no_shouting(context: Any, agent: Agent[Any], said: Any) -> GuardrailFunctionOutput:
        verdict = await Runner.run(judge, said, run_config=QUIET)
        assert isinstance(verdict.final_output, Verdict)
        text = said if isinstance(said, str) else said[-1]["content"]
        return GuardrailFunctionOutput(output_info=verdict.final_output, tripwire_triggered=text.isupper())

    agent = Agent("Helper", instructions="Help.", input_guardrails=[no_shouting], model=model)
    assert (await run(agent, "Help me, please.", streamed)).final_output
    with pytest.raises(InputGuardrailTripwireTriggered):
        await run(agent, "HELP ME NOW", streamed)


async def test_output_guardrail(model: Model, streamed: bool) -> None:
    @output_guardrail
    async def never(context: Any, agent: Agent[Any], output: Any) -> GuardrailFunctionOutput:
        return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)

    with pytest.raises(OutputGuardrailTripwireTriggered):
        await run(
            Agent("Helper", instructions="Help.", output_guardrails=[never], model=model), "Hello!", streamed
        )


async def test_agents_as_tools(model: Model, streamed: bool) -> None:
    alerts = Alerts()
    weather = Agent(
        "Weather", instructions="You answer questions about weather alerts.", tools=[alerts.tool], model=model
    )
    desk = Agent(
        "Desk",
        instructions="Answer with the help of your tools.",
        tools=[weather.as_tool("ask_weather_expert", "Answers questions about weather alerts in US states.")],
        model=model,
    )
    result = await run(desk, "Ask the weather expert about weather alerts in Florida.", streamed)
    assert alerts.asked == ["FL"]
    assert "Flood Watch" in result.final_output


async def test_session(model: Model, streamed: bool) -> None:
    session = SQLiteSession("conformance")
    agent = Agent("Helper", instructions="You are a helpful assistant.", model=model)
    await run(agent, "My name is Zebulon.", streamed, session=session)
    result = await run(agent, "What is my name?", streamed, session=session)
    assert "Zebulon" in result.final_output


async def test_previous_response_id(responses_model: Model, streamed: bool) -> None:
    agent = Agent("Helper", instructions="You are a helpful assistant.", model=responses_model)
    first = await run(agent, "My name is Zebulon.", streamed)
    result = await run(agent, "What is my name?", streamed, previous_response_id=first.last_response_id)
    assert "Zebulon" in result.final_output


async def test_conversation_by_hand(model: Model, streamed: bool) -> None:
    alerts = Alerts()
    agent = Agent(
        "Weather", instructions="You answer questions about the weather.", tools=[alerts.tool], model=model
    )
    first = await run(agent, "Are there weather alerts in California?", streamed)
    after = [*first.to_input_list(), {"role": "user", "content": "And in Texas?"}]
    result = await run(agent, after, streamed)  # type: ignore[arg-type]
    assert alerts.asked == ["CA", "TX"]
    assert "TX" in result.final_output or "Texas" in result.final_output


async def test_max_turns(model: Model, streamed: bool) -> None:
    alerts = Alerts()
    agent = Agent(
        "Weather",
        instructions="Always use your tool.",
        tools=[alerts.tool],
        model=model,
        model_settings=ModelSettings(tool_choice="required"),
        reset_tool_choice=False,
    )
    with pytest.raises(MaxTurnsExceeded):
        await run(agent, "Weather alerts in California?", streamed, max_turns=3)


async def test_receipts_are_on_the_bill(responses_model: Model, streamed: bool, endpoint: Endpoint) -> None:
    agent = Agent(
        "Weather", instructions="You answer about the weather.", tools=[Alerts().tool], model=responses_model
    )
    result = await run(agent, "Are there any weather alerts in California?", streamed)
    rows = endpoint.gateway.rows()
    assert [response.response_id for response in result.raw_responses] == [row["receipt"] for row in rows]
    assert {row["state"] for row in rows} == {"delivered"}
    assert sum(row["input_tokens"] for row in rows) == result.context_wrapper.usage.input_tokens
    assert sum(row["output_tokens"] for row in rows) == result.context_wrapper.usage.output_tokens
