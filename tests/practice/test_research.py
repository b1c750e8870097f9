"""Research: triage, questions back, the plan, the search with its citations, the report."""

from __future__ import annotations

import re
import time

import pytest
from asking import reply_to, structured, text_of
from pydantic import BaseModel, Field
from researching import Plan, Report, research, search

from workshop.practice.reading.text import stems
from workshop.practice.research import library, sources, subjects
from workshop.practice.types import Message, Search, Text

SPECIFIC = (
    "How does Temporal recover a workflow after a worker crash, and what does replay do?",
    "Compare Temporal and Airflow for long-running AI agents in production",
    "What are the best practices for retrying calls to a rate-limited API?",
    "Impact of heat waves on power grids in Texas in 2023",
    "What is the difference between a Signal and an Update in a Temporal workflow?",
    "Which heartbeat timeout suits model calls that take up to two minutes?",
)
VAGUE = (
    "Tell me about caching",
    "AI",
    "best laptop",
    "plan a trip to Italy",
    "climate change",
    "How can I be healthier?",
    "durable execution",
    "weather",
)


class Triage(BaseModel):
    reasoning: str
    is_specific: bool


class Needs(BaseModel):
    needs_clarification: bool
    clarifying_questions: list[str]


class Questions(BaseModel):
    questions: list[str] = Field(description="2 to 3 clarifying questions")


@pytest.mark.parametrize("query", SPECIFIC)
def test_a_specific_query_needs_no_clarification(query: str) -> None:
    assert structured(Triage, query).is_specific
    assert structured(Needs, query) == Needs(needs_clarification=False, clarifying_questions=[])


@pytest.mark.parametrize("query", VAGUE)
def test_a_vague_query_does(query: str) -> None:
    assert not structured(Triage, query).is_specific
    needs = structured(Needs, query)
    assert needs.needs_clarification and 2 <= len(needs.clarifying_questions) <= 3


def test_questions_name_what_this_query_lacks() -> None:
    travel = " ".join(structured(Questions, "plan a trip to Italy").questions)
    assert "trip to Italy" in travel and "When" in travel and "cost" in travel
    dated = " ".join(structured(Questions, "a cheap trip to Italy in summer").questions)
    assert "When" not in dated and "cost" not in dated
    assert "language or product" in " ".join(structured(Questions, "caching").questions)
    assert len(set(structured(Questions, "caching").questions)) == len(
        structured(Questions, "caching").questions
    )


def test_answers_make_a_vague_query_specific() -> None:
    answers = "Q: Which system do you use?\nA: a Python web API in production\nQ: What for?\nA: cutting the cost of model calls"
    answered = f"Query: caching\n\n{answers}"
    assert structured(Triage, answered).is_specific


def test_a_plan_has_distinct_searches_with_reasons() -> None:
    searches = structured(
        Plan, "Query: How do durable agents survive crashes?", "Output between 4 and 6 terms to search for."
    ).searches
    assert 4 <= len(searches) <= 6
    assert len({frozenset(stems(s.query)) for s in searches}) == len(searches)
    assert len({s.reason for s in searches}) == len(searches) and all(len(s.reason) > 20 for s in searches)
    assert all("durable" in s.query for s in searches)


def test_an_answer_that_repeats_the_query_adds_no_search() -> None:
    told = "Query: retries\nQ: What is it about?\nA: retries\nQ: And?\nA: how retries work"
    queries = [frozenset(stems(s.query)) for s in structured(Plan, told).searches]
    assert len(queries) == len(set(queries))


def test_a_comparison_plans_a_search_for_each_side() -> None:
    queries = [
        s.query
        for s in structured(Plan, "Query: Compare heartbeats and timeouts for long activities").searches
    ]
    assert "heartbeats" in queries and "timeouts" in queries


def test_answers_change_the_plan_and_the_report() -> None:
    bare = "Original query: retries"
    told = f"{bare}\n\nClarifications:\nQ: What do you need it for?\nA: idempotency of payments\n"
    assert [s.query for s in structured(Plan, bare).searches] != [
        s.query for s in structured(Plan, told).searches
    ]
    assert "idempotency" in " ".join(s.query for s in structured(Plan, told).searches)
    plain, asked = structured(Report, bare), structured(Report, told)
    assert (
        "idempotency of payments" in asked.markdown_report
        and "idempotency of payments" not in plain.markdown_report
    )
    assert "Idempotency-Key" in asked.markdown_report or "idempotency key" in asked.markdown_report
    assert asked.follow_up_questions != plain.follow_up_questions


def test_answers_may_stand_in_the_conversation() -> None:
    history = [Message("user", "caching"), Message("assistant", "Which system do you use?")]
    searches = structured(Plan, "A Python web API with Redis", history=history).searches
    assert searches[0].query.startswith("caching") and "Redis" in searches[0].query


@pytest.mark.parametrize(
    "term", ["idempotency key", "heartbeat timeout", "httpx timeouts", "tornado shelter", "FastAPI"]
)
def test_a_search_finds_sources_and_cites_them(term: str) -> None:
    found, told = search(term)
    assert found.query == term and found.urls
    assert told.citations
    for citation in told.citations:
        span = told.text[citation.start : citation.end]
        assert span == f"([{citation.title}]({citation.url}))" and citation.url in found.urls


