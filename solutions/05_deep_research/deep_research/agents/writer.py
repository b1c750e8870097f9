"""Writes the report from what the searches found."""

from agents import Agent

from deep_research.models import Report


def writer_agent() -> Agent:
    return Agent(
        name="Writer Agent",
        instructions=(
            "Write a report on the original query from the summarized search results alone, fitted to what the human has "
            "clarified: Markdown with headings, a number in square brackets behind each statement, and the numbered "
            "sources as links under a last heading, Sources. Then name 3 follow-up questions."
        ),
        output_type=Report,
    )
