"""The steps of a research run, as the agents of lesson 05 ask for them."""

from __future__ import annotations

from asking import reply_to, structured
from pydantic import BaseModel

from workshop.practice.types import Search, Text


class Item(BaseModel):
    reason: str
    query: str


class Plan(BaseModel):
    searches: list[Item]


class Report(BaseModel):
    short_summary: str
    markdown_report: str
    follow_up_questions: list[str]


def search(term: str) -> tuple[Search, Text]:
    reply = reply_to(
        f"Search term: {term}\nReason for searching: to know", web_search=True, tool_choice="required"
    )
    found, told = reply.parts
    assert isinstance(found, Search) and isinstance(told, Text)
    return found, told


def research(query: str) -> Report:
    """The whole pipeline: plan, searches, report."""
    searches = structured(Plan, f"Query: {query}").searches
    found = "\n\n".join(f"Searched for: {item.query}\n{search(item.query)[1].text}" for item in searches)
    return structured(Report, f"Original query: {query}\n\nSummarized search results:\n{found}")