def test_a_search_for_what_the_library_lacks_says_so() -> None:
    found, told = search("best pizza in Naples")
    assert found.urls == () and told.citations == () and "nothing" in told.text


def test_small_talk_draws_no_search() -> None:
    assert not any(isinstance(part, Search) for part in reply_to("hello", web_search=True).parts)
    assert any(
        isinstance(part, Search) for part in reply_to("What is an idempotency key?", web_search=True).parts
    )


def test_structured_output_beside_web_search_has_both() -> None:
    from workshop.practice.types import OutputSchema

    class Found(BaseModel):
        summary: str

    schema = OutputSchema("Found", Found.model_json_schema())
    first, second = reply_to("Search term: heartbeat timeout", web_search=True, output_schema=schema).parts
    assert isinstance(first, Search) and isinstance(second, Text)
    assert "heartbeat" in Found.model_validate_json(second.text).summary.casefold()


@pytest.mark.parametrize(
    "query", ["How do durable agents survive crashes?", "Compare heartbeats and timeouts for long activities"]
)
def test_a_report_has_headings_citations_questions_and_a_table_where_it_compares(query: str) -> None:
    report = research(query)
    markdown = report.markdown_report
    assert markdown.startswith("# ") and markdown.count("\n## ") >= 3
    assert ("|---|" in markdown) == query.startswith("Compare"), "a table repeats nothing: it compares"
    cited = {int(n) for n in re.findall(r"\[(\d+)\](?!\()", markdown.split("## Sources\n")[0])}
    listed = {
        int(n): url
        for n, url in re.findall(r"^(\d+)\. \[[^\]]+\]\((https?://[^)]+)\)", markdown, re.MULTILINE)
    }
    assert cited and cited == set(listed), "each source is cited and each citation has a source"
    assert report.short_summary and len(set(report.follow_up_questions)) == 3


def test_a_report_is_extractive() -> None:
    """Each finding stands, word for word, in the library under the address that its number names."""
    markdown = research("How do durable agents survive crashes?").markdown_report
    listed = dict(re.findall(r"^(\d+)\. \[[^\]]+\]\((https?://[^)]+)\)", markdown, re.MULTILINE))
    held: dict[str, str] = {}
    for piece in sources.articles():
        held[piece.url] = f"{held.get(piece.url, '')}{piece.text} "
    findings = re.findall(r"^- (.+) \[(\d+)\]$", markdown, re.MULTILINE)
    assert len(findings) >= 4
    for text, number in findings:
        for sentence in re.split(r"(?<=\.) (?=[A-Z])", text):
            assert sentence in held[listed[number]]


def test_a_report_without_findings_says_so() -> None:
    report = research("best pizza in Naples")
    assert "has nothing on" in report.short_summary and "[1]" not in report.markdown_report
    assert len(report.follow_up_questions) == 3


def test_the_library_is_read_in_under_a_second() -> None:
    started = time.process_time()
    assert len(sources.articles.__wrapped__()) > 80 and len(sources.packages.__wrapped__()) > 50
    assert time.process_time() - started < 1


def test_every_article_has_names_and_every_name_an_article() -> None:
    assert {*subjects.NAMES} == {piece.heading for piece in sources.articles()}
    assert all(name for names in subjects.NAMES.values() for name in names)


@pytest.mark.parametrize(
    "query",
    [
        "Impact of remote work on productivity in small companies",
        "Is nuclear power cheaper than solar power?",
        "Which wine goes with salmon?",
        "How do I teach my dog to stay?",
        "History of the Roman Empire",
        "Best hiking trails near Denver",
    ],
)
def test_what_no_article_is_about_is_about_none(query: str) -> None:
    assert subjects.of(query) == () and library.search(query) == ()


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("What are the best practices for retrying failed API calls?", "Retries and idempotency"),
        (
            "How do I test an AI agent without calling the model every time?",
            "Testing agents and asynchronous code",
        ),
        ("What should I do during a flash flood?", "Weather hazards and alerts"),
        ("How can I cut the token costs of a chatbot?", "What model calls cost"),
        ("Signal or Update?", "Human in the loop"),
    ],
)
def test_a_question_in_everyday_words_finds_its_article(query: str, heading: str) -> None:
    assert subjects.of(query)[0] == heading
    assert library.search(query)[0].heading == heading


def test_every_article_is_of_a_bearable_length_and_every_paragraph_has_its_reference() -> None:
    articles = sorted(sources.ARTICLES.glob("*.md"))
    assert 10 <= len(articles) <= 25
    for article in articles:
        title, *paragraphs = re.split(r"\n\s*\n", article.read_text(encoding="utf-8").strip())
        assert title.startswith("# ")
        assert 150 <= len(article.read_text(encoding="utf-8").split()) <= 370, article.name
        assert all(re.search(r"See \[[^\]]+\]\(https://[^)]+\)$", paragraph) for paragraph in paragraphs), (
            article.name
        )


