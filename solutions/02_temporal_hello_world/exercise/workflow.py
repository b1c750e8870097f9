"""The workflow: reads the alerts of a state, then posts one notice for one subscriber."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities import post_notice, read_alerts

TASK_QUEUE = "hello-world-exercise-queue"

### BEGIN SOLUTION from "retries.py": task 3: wait 200 ms before the first retry, and give up after 4 attempts
RETRIES = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=4)
### END SOLUTION


@workflow.defn
class NoticeWorkflow:
    @workflow.run
    async def run(self, state: str, subscriber: str) -> str:
        ### BEGIN SOLUTION: task 1: read the alerts, post one notice, return its answer; say so if there are none
        alerts = await workflow.execute_activity(
            read_alerts,
            state,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RETRIES,
        )
        if not alerts:
            return f"{state} has no alerts: nothing to post for {subscriber}"
        return await workflow.execute_activity(
            post_notice,
            args=[state, subscriber, "; ".join(alerts)],
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RETRIES,
        )
        ### END SOLUTION
