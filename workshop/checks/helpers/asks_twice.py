"""A workflow that acts like a model that asks for the same notice twice, in different words."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError


@workflow.defn
class AsksTwice:
    """A workflow that calls the learner's `post_notice` twice on the learner's task queue."""

    @workflow.run
    async def run(self, queue: str, state: str, subscriber: str) -> list[str]:
        """Return what the activity answered, or why it failed, both times."""
        answers = []
        for text in ("Thunderstorms are coming.", "Once more: thunderstorms are coming."):
            try:
                answer = await workflow.execute_activity(
                    "post_notice",
                    args=[state, subscriber, text],
                    task_queue=queue,
                    start_to_close_timeout=timedelta(seconds=8),
                    retry_policy=RetryPolicy(maximum_attempts=1),
                )
                answers.append(str(answer))
            except ActivityError as error:
                answers.append(f"failed: {error.cause}")
        return answers
