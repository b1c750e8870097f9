"""A check of your own: what a history says can be tested like anything else."""

from temporalio.client import WorkflowHistory


def count_activities(history: WorkflowHistory) -> int:
    """Count the activities that the run has asked for, each once however often it was tried, done or not."""
    ### BEGIN SOLUTION: count the events that ask for an activity
    return sum(event.HasField("activity_task_scheduled_event_attributes") for event in history.events)
    ### END SOLUTION
