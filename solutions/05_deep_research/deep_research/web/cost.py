"""What a research run costs: so far, by what its recorded calls have used, and ahead, by what such calls usually use."""

import os

from deep_research.models import ResearchStatus, SearchState, Stage
from deep_research.web.forms import Cost

A_SEARCH = (4_000, 500)
"""Tokens in and out, in round figures: the pages that a search reads count as its input."""
A_REPORT = (1_000, 2_500)
"""Tokens in and out, beside what the searches have found."""
AHEAD = (Stage.AWAITING_APPROVAL, Stage.SEARCHING, Stage.WRITING)


def price(name: str, usual: float) -> float:
    return float(os.environ.get(name) or usual)


def dollars(input_tokens: int, output_tokens: int, searches: int) -> float:
    tokens = input_tokens * price("PRICE_INPUT_PER_MTOK", 0.25) + output_tokens * price("PRICE_OUTPUT_PER_MTOK", 2.00)
    return tokens / 1_000_000 + searches * price("PRICE_PER_SEARCH", 0.01)


def cost_of(status: ResearchStatus) -> Cost:
    done = sum(search.state == SearchState.DONE for search in status.searches)
    each = dollars(*A_SEARCH, 1)
    left = len(status.searches) - done
    report = dollars(A_REPORT[0] + A_SEARCH[1] * len(status.searches), A_REPORT[1], 0)
    return Cost(
        so_far_usd=dollars(status.usage.input_tokens, status.usage.output_tokens, done),
        per_search_usd=each,
        report_usd=report,
        ahead_usd=each * left + report if status.status in AHEAD else 0,
        is_paid=os.environ.get("OPENAI_API_KEY") != "practice",
    )
