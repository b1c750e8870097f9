"""What Temporal answers, in the words of the web."""

from typing import Any

from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from deep_research.models import ResearchStatus
from deep_research.web.cost import cost_of
from deep_research.web.errors import Problem
from deep_research.web.forms import SessionStatus, Waiting
from deep_research.web.health import Health


def named(session_id: str, status: ResearchStatus, waiting: Waiting | None = None) -> SessionStatus:
    told = ResearchStatus.model_dump(status, include=set(ResearchStatus.model_fields))
    return SessionStatus(session_id=session_id, waiting=waiting, cost=cost_of(status), **told)


async def update(health: Health, call: Any, within_s: float = 20.0) -> ResearchStatus:
    """Make an Update. What its validator has against it is a 422 or a 409."""
    try:
        status: ResearchStatus = await health.guard(call, within_s=within_s)
        return status
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        is_invalid = isinstance(cause, ApplicationError) and cause.type == "Invalid"
        raise Problem(422 if is_invalid else 409, cause.message if isinstance(cause, ApplicationError) else str(cause)) from error


def state_of(status: WorkflowExecutionStatus | None) -> Any:
    """Temporal's word for how far a research run is, in small letters."""
    name = status.name.lower() if status else "running"
    return {"canceled": "cancelled", "continued_as_new": "running"}.get(name, name)
