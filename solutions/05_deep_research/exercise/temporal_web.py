"""A web application with a Temporal client, its handle on a research run, and what Temporal's refusals look like over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from deep_research.connection import connect
from deep_research.models import Report
from deep_research.web.protection import protect
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from research_workflow import InteractiveResearchWorkflow
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.service import RPCError, RPCStatusCode


@asynccontextmanager
async def connected(app: FastAPI) -> AsyncIterator[None]:
    app.state.client = await connect(plugins=[OpenAIAgentsPlugin()])
    yield


async def refused(request: Request, error: Exception) -> JSONResponse:
    """A validator rejected the Update, or the research failed: the cause says why."""
    return JSONResponse({"detail": str(getattr(error.__cause__, "message", error))}, 409)


async def not_done(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
        return JSONResponse({"detail": "There is no such research, or it is over."}, 404)
    return JSONResponse({"detail": f"Is Temporal running, and a worker? {error}"}, 503)


REFUSALS: dict[Any, Any] = {WorkflowUpdateFailedError: refused, WorkflowFailureError: refused, RPCError: not_done}

app = FastAPI(title="Deep research", lifespan=connected, exception_handlers=REFUSALS)
protect(app)  # from calls made by pages of other sites


def client() -> Client:
    """The server's connection, made when it starts."""
    connection: Client = app.state.client
    return connection


def research(session_id: str) -> WorkflowHandle[InteractiveResearchWorkflow, Report]:
    return client().get_workflow_handle_for(InteractiveResearchWorkflow.run, session_id)
