"""The web server that keeps nothing: every call goes to Temporal. Start it with its port: run_server.py 8237"""

import sys
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import uvicorn
from deep_research.connection import is_served
from deep_research.models import SingleClarificationInput
from deep_research.web.patience import Protocol
from dotenv import load_dotenv
from fastapi import Header, Response
from research_workflow import TASK_QUEUE, InteractiveResearchWorkflow
from temporal_web import app, client, research
from temporalio.common import WorkflowIDConflictPolicy
from web_forms import Answer, Query, shown


@app.post("/api/start-research")
async def start_research(given: Query, idempotency_key: Annotated[str | None, Header()] = None) -> dict[str, Any]:
    ### BEGIN SOLUTION from "session_id.py": the same key names the same session
    session_id = f"research-{uuid5(NAMESPACE_URL, idempotency_key) if idempotency_key else uuid4()}"
    ### END SOLUTION
    ### BEGIN SOLUTION: start the workflow with that id, send it the query, return its answer
    handle = await client().start_workflow(
        InteractiveResearchWorkflow.run,
        id=session_id,
        task_queue=TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    return shown(handle.id, await handle.execute_update(InteractiveResearchWorkflow.start_research, given))
    ### END SOLUTION


@app.get("/api/status/{session_id}")
async def status(session_id: str) -> dict[str, Any]:
    ### BEGIN SOLUTION: ask the workflow with its Query
    return shown(session_id, await research(session_id).query(InteractiveResearchWorkflow.get_status))
    ### END SOLUTION


@app.post("/api/answer/{session_id}/{question_index}")
async def answer(session_id: str, question_index: int, given: Answer) -> dict[str, Any]:
    ### BEGIN SOLUTION: send the answer and its question's index to the workflow with an Update
    clarification = SingleClarificationInput(answer=given.answer, question_index=question_index)
    status = await research(session_id).execute_update(InteractiveResearchWorkflow.provide_clarification, clarification)
    return {"status": "accepted", "session_status": status.status}
    ### END SOLUTION


@app.get("/api/result/{session_id}")
async def result(session_id: str) -> dict[str, Any]:
    ### BEGIN SOLUTION: wait for the workflow's end
    report = await research(session_id).result()
    return {"session_id": session_id, **report.model_dump()}
    ### END SOLUTION


@app.get("/api/health")
async def health(response: Response) -> dict[str, Any]:
    ### BEGIN SOLUTION from "health.py": ask whether a worker is there
    is_healthy = await is_served(client(), TASK_QUEUE)
    ### END SOLUTION
    response.status_code = 200 if is_healthy else 503
    return {"status": "healthy" if is_healthy else "unhealthy", "worker": is_healthy}


if __name__ == "__main__":
    load_dotenv(override=True)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), http=Protocol)