def test_what_the_text_returned_by_a_search_says_reaches_the_report() -> None:
    note = "Zebras cache their stripes at night. ([On zebras](https://example.com/zebras))"
    report = structured(
        Report, f"Original query: zebras and their stripes\nSummarized search results: {[note]}"
    )
    assert "Zebras cache their stripes at night. [1]" in report.markdown_report
    assert "1. [On zebras](https://example.com/zebras)" in report.markdown_report
    assert text_of(reply_to("hi"))


def test_what_a_search_found_is_not_taken_for_an_answer() -> None:
    found = "Q: Is it safe?\nA: ask the maintainers of zebra. ([zebra](https://example.com/zebra))"
    report = structured(
        Report, f"Original query: zebras and their stripes\n\nSummarized search results:\n{found}"
    )
    assert "what you answered" not in report.markdown_report
    told = "Clarifications:\nQ: Where?\nA: in the savanna"
    report = structured(
        Report, f"Original query: zebras and their stripes\n\n{told}\n\nSummarized search results:\n{found}"
    )
    assert "what you answered: “in the savanna”" in report.markdown_report


def test_what_a_search_put_in_by_hand_has_found_is_in_the_report() -> None:
    """The plan of lesson 05 can be edited: a search that nobody planned was wanted by a person."""
    query, wanted = "How do I name the parts of my Python service?", "retries and idempotency in Python"
    planned = structured(Plan, f"Query: {query}").searches[1].query
    texts = {term: search(term)[1].text for term in (planned, wanted)}
    told = "\n\n".join(f"Searched for: {term}\n{text}" for term, text in texts.items())
    edited = structured(
        Report, f"Original query: {query}\n\nSummarized search results:\n{told}"
    ).markdown_report
    assert "## Retries and idempotency in Python" in edited and "idempotency key" in edited
    unasked = structured(
        Report, f"Original query: {query}\n\nSummarized search results:\n{texts[wanted]}"
    ).markdown_report
    assert "idempotency key" not in unasked, "off the question, unless a person asked for it"


TWO_PARTS = (
    "How do retries with exponential backoff and jitter work, and when should a client stop retrying?",
    "What drives the cost of LLM calls in an agent, and how can I lower it?",
    "How does the National Weather Service grade alerts, and what should I do in a tornado?",
    "How reliable is structured output with a JSON schema, and what should I do when the model's answer does not fit it?",
)


@pytest.mark.parametrize("query", TWO_PARTS)
def test_both_halves_of_a_question_are_searched_and_answered_or_named_as_open(query: str) -> None:
    searches = [item.query for item in structured(Plan, f"Query: {query}").searches]
    assert len(set(searches)) == len(searches) >= 4
    assert all(len(stems(search)) > 1 for search in searches), "a leftover word is no search"
    report = research(query)
    assert report.markdown_report.startswith(f"# {query}\n")
    assert len(re.split(r"(?<=\.) ", report.short_summary)) > 1
    assert not re.match(r"(?i)(it|they|this)\b", report.short_summary)


def test_a_side_that_the_library_lacks_is_named_and_nothing_is_offered_for_it() -> None:
    query = "What is durable execution, and how does it differ from a job queue?"
    assert "it" not in [item.query for item in structured(Plan, f"Query: {query}").searches]
    report = research(query)
    assert "Nothing was found on “A job queue”." in report.markdown_report
    assert "Nothing was found on “A job queue”." in report.short_summary
    assert "Side by side" not in report.markdown_report and "## A job queue" not in report.markdown_report


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        (
            "What is an idempotency key good for, and how does a server use one?",
            "What is an idempotency key good for?",
        ),
        (TWO_PARTS[0], "When to stop retrying"),
        (TWO_PARTS[1], "How to lower the cost of LLM calls in an agent"),
    ],
)
def test_headings_are_phrases_of_the_question(query: str, heading: str) -> None:
    assert f"\n## {heading}\n" in research(query).markdown_report


def test_the_key_term_of_a_long_question_is_searched() -> None:
    query = "How can I protect an AI agent that reads web pages from prompt injection?"
    assert all("prompt injection" in item.query for item in structured(Plan, f"Query: {query}").searches)
    report = research(query)
    assert "No filter finds every injection" in report.markdown_report
    assert all("prompt injection" in asked for asked in report.follow_up_questions)


@pytest.mark.parametrize(
    "term", ["How does exponential backoff with jitter work?", "undo functions and compensating actions"]
)
def test_a_question_of_no_known_field_finds_the_articles_of_any(term: str) -> None:
    assert any(
        "docs.temporal.io" in url or "amazon" in url or "microservices" in url for url in search(term)[0].urls
    )


def test_half_of_a_phrase_is_none_of_it() -> None:
    """A "bad key" is no idempotency key, and what is said of a prompt is not on prompt injection."""
    report = research("What is an idempotency key good for, and how does a server use one?")
    assert "bad key" not in report.markdown_report


def test_follow_up_questions_are_not_of_one_template() -> None:
    asked = [research(query).follow_up_questions for query in (TWO_PARTS[0], TWO_PARTS[2])]
    assert len({" ".join(" ".join(question.split()[:2]) for question in listed) for listed in asked}) > 1
