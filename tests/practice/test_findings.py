"""What a report has of each half of a question, on what it names and nothing else, in sentences that go alone."""

from __future__ import annotations

import re

import pytest
from researching import Report, research

from workshop.practice.reading.text import sentences, stems
from workshop.practice.research import library, questions, sources, subjects
from workshop.practice.research.plan import sides
from workshop.practice.research.search import main_sentence


def findings(report: Report) -> str:
    """What a report says before it speaks of itself."""
    return report.markdown_report.split("\n## About this report")[0].split("\n\n", 1)[1]


def sections(report: Report) -> list[str]:
    """The headings of a report's findings."""
    return re.findall(r"^## (.+)$", findings(report), re.MULTILINE)


@pytest.mark.parametrize(
    ("query", "held", "others"),
    [
        ("What are the dangers of flash floods?", "moving water", "Heat tornado hurricane"),
        ("Why is flooding so dangerous?", "moving water", "Heat tornado hurricane"),
        ("How dangerous is a tornado?", "windows", "Heat Flooding hurricane"),
        ("Which risks does a hurricane bring?", "storm surge", "Heat Flooding tornado"),
        ("What are the risks of thunderstorms?", "National Weather Service", "Heat Flooding hurricane"),
        ("Which dangers does a heat wave have?", "sweating", "Flooding tornado hurricane"),
    ],
)
def test_a_word_that_says_how_a_thing_is_brings_in_no_other_thing(query: str, held: str, others: str) -> None:
    told = findings(research(query))
    assert held in told and not [word for word in others.split() if word in told]


@pytest.mark.parametrize(
    "query",
    [
        "Which side dishes go well with roast lamb at Easter?",
        "Which wines go with fish?",
        "Which metrics show that workers are missing?",
        "What animals sleep in winter?",
        "Which countries border Chad?",
        "What makes bread rise?",
    ],
)
def test_a_title_is_the_question_and_no_assertion(query: str) -> None:
    assert questions.title(query) == query
    assert research(query).markdown_report.startswith(f"# {query}\n")


def test_a_title_is_the_topic_where_the_question_asks_what_a_thing_is() -> None:
    assert questions.title("What are the dangers of flash floods?") == "dangers of flash floods"
    assert questions.title("What is durable execution?") == "durable execution"


@pytest.mark.parametrize(
    "query",
    [
        "When should I use a single agent?",
        "When is one agent enough, and when do I need more than one?",
        "Should I use one agent or several?",
        "Do I need more than one agent?",
        "How many agents should my app have?",
        "Is a single LLM agent enough for customer support?",
    ],
)
def test_a_question_for_one_agent_finds_that_one_comes_first(query: str) -> None:
    told = findings(research(query))
    assert "A single agent is enough as long as" in told.split("\n## ")[0] and "Nothing was found" not in told


def test_a_handoff_is_explained_wherever_a_passage_names_it_first() -> None:
    for query in (
        "How does a triage agent route a request?",
        "When is a handoff better than an agent as a tool?",
    ):
        told = findings(research(query))
        first = next(said for said in re.split(r"\n+", told) if "handoff" in said)
        assert re.search(r"(?:pass\w*|gives?|takes? over)\b.*\bconversation\b", first), query


def test_the_main_sentence_of_a_passage_needs_none_before_it() -> None:
    for query in ("crash", "effect", "server", "model", "key", "limit"):
        for piece in sources.articles():
            first, said = sentences(piece.text)[0], main_sentence(piece.text, query)
            assert said == first or stems(first) & stems(" ".join(said.split()[:6])), said
    told = "For an agent this pays twice. A long run survives deployments."
    assert main_sentence(told, "agent") == "A long run survives deployments."
    undo = "What is the difference between compensation and rollback in a saga?"
    assert "The effect was visible" not in research(undo).short_summary
    for query in ("How do I keep an AI agent from losing work in a crash?", "What does a crash cost?"):
        assert "A crash costs the time" not in research(query).short_summary or (
            "Durable execution means" in research(query).short_summary
        )


def test_a_page_without_findings_names_the_key_and_no_question_twice() -> None:
    report = research("best pizza in Naples")
    assert "an OpenAI key in `.env`" in report.markdown_report
    example = re.search(r"answers:\*\* “(.+?)”", report.markdown_report)
    assert example and library.search(example[1]) and example[1] not in report.follow_up_questions


@pytest.mark.parametrize(
    ("query", "first", "then"),
    [
        (
            "How do I keep an AI agent from losing work in a crash? And retries: when give up, when wait?",
            "progress",
            "Retries need a bound",
        ),
        (
            "How can I make an agent safe, and when should retries stop?",
            "injection",
            "Retries need a bound",
        ),
        (
            "How do I make payments idempotent, and when should I give up retrying?",
            "An operation is idempotent",
            "Retries need a bound",
        ),
        (
            "When should retries give up, and how do I test an agent?",
            "Retries need a bound",
            "stand-in for the model",
        ),
    ],
)
def test_each_part_of_a_broad_question_is_answered_in_its_turn(query: str, first: str, then: str) -> None:
    told = findings(research(query))
    assert first in told and then in told and told.index(first) < told.index(then)
    assert not [heading for heading in sections(research(query)) if heading.startswith("And ")]


