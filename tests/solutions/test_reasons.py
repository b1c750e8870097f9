"""What a failed model call is called on the pages of the research application, and by the starter of stage 04."""

from __future__ import annotations

import sys
from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError, TimeoutError, TimeoutType

from workshop.config import ROOT

sys.path.append(str(ROOT / "solutions" / "05_deep_research"))

reasons: Any = import_module("deep_research.reasons")


def chain(*errors: BaseException) -> BaseException:
    """Each because of the next, as Temporal's failures are decoded."""
    for error, cause in pairwise(errors):
        error.__cause__ = cause
    return errors[0]


def activity(*causes: BaseException) -> BaseException:
    return chain(ApplicationError("Activity task failed"), *causes)


UNREACHABLE = activity(
    ApplicationError("Connection error.", type="APIConnectionError"),
    ApplicationError("All connection attempts failed", type="ConnectError"),
    ApplicationError("[Errno 111] Connect call failed", type="ConnectionRefusedError"),
)
KEY = activity(
    ApplicationError("Non retryable OpenAI status code: 401", type="APIStatusError"),
    ApplicationError("Error code: 401 - Incorrect API key."),
)
BAD = activity(
    ApplicationError("Non retryable OpenAI status code: 400", type="APIStatusError"),
    ApplicationError("Error code: 400 - No model 'x'."),
)
SLOW = activity(
    ApplicationError("Request timed out.", type="APITimeoutError"), ApplicationError("", type="ReadTimeout")
)
DEAD = activity(TimeoutError("Heartbeat timeout", type=TimeoutType.HEARTBEAT, last_heartbeat_details=[]))


@pytest.mark.parametrize(
    ("error", "words", "full", "said"),
    [
        (UNREACHABLE, "The model can't be reached: no connection.", "", "Connection error."),
        (KEY, reasons.WORDS[401], f"{reasons.WORDS[401]} It says: Incorrect API key.", "Error code: 401"),
        (
            BAD,
            "The model's provider refuses the call (400).",
            "The model's provider refuses the call (400). It says: No model 'x'.",
            "Error code: 400",
        ),
        (SLOW, "The model gave no answer in time.", "", "Request timed out."),
        (DEAD, "The worker that made the call went away.", "", "Heartbeat timeout"),
        (
            ApplicationError("Every search failed: why"),
            "The call failed: Every search failed: why",
            "Every search failed: why",
            "Every",
        ),
    ],
    ids=["unreachable", "key", "bad request", "slow", "dead worker", "another"],
)
def test_each_failure_has_its_sentence(error: BaseException, words: str, full: str, said: str) -> None:
    assert reasons.in_words(error) == words
    assert reasons.in_full(error) == (full or words)
    assert reasons.reason_of(error).startswith(said), "what the page shows below it"
