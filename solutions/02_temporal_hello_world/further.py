"""Two more workflows: one posts a notice, one waits for a while."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from notices import post_notice


@workflow.defn
class NoticeWorkflow:
    @workflow.run
    async def run(self, state: str) -> int:
        return await workflow.execute_activity(
            post_notice,
            args=[state, f"Storm over {state}"],
            start_to_close_timeout=timedelta(seconds=2),  # then it counts as failed, and is tried again
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200)),
        )


@workflow.defn
class ReminderWorkflow:
    @workflow.run
    async def run(self, seconds: int) -> str:
        asked = workflow.now()
        await workflow.sleep(seconds)
        return f"asked at {asked:%H:%M:%S}, reminded at {workflow.now():%H:%M:%S}"
