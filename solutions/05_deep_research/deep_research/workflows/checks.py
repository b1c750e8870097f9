"""What an Update refuses before it changes anything."""

from temporalio.exceptions import ApplicationError

from deep_research.models import LONGEST_TEXT, MOST_SEARCHES, PlannedSearch
from deep_research.workflows.findings import distinct, same


def out_of_turn(reason: str) -> ApplicationError:
    return ApplicationError(reason, type="OutOfTurn")


def check_text(name: str, text: str) -> None:
    if not text.strip():
        raise ApplicationError(f"The {name} is empty.", type="Invalid")
    if len(text) > LONGEST_TEXT:
        raise ApplicationError(f"The {name} has {len(text):,} characters; {LONGEST_TEXT:,} are allowed.", type="Invalid")


def check_searches(searches: list[PlannedSearch]) -> None:
    if not 1 <= len(searches) <= MOST_SEARCHES:
        raise ApplicationError(f"The plan has {len(searches)} searches; 1 to {MOST_SEARCHES} are allowed.", type="Invalid")
    for number, search in enumerate(searches, 1):
        check_text(f"search {number}", search.query)
        if len(search.reason) > LONGEST_TEXT:
            raise ApplicationError(f"The reason of search {number} is longer than {LONGEST_TEXT:,} characters.", type="Invalid")
    if len(distinct(searches, lambda search: same(search.query))) < len(searches):
        raise ApplicationError("The plan has the same search twice.", type="Invalid")
