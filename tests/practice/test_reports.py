"""Research reports as a stranger reads them: about the question, sourced, readable; short where nothing is known."""

from __future__ import annotations

import re
import time

import pytest
from asking import structured
from researching import Plan, Report, research, search

from workshop.practice.research import library, sources, subjects
from workshop.practice.research.plan import sides
from workshop.practice.research.report import ANSWERED, QUESTIONS
from workshop.practice.research.search import goes_alone, telling_sentences
from workshop.practice.research.subjects import NEEDS

RELIABLE = "How do I make my Python service reliable?"


def lead(report: Report) -> str:
    """What a report says before its first heading, without its title."""
    return report.markdown_report.split("\n## ")[0].split("\n\n", 1)[1]


@pytest.mark.parametrize(
    ("query", "headings"),
    [
        (RELIABLE, ("Durable execution", "Retries and idempotency", "Timeouts and heartbeats")),
        ("My script dies over night, can it go on by itself?", ("Durable execution", "Crash recovery")),
        ("Our API sometimes fails, what now?", ("Retries and idempotency",)),
        ("How do I avoid sending an email twice?", ("Retries and idempotency",)),
        ("Why is my website so slow?", ("Caching",)),
        ("Why do my jobs hang forever?", ("Timeouts and heartbeats",)),
        ("Is GPT too expensive for a small company?", ("What model calls cost",)),
        ("Could an AI agent leak our data?", ("Prompt injection and safe tools",)),
        ("Our chatbot hallucinates", ("Structured output and validation", "Deep research")),
        ("Where should an agent keep its state?", ("Crash recovery", "Durable execution")),
        ("How can I see what my AI agent is doing?", ("Observability of agents",)),
        ("How do I parse what an LLM answers?", ("Structured output and validation",)),
        ("The API told us to slow down, what now?", ("Rate limits",)),
        ("Will my nightly import finish if something breaks?", ("Durable execution",)),
        ("How do I revert half a booking?", ("Sagas and compensation",)),
        ("What stops an agent that runs forever?", ("Agents and tools",)),
        ("How should an LLM application handle errors?", ("Retries and idempotency",)),
        ("How do I add an approval step to an agent?", ("Human in the loop",)),
    ],
)
def test_a_question_in_everyday_words_has_a_need_that_articles_help_with(
    query: str, headings: tuple[str, ...]
) -> None:
    assert {*headings} <= {*subjects.of(query)}
    cited = research(query).markdown_report.split("## Sources\n")[1]
    assert all(f"“{heading}”" in cited for heading in headings)


@pytest.mark.parametrize(
    "query",
    [
        "How reliable is the postal service?",
        "How do I make my old car more reliable?",
        "Which AI stocks are cheap?",
        "Is it safe to fly while pregnant?",
        "How do I speed up my metabolism?",
        "Which travel agents are trustworthy?",
        "How many times a day should I feed a puppy?",
        "Why does my washing machine hang in the middle of a program?",
        "How do I undo a bad haircut?",
        "What does it cost to build a garage?",
        "How is the quality of drinking water tested?",
        "Why did the stock market crash in 1929?",
        "My phone keeps crashing",
        "What can I do against an eviction from my apartment?",
        "What is a saga in Icelandic literature?",
        "How long should a timeout for a toddler be?",
    ],
)
def test_the_same_words_of_another_world_find_nothing(query: str) -> None:
    assert subjects.of(query) == () and library.search(query) == ()
    assert "has nothing on" in research(query).short_summary


def test_each_passage_that_a_need_tells_by_its_words_is_one_of_the_article_and_only_one() -> None:
    for need in NEEDS.need:
        for heading, told in need.help.items():
            texts = [piece.text for piece in sources.articles() if piece.heading == heading]
            for words in told:
                found = [text for text in texts if library.covers(words, text) > library.HELPS]
                assert len(found) == 1, (heading, words)


def test_a_need_is_looked_for_at_the_beginning_of_a_long_text() -> None:
    started = time.process_time()
    assert (
        subjects.need("An LLM I trust. " * 20_000) is not None
        and subjects.need("Hm. " * 600 + RELIABLE) is None
    )
    assert time.process_time() - started < 2


def test_a_need_leaves_the_words_of_a_plan_alone() -> None:
    planned = [item.query for item in structured(Plan, f"Query: {RELIABLE}").searches]
    assert all(query.startswith("make my Python service reliable") for query in planned)