def test_no_page_is_a_source_for_everything() -> None:
    cited: dict[str, set[str]] = {}
    for piece in sources.articles():
        if not re.search(r"docs\.temporal\.io|openai\.github\.io|platform\.openai\.com", piece.url):
            cited.setdefault(piece.url, set()).add(piece.heading)
    assert not {url for url, headings in cited.items() if len(headings) > 2}


@pytest.mark.parametrize(
    "query",
    [
        "How does the human immune system retry after failing to detect a virus?",
        "Which cache do squirrels use for their nuts?",
        "How do I tune the throttle of a lawn mower?",
        "What are the best heat wave recipes for summer salads?",
        "Ahr valley flood 2021 cause",
    ],
)
def test_a_question_that_shares_but_a_word_with_the_library_finds_nothing(query: str) -> None:
    report = research(query)
    assert subjects.of(query) == () and library.search(query) == ()
    assert (
        report.short_summary.startswith("The library has nothing on") and "[1]" not in report.markdown_report
    )


@pytest.mark.parametrize(
    "query",
    [
        "How do I cache thumbnails of gallery pictures in a web app?",
        "What should I do in a tornado when I live in a mobile home?",
        "How does an agent that books flights retry a refused reservation?",
        "How do I test a workflow that ships parcels and invoices?",
    ],
)
def test_foreign_words_do_no_harm_beside_a_thing_of_the_field(query: str) -> None:
    assert subjects.of(query) and "[1]" in research(query).markdown_report


@pytest.mark.parametrize(
    ("query", "missing", "about"),
    [
        ("Clear the cache in Chrome", "Chrome", "caching"),
        ("autoscale Temporal workers on Kubernetes", "Kubernetes", "durable execution"),
        ("Deploy Temporal on AWS Lambda", "AWS Lambda", "durable execution"),
        ("How do I retry failed requests in Java?", "Java", "retries"),
        ("How do I clear the cache on my iPhone?", "iPhone", "caching"),
        ("What caused the flood in Pakistan in 2022?", "Pakistan", "weather alerts"),
    ],
)
def test_what_a_question_names_and_the_library_lacks_is_said_first(
    query: str, missing: str, about: str
) -> None:
    report, said = research(query), f"Nothing here is on {missing}; what follows is on {about}."
    assert report.short_summary.startswith(said) and findings(report).startswith(said)
    assert report.markdown_report.count(f"on {missing}") <= 2, "once, and in the title perhaps"


def test_a_side_that_the_library_lacks_is_said_first() -> None:
    report, said = research("Compare Temporal with Airflow"), "Nothing was found on “Airflow”."
    assert report.short_summary.startswith(said) and findings(report).startswith(said)


@pytest.mark.parametrize(
    ("query", "held"),
    [
        (
            "How do I protect my agent from prompt injection in web pages it reads?",
            ("hidden in a web page", "Guardrails check", "No filter finds every injection"),
        ),
        (
            "How can I protect an AI agent that reads web pages from prompt injection?",
            ("hidden in a web page", "Guardrails check"),
        ),
        ("What can I do to protect my agent when a mail holds a prompt injection?", ("a mail", "Guardrails")),
        (
            "When should a human approve, and how do I build the wait for days?",
            ("In a workflow the wait is one line", "The hard part is the waiting"),
        ),
        (
            "When should a person approve a refund, and how does the workflow wait for the answer?",
            ("In a workflow the wait is one line", "interruption for tools that need approval"),
        ),
        (
            "Who should give human approval, and how does the code wait for it without a worker?",
            ("In a workflow the wait is one line", "interruption for tools that need approval"),
        ),
    ],
)
def test_a_long_question_loses_no_finding(query: str, held: tuple[str, ...]) -> None:
    told = findings(research(query))
    assert not [each for each in held if each not in told]


@pytest.mark.parametrize(
    ("query", "compared"),
    [
        ("Handoff or agent as a tool: what is the difference?", ["handoff", "agent as a tool"]),
        ("Signal or Update: which one should I use?", ["Signal", "Update"]),
        ("Retry or give up: which is better?", ["retry", "give up"]),
        (
            "What is the difference between handing off to another agent and calling it as a tool?",
            ["handing off to another agent", "calling it as a tool"],
        ),
        (
            "Compare handing over to another agent with calling it as a tool",
            ["handing over to another agent", "calling it as a tool"],
        ),
        (
            "What are the trade-offs between switching to a specialist and keeping one agent?",
            ["switching to a specialist", "keeping one agent"],
        ),
        ("Compare Celery to Temporal", ["Celery", "Temporal"]),
        (
            "What is the difference between switching to another agent and using it as a tool?",
            ["switching to another agent", "using it as a tool"],
        ),
    ],
)
def test_the_sides_of_a_comparison_are_whole(query: str, compared: list[str]) -> None:
    assert sides(query) == compared
    wrong = f"In which case is {compared[0]} the wrong choice, and {compared[1]} the right one?"
    report = research(query)
    assert wrong in report.follow_up_questions and "“Give up”" not in report.short_summary
