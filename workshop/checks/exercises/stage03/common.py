"""What the checks of exercise 03 share: the workflow, requests, and counts of notices."""

from __future__ import annotations

from collections import Counter

from workshop.checks import Trial
from workshop.words import count

AGENT = "workflow.py:StormNotifierWorkflow"
WORKFLOW = "StormNotifierWorkflow"
FILES = ["activities.py", AGENT, "worker.py"]


def request(first: str, second: str) -> str:
    return (
        f"Post a notice for {first} about the alerts in Texas, and one for {second} about the alerts in Ohio."
    )


async def notices(trial: Trial, *people: str) -> dict[str, int]:
    posted = Counter([row["subscriber"] for row in await trial.notices()])
    return {person: posted[person] for person in people}


def tally(posted: dict[str, int]) -> str:
    return ", ".join(f"{count(number, 'notice')} for {person}" for person, number in posted.items())