def test_findings_on_several_subjects_are_under_their_names_and_in_the_order_of_the_articles() -> None:
    report = research(RELIABLE)
    named = ["durable execution", "retries", "timeouts", "rate limits"]
    assert lead(report).startswith(
        f"What the library has on this is about {', '.join(named[:-1])} and {named[-1]}."
    )
    headings = re.findall(r"^## (.+)$", report.markdown_report, re.MULTILINE)
    assert headings == ["Retries", "Timeouts", "Rate limits", "About this report", "Sources"]
    asked = "How do I avoid sending an email twice?"
    assert "An operation is idempotent when" in lead(research(asked)), (
        "the term comes before what is said of it"
    )


def test_what_is_not_from_the_library_is_not_said_to_be() -> None:
    note = "A reliable Python service has health checks. ([On services](https://example.com/services))"
    told = f"Original query: {RELIABLE}\n\nSummarized search results:\n{note}"
    report = structured(Report, told).markdown_report
    assert "health checks. [1]" in report and "What the library has" not in report


@pytest.mark.parametrize(
    ("query", "held", "left_out"),
    [
        (
            "Is it worth caching the answers of an LLM?",
            "worth it where the same request",
            "browser decorator Django",
        ),
        ("How long is my prompt cached?", "the beginning of a prompt", "browser Django decorator"),
        ("What is a write-ahead log good for?", "Write-ahead logs", "witness"),
        ("How do I get ready for a hurricane?", "evacuation zone", "tornado cars sweating GeoJSON"),
        ("What should I do in a flash flood?", "turn around", "tornado surge sweating GeoJSON"),
    ],
)
def test_a_report_is_on_the_side_of_a_subject_that_is_asked_about(
    query: str, held: str, left_out: str
) -> None:
    report = research(query)
    assert held in lead(report)
    assert not [word for word in left_out.split() if word in report.markdown_report]


def test_an_amount_that_is_asked_for_and_not_found_is_named() -> None:
    open_one = "None of the findings says how long."
    assert open_one in research("How long does a model provider keep my prompt cached?").markdown_report
    assert open_one not in research("How long does crash recovery take with a sticky queue?").markdown_report


def test_no_sentence_is_in_a_report_twice() -> None:
    for query in (RELIABLE, "How do I get ready for a hurricane?", "How do I test an AI agent?"):
        said = [
            s for s in re.split(r"(?<=[.?!]) (?=[A-Z])|\n", research(query).markdown_report) if len(s) > 60
        ]
        assert len(said) == len(set(said)), query


def test_a_summary_says_the_main_things_and_not_the_first_paragraph_again() -> None:
    report = research("Should an AI assistant ask a person before it deletes a file?")
    sentences = re.split(r"(?<=[.?!]) (?=[A-Z])", report.short_summary)
    assert len(sentences) == 3 and all(sentence in report.markdown_report for sentence in sentences)
    assert sum(sentence in lead(report) for sentence in sentences) == 1


def test_every_passage_goes_alone_and_can_be_quoted_whole() -> None:
    for piece in sources.articles():
        sentences = re.split(r"(?<=[.!?]) (?=[A-Z])", piece.text)
        assert (goes_alone(sentences[0]) and 1 < len(sentences) <= 4) or len(sentences) == 1, piece.text
        assert " ".join(telling_sentences(piece, piece.text, 9)) == piece.text


def test_a_question_behind_a_statement_keeps_its_mark() -> None:
    query = "My agent lost everything at night. How do I keep its work?"
    assert research(query).markdown_report.startswith(f"# {query}\n")


def test_a_comparison_keeps_its_verb_and_its_table_says_no_sentence_twice() -> None:
    compared = "Compare heartbeats and timeouts for long activities"
    assert research(compared).markdown_report.startswith(f"# {compared}\n")
    asked = "What is the difference between a Signal and an Update in a Temporal workflow?"
    assert "Side by side" not in research(asked).markdown_report, "one passage is on both"


def test_kinds_of_one_thing_are_no_two_sides() -> None:
    for query in ("When is a long timeout better than a short one?", "Should I use one agent or several?"):
        assert sides(query) == [] and "Nothing was found" not in research(query).markdown_report


def test_findings_are_under_the_part_of_the_question_that_they_alone_are_about() -> None:
    report = research("Why is my LLM bill so high and what can I do about it?").markdown_report
    assert "## Why is my" not in report and "## The cost of model calls" in report


