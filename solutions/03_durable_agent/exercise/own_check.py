"""A check of your own: what a history says can be tested like anything else."""

from temporalio.client import WorkflowHistory


def count_activities(history: WorkflowHistory) -> int:
    """How many activities the run has asked for, each counted once however often it was tried, done or not."""
    ### BEGIN SOLUTION: count the events that ask for an activity
    return sum(event.HasField("activity_task_scheduled_event_attributes") for event in history.events)
    ### END SOLUTION
