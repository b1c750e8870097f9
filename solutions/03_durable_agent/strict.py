"""The tool of lesson 03, strict: what the service can't answer is raised, and not told to the model."""

from activities import get_weather
from temporalio import activity
from temporalio.exceptions import ApplicationError


@activity.defn
async def get_weather_strict(state: str) -> str:
    """Get the weather alerts that are active in a US state.

    Args:
        state: Two-letter code of the state, such as CA.
    """
    answer = await get_weather(state)
    if '"error"' in answer:
        raise ApplicationError(answer, type="UnknownState", non_retryable=True)
    return answer
