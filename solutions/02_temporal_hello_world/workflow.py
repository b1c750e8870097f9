"""The workflow: decides what happens in which order, and must decide the same in each replay."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():  # past the sandbox, Temporal's guard around workflow code
    from activities import get_alerts

TASK_QUEUE = "hello-world-queue"


@workflow.defn
class WeatherWorkflow:
    @workflow.run
    async def run(self, state: str) -> str:
        print(f"workflow code: asking for the alerts of {state}")
        alerts = await workflow.execute_activity(
            get_alerts,
            state,
            start_to_close_timeout=timedelta(seconds=30),
        )
        return f"{state}: {len(alerts)} active. " + "; ".join(alerts)
