"""Why a model call failed, for people."""

import re
from collections.abc import Iterator

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


OF_THE_CLIENT = re.compile(r"Error code: (\d{3})(?: - (.+))?|Request timed out|Connection error", re.DOTALL)
"""What the model's client says, with the provider's own words behind a status. Below it are only those of sockets."""


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and all that led to it: an activity failed, for a call failed, for the model said …"""
    while error:
        yield error
        error = error.__cause__ or getattr(error, "cause", None)


def reason_of(error: BaseException) -> str:
    """The cause in its own words: in those of the model's client, if they are among them."""
    said = [str(getattr(cause, "message", cause)) for cause in causes(error)]
    return next((words for words in said if OF_THE_CLIENT.match(words)), said[-1])


def known(error: BaseException) -> str:
    """One sentence on a failure that has one; empty for any other."""
    for cause in causes(error):
        if isinstance(cause, TemporalTimeout) and cause.type in OUT_OF_TIME:
            return OUT_OF_TIME[cause.type]
    said = OF_THE_CLIENT.match(reason_of(error))
    if not said:
        return ""
    if said[1]:
        code = int(said[1])
        return WORDS.get(code) or f"The model's provider {'is in trouble' if code >= 500 else 'refuses the call'} ({code})."
    return OUT_OF_TIME[TimeoutType.START_TO_CLOSE] if "timed out" in said[0] else "The model can't be reached: no connection."


def in_words(error: BaseException) -> str:
    """Why a call is made again."""
    return known(error) or f"The call failed: {reason_of(error)[:200]}"


def in_full(error: BaseException) -> str:
    """Why a step failed for good, with what the model's provider says of it."""
    said = OF_THE_CLIENT.match(reason_of(error))
    return " It says: ".join(filter(None, [known(error), said and said[2]])) or reason_of(error)
