"""Why a model call failed, for people."""

import re

from temporalio.exceptions import TimeoutError as TemporalTimeout
from temporalio.exceptions import TimeoutType

WORDS = {
    401: "The model's provider does not accept the API key.",
    403: "The model's provider does not allow this call.",
    408: "The model's provider gave up waiting for the call.",
    429: "The model's provider asks you to slow down, or the account is out of credit.",
}
OUT_OF_TIME = {
    TimeoutType.HEARTBEAT: "The worker that made the call went away.",
    TimeoutType.START_TO_CLOSE: "The model gave no answer in time.",
}


def innermost(error: BaseException) -> BaseException:
    """The first cause: an activity failed, for a call failed, for the model said …"""
    while cause := error.__cause__ or getattr(error, "cause", None):
        error = cause
    return error


def reason_of(error: BaseException) -> str:
    """The first cause in its own words."""
    first = innermost(error)
    return str(getattr(first, "message", first))


def in_words(error: BaseException) -> str:
    """One sentence on why a call is made again."""
    first = innermost(error)
    if isinstance(first, TemporalTimeout) and first.type in OUT_OF_TIME:
        return OUT_OF_TIME[first.type]
    if status := re.match(r"Error code: (\d{3})", reason_of(error)):
        code = int(status[1])
        return WORDS.get(code) or f"The model's provider {'is in trouble' if code >= 500 else 'refuses the call'} ({code})."
    if re.match(r"Request timed out", reason_of(error)):
        return OUT_OF_TIME[TimeoutType.START_TO_CLOSE]
    if re.match(r"Connection error", reason_of(error)):
        return "The model can't be reached: no connection."
    return f"The call failed: {reason_of(error)[:200]}"
