"""The calls under /api that tell a research run something."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi import Path as InPath

from deep_research.web import forms
from deep_research.web.errors import errors
from deep_research.web.session import Session
from deep_research.web.sessions import Sessions

api = APIRouter(prefix="/api", responses=errors(422))


def sessions(request: Request) -> Sessions:
    found: Sessions = request.app.state.sessions
    return found


All = Annotated[Sessions, Depends(sessions)]


async def find(session_id: str, all_sessions: All) -> Session:
    return await all_sessions.find(session_id)


One = Annotated[Session, Depends(find)]


@api.post("/start-research", responses=errors(400, 404, 409, 413, 415, 503))
async def start_research(
    given: forms.Query, all_sessions: All, idempotency_key: Annotated[str | None, Header(max_length=200)] = None
) -> forms.SessionStatus:
    """Start a research run, and wait until its questions are known."""
    return await all_sessions.start(given, idempotency_key)


@api.post("/answer/{session_id}/{question_index}", responses=errors(400, 404, 409, 413, 415, 503))
async def answer(session: One, question_index: Annotated[int, InPath(ge=0, le=1000)], given: forms.Answer) -> forms.Accepted:
    return accepted(await session.answer(question_index, given.answer))


@api.post("/skip/{session_id}", responses=errors(404, 409, 415, 503))
async def skip(session: One) -> forms.Accepted:
    """Begin without answers to the questions that are still open."""
    return accepted(await session.skip())


@api.post("/plan/{session_id}", responses=errors(400, 404, 409, 413, 415, 503))
async def plan(session: One, given: forms.Plan) -> forms.Accepted:
    """Approve the plan, edited or as it is; or keep the edits, and let it wait for approval."""
    return accepted(await session.decide(given))


@api.post("/retry/{session_id}", responses=errors(404, 409, 415, 503))
async def retry(session: One) -> forms.Accepted:
    """Make the step that failed once more. All before it is kept."""
    return accepted(await session.try_again())


def accepted(status: forms.SessionStatus) -> forms.Accepted:
    return forms.Accepted(
        session_id=status.session_id,
        session_status=status.status,
        current_question=status.current_question,
        current_question_index=status.current_question_index,
    )


@api.post("/cancel/{session_id}", status_code=202, responses=errors(404, 409, 415, 503))
async def cancel(session: One) -> forms.Cancelling:
    await session.cancel()
    return forms.Cancelling(session_id=session.handle.id)


@api.post("/delete/{session_id}", responses=errors(404, 415, 503))
async def delete(session_id: str, all_sessions: All) -> forms.Deleted:
    """Remove a research run with its report and its history. One that is open ends."""
    await all_sessions.delete(session_id)
    return forms.Deleted(session_id=session_id)
