"""What a research run waits for that nobody has to bring: a model call that failed and will be made again."""

from datetime import UTC

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionDescription

from deep_research.reasons import in_words, reason_of
from deep_research.web.forms import Waiting


async def waiting_of(found: WorkflowExecutionDescription, client: Client) -> Waiting | None:
    """Read it from the pending activities: a retry is no event of the history, and the workflow knows nothing of it."""
    pending = [one for one in found.raw_description.pending_activities if one.HasField("last_failure")]
    if not pending:
        return None
    longest = max(pending, key=lambda one: one.attempt)
    failure = await client.data_converter.decode_failure(longest.last_failure)
    return Waiting(
        calls=len(pending),
        attempt=longest.attempt,
        reason=in_words(failure),
        detail=reason_of(failure)[:500],
        next_try=None if is_under_way(longest) else longest.next_attempt_schedule_time.ToDatetime(UTC),
    )


def is_under_way(call: PendingActivityInfo) -> bool:
    return call.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
