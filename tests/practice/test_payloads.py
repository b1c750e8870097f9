"""Messages that are a JSON object: a request with its evidence, and a report that is checked against it."""

from __future__ import annotations

import json
from typing import Any, Literal

from asking import structured
from pydantic import BaseModel


class Report(BaseModel):
    short_summary: str
    markdown_report: str
    follow_up_questions: list[str]


class Issue(BaseModel):
    claim: str
    category: Literal["unsupported", "contradicted", "stale", "other"]
    explanation: str


class Verified(BaseModel):
    verified: bool
    issues: list[Issue]


EVIDENCE: list[dict[str, Any]] = [
    {
        "query": "ferry passengers",
        "summary": "The ferry carried 31,000 passengers in 2025. Half of them were commuters.",
        "sources": [{"title": "Harbor office", "url": "https://harbor.example/2025"}],
    },
    {
        "query": "ferry risks",
        "summary": "Low water stopped the ferry on nine days.",
        "url": "https://news.example/low",
    },
]
WRITER = "You write a markdown report from the evidence, with a summary and follow-up questions."
AUDITOR = "You are an evidence auditor. Check that claims are supported by the evidence, and that links are supplied."
ORDER = "Write a short analysis of the ferry's passengers and risks. Avoid guesses."


def report_on(evidence: list[dict[str, Any]]) -> Report:
    return structured(Report, json.dumps({"original_query": ORDER, "evidence": evidence}), WRITER)


def audit(report: Report, evidence: list[dict[str, Any]]) -> Verified:
    told = {"request": ORDER, "report": report.model_dump(), "evidence": evidence}
    return structured(Verified, json.dumps(told), AUDITOR)


def test_a_report_is_made_of_the_evidence_that_comes_with_it() -> None:
    report = report_on(EVIDENCE)
    assert report.markdown_report.startswith("# Ferry's passengers and risks\n")
    for told in ("31,000 passengers", "nine days", "https://harbor.example/2025", "https://news.example/low"):
        assert told in report.markdown_report
    assert "31,000" in report.short_summary and "{" not in report.short_summary


def test_a_report_without_evidence_says_so() -> None:
    report = report_on([])
    assert "has no findings" in report.short_summary
    assert audit(report, []) == Verified(verified=True, issues=[])


def test_what_the_evidence_does_not_have_is_an_issue() -> None:
    assert audit(report_on(EVIDENCE), EVIDENCE) == Verified(verified=True, issues=[])
    wrong = Report(
        short_summary="It carried 45,000 people.",
        markdown_report="It carried 45,000 people ([x](https://made.example/up)).",
        follow_up_questions=[],
    )
    said = audit(wrong, EVIDENCE)
    assert not said.verified
    assert "https://made.example/up" in said.issues[0].claim and "45,000" in said.issues[1].claim
    assert {each.category for each in said.issues} == {"unsupported"}
