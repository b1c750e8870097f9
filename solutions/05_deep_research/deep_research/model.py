"""The way to the model. Temporal makes the retries, so the client makes none."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2  # the client of the openai package
from agents import OpenAIProvider
from openai import AsyncOpenAI, DefaultAsyncHttpxClient


def provider() -> OpenAIProvider:
    client = DefaultAsyncHttpxClient(event_hooks={"response": [retry_after_in_seconds]})
    return OpenAIProvider(openai_client=AsyncOpenAI(max_retries=0, http_client=client))


async def retry_after_in_seconds(response: httpx2.Response) -> None:
    """Rewrite Retry-After: HTTP allows a date, too, and the plugin takes any failure to read it for an outage."""
    said = response.headers.get("retry-after")
    if said is None or said.isdigit():
        return
    del response.headers["retry-after"]
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return
    seconds = (at.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    response.headers["retry-after"] = str(max(0, round(seconds)))