def test_the_passage_that_answers_leads_even_where_it_is_not_the_first_of_its_article() -> None:
    assert "ask a human where the effect is large" in lead(
        research("May an AI agent refund without approval?")
    )
    assert "easier to test than one agent" in lead(research("When are many agents better than a single one?"))


def test_a_name_in_one_word_is_searched_as_it_is_written() -> None:
    searches = structured(Plan, "Query: Why is my OpenAI bill so high, and how can I lower it?").searches
    assert all("Open AI" not in item.query for item in searches)
    assert any("OpenAI" in item.query for item in searches)


def test_a_question_back_says_this_where_it_has_no_name_for_the_query() -> None:
    from workshop.practice.research.plan import clarifying_questions

    for query in (RELIABLE, "What are good exercises for lower back pain?"):
        for question in clarifying_questions(query):
            assert "“How" not in question and "exercises for”" not in question, question


def test_two_verbs_are_two_sides_as_well() -> None:
    assert sides("Should we retry or give up?") == ["retry", "give up"]
    assert sides("Should I rent or buy a home in 2026?") == ["rent", "buy a home"]
    assert sides("Which is better for long jobs: Celery or Temporal?") == ["Celery", "Temporal"]


@pytest.mark.parametrize(
    "query",
    [
        "What are good exercises for lower back pain?",
        "How much does it cost to renovate a kitchen?",
        "What's the best time to visit Japan?",
        "How do I set up a home network?",
        "What caused the fall of the Berlin Wall?",
        "My dishwasher leaks. What should I check first?",
    ],
)
def test_the_reasons_of_a_plan_name_a_thing_or_say_this(query: str) -> None:
    for item in structured(Plan, f"Query: {query}").searches:
        for named in re.findall(r"“(.+?)”", item.reason):
            assert not re.match(r"(?i)(it|or|to|up|out|what|good exercises for|caused)\b", named), item.reason


def test_a_report_without_findings_is_short_and_says_what_to_do_next() -> None:
    report = research("Best way to train for a marathon")
    markdown = report.markdown_report
    assert "None of the searches found anything on this" in markdown and "[1]" not in markdown
    assert report.short_summary not in markdown and len(markdown.split()) < 130, (
        "nothing is said twice on a page"
    )
    assert "## What you can do next" in markdown and "`.env`" in markdown
    assert all(
        subjects.called(heading) in markdown for heading in {piece.heading for piece in sources.articles()}
    )


def test_follow_up_questions_are_answered_by_the_library() -> None:
    assert {*QUESTIONS} == {piece.heading for piece in sources.articles()}
    for heading, questions in QUESTIONS.items():
        for question in questions:
            assert heading in {passage.heading for passage in library.search(question)}, question
    for question in ANSWERED:
        assert library.search(question), question


def test_follow_up_questions_go_on_from_the_query() -> None:
    report = research("How should a client read the header Retry-After?")
    assert "How should a client read Retry-After?" not in report.follow_up_questions
    assert all(search(question)[0].urls for question in report.follow_up_questions)


def follow_up(query: str, earlier: str) -> Report:
    """A follow-up as lesson 05 asks for it: told what the run before was asked, was answered, and has found."""
    before, found = (
        research(earlier),
        "\n\n".join(search(term)[1].text for term in (earlier, "What is Temporal?")),
    )
    told = f"Original query: {query}\n\nThis follows up on an earlier research: {earlier}\n- a web API\n"
    told += f"It found: {before.short_summary}\n\n{found}"
    searches = structured(Plan, told).searches
    assert all("http" not in item.query and "found" not in item.query for item in searches)
    texts = "\n\n".join(f"Searched for: {item.query}\n{search(item.query)[1].text}" for item in searches)
    return structured(Report, f"{told}\n\nSummarized search results:\n{texts}")


def test_what_a_follow_up_is_told_of_the_run_before_is_no_answer() -> None:
    report = follow_up("When is a retry wrong?", RELIABLE)
    assert "A retry is right when" in lead(report) and "answered" not in report.markdown_report
    assert "It found" not in report.markdown_report and RELIABLE not in report.markdown_report


def test_a_follow_up_that_points_to_the_run_before_is_about_the_same() -> None:
    report = follow_up("Which of these matters most for a small team?", RELIABLE)
    assert lead(report).startswith(f"This goes on from the question “{RELIABLE}”.")
    assert "## Retries" in report.markdown_report
    assert "has nothing on" in follow_up("How long is a marathon?", RELIABLE).short_summary
