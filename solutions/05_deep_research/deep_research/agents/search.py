"""Searches the web and sums up what it found. The search itself is the model's own tool: it runs where the model runs."""

from agents import Agent, ModelSettings, WebSearchTool


def search_agent() -> Agent:
    return Agent(
        name="Search Agent",
        instructions=(
            "Search the web for the given term and sum up what matters for the reason given, in at most 300 words. "
            "Put a Markdown link to its source behind each statement. Found nothing? Say so."
        ),
        tools=[WebSearchTool()],
        model_settings=ModelSettings(tool_choice="required"),
    )
